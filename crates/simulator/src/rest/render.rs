//! Answers: a template with exactly the fields of Twilio's published examples, unset as there (`""` for some, `null` for
//! others), filled in with what is set.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::clock::rfc2822;
use crate::world::{Account, Stored};

pub(super) const ACCOUNT: &str = include_str!("templates/account.json");
pub(super) const NUMBER: &str = include_str!("templates/incoming_phone_number.json");
pub(super) const APPLICATION: &str = include_str!("templates/application.json");
pub(super) const KEY: &str = include_str!("templates/key.json");
pub(super) const CALL: &str = include_str!("templates/call.json");
pub(super) const RECORDING: &str = include_str!("templates/recording.json");
pub(super) const CALL_RECORDING: &str = include_str!("templates/call_recording.json");
pub(super) const CONFERENCE: &str = include_str!("templates/conference.json");
pub(super) const MESSAGE: &str = include_str!("templates/message.json");
pub(super) const MEDIA: &str = include_str!("templates/media.json");
pub(super) const SERVICE: &str = include_str!("templates/service.json");
pub(super) const POOL_NUMBER: &str = include_str!("templates/service_phone_number.json");
pub(super) const PARTICIPANT: &str = include_str!("templates/participant.json");

pub(super) fn account(account: &Account) -> Value {
    let mut body = template(ACCOUNT, &account.sid, "");
    fill(&mut body, "auth_token", &account.auth_token);
    fill(&mut body, "friendly_name", &account.friendly_name);
    fill(&mut body, "type", account.kind);
    fill(&mut body, "status", account.status);
    fill(&mut body, "date_created", rfc2822(account.created));
    fill(&mut body, "date_updated", rfc2822(account.updated));
    Value::Object(body)
}

/// A number, application or key. The settings have Twilio's names, so that they fall into their places.
pub(super) fn stored<T: Serialize>(text: &str, account_sid: &str, item: &Stored<T>) -> Map<String, Value> {
    let mut body = template(text, account_sid, &item.sid);
    fill(&mut body, "date_created", rfc2822(item.created));
    fill(&mut body, "date_updated", rfc2822(item.updated));
    if let Ok(Value::Object(settings)) = serde_json::to_value(&item.value) {
        for (name, value) in settings {
            fill(&mut body, &name, value);
        }
    }
    body
}

/// A call, recording, conference or participant: its dates and these fields.
pub(super) fn about<T>(text: &str, account_sid: &str, item: &Stored<T>, fields: &[(&str, Value)]) -> Value {
    let mut body = template(text, account_sid, &item.sid);
    fill(&mut body, "date_created", rfc2822(item.created));
    fill(&mut body, "date_updated", rfc2822(item.updated));
    for (name, value) in fields {
        fill(&mut body, name, value);
    }
    Value::Object(body)
}

fn template(text: &str, account_sid: &str, sid: &str) -> Map<String, Value> {
    serde_json::from_str(&text.replace("{account}", account_sid).replace("{sid}", sid)).unwrap_or_default()
}

/// Only fields of the template are answered, and unset ones keep its way of saying so.
fn fill(body: &mut Map<String, Value>, name: &str, value: impl Serialize) {
    if let (Some(place), Ok(value)) = (body.get_mut(name), serde_json::to_value(value))
        && !value.is_null()
    {
        *place = value;
    }
}

#[cfg(test)]
mod tests {
    use super::{
        ACCOUNT, APPLICATION, CALL, CALL_RECORDING, CONFERENCE, KEY, NUMBER, PARTICIPANT, RECORDING, template,
    };
    use crate::account::{ApplicationSettings, NumberSettings};

    #[test]
    fn templates_are_json() {
        let calls = [CALL, RECORDING, CALL_RECORDING, CONFERENCE, PARTICIPANT];
        for text in [ACCOUNT, APPLICATION, KEY, NUMBER].into_iter().chain(calls) {
            assert!(!template(text, "AC", "XX").is_empty());
        }
    }

    #[test]
    fn every_setting_has_its_place_in_the_template() {
        let number = serde_json::to_value(NumberSettings::default()).unwrap();
        let application = serde_json::to_value(ApplicationSettings::default()).unwrap();
        for (text, settings) in [(NUMBER, number), (APPLICATION, application)] {
            let template = template(text, "AC", "XX");
            for name in settings.as_object().unwrap().keys() {
                assert!(template.contains_key(name), "{name}");
            }
        }
    }
}
