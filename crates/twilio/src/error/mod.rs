//! What can go wrong between a request and Twilio's answer.

mod codes;

use std::fmt;
use std::time::Duration;

pub use codes::explain;

use crate::retry::Failure;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// A request to Twilio that did not succeed.
///
/// Opaque: ask it through its predicates. `Display` and `Debug` show neither secrets nor phone numbers, so both may be
/// logged; [`Error::twilio_message`] may hold phone numbers, so it may not.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    /// What was being done, to complete "could not …".
    operation: &'static str,
    is_write: bool,
    status: Option<u16>,
    code: Option<u32>,
    message: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

/// How far a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The client itself could not be made, for example of an unusable base URL.
    Setup,
    /// No connection was made.
    NotSent,
    /// No complete answer within the time allowed.
    TimedOut,
    /// The connection broke after the request, or a part of it, had left.
    Interrupted,
    /// A redirect, which is never followed: it could carry the credentials elsewhere.
    Redirected,
    /// An answer that is not Twilio's, or too long, or without a needed field.
    Unreadable,
    /// An answer with an error status.
    Refused,
}

impl Error {
    pub(crate) fn new(kind: Kind, operation: &'static str, is_write: bool) -> Self {
        Self(Box::new(Inner {
            kind,
            operation,
            is_write,
            status: None,
            code: None,
            message: None,
            request_id: None,
            retry_after: None,
            source: None,
        }))
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_status(
        mut self,
        status: u16,
        request_id: Option<String>,
        retry_after: Option<Duration>,
    ) -> Self {
        self.0.status = Some(status);
        self.0.request_id = request_id;
        self.0.retry_after = retry_after;
        self
    }

    pub(crate) fn with_twilio(mut self, code: Option<u32>, message: Option<String>) -> Self {
        self.0.code = code;
        self.0.message = message;
        self
    }

    /// Twilio's own error code, for example 20003. The stable key to what happened, unlike the message.
    pub fn code(&self) -> Option<u32> {
        self.0.code
    }

    /// The HTTP status, if there was an answer.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// How long Twilio asks to wait, if it does.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// `Twilio-Request-Id`: what Twilio's support asks for.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Twilio's own words. May hold phone numbers: for the account's owner, not for the log.
    pub fn twilio_message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// The page of Twilio's documentation about [`Error::code`]. Built from the code, not taken from the answer, so that
    /// an answer cannot plant a link.
    pub fn more_info(&self) -> Option<String> {
        self.0
            .code
            .map(|code| format!("https://www.twilio.com/docs/errors/{code}"))
    }

    /// The SID and the token are not accepted (20003), or not for this: a Standard or Restricted key, say (20006, 20403,
    /// 70051, any other 403). Excludes test credentials, inactive accounts and trial limits, which have their own predicates.
    pub fn is_credentials_rejected(&self) -> bool {
        let refused = self.is_refused_with(401)
            || self.is_refused_with(403)
            || matches!(self.0.code, Some(20003 | 20006 | 20403 | 70051));
        refused && !self.is_test_credentials() && !self.is_account_inactive() && !self.is_trial_limit()
    }

    /// The credentials are Twilio's test credentials, which may only do a few simulated creates.
    pub fn is_test_credentials(&self) -> bool {
        self.0.code == Some(20008)
    }

    /// The account is suspended or closed.
    pub fn is_account_inactive(&self) -> bool {
        matches!(self.0.code, Some(10001 | 20005))
    }

    /// There is no such resource (any more).
    pub fn is_not_found(&self) -> bool {
        self.is_refused_with(404) || self.0.code == Some(20404)
    }

    /// The call is not in a state in which this can be done: most often, it has ended.
    pub fn is_wrong_call_state(&self) -> bool {
        self.0.code == Some(21220)
    }

    /// The recipient wants no texts from this sender (any more).
    pub fn is_opted_out(&self) -> bool {
        self.0.code == Some(21610)
    }

    /// Too many requests at once; this one was not processed.
    pub fn is_rate_limited(&self) -> bool {
        self.0.status == Some(429) || self.0.code == Some(20429)
    }

    /// Twilio did not answer, failed, or something that is not Twilio answered in its place: not the user's fault.
    pub fn is_unavailable(&self) -> bool {
        match self.0.kind {
            Kind::Setup => false,
            Kind::NotSent | Kind::TimedOut | Kind::Interrupted | Kind::Redirected => true,
            Kind::Unreadable => !self.is_rate_limited(),
            Kind::Refused => self.is_server_fault(),
        }
    }

    /// A trial account may not do this.
    pub fn is_trial_limit(&self) -> bool {
        matches!(self.0.code, Some(10002 | 21219 | 21264 | 21404 | 21608))
    }

    /// The request changes something, and it may have done so although no proper answer came. Look before repeating it.
    pub fn outcome_unknown(&self) -> bool {
        if !self.0.is_write {
            return false;
        }
        // A refusal is a refusal, even where its body broke off or cannot be read.
        let refused = self
            .0
            .status
            .is_some_and(|status| (400..500).contains(&status) && status != 408);
        match self.0.kind {
            Kind::Setup | Kind::NotSent => false,
            Kind::TimedOut | Kind::Interrupted | Kind::Unreadable | Kind::Redirected => !refused,
            Kind::Refused => self.is_server_fault(),
        }
    }

    /// The same request may well succeed later, without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        self.is_rate_limited()
            || self.is_server_fault()
            || matches!(self.0.kind, Kind::NotSent | Kind::TimedOut | Kind::Interrupted)
    }

    pub(crate) fn failure(&self) -> Failure {
        match self.0.kind {
            Kind::NotSent => Failure::NotSent,
            Kind::TimedOut => Failure::TimedOut,
            Kind::Interrupted => Failure::Interrupted,
            _ if self.is_rate_limited() => Failure::RateLimited(self.0.retry_after),
            _ if self.is_server_fault() => Failure::ServerError(self.0.retry_after),
            _ => Failure::Final,
        }
    }

    fn is_refused_with(&self, status: u16) -> bool {
        self.0.kind == Kind::Refused && self.0.status == Some(status)
    }

    fn is_server_fault(&self) -> bool {
        self.0.status.is_some_and(|status| status >= 500 || status == 408)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            kind,
            operation,
            status,
            code,
            request_id,
            ..
        } = &*self.0;
        write!(f, "could not {operation}: ")?;
        match kind {
            Kind::Setup => f.write_str("the client for Twilio cannot be set up")?,
            Kind::NotSent => f.write_str("no connection to Twilio")?,
            Kind::TimedOut => f.write_str("Twilio did not answer in time")?,
            Kind::Interrupted => f.write_str("the connection to Twilio broke off")?,
            Kind::Redirected => f.write_str("the answer is a redirect, which is not followed")?,
            Kind::Unreadable => f.write_str("the answer is not one that Twilio gives")?,
            Kind::Refused => f.write_str(code.and_then(explain).unwrap_or("Twilio refused the request."))?,
        }
        let facts = [
            status.map(|status| format!("HTTP {status}")),
            code.map(|code| format!("Twilio error {code}")),
            request_id.as_ref().map(|id| format!("request {id}")),
        ];
        let facts: Vec<_> = facts.into_iter().flatten().collect();
        if facts.is_empty() {
            Ok(())
        } else {
            write!(f, " ({})", facts.join(", "))
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("operation", &self.0.operation)
            .field("status", &self.0.status)
            .field("code", &self.0.code)
            .field("request_id", &self.0.request_id)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, code: Option<u32>) -> Error {
        Error::new(Kind::Refused, "create the application", true)
            .with_status(status, Some("RQ1".into()), None)
            .with_twilio(code, Some("The number +14155550100 is unverified.".into()))
    }

    #[test]
    fn neither_display_nor_debug_shows_a_phone_number() {
        let error = refused(400, Some(21404));
        for text in [error.to_string(), format!("{error:?}"), format!("{error:#?}")] {
            assert!(!text.contains("4155550100"), "{text}");
        }
        assert_eq!(error.twilio_message(), Some("The number +14155550100 is unverified."));
    }

    #[test]
    fn display_explains_and_gives_the_facts() {
        let text = refused(429, Some(20429)).to_string();
        assert!(
            text.starts_with("could not create the application: Twilio is receiving too many requests"),
            "{text}"
        );
        assert!(text.ends_with(" (HTTP 429, Twilio error 20429, request RQ1)"), "{text}");
        let silent = Error::new(Kind::NotSent, "fetch the account", false);
        assert_eq!(
            silent.to_string(),
            "could not fetch the account: no connection to Twilio"
        );
    }

    #[test]
    fn each_refusal_is_of_one_kind() {
        type Predicate = fn(&Error) -> bool;
        let predicates: [Predicate; 9] = [
            Error::is_credentials_rejected,
            Error::is_test_credentials,
            Error::is_account_inactive,
            Error::is_not_found,
            Error::is_rate_limited,
            Error::is_unavailable,
            Error::is_wrong_call_state,
            Error::is_trial_limit,
            Error::is_opted_out,
        ];
        for (status, code, expected) in [
            (401, Some(20003), 0),
            (401, None, 0),
            (403, None, 0),
            (403, Some(70051), 0),
            (403, Some(99999), 0),
            (403, Some(20008), 1),
            (401, Some(20005), 2),
            (403, Some(10001), 2),
            (404, Some(20404), 3),
            (404, None, 3),
            (429, Some(20429), 4),
            (429, None, 4),
            (500, Some(20500), 5),
            (503, None, 5),
            (400, Some(21220), 6),
            (400, Some(21608), 7),
            (400, Some(21610), 8),
        ] {
            let error = refused(status, code);
            let holding: Vec<_> = (0..predicates.len())
                .filter(|&index| predicates[index](&error))
                .collect();
            assert_eq!(holding, [expected], "{status} {code:?}");
        }
    }

    #[test]
    fn a_refused_write_surely_had_no_effect_but_a_failed_one_may_have() {
        for (status, unknown) in [
            (400, false),
            (401, false),
            (404, false),
            (408, true),
            (429, false),
            (500, true),
        ] {
            assert_eq!(refused(status, None).outcome_unknown(), unknown, "{status}");
        }
        for (kind, unknown) in [
            (Kind::NotSent, false),
            (Kind::TimedOut, true),
            (Kind::Interrupted, true),
            (Kind::Redirected, true),
            (Kind::Unreadable, true),
        ] {
            assert_eq!(Error::new(kind, "x", true).outcome_unknown(), unknown, "{kind:?}");
            assert!(
                !Error::new(kind, "x", false).outcome_unknown(),
                "a read has no outcome: {kind:?}"
            );
            assert!(
                !Error::new(kind, "x", true)
                    .with_status(403, None, None)
                    .outcome_unknown(),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn more_info_is_built_from_the_code() {
        assert_eq!(
            refused(401, Some(20003)).more_info().as_deref(),
            Some("https://www.twilio.com/docs/errors/20003")
        );
        assert_eq!(refused(500, None).more_info(), None);
    }
}
