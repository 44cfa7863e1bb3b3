//! The life of a connection, and of the steps that make it.
//!
//! ```text
//! provisioning ──► connected ──► disconnecting ──► removed
//!      │                              │
//!      ▼                              ▼
//! taking_back ──► failed          left_behind ──► removed
//!      └──────────────────────────────▲
//! ```

stored_enum! {
    /// Where a connection is in its life.
    ConnectionState {
        /// Save was pressed; resources are being made at Twilio.
        Provisioning = "provisioning",
        /// A step failed, or a restart interrupted it; what was made is being taken back.
        TakingBack = "taking_back",
        /// Everything was taken back. Kept only so that the person can read why.
        Failed = "failed",
        /// The App, the key and the number's webhooks are in place.
        Connected = "connected",
        /// The person asked for it to be removed.
        Disconnecting = "disconnecting",
        /// Something could not be removed at Twilio; it is tried again until it is gone. The auth token is kept for that alone.
        LeftBehind = "left_behind",
        /// Nothing of it is left, at Twilio or here, but this line.
        Removed = "removed",
    }
}

impl ConnectionState {
    /// Whether it occupies the user's one place and the account's: at most one such row for each of them.
    #[must_use]
    pub const fn is_current(self) -> bool {
        matches!(
            self,
            Self::Provisioning | Self::TakingBack | Self::Connected | Self::Disconnecting
        )
    }

    /// Whether somebody must be at work on it; without a live lease it is picked up by the next worker.
    #[must_use]
    pub const fn needs_worker(self) -> bool {
        matches!(
            self,
            Self::Provisioning | Self::TakingBack | Self::Disconnecting | Self::LeftBehind
        )
    }
}

stored_enum! {
    /// What is done at Twilio for a connection, in the order in which a person reads it.
    StepKind {
        /// The account is read with the pair, and the number as it is now.
        Verify = "verify",
        /// The TwiML App that browser calls go through.
        Application = "application",
        /// The API key that signs the softphone's tokens.
        ApiKey = "api_key",
        /// The number's voice, text and status webhooks.
        PhoneNumber = "phone_number",
    }
}

stored_enum! {
    /// Where a step is.
    StepState {
        /// Not begun.
        Pending = "pending",
        /// Begun; until it is `done` its effect at Twilio is unknown.
        Running = "running",
        /// Its effect is at Twilio, and known.
        Done = "done",
        /// It certainly had no effect.
        Failed = "failed",
        /// Its effect was removed again.
        TakenBack = "taken_back",
        /// Its effect may still be at Twilio: removing it has failed so far.
        LeftBehind = "left_behind",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_come_back_as_the_same_value() {
        for state in ConnectionState::ALL {
            assert_eq!(ConnectionState::from_word(state.as_str()), Some(*state));
        }
        for state in StepState::ALL {
            assert_eq!(StepState::from_word(state.as_str()), Some(*state));
        }
        for kind in StepKind::ALL {
            assert_eq!(StepKind::from_word(kind.as_str()), Some(*kind));
        }
        assert_eq!(StepKind::from_word("Verify"), None);
    }
}
