//! The log in pieces, one call, and the whole as a table.

use domain::call::CallView;
use domain::id::CallId;
use domain::problem::Problem;
use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, Region};
use store::{Call, CallFilter, Cursor};

use super::{CallDetail, CallPage, CallQuery, Calls, call_not_found, in_use, table};
use crate::voice::dialling;
use crate::{Caller, ServiceError};

/// Most calls in one piece.
const PIECE_MAX: u32 = 100;
/// More digits than any number has, with whatever is dialled before it.
const DIGITS_MAX: usize = 24;

impl Calls {
    /// A piece of the caller's log, newest first; `cursor` is where an earlier piece says that this one begins.
    ///
    /// # Errors
    /// `Invalid` for a cursor that was not ours.
    pub async fn list(
        &self,
        caller: &Caller,
        query: &CallQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<CallPage, ServiceError> {
        let (calls, next) = self.rows(caller, query, cursor, limit).await?;
        Ok(CallPage {
            calls: self.views(calls).await?,
            next,
        })
    }

    /// The same with each call's timeline, for programs.
    ///
    /// # Errors
    /// `Invalid` for a cursor that was not ours.
    pub async fn list_in_full(
        &self,
        caller: &Caller,
        query: &CallQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<CallDetail>, Option<String>), ServiceError> {
        let (calls, next) = self.rows(caller, query, cursor, limit).await?;
        Ok((self.details(calls).await?, next))
    }

    async fn rows(
        &self,
        caller: &Caller,
        query: &CallQuery,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<Call>, Option<String>), ServiceError> {
        let cursor = cursor.filter(|text| !text.is_empty()).map(cursor_of).transpose()?;
        let Some(filter) = self.filter(caller, query).await? else {
            return Ok((Vec::new(), None));
        };
        let limit = limit.clamp(1, PIECE_MAX);
        let store = &self.parts.store;
        let page = store
            .list_calls(caller.user_id, &filter, cursor.as_ref(), limit)
            .await?;
        Ok((page.calls, page.next.map(|next| next.to_string())))
    }

    /// One of the caller's calls: by our id, or by the `CallSid` of one of its legs.
    ///
    /// # Errors
    /// `NotFound`, whether there is none or it is somebody else's.
    pub async fn find(&self, caller: &Caller, id: &str) -> Result<CallDetail, ServiceError> {
        let store = &self.parts.store;
        let call = match id.parse::<CallId>() {
            Ok(id) => store.call(caller.user_id, id).await?,
            Err(_) if id.parse::<twilio::CallSid>().is_ok() => store.call_by_sid(caller.user_id, id).await?,
            Err(_) => None,
        };
        let call = call.ok_or_else(call_not_found)?;
        let mut details = self.details(vec![call]).await?;
        details.pop().ok_or_else(call_not_found)
    }

    /// All calls of the query as a table, piece by piece.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn table(&self, caller: &Caller, query: &CallQuery) -> Result<Table, ServiceError> {
        Ok(Table {
            filter: self.filter(caller, query).await?,
            calls: self.clone(),
            caller: caller.clone(),
            cursor: None,
            begun: false,
        })
    }

    /// The query as the database understands it; none where nothing can match.
    async fn filter(&self, caller: &Caller, query: &CallQuery) -> Result<Option<CallFilter>, ServiceError> {
        let mut filter = CallFilter {
            direction: query.direction,
            missed: query.missed,
            voicemail: query.voicemail,
            since: query.since,
            until: query.until,
            ..CallFilter::default()
        };
        let text = query.text.as_deref().map(str::trim).filter(|text| !text.is_empty());
        if let Some(text) = text {
            let own = in_use(&self.parts, caller)
                .await?
                .map(|connection| connection.phone_number);
            let home = own.as_deref().and_then(dialling::country_of);
            match searched(text, home.as_deref()) {
                Some(Searched::From(digits)) => filter.prefix = Some(digits),
                Some(Searched::Within(digits)) => filter.digits = Some(digits),
                None => return Ok(None),
            }
        }
        Ok(Some(filter))
    }
}

/// A table that is written while it is read.
pub struct Table {
    calls: Calls,
    caller: Caller,
    filter: Option<CallFilter>,
    cursor: Option<Cursor>,
    begun: bool,
}

impl Table {
    /// The next piece as text; none at the end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, ServiceError> {
        let mut text = Vec::new();
        if !self.begun {
            self.begun = true;
            text = table::head().map_err(ServiceError::internal)?;
        }
        let Some(filter) = &self.filter else {
            return Ok((!text.is_empty()).then_some(text));
        };
        let store = &self.calls.parts.store;
        let user = self.caller.user_id;
        let page = store.list_calls(user, filter, self.cursor.as_ref(), PIECE_MAX).await?;
        let calls: Vec<CallView> = self.calls.views(page.calls).await?;
        text.extend(table::body(&calls).map_err(ServiceError::internal)?);
        self.cursor = page.next;
        if self.cursor.is_none() {
            self.filter = None;
        }
        Ok(Some(text))
    }
}

fn cursor_of(text: &str) -> Result<Cursor, ServiceError> {
    text.parse().map_err(|_| {
        let sentence = "This is not where a page of the call log begins.";
        ServiceError::Invalid(Problem::new("invalid_filter", sentence).field("cursor", sentence))
    })
}

/// What was searched for.
#[derive(Debug, PartialEq, Eq)]
enum Searched {
    /// Digits that a number begins with.
    From(String),
    /// Digits somewhere in a number.
    Within(String),
}

/// The digits that were meant, by somebody in that country; none where there are none.
fn searched(text: &str, home: Option<&str>) -> Option<Searched> {
    let region = home.and_then(|code| Region::from_code(code).ok());
    if let Ok(number) = PhoneNumber::parse(text, region)
        && number.is_valid()
    {
        let e164 = number.format_as(PhoneNumberFormat::E164);
        return Some(Searched::From(e164.trim_start_matches('+').to_owned()));
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() || digits.len() > DIGITS_MAX {
        return None;
    }
    if text.starts_with('+') {
        return Some(Searched::From(digits));
    }
    if let Some(international) = digits.strip_prefix("00").filter(|rest| !rest.is_empty()) {
        return Some(Searched::From(international.to_owned()));
    }
    // The zero that is dialled within a country is no part of the number; nor is the one in brackets.
    let national = digits.trim_start_matches('0');
    Some(Searched::Within(if national.is_empty() {
        digits
    } else {
        national.to_owned()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_however_it_is_written() {
        let from = |digits: &str| Some(Searched::From(digits.to_owned()));
        let within = |digits: &str| Some(Searched::Within(digits.to_owned()));
        for whole in [
            "+44 20 7183 8750",
            "020 7183 8750",
            "(020) 7183-8750",
            "0044 20 71838750",
        ] {
            assert_eq!(searched(whole, Some("GB")), from("442071838750"), "{whole}");
        }
        assert_eq!(searched("+44 20", Some("GB")), from("4420"));
        assert_eq!(searched("00", None), within("00"));
        assert_eq!(searched("020 71", Some("GB")), within("2071"));
        assert_eq!(searched("8750", Some("GB")), within("8750"));
        assert_eq!(searched("020 7183 8750", None), within("2071838750"));
        assert_eq!(searched("%_'; --", Some("GB")), None);
        assert_eq!(searched(&"1".repeat(60_000), Some("GB")), None);
    }
}
