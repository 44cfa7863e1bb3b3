//! Basic authentication with an Account SID and its Auth Token, or an API key's SID and its secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::refusal::Refusal;
use crate::account::AccountStatus;
use crate::sid::is_sid;
use crate::world::World;

/// Who asks.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) account_sid: String,
    /// With a (Standard) key rather than the Auth Token.
    pub(super) by_key: bool,
}

pub(super) fn authenticate(world: &World, header: Option<&str>) -> Result<Caller, Refusal> {
    let (name, password) = header.and_then(decode).ok_or_else(Refusal::unauthorized)?;
    let caller = world.accounts.iter().find_map(|account| {
        let by_token = account.sid == name && account.auth_token == password;
        let by_key = account
            .keys
            .iter()
            .any(|key| key.sid == name && key.value.secret == password);
        let accepted = (by_token || by_key) && account.status != AccountStatus::Closed;
        accepted.then(|| Caller {
            account_sid: account.sid.clone(),
            by_key,
        })
    });
    caller.ok_or_else(Refusal::unauthorized)
}

/// The user name of a header, if it is a SID: whoever swaps his SID and token does not find the token in the journal.
pub(crate) fn user_name(header: &str) -> Option<String> {
    decode(header)
        .map(|(name, _)| name)
        .filter(|name| is_sid("AC", name) || is_sid("SK", name))
}

fn decode(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    decoded
        .split_once(':')
        .map(|(name, password)| (name.to_owned(), password.to_owned()))
}
