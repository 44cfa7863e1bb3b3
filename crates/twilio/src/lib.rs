#![doc = include_str!("../README.md")]

pub mod access_token;
pub mod client;
pub mod error;
pub mod retry;
pub mod sid;
pub mod signature;
pub mod twiml;
pub mod webhook;

pub use access_token::{AccessToken, AccessTokenError, VoiceGrant};
pub use client::account::{Account, AccountStatus, AccountType};
pub use client::applications::{Application, NewApplication};
pub use client::calls::{Call, CallEnd, CallFilter, CallInstructions, CallStatus, NewCall};
pub use client::conferences::{Conference, Participant, ParticipantChange};
pub use client::endpoints::Endpoints;
pub use client::incoming_phone_numbers::{Capabilities, IncomingPhoneNumber, PhoneNumberWebhooks};
pub use client::keys::{Key, NewKey};
pub use client::media::{MediaAnswer, MediaStream};
pub use client::message_media::MessageMedia;
pub use client::messages::{Message, MessageFilter, MessageStatus, NewMessage};
pub use client::messaging_services::{MessagingService, ServiceNumber};
pub use client::paging::Newest;
pub use client::recordings::{Recording, RecordingStatus};
pub use client::{Client, Deletion, Transport};
pub use error::{Error, explain};
pub use sid::{
    AccountSid, ApiKeySid, ApplicationSid, CallSid, ConferenceSid, MediaSid, MessageSid, MessagingServiceSid,
    PhoneNumberSid, RecordingSid, SidError,
};
