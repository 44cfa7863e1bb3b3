//! Twilio's error answers.

use serde_json::{Value, json};

/// An error answer: `{"code", "message", "more_info", "status"}`.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    code: Option<u32>,
    message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code: Some(code),
            message: message.into(),
        }
    }

    /// Every failure of authentication looks the same.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, 20003, "Authenticate")
    }

    pub(crate) fn not_found(path: &str) -> Self {
        Self::new(404, 20404, format!("The requested resource {path} was not found"))
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(405, 20004, "Method not allowed")
    }

    pub(crate) fn unsupported_media_type() -> Self {
        Self {
            status: 415,
            code: None,
            message: "The body must be application/x-www-form-urlencoded".to_owned(),
        }
    }

    /// Exists at Twilio, but not here; says so rather than to pretend.
    pub(crate) fn not_simulated(what: &str) -> Self {
        Self {
            status: 501,
            code: None,
            message: format!("The simulator does not simulate {what}"),
        }
    }

    /// Twilio's code, and the sentence.
    pub(crate) fn reason(&self) -> (u32, &str) {
        (self.code.unwrap_or_default(), &self.message)
    }

    pub(crate) fn body(&self) -> Value {
        error_body(self.status, self.code, &self.message)
    }
}

/// The body of an error answer.
pub(crate) fn error_body(status: u16, code: Option<u32>, message: &str) -> Value {
    json!({
        "code": code,
        "message": message,
        "more_info": code.map(|code| format!("https://www.twilio.com/docs/errors/{code}")),
        "status": status,
    })
}
