//! Identifiers of our own rows: UUIDv7 (RFC 9562), so that they sort by the time of their making.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! row_id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    )*};
}

row_id! {
    /// A person who can sign in; the tenant of everything he connects.
    UserId,
    /// One signed-in browser of a user.
    SessionId,
    /// One attempt to link a Twilio account, from the first step to the last trace of its removal.
    ConnectionId,
    /// A call, with all its legs.
    CallId,
    /// Something that was noted about a call.
    CallEventId,
    /// A recording of a call, or a voicemail.
    RecordingId,
    /// A text.
    MessageId,
}
