//! `Keys`, in the API of 2010 and in the newer one. The secret is in the answer to the create only.

use serde_json::{Map, Value, json};

use super::paging::page;
use super::refusal::Refusal;
use super::target::KeysVersion;
use super::{Answer, Request, field, form, render};
use crate::world::{Account, Key, Stored, World};
use crate::{clock, sid};

pub(super) fn collection(
    account: &mut Account,
    request: &Request,
    version: KeysVersion,
    fields: &[(String, String)],
) -> Result<Answer, Refusal> {
    match request.method.as_str() {
        "GET" => list(account, request, version),
        "POST" => create(account, version, fields),
        _ => Err(Refusal::method_not_allowed()),
    }
}

fn list(account: &Account, request: &Request, version: KeysVersion) -> Result<Answer, Refusal> {
    if version == KeysVersion::V1 {
        own_account(account, &request.query)?;
    }
    let all: Vec<_> = account.keys.iter().collect();
    let page = page(&all, &request.query)?;
    let items = page.items.iter().map(|key| {
        let mut body = render::stored(render::KEY, &account.sid, key);
        if version == KeysVersion::V1 {
            body.insert("flags".to_owned(), json!(["rest_api", "signing"]));
        }
        body.into()
    });
    let items = items.collect();
    Ok(Answer::ok(match version {
        KeysVersion::V2010 => page.v2010(&request.path, "keys", items),
        KeysVersion::V1 => page.v1(&request.base_url, &request.path, "keys", items),
    }))
}

fn create(account: &mut Account, version: KeysVersion, fields: &[(String, String)]) -> Result<Answer, Refusal> {
    if version == KeysVersion::V1 {
        own_account(account, fields)?;
        if field(fields, "KeyType").is_some() || field(fields, "Policy").is_some() {
            return Err(Refusal::not_simulated("restricted keys"));
        }
    }
    let friendly_name = form::friendly_name(field(fields, "FriendlyName").unwrap_or_default())?;
    let key = Stored::new(
        sid::new("SK"),
        Key {
            friendly_name,
            secret: sid::new_key_secret(),
        },
    );
    let mut body = show(&account.sid, &key, version);
    body.insert("secret".to_owned(), key.value.secret.clone().into());
    account.keys.push(key);
    Ok(Answer::created(body))
}

pub(super) fn single(
    world: &mut World,
    account_sid: &str,
    request: &Request,
    (version, sid): (KeysVersion, &str),
    fields: &[(String, String)],
) -> Result<Answer, Refusal> {
    let missing = || Refusal::not_found(&request.path);
    let account = world.account_mut(account_sid).ok_or_else(missing)?;
    let key = account.keys.iter_mut().find(|key| key.sid == sid).ok_or_else(missing)?;
    match request.method.as_str() {
        "GET" => {}
        "POST" => {
            if let Some(name) = field(fields, "FriendlyName") {
                key.value.friendly_name = form::friendly_name(name)?;
                key.updated = clock::now();
            }
        }
        "DELETE" => {
            world.delete_key(sid);
            return Ok(Answer::deleted());
        }
        _ => return Err(Refusal::method_not_allowed()),
    }
    Ok(Answer::ok(show(account_sid, key, version)))
}

fn show(account_sid: &str, key: &Stored<Key>, version: KeysVersion) -> Map<String, Value> {
    let mut body = render::stored(render::KEY, account_sid, key);
    if version == KeysVersion::V1 {
        body.insert("policy".to_owned(), Value::Null);
    }
    body
}

/// The newer API has the account in a parameter instead of the path.
fn own_account(account: &Account, fields: &[(String, String)]) -> Result<(), Refusal> {
    match field(fields, "AccountSid") {
        Some(sid) if sid == account.sid => Ok(()),
        _ => Err(Refusal::new(400, 20422, "Invalid Parameter: AccountSid")),
    }
}
