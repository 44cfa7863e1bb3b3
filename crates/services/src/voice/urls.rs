//! Where Twilio is told to ask next: every address carries our call's id, and what Twilio asks is signed with it.

use std::fmt::{self, Display};
use std::str::FromStr;

use domain::call::LegRole;
use domain::id::CallId;
use url::{Url, form_urlencoded};

use crate::connections::RETRIES;

/// At which point of its course a call is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// The user's browser has rung for an inbound call.
    Rang,
    /// The phone that is forwarded to has rung.
    Forwarded,
    /// The callee's phone has rung.
    Dialled,
    /// The party that the call was handed to has rung.
    Transferred,
    /// The caller has left a message.
    Recorded,
    /// The user has spoken to the test call.
    Echo,
    /// The user's browser has answered a call that was asked for over HTTP.
    Browser,
    /// The callee is to hear that the call is recorded.
    Announce,
}

const WORDS: [(Then, &str); 8] = [
    (Then::Rang, "rang"),
    (Then::Forwarded, "forwarded"),
    (Then::Dialled, "dialled"),
    (Then::Transferred, "transferred"),
    (Then::Recorded, "recorded"),
    (Then::Echo, "echo"),
    (Then::Browser, "browser"),
    (Then::Announce, "announce"),
];

impl Display for Then {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = WORDS.iter().find(|(then, _)| then == self).map_or("", |(_, word)| word);
        f.write_str(word)
    }
}

/// The query of an address of ours that Twilio asked. What is not there once, and well-formed, is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) then: Option<Then>,
    /// Grows with every answer, so that no two questions of a call are alike.
    pub(super) step: u64,
    /// How often the caller pressed a key that does nothing.
    pub(super) tries: u64,
    pub(super) leg: Option<LegRole>,
    pub(super) call: Option<CallId>,
}

impl Query {
    pub(super) fn of(target: &str) -> Self {
        let query = target.split_once('?').map_or("", |(_, query)| query);
        let one = |name: &str| {
            let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
            match (values.next(), values.next()) {
                (Some((_, value)), None) => Some(value.into_owned()),
                _ => None,
            }
        };
        let number = |name| one(name).and_then(|text| text.parse().ok()).unwrap_or(0);
        Self {
            then: one("then").and_then(|word| WORDS.iter().find(|(_, known)| *known == word).map(|(then, _)| *then)),
            step: number("step"),
            tries: number("tries"),
            leg: one("leg").and_then(|word| LegRole::from_word(&word)),
            call: one("call").and_then(|text| call_id(&text)),
        }
    }
}

/// An id in the one way in which we write it.
pub(super) fn call_id(text: &str) -> Option<CallId> {
    CallId::from_str(text).ok().filter(|id| id.to_string() == text)
}

/// The addresses of this installation.
#[derive(Clone, Debug)]
pub(super) struct Urls {
    base: String,
}

impl Urls {
    pub(super) fn new(app_url: &Url) -> Self {
        Self {
            base: app_url.as_str().trim_end_matches('/').to_owned(),
        }
    }

    /// The address at which Twilio asked for that path and query: what it has signed.
    pub(super) fn asked(&self, target: &str) -> String {
        format!("{}{target}", self.base)
    }

    pub(super) fn go_on(&self, call: CallId, then: Then, step: u64) -> String {
        self.at(&format!("/webhooks/twilio/voice/{call}?then={then}&step={step}"))
    }

    pub(super) fn menu(&self, call: CallId, step: u64, tries: u64) -> String {
        self.at(&format!("/webhooks/twilio/dtmf?call={call}&step={step}&tries={tries}"))
    }

    pub(super) fn status(&self, call: CallId, leg: LegRole) -> String {
        self.at(&format!("/webhooks/twilio/call-status/{call}?leg={}", leg.as_str()))
    }

    pub(super) fn recording(&self, call: CallId) -> String {
        self.at(&format!("/webhooks/twilio/recording/{call}"))
    }

    fn at(&self, target: &str) -> String {
        format!("{}{target}{RETRIES}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &str = "0192f0c1-2f5e-7a3b-8c4d-0123456789ab";

    fn urls() -> Urls {
        Urls::new(&Url::parse("https://phone.example.com/").unwrap())
    }

    /// What Twilio asks for of such an address.
    fn target(url: &str) -> &str {
        let target = url.strip_prefix("https://phone.example.com").unwrap();
        target.split_once('#').unwrap().0
    }

    #[test]
    fn what_an_address_says_is_read_again() {
        let call = call_id(CALL).unwrap();
        for (then, _) in WORDS {
            let read = Query::of(target(&urls().go_on(call, then, 7)));
            assert_eq!((read.then, read.step), (Some(then), 7));
        }
        let read = Query::of(target(&urls().menu(call, 3, 2)));
        assert_eq!((read.call, read.step, read.tries), (Some(call), 3, 2));
        let read = Query::of(target(&urls().status(call, LegRole::Forward)));
        assert_eq!(read.leg, Some(LegRole::Forward));
        assert!(
            urls()
                .recording(call)
                .ends_with(&format!("/recording/{CALL}#rc=5&rp=all"))
        );
    }

    #[test]
    fn what_we_would_not_write_is_not_read() {
        assert_eq!(Query::of("/x"), Query::default());
        assert_eq!(
            Query::of("/x?then=rang&then=browser&step=-1&tries=x&leg=boss&call=1"),
            Query::default()
        );
        for odd in [
            CALL.to_uppercase(),
            CALL.replace('-', ""),
            format!("{{{CALL}}}"),
            format!("urn:uuid:{CALL}"),
            String::new(),
        ] {
            assert_eq!(call_id(&odd), None, "{odd}");
        }
    }
}
