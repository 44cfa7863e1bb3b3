//! Messaging Services and the numbers in them: `messaging.twilio.com/v1/Services`.

use serde_json::{Value, json};

use super::form::{boolean, friendly_name, method, webhook};
use super::paging::page;
use super::refusal::Refusal;
use super::{Answer, Request, field, render};
use crate::account::NumberSettings;
use crate::engine::country;
use crate::messages::{MessagingServiceSettings, Service};
use crate::world::{Account, Stored};
use crate::{clock, sid};

type Form = [(String, String)];

/// Documented, in seconds.
const LONGEST_VALIDITY: u32 = 36_000;

pub(super) fn collection(account: &mut Account, request: &Request, form: &Form) -> Result<Answer, Refusal> {
    match request.method.as_str() {
        "GET" => {
            let all: Vec<_> = account.services.iter().collect();
            let page = page(&all, &request.query)?;
            let items = page
                .items
                .iter()
                .map(|service| show(&account.sid, service, &request.base_url));
            let items = items.collect();
            Ok(Answer::ok(page.v1(&request.base_url, &request.path, "services", items)))
        }
        "POST" => {
            if field(form, "FriendlyName").is_none_or(str::is_empty) {
                return Err(Refusal::new(400, 20422, "Invalid Parameter: FriendlyName"));
            }
            let service = Service {
                settings: settings(&MessagingServiceSettings::default(), form)?,
                pool: Vec::new(),
            };
            let service = Stored::new(sid::new("MG"), service);
            let body = show(&account.sid, &service, &request.base_url);
            account.services.push(service);
            Ok(Answer::created(body))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

pub(super) fn single(account: &mut Account, request: &Request, sid: &str, form: &Form) -> Result<Answer, Refusal> {
    let account_sid = account.sid.clone();
    let service = service(account, request, sid)?;
    match request.method.as_str() {
        "GET" => {}
        "POST" => {
            service.value.settings = settings(&service.value.settings, form)?;
            service.updated = clock::now();
        }
        "DELETE" => {
            account.services.retain(|service| service.sid != sid);
            return Ok(Answer::deleted());
        }
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(Answer::ok(show(&account_sid, service, &request.base_url)))
}

fn service<'a>(account: &'a mut Account, request: &Request, sid: &str) -> Result<&'a mut Stored<Service>, Refusal> {
    let mut services = account.services.iter_mut();
    services
        .find(|service| service.sid == sid)
        .ok_or_else(|| Refusal::not_found(&request.path))
}

fn settings(before: &MessagingServiceSettings, form: &Form) -> Result<MessagingServiceSettings, Refusal> {
    let mut after = before.clone();
    for (name, value) in form {
        match name.as_str() {
            "FriendlyName" => after.friendly_name = friendly_name(value)?,
            "InboundRequestUrl" => after.inbound_request_url = webhook(name, value)?,
            "InboundMethod" => after.inbound_method = method(name, value)?,
            "FallbackUrl" => after.fallback_url = webhook(name, value)?,
            "FallbackMethod" => after.fallback_method = method(name, value)?,
            "StatusCallback" => after.status_callback = webhook(name, value)?,
            "StickySender" => after.sticky_sender = boolean(name, value)?,
            "MmsConverter" => after.mms_converter = boolean(name, value)?,
            "SmartEncoding" => after.smart_encoding = boolean(name, value)?,
            "FallbackToLongCode" => after.fallback_to_long_code = boolean(name, value)?,
            "AreaCodeGeomatch" => after.area_code_geomatch = boolean(name, value)?,
            "UseInboundWebhookOnNumber" => after.use_inbound_webhook_on_number = boolean(name, value)?,
            "Usecase" => after.usecase.clone_from(value),
            "ValidityPeriod" => {
                let seconds = value
                    .parse()
                    .ok()
                    .filter(|seconds| (1..=LONGEST_VALIDITY).contains(seconds));
                after.validity_period =
                    seconds.ok_or_else(|| Refusal::new(400, 20422, "Invalid Parameter: ValidityPeriod"))?;
            }
            _ => {}
        }
    }
    Ok(after)
}

pub(super) fn pool(account: &mut Account, request: &Request, of: &str, form: &Form) -> Result<Answer, Refusal> {
    let members = service(account, request, of)?.value.pool.clone();
    match request.method.as_str() {
        "GET" => {
            let all: Vec<_> = members.iter().collect();
            let page = page(&all, &request.query)?;
            let items = page
                .items
                .iter()
                .filter_map(|member| show_number(account, of, member, request));
            let items = items.collect();
            Ok(Answer::ok(page.v1(
                &request.base_url,
                &request.path,
                "phone_numbers",
                items,
            )))
        }
        "POST" => {
            let number = field(form, "PhoneNumberSid").unwrap_or_default();
            if !account.numbers.iter().any(|known| known.sid == number) {
                return Err(Refusal::not_found(&request.path));
            }
            match account.service_of(number) {
                Some(service) if service.sid == of => {
                    let sentence = "Phone Number or Short Code is already in the Messaging Service";
                    return Err(Refusal::new(409, 21710, sentence));
                }
                Some(_) => {
                    let sentence = "Phone Number or Short Code is associated with another Messaging Service";
                    return Err(Refusal::new(409, 21712, sentence));
                }
                None => {}
            }
            let member = Stored::new(number.to_owned(), ());
            service(account, request, of)?.value.pool.push(member.clone());
            let body = show_number(account, of, &member, request);
            Ok(Answer::created(body.ok_or_else(|| Refusal::not_found(&request.path))?))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

pub(super) fn pool_number(
    account: &mut Account,
    request: &Request,
    (of, number): (&str, &str),
) -> Result<Answer, Refusal> {
    let missing = || Refusal::not_found(&request.path);
    let pool = &mut service(account, request, of)?.value.pool;
    let member = pool
        .iter()
        .find(|member| member.sid == number)
        .cloned()
        .ok_or_else(missing)?;
    match request.method.as_str() {
        "GET" => Ok(Answer::ok(
            show_number(account, of, &member, request).ok_or_else(missing)?,
        )),
        "DELETE" => {
            pool.retain(|member| member.sid != number);
            Ok(Answer::deleted())
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// As the newer APIs write dates.
fn dates<T>(item: &Stored<T>) -> [(&'static str, Value); 2] {
    let written = |time: jiff::Timestamp| json!(time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    [
        ("date_created", written(item.created)),
        ("date_updated", written(item.updated)),
    ]
}

fn show(account_sid: &str, service: &Stored<Service>, base_url: &str) -> Value {
    let url = format!("{base_url}/v1/Services/{}", service.sid);
    let template = render::SERVICE.replace("{url}", &url);
    let settings = json!(service.value.settings);
    let fields = settings.as_object().into_iter().flatten();
    let mut fields: Vec<(&str, Value)> = fields.map(|(name, value)| (name.as_str(), value.clone())).collect();
    fields.extend(dates(service));
    render::about(&template, account_sid, service, &fields)
}

fn show_number(account: &Account, of: &str, member: &Stored<()>, request: &Request) -> Option<Value> {
    let mut numbers = account.numbers.iter();
    let number: &NumberSettings = &numbers.find(|number| number.sid == member.sid)?.value;
    let url = format!("{}/v1/Services/{of}/PhoneNumbers/{}", request.base_url, member.sid);
    let template = render::POOL_NUMBER.replace("{service}", of).replace("{url}", &url);
    let can = number.capabilities;
    let able = [("MMS", can.mms), ("SMS", can.sms), ("Voice", can.voice)];
    let able: Vec<&str> = able.iter().filter(|(_, able)| *able).map(|(name, _)| *name).collect();
    let mut fields = vec![
        ("phone_number", json!(number.phone_number)),
        ("country_code", json!(country(&number.phone_number))),
        ("capabilities", json!(able)),
    ];
    fields.extend(dates(member));
    Some(render::about(&template, &account.sid, member, &fields))
}
