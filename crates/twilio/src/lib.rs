#![doc = include_str!("../README.md")]

pub mod access_token;
pub mod client;
pub mod error;
pub mod retry;
pub mod sid;
pub mod signature;

pub use access_token::{AccessToken, AccessTokenError, VoiceGrant};
pub use client::account::{Account, AccountStatus, AccountType};
pub use client::applications::{Application, NewApplication};
pub use client::endpoints::Endpoints;
pub use client::incoming_phone_numbers::{Capabilities, IncomingPhoneNumber, PhoneNumberWebhooks};
pub use client::keys::{Key, NewKey};
pub use client::{Client, Deletion, Transport};
pub use error::{Error, explain};
pub use sid::{AccountSid, ApiKeySid, ApplicationSid, PhoneNumberSid, SidError};
