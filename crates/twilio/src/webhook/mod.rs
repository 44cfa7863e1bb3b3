//! What Twilio tells: the parameters of its webhooks, <https://www.twilio.com/docs/usage/webhooks>.
//!
//! A correct signature does not fix where one parameter ends and the next begins (see [`signature`](crate::signature)), so
//! everything that decides is read strictly here: it must be there once, in the shape it has. What only informs is read
//! leniently: nonsense is nothing. Whatever Twilio adds is kept and otherwise ignored.

mod fields;
mod party;
#[cfg(test)]
mod tests;
mod text;

pub use fields::{DialCallStatus, Digits, RecordingSource, rfc2822};
pub use party::{E164, NotE164, Party};
pub use text::{MediaRef, OptOutType};

/// The decoded parameters of one webhook, in the order in which they came.
#[derive(Clone, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

/// A parameter that decides something cannot be relied on. Never shows its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParamError {
    /// It is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// It is there more than once.
    #[error("{0} is repeated")]
    Repeated(&'static str),
    /// It does not look as it should.
    #[error("{0} is malformed")]
    Malformed(&'static str),
}

impl Params {
    /// Reads a form (`application/x-www-form-urlencoded`) or a query. Bytes that are not UTF-8 become U+FFFD.
    pub fn parse(form: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(form).into_owned().collect())
    }

    /// Of decoded names and values.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All of them, as [`validate`](crate::signature::validate) takes them.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The value of a parameter that may be there once at most.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, ParamError> {
        let mut values = self.values(name);
        let value = values.next();
        match values.next() {
            Some(_) => Err(ParamError::Repeated(name)),
            None => Ok(value),
        }
    }

    /// The first value of a parameter, whatever it looks like.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Whether there is such a parameter.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Only the names: the values are about people.
impl std::fmt::Debug for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
