//! The frames: JSON objects in text, one at a time.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Ring;

/// What a browser says. Fields that do not matter here are left out.
#[derive(Debug)]
pub(super) enum Frame {
    Listen(Listen),
    Register {
        audio: bool,
    },
    Invite(Invite),
    Answer(Described),
    Reinvite(Described),
    Hangup(Named),
    Reject(Named),
    Dtmf(Pressed),
    Message(Message),
    /// Of no meaning to the simulator.
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Listen {
    pub(super) token: String,
    #[serde(default)]
    pub(super) reconnect_timeout: u64,
}

#[derive(Debug, Deserialize)]
struct Register {
    media: RegisteredMedia,
}

#[derive(Debug, Deserialize)]
struct RegisteredMedia {
    audio: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct Invite {
    pub(super) callsid: String,
    pub(super) sdp: String,
    /// Given when a call that goes on is taken up again.
    pub(super) reconnect: Option<String>,
    #[serde(default)]
    pub(super) twilio: Parameters,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Parameters {
    #[serde(default)]
    pub(super) params: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Described {
    pub(super) callsid: String,
    pub(super) sdp: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) callsid: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    pub(super) callsid: String,
    pub(super) dtmf: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Message {
    pub(super) callsid: String,
    pub(super) voiceeventsid: String,
}

impl Frame {
    /// `None` when it is malformed.
    pub(super) fn read(frame: Value) -> Option<Self> {
        let Value::Object(mut frame) = frame else {
            return None;
        };
        let payload = frame.remove("payload").unwrap_or(Value::Null);
        Some(match frame.get("type")?.as_str()? {
            "listen" => Self::Listen(read(payload)?),
            "register" => Self::Register {
                audio: read::<Register>(payload)?.media.audio,
            },
            "invite" => Self::Invite(read(payload)?),
            "answer" => Self::Answer(read(payload)?),
            "reinvite" => Self::Reinvite(read(payload)?),
            "hangup" => Self::Hangup(read(payload)?),
            "reject" => Self::Reject(read(payload)?),
            "dtmf" => Self::Dtmf(read(payload)?),
            "message" => Self::Message(read(payload)?),
            _ => Self::Other,
        })
    }
}

fn read<T: DeserializeOwned>(payload: Value) -> Option<T> {
    serde_json::from_value(payload).ok()
}

/// The payload that calls a browser.
pub(super) fn invite(ring: &Ring, offer: &str, reconnect: &str) -> Value {
    let mut parameters = json!({
        "CallSid": ring.call_sid,
        "From": ring.from,
        "To": ring.to,
        "AccountSid": ring.account_sid,
        "ApiVersion": "2010-04-01",
    });
    if let Some(status) = &ring.stir_status {
        parameters["StirStatus"] = json!(status);
    }
    if !ring.parameters.is_empty() {
        parameters["Params"] = json!(joined(&ring.parameters));
    }
    json!({
        "callsid": ring.call_sid,
        "sdp": offer,
        "reconnect": reconnect,
        "parameters": parameters,
    })
}

/// The SDK decodes the values, with `decodeURIComponent`, and leaves the names alone.
fn joined(parameters: &[(String, String)]) -> String {
    let pair = |(name, value): &(String, String)| {
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        format!("{name}={}", value.replace('+', "%20"))
    };
    parameters.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// For the log: as it is, without what lets somebody in.
pub(super) fn redacted(mut frame: Value) -> Value {
    for name in ["token", "reconnect"] {
        if let Some(secret) = frame.pointer_mut(&format!("/payload/{name}"))
            && secret.is_string()
        {
            *secret = json!("[redacted]");
        }
    }
    frame
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Frame, joined, redacted};

    #[test]
    fn what_is_no_frame_is_told_from_one_of_no_meaning() {
        for frame in [
            json!(null),
            json!([]),
            json!({}),
            json!({ "type": 1 }),
            json!({ "type": "listen" }),
            json!({ "type": "register", "payload": { "media": true } }),
            json!({ "type": "invite", "payload": { "callsid": "TJS1" } }),
            json!({ "type": "dtmf", "payload": { "callsid": "CA1", "dtmf": 5 } }),
        ] {
            assert!(Frame::read(frame.clone()).is_none(), "{frame}");
        }
        assert!(matches!(Frame::read(json!({ "type": "roster" })), Some(Frame::Other)));
    }

    #[test]
    fn frames_of_the_sdk_are_read() {
        let listen = json!({ "type": "listen", "version": "1.6", "payload":
            { "token": "x", "reconnectTimeout": 30, "browserinfo": { "p": "browser" } } });
        assert!(matches!(Frame::read(listen), Some(Frame::Listen(listen)) if listen.reconnect_timeout == 30));
        let invite = json!({ "type": "invite", "payload": { "callsid": "TJS1", "sdp": "v=0", "twilio": {} } });
        assert!(matches!(Frame::read(invite), Some(Frame::Invite(invite)) if invite.reconnect.is_none()));
        let register = json!({ "type": "register", "payload": { "media": { "audio": false } } });
        assert!(matches!(Frame::read(register), Some(Frame::Register { audio: false })));
    }

    #[test]
    fn parameters_are_encoded_as_browsers_decode_them() {
        let parameters = [("a".to_owned(), "x y&z=+ä".to_owned()), ("b".to_owned(), String::new())];
        assert_eq!(joined(&parameters), "a=x%20y%26z%3D%2B%C3%A4&b=");
    }

    #[test]
    fn the_log_keeps_no_tokens() {
        let frame = redacted(json!({ "payload": { "token": "eyJ", "reconnect": "abc", "callsid": "CA1" } }));
        assert_eq!(
            frame,
            json!({ "payload": { "token": "[redacted]", "reconnect": "[redacted]", "callsid": "CA1" } })
        );
        let connected = json!({ "payload": { "token": { "identity": "a", "ttl": 5 } } });
        assert_eq!(redacted(connected.clone()), connected);
        assert_eq!(redacted(json!(3)), json!(3));
    }
}
