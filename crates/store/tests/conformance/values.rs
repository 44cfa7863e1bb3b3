//! Values to store.

use domain::id::{ConnectionId, SessionId, UserId};
use domain::problem::Problem;
use domain::setup::{AccountFacts, Capabilities, NumberChoice, Refused};
use domain::time::UnixMillis;
use store::{NewConnection, NewDraft, NewSession, Session, Store, User};
use uuid::Uuid;

/// Some moment.
pub const NOW: UnixMillis = UnixMillis(1_800_000_000_000);

/// That much later.
pub fn after(millis: i64) -> UnixMillis {
    NOW.plus(millis)
}

/// The lease that [`new_connection`] is made with lasts so long.
pub const LEASE: i64 = 30_000;

pub fn user_id(number: u128) -> UserId {
    UserId(Uuid::from_u128(number))
}

pub fn session_id(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(number))
}

pub fn connection_id(number: u128) -> ConnectionId {
    ConnectionId(Uuid::from_u128(number))
}

pub fn user(number: u128) -> User {
    User {
        id: user_id(number),
        email: format!("user{number}@example.com"),
        password_hash: "$argon2id$…".into(),
        voice_identity: format!("voice_{number}"),
    }
}

/// Adds that many users, numbered from 1.
pub async fn add_users(store: &Store, count: u128) {
    for number in 1..=count {
        store.add_user(&user(number), NOW).await.unwrap();
    }
}

/// A session that was seen at its beginning and lasts a second.
pub fn new_session(number: u128, user: u128) -> NewSession {
    NewSession {
        session: Session {
            id: session_id(number),
            user_id: user_id(user),
            user_agent: "Mozilla/5.0 (X11; Ünïx)".into(),
            address: "192.0.2.1".into(),
            created_at: NOW,
            last_seen_at: NOW,
            expires_at: after(1000),
        },
        token_hash: token_hash(number),
        device_hash: Some(device_hash(number)),
    }
}

/// The hash of that session's cookie: bytes that are no text.
pub fn token_hash(number: u128) -> Vec<u8> {
    [&[0xff, 0x00, 0xfe][..], &number.to_be_bytes()].concat()
}

/// The hash of the cookie that knows its browser again.
pub fn device_hash(number: u128) -> String {
    format!("{number:064x}")
}

pub fn account(number: u128) -> AccountFacts {
    AccountFacts {
        sid: format!("AC{number:032x}"),
        friendly_name: "O'Brien \"& søn\"".into(),
        kind: "Trial".into(),
        status: "active".into(),
    }
}

pub fn number_choice(number: u128) -> NumberChoice {
    NumberChoice {
        sid: format!("PN{number:032x}"),
        phone_number: format!("+1555{number:07}"),
        formatted: format!("+1 555 {number:07}"),
        friendly_name: "Front desk".into(),
        capabilities: Capabilities {
            voice: true,
            sms: true,
            mms: false,
        },
        in_use_by: None,
        pointing: Vec::new(),
    }
}

pub fn new_draft(number: u128) -> NewDraft {
    NewDraft {
        account: account(number),
        auth_token: vec![0, 159, 146, 150],
        auth_token_last4: "cdef".into(),
        phone_numbers: vec![number_choice(number), number_choice(number + 1)],
    }
}

pub fn problem(code: &str) -> Problem {
    Problem {
        twilio_code: Some(20003),
        ..Problem::new(code, "Twilio says no. Try again.").field("auth_token", "Enter it again.")
    }
}

pub fn refused() -> Refused {
    Refused {
        account_sid: Some(account(1).sid),
        problem: problem("twilio_credentials_rejected"),
    }
}

/// The connection of that number, for that user and that account, leased to its maker.
pub fn new_connection(number: u128, user: u128, account_number: u128) -> NewConnection {
    NewConnection {
        id: connection_id(number),
        user_id: user_id(user),
        account_sid: account(account_number).sid,
        auth_token: vec![0, 1, 254, 255],
        auth_token_last4: "cdef".into(),
        phone_number_sid: number_choice(account_number).sid,
        take_over: false,
        lease_token: lease(number),
        lease_until: after(LEASE),
        created_at: after(i64::try_from(number).unwrap()),
    }
}

/// The lease that the connection of that number is made with.
pub fn lease(number: u128) -> String {
    format!("lease {number}")
}
