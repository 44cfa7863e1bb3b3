//! Whether what is stored agrees with itself: rules that no write may break, whatever fails half-way.

use domain::call::{LegState, summary};
use sqlx::query;

use crate::calls::{call_of, select_calls};
use crate::row::get;
use crate::{Engine, Error, Store};

/// Rows that break a rule, of which as many are named.
const NAMED: usize = 5;
/// Calls whose sums are done again, newest first.
const CALLS: i64 = 1_000;

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, as a sentence.
    pub rule: &'static str,
    /// The ids of some rows that break it.
    pub rows: Vec<String>,
}

/// Each rule, and a query for the rows that break it.
const RULES: [(&str, &str); 20] = [
    (
        "a connected account has all that it needs",
        "SELECT id FROM connections WHERE state = 'connected' AND (auth_token IS NULL OR application_sid IS NULL
             OR api_key_sid IS NULL OR api_key_secret IS NULL OR connected_at IS NULL OR account IS NULL)",
    ),
    (
        "the steps of a connected account name what its row names",
        "SELECT connections.id AS id FROM connections JOIN connection_steps AS step ON step.connection_id = connections.id
         WHERE connections.state = 'connected' AND connections.lease_token IS NULL
             AND ((step.kind = 'application' AND (step.state NOT IN ('done', 'running', 'failed')
                     OR step.sid <> connections.application_sid))
                 OR (step.kind = 'api_key' AND (step.state NOT IN ('done', 'running', 'failed')
                     OR step.sid <> connections.api_key_sid)))",
    ),
    (
        "an account that is not linked any more has no secret and no worker, but the token for a last look that is due",
        "SELECT id FROM connections WHERE state IN ('failed', 'removed') AND (previous_auth_token IS NOT NULL
             OR api_key_secret IS NOT NULL OR ((auth_token IS NOT NULL OR lease_token IS NOT NULL) AND NOT EXISTS
                 (SELECT 1 FROM connection_watch WHERE connection_id = connections.id AND last_look_at IS NOT NULL)))",
    ),
    (
        "what is being made or taken back has a token to do it with",
        "SELECT id FROM connections
         WHERE state IN ('provisioning', 'taking_back', 'disconnecting', 'left_behind') AND auth_token IS NULL",
    ),
    (
        "what could not be removed says what it is, and is tried again",
        "SELECT id FROM connections WHERE state = 'left_behind' AND (next_attempt_at IS NULL OR NOT EXISTS
             (SELECT 1 FROM connection_steps AS step WHERE step.connection_id = connections.id AND step.state = 'left_behind'))",
    ),
    (
        "a former token has an end",
        "SELECT id FROM connections WHERE (previous_auth_token IS NULL) <> (previous_auth_token_until IS NULL)",
    ),
    (
        "a call is live until it is over",
        "SELECT id FROM calls WHERE (live = 1) =
             (status IN ('canceled', 'no-answer', 'busy', 'failed', 'completed'))",
    ),
    (
        "a call that runs has no end",
        "SELECT id FROM calls WHERE live = 1 AND (ended_at IS NOT NULL OR missed = 1)",
    ),
    (
        "a leg is in its call's account",
        "SELECT calls.id AS id FROM calls JOIN call_legs AS leg ON leg.call_id = calls.id
         WHERE leg.account_sid <> calls.account_sid",
    ),
    (
        "a recording is its call's",
        "SELECT recordings.id AS id FROM recordings JOIN calls ON calls.id = recordings.call_id
         WHERE recordings.account_sid <> calls.account_sid OR recordings.user_id <> calls.user_id",
    ),
    (
        "a recording that is to go has a time for it",
        "SELECT id FROM recordings WHERE status = 'deleting' AND due_at IS NULL",
    ),
    (
        "a feed has no gap",
        "SELECT user_id AS id FROM feed GROUP BY user_id HAVING MAX(seq) - MIN(seq) + 1 <> COUNT(*)",
    ),
    (
        "a feed ends where its user's row says",
        "SELECT users.id AS id FROM users JOIN feed ON feed.user_id = users.id
         GROUP BY users.id, users.feed_seq HAVING MAX(feed.seq) <> users.feed_seq",
    ),
    (
        "a text that waits has one before it",
        "SELECT id FROM messages WHERE lane = 'waiting' AND NOT EXISTS (SELECT 1 FROM messages AS head
             WHERE head.user_id = messages.user_id AND head.peer = messages.peer AND head.lane = 'head')",
    ),
    (
        "the first text of a lane is due or being sent, and no other is",
        "SELECT id FROM messages WHERE (lane = 'head' AND due_at IS NULL AND lease_until IS NULL)
             OR (due_at IS NOT NULL AND (lane IS NULL OR lane <> 'head'))",
    ),
    (
        "a text that is to be sent is in a lane",
        "SELECT id FROM messages WHERE direction = 'outbound' AND status = 'queued' AND lane IS NULL",
    ),
    (
        "a text that is over is in no lane",
        "SELECT id FROM messages WHERE lane IS NOT NULL AND status IN ('undelivered', 'failed', 'canceled', 'delivered', 'read', 'received')",
    ),
    (
        "every text is in a thread",
        "SELECT id FROM messages WHERE peer <> '' AND NOT EXISTS
             (SELECT 1 FROM threads WHERE threads.user_id = messages.user_id AND threads.peer = messages.peer)",
    ),
    (
        "a thread is as new as its newest text",
        "SELECT threads.user_id AS id FROM threads WHERE threads.peer <> '' AND COALESCE(threads.last_at, 0) <
             (SELECT MAX(created_at) FROM messages WHERE messages.user_id = threads.user_id AND messages.peer = threads.peer)",
    ),
    (
        "nothing counts below zero",
        "SELECT user_id AS id FROM threads WHERE unread < 0",
    ),
];

/// SQLite checks references when they are written; this finds what was changed behind its back.
const DANGLING: (&str, &str) = (
    "no reference leads nowhere",
    "SELECT \"table\" AS id FROM pragma_foreign_key_check",
);

impl Store {
    /// Checks every rule; reads only.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self) -> Result<Vec<Violation>, Error> {
        let mut violations = Vec::new();
        let dangling = (self.engine() == Engine::Sqlite).then_some(&DANGLING);
        for (rule, sql) in RULES.iter().chain(dangling) {
            let rows = query(*sql).fetch_all(self.pool()).await?;
            let rows: Vec<String> = rows
                .iter()
                .take(NAMED)
                .map(|row| get(row, "id"))
                .collect::<Result<_, _>>()?;
            if !rows.is_empty() {
                violations.push(Violation { rule, rows });
            }
        }
        let rows = self.calls_with_other_sums().await?;
        if !rows.is_empty() {
            let rule = "a call is the sum of its legs";
            violations.push(Violation { rule, rows });
        }
        Ok(violations)
    }

    async fn calls_with_other_sums(&self) -> Result<Vec<String>, Error> {
        let rows = query(select_calls!("ORDER BY id DESC LIMIT $1"))
            .bind(CALLS)
            .fetch_all(self.pool())
            .await?;
        let mut other = Vec::new();
        for row in &rows {
            let call = call_of(row)?;
            let legs: Vec<LegState> = self.legs(call.id).await?.iter().map(|leg| leg.state).collect();
            if call.summary != summary(call.direction, &legs, call.refused) && other.len() < NAMED {
                other.push(call.id.to_string());
            }
        }
        Ok(other)
    }
}
