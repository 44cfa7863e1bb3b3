use crate::message_values::{add, text};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{add_users, after};
use store::NewMessage;

/// A user with a linked account, a call with its leg and a recording, a text that is delivered and one that waits to be sent.
const WORLD: [&str; 11] = [
    "INSERT INTO users (id, email, password_hash, voice_identity, created_at, feed_seq)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-000000000001', 'ann@example.com', '', 'ann', 1, 2)",
    "INSERT INTO connections (id, user_id, account_sid, account, auth_token, auth_token_last4, auth_token_saved_at,
         phone_number_sid, phone_number, application_sid, api_key_sid, api_key_secret, take_over, state, created_at,
         updated_at, connected_at)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-00000000000c', '0192f0c1-2f5e-7a3b-8c4d-000000000001', 'AC1', '{}', 'token', 'oken', 1,
         'PN1', '+14155550100', 'AP1', 'SK1', 'secret', 0, 'connected', 1, 1, 1)",
    "INSERT INTO connection_steps (connection_id, kind, state, sid)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-00000000000c', 'application', 'done', 'AP1'),
            ('0192f0c1-2f5e-7a3b-8c4d-00000000000c', 'api_key', 'done', 'SK1')",
    "INSERT INTO calls (id, user_id, account_sid, provider_sid, direction, origin, from_number, to_number, digits, status,
         live, missed, ended_at, started_at, updated_at)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-0000000000ca', '0192f0c1-2f5e-7a3b-8c4d-000000000001', 'AC1', 'CA1', 'inbound',
         'phone_network', '+14155550111', '+14155550100', '14155550111', 'no-answer', 0, 1, 9, 5, 9)",
    "INSERT INTO call_legs (account_sid, sid, call_id, role, status, started_at, ended_at)
     VALUES ('AC1', 'CA1', '0192f0c1-2f5e-7a3b-8c4d-0000000000ca', 'caller', 'completed', 5, 9)",
    "INSERT INTO recordings (id, user_id, call_id, account_sid, sid, kind, status, channels, started_at)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-0000000000ce', '0192f0c1-2f5e-7a3b-8c4d-000000000001',
         '0192f0c1-2f5e-7a3b-8c4d-0000000000ca', 'AC1', 'RE1', 'voicemail', 'completed', 1, 6)",
    "INSERT INTO feed (user_id, seq, kind, ref_id, noted_at)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-000000000001', 1, 'call', '0192f0c1-2f5e-7a3b-8c4d-0000000000ca', 5),
            ('0192f0c1-2f5e-7a3b-8c4d-000000000001', 2, 'call', '0192f0c1-2f5e-7a3b-8c4d-0000000000ca', 9)",
    "INSERT INTO threads (user_id, peer, digits, last_at) VALUES ('0192f0c1-2f5e-7a3b-8c4d-000000000001', '+14155550111', '14155550111', 8)",
    "INSERT INTO messages (id, user_id, account_sid, origin, direction, from_number, to_number, peer, sender, provider,
         provider_sid, body, folded, status, segments, created_at, placed_at, updated_at)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-0000000000e1', '0192f0c1-2f5e-7a3b-8c4d-000000000001', 'AC1', 'user', 'outbound', '',
         '+14155550111', '+14155550111', '', 'twilio', 'SM1', 'one', 'one', 'delivered', 1, 7, 7, 7)",
    "INSERT INTO messages (id, user_id, account_sid, origin, direction, from_number, to_number, peer, sender, provider, body,
         folded, status, segments, created_at, placed_at, updated_at, lane, due_at)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-0000000000e2', '0192f0c1-2f5e-7a3b-8c4d-000000000001', 'AC1', 'user', 'outbound', '',
         '+14155550111', '+14155550111', '', 'twilio', 'two', 'two', 'queued', 1, 8, 8, 8, 'head', 8)",
    "INSERT INTO messages (id, user_id, account_sid, origin, direction, from_number, to_number, peer, sender, provider, body,
         folded, status, segments, created_at, placed_at, updated_at, lane)
     VALUES ('0192f0c1-2f5e-7a3b-8c4d-0000000000e3', '0192f0c1-2f5e-7a3b-8c4d-000000000001', 'AC1', 'user', 'outbound', '',
         '+14155550111', '+14155550111', '', 'twilio', 'three', 'three', 'queued', 1, 8, 8, 8, 'waiting')",
];

/// Each rule, with what breaks it and what mends it again.
const BROKEN: [(&str, &str, &str); 22] = [
    (
        "has all that it needs",
        "UPDATE connections SET api_key_secret = NULL",
        "UPDATE connections SET api_key_secret = 'secret'",
    ),
    (
        "name what its row names",
        "UPDATE connection_steps SET sid = 'AP2' WHERE kind = 'application'",
        "UPDATE connection_steps SET sid = 'AP1' WHERE kind = 'application'",
    ),
    (
        "no secret and no worker",
        "UPDATE connections SET state = 'removed'",
        "UPDATE connections SET state = 'connected'",
    ),
    (
        "a token to do it with",
        "UPDATE connections SET state = 'disconnecting', auth_token = NULL",
        "UPDATE connections SET state = 'connected', auth_token = 'token'",
    ),
    (
        "says what it is, and is tried again",
        "UPDATE connections SET state = 'left_behind'",
        "UPDATE connections SET state = 'connected'",
    ),
    (
        "a former token has an end",
        "UPDATE connections SET previous_auth_token_until = 5",
        "UPDATE connections SET previous_auth_token_until = NULL",
    ),
    (
        "live until it is over",
        "UPDATE calls SET live = 1",
        "UPDATE calls SET live = 0",
    ),
    (
        "runs has no end",
        "UPDATE calls SET live = 1",
        "UPDATE calls SET live = 0",
    ),
    (
        "in its call's account",
        "UPDATE call_legs SET account_sid = 'AC2'",
        "UPDATE call_legs SET account_sid = 'AC1'",
    ),
    (
        "a recording is its call's",
        "UPDATE recordings SET account_sid = 'AC2'",
        "UPDATE recordings SET account_sid = 'AC1'",
    ),
    (
        "to go has a time for it",
        "UPDATE recordings SET status = 'deleting'",
        "UPDATE recordings SET status = 'completed'",
    ),
    (
        "no gap",
        "UPDATE feed SET seq = 0 WHERE seq = 1",
        "UPDATE feed SET seq = 1 WHERE seq = 0",
    ),
    (
        "ends where its user's row says",
        "UPDATE users SET feed_seq = 1",
        "UPDATE users SET feed_seq = 2",
    ),
    (
        "has one before it",
        "UPDATE messages SET lane = NULL, due_at = NULL, status = 'accepted' WHERE body = 'two'",
        "UPDATE messages SET lane = 'head', due_at = 8, status = 'queued' WHERE body = 'two'",
    ),
    (
        "the first text of a lane is due",
        "UPDATE messages SET due_at = NULL WHERE body = 'two'",
        "UPDATE messages SET due_at = 8 WHERE body = 'two'",
    ),
    (
        "to be sent is in a lane",
        "UPDATE messages SET lane = NULL WHERE body = 'three'",
        "UPDATE messages SET lane = 'waiting' WHERE body = 'three'",
    ),
    (
        "over is in no lane",
        "UPDATE messages SET status = 'failed' WHERE body = 'two'",
        "UPDATE messages SET status = 'queued' WHERE body = 'two'",
    ),
    (
        "as new as its newest text",
        "UPDATE threads SET last_at = 7",
        "UPDATE threads SET last_at = 8",
    ),
    (
        "every text is in a thread",
        "UPDATE threads SET peer = '+1'",
        "UPDATE threads SET peer = '+14155550111'",
    ),
    (
        "below zero",
        "UPDATE threads SET unread = -1",
        "UPDATE threads SET unread = 0",
    ),
    (
        "the sum of its legs",
        "UPDATE calls SET status = 'busy'",
        "UPDATE calls SET status = 'no-answer'",
    ),
    (
        "the sum of its legs",
        "UPDATE call_legs SET ended_at = 10",
        "UPDATE call_legs SET ended_at = 9",
    ),
];

async fn broken_rules(db: &Scratch) -> Vec<&'static str> {
    db.audit().await.unwrap().iter().map(|broken| broken.rule).collect()
}

#[tokio::test]
async fn every_broken_rule_is_told() {
    on_each_engine(async |db| {
        for statement in WORLD {
            db.execute(statement).await;
        }
        assert_eq!(broken_rules(db).await, Vec::<&str>::new());
        for (rule, breaks, mends) in BROKEN {
            assert!(db.execute(breaks).await > 0, "{breaks}");
            let told = broken_rules(db).await;
            assert!(
                told.iter().any(|told| told.ends_with(rule) || told.contains(rule)),
                "{rule}: {told:?}"
            );
            db.execute(mends).await;
            assert_eq!(broken_rules(db).await, Vec::<&str>::new(), "after {mends}");
        }
        // PostgreSQL lets nobody by.
        if !db.is_postgres() {
            db.execute("PRAGMA foreign_keys = OFF").await;
            db.execute("DELETE FROM calls").await;
            assert!(broken_rules(db).await.contains(&"no reference leads nowhere"));
        }
    })
    .await;
}

#[tokio::test]
async fn an_empty_database_is_in_order() {
    on_each_engine(async |db| assert_eq!(broken_rules(db).await, Vec::<&str>::new())).await;
}

#[tokio::test]
async fn a_text_that_is_to_be_sent_later_is_in_order_now() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        let later = NewMessage {
            send_at: Some(after(60_000)),
            ..text(1)
        };
        add(db, &later, 0).await;
        assert_eq!(db.audit().await.unwrap(), []);
    })
    .await;
}
