//! Every error code of the signalling in one place. Which one the live service sends in which case is assumed; that the Voice
//! SDK takes them as written here was tried.

use serde_json::{Value, json};

/// An error in a frame: the SDK knows it by its code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct CallError {
    pub(crate) code: u32,
    pub(crate) message: &'static str,
}

impl CallError {
    // Ends of calls. The SDK tells them apart with `enableImprovedSignalingErrorPrecision`.
    pub(crate) const NOT_FOUND: Self = Self::new(31404, "Not Found");
    pub(crate) const UNAVAILABLE: Self = Self::new(31480, "Temporarily Unavailable");
    pub(crate) const BUSY: Self = Self::new(31486, "Busy Here");
    pub(crate) const DECLINED: Self = Self::new(31603, "Decline");
    /// Anything else that ended a call against the caller's will.
    pub(crate) const FAILED: Self = Self::new(31005, "Connection error");

    // Answers to an invite.
    pub(crate) const APPLICATION_NOT_FOUND: Self = Self::new(31001, "Application Not Found");
    pub(crate) const BAD_DESCRIPTION: Self = Self::new(31400, "Bad Request: the session description is of no use");

    // Tokens.
    /// The token does not allow it.
    pub(crate) const NOT_AUTHORIZED: Self = Self::new(31201, "Authorization Error");
    pub(crate) const WRONG_SIGNATURE: Self = Self::new(31202, "Access token signature validation failed");
    pub(crate) const NO_ACCOUNT: Self = Self::new(31203, "No valid account");
    pub(crate) const INVALID_TOKEN: Self = Self::new(31204, "Invalid JWT token");
    pub(crate) const EXPIRED: Self = Self::new(31205, "JWT token expired");
    pub(crate) const TOO_LONG_VALID: Self = Self::new(31207, "JWT token expiration too long");
    pub(crate) const BAD_IDENTITY: Self = Self::new(31105, "Invalid client name");

    // Frames.
    pub(crate) const MALFORMED: Self = Self::new(31100, "Malformed request");

    pub(crate) const fn new(code: u32, message: &'static str) -> Self {
        Self { code, message }
    }

    pub(super) fn json(self) -> Value {
        json!({ "code": self.code, "message": self.message })
    }
}
