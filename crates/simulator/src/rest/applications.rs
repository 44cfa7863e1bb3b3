//! `Applications`: TwiML Apps.

use super::paging::page;
use super::refusal::Refusal;
use super::{Answer, Request, field, render, settings};
use crate::account::ApplicationSettings;
use crate::world::{Account, Stored};
use crate::{clock, sid};

pub(super) fn collection(
    account: &mut Account,
    request: &Request,
    form: &[(String, String)],
) -> Result<Answer, Refusal> {
    match request.method.as_str() {
        "GET" => {
            let name = field(&request.query, "FriendlyName");
            let all: Vec<_> = account
                .applications
                .iter()
                .filter(|application| name.is_none_or(|name| application.value.friendly_name == name))
                .collect();
            let page = page(&all, &request.query)?;
            let items = page
                .items
                .iter()
                .map(|item| render::stored(render::APPLICATION, &account.sid, item).into());
            Ok(Answer::ok(page.v2010(&request.path, "applications", items.collect())))
        }
        "POST" => {
            let settings = settings::application_settings(&ApplicationSettings::default(), form)?;
            let application = Stored::new(sid::new("AP"), settings);
            let body = render::stored(render::APPLICATION, &account.sid, &application);
            account.applications.push(application);
            Ok(Answer::created(body))
        }
        _ => Err(Refusal::method_not_allowed()),
    }
}

pub(super) fn single(
    account: &mut Account,
    request: &Request,
    sid: &str,
    form: &[(String, String)],
) -> Result<Answer, Refusal> {
    if !account.has_application(sid) {
        return Err(Refusal::not_found(&request.path));
    }
    if request.method == "DELETE" {
        account.delete_application(sid);
        return Ok(Answer::deleted());
    }
    let Account {
        sid: account_sid,
        applications,
        ..
    } = account;
    let application = applications
        .iter_mut()
        .find(|application| application.sid == sid)
        .ok_or_else(|| Refusal::not_found(&request.path))?;
    match request.method.as_str() {
        "GET" => {}
        "POST" => {
            application.value = settings::application_settings(&application.value, form)?;
            application.updated = clock::now();
        }
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(Answer::ok(render::stored(
        render::APPLICATION,
        account_sid,
        application,
    )))
}
