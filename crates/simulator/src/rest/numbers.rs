//! `IncomingPhoneNumbers`.

use super::paging::page;
use super::refusal::Refusal;
use super::{Answer, Request, field, render, settings};
use crate::clock;
use crate::fault::glob_matches;
use crate::world::Account;

pub(super) fn collection(account: &Account, request: &Request) -> Result<Answer, Refusal> {
    match request.method.as_str() {
        "GET" => {
            let wanted =
                |filter: &str, matches: &dyn Fn(&str) -> bool| field(&request.query, filter).is_none_or(matches);
            let all: Vec<_> = account
                .numbers
                .iter()
                .filter(|number| wanted("FriendlyName", &|name| number.value.friendly_name == name))
                // Part of a number, `*` for any digit.
                .filter(|number| {
                    wanted("PhoneNumber", &|part| {
                        glob_matches(&format!("*{part}*"), &number.value.phone_number)
                    })
                })
                // All simulated numbers are Twilio's own and none is new to its platform.
                .filter(|_| wanted("Origin", &|origin| origin == "twilio"))
                .collect();
            let page = page(&all, &request.query)?;
            let items = page
                .items
                .iter()
                .map(|number| render::stored(render::NUMBER, &account.sid, number).into());
            Ok(Answer::ok(page.v2010(
                &request.path,
                "incoming_phone_numbers",
                items.collect(),
            )))
        }
        "POST" => Err(Refusal::not_simulated("buying numbers")),
        _ => Err(Refusal::method_not_allowed()),
    }
}

pub(super) fn single(
    account: &mut Account,
    request: &Request,
    sid: &str,
    form: &[(String, String)],
) -> Result<Answer, Refusal> {
    let Account {
        sid: account_sid,
        numbers,
        applications,
        ..
    } = account;
    let number = numbers
        .iter_mut()
        .find(|number| number.sid == sid)
        .ok_or_else(|| Refusal::not_found(&request.path))?;
    match request.method.as_str() {
        "GET" => {}
        "POST" => {
            let is_application = |sid: &str| applications.iter().any(|application| application.sid == sid);
            number.value = settings::number(&number.value, form, is_application)?;
            number.updated = clock::now();
        }
        "DELETE" => return Err(Refusal::not_simulated("releasing numbers")),
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(Answer::ok(render::stored(render::NUMBER, account_sid, number)))
}
