use crate::call_values::OUTSIDE;
use crate::message_values::{add, claim, incoming_of, person, receive, send, text_of};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{add_users, after, user_id};
use domain::id::UserId;
use std::time::{Duration, Instant};
use store::Store;

#[tokio::test]
async fn a_backlog_costs_a_text_no_more_than_an_empty_outbox() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let alone = cost_of_sending(db, 1_000).await;
        // A hundred people whom the first user owes thousands of texts, and as many whom he owes one.
        db.execute(backlog(db.is_postgres())).await;
        db.execute("ANALYZE").await;
        let beside = cost_of_sending(db, 2_000).await;
        assert!(beside < alone * 4 + Duration::from_millis(60), "{alone:?} {beside:?}");
        // And the other user's goes first.
        add(db, &text_of(2, 99_999, OUTSIDE), 0).await;
        assert!(claim(db, "z", 2, 10).await.contains(&99_999));
    })
    .await;
}

/// How long a text takes from the wish to the provider's word: the median of twenty, since others use the machine too.
async fn cost_of_sending(db: &Store, first: u128) -> Duration {
    let mut each = Vec::new();
    for number in first..first + 20 {
        let begun = Instant::now();
        add(db, &text_of(2, number, OUTSIDE), 0).await;
        let lease = format!("{number}");
        let claimed = claim(db, &lease, 2, 10).await;
        assert!(claimed.contains(&number));
        send(db, number, &lease, 10).await;
        db.release_claims(&lease, after(0)).await.unwrap();
        each.push(begun.elapsed());
    }
    median(each)
}

fn median(mut each: Vec<Duration>) -> Duration {
    each.sort_unstable();
    each[each.len() / 2]
}

fn backlog(is_postgres: bool) -> &'static str {
    macro_rules! insert {
        ($numbers:literal, $id:literal) => {
            concat!(
                $numbers,
                " INSERT INTO messages (id, user_id, account_sid, origin, direction, from_number, to_number, peer,
                     sender, provider, body, folded, status, segments, created_at, placed_at, updated_at, lane, due_at)
                 SELECT ",
                $id,
                ", '00000000-0000-0000-0000-000000000001', 'AC', 'user', 'outbound', '+1', '+2', '+' ||
                     CASE WHEN n < 50000 THEN n ELSE n % 100 END, '+1', 'twilio', 'b', 'b', 'queued', 1, n, n, n,
                     CASE WHEN n < 50000 THEN 'head' ELSE 'waiting' END, CASE WHEN n < 50000 THEN n ELSE NULL END
                 FROM numbers"
            )
        };
    }
    if is_postgres {
        insert!(
            "WITH numbers AS (SELECT generate_series(0, 99999) AS n)",
            "'ffffffff-0000-0000-0000-' || lpad(n::text, 12, '0')"
        )
    } else {
        insert!(
            "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99999)",
            "printf('ffffffff-0000-0000-0000-%012d', n)"
        )
    }
}

#[tokio::test]
async fn a_long_thread_reads_as_fast_as_a_short_one() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        receive(db, &incoming_of(1, 1, &person(1)), 1).await;
        receive(db, &incoming_of(1, 2, &person(2)), 1).await;
        db.execute(long_thread(db.is_postgres())).await;
        db.execute("ANALYZE").await;
        let short = cost_of_reading(db, user_id(1), &person(1)).await;
        let long = cost_of_reading(db, user_id(1), &person(2)).await;
        assert!(long < short * 4 + Duration::from_millis(60), "{short:?} {long:?}");
        // And the last page of it as the first.
        let mut cursor = None;
        let mut count = 0;
        loop {
            let page = db
                .timeline(user_id(1), &person(2), cursor.as_ref(), 1000)
                .await
                .unwrap();
            count += page.entries.len();
            let Some(next) = page.next else { break };
            cursor = Some(next);
        }
        assert_eq!(count, 10_001);
    })
    .await;
}

/// How long a look at the newest fifty lines takes: the median of twenty.
async fn cost_of_reading(db: &Scratch, user: UserId, peer: &str) -> Duration {
    let mut each = Vec::new();
    for _ in 0..20 {
        let begun = Instant::now();
        let page = db.timeline(user, peer, None, 50).await.unwrap();
        assert!(!page.entries.is_empty());
        db.thread(user, peer).await.unwrap();
        each.push(begun.elapsed());
    }
    median(each)
}

fn long_thread(is_postgres: bool) -> &'static str {
    macro_rules! insert {
        ($numbers:literal, $id:literal) => {
            concat!(
                $numbers,
                " INSERT INTO messages (id, user_id, account_sid, origin, direction, from_number, to_number, peer,
                     sender, provider, body, folded, status, segments, created_at, placed_at, updated_at)
                 SELECT ",
                $id,
                ", '00000000-0000-0000-0000-000000000001', 'AC', 'user', 'inbound', '+442079400002', '+1',
                     '+442079400002', '+1', 'twilio', 'b', 'b', 'received', 1, n, n, n FROM numbers"
            )
        };
    }
    if is_postgres {
        insert!(
            "WITH numbers AS (SELECT generate_series(0, 9999) AS n)",
            "'ffffffff-0000-0000-0000-' || lpad(n::text, 12, '0')"
        )
    } else {
        insert!(
            "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9999)",
            "printf('ffffffff-0000-0000-0000-%012d', n)"
        )
    }
}

/// How SQLite is asked, and by which index it is to answer.
const PLANS: &[(&str, &str)] = &[
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE user_id = 'u' AND due_at <= 5 ORDER BY due_at, id LIMIT 3",
        "messages_due",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT MIN(user_id) FROM messages WHERE due_at IS NOT NULL AND user_id > 'u'",
        "messages_due",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT MIN(due_at) FROM messages WHERE due_at IS NOT NULL",
        "messages_by_due",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE user_id = 'u' AND peer = 'p' AND lane = 'waiting'
         ORDER BY placed_at, id LIMIT 1",
        "messages_that_wait",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE user_id = 'u' AND peer = 'p' AND lane = 'head'",
        "one_head_for_each_recipient",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE status = 'scheduled' AND send_at <= 5 ORDER BY send_at",
        "messages_scheduled",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT COUNT(*) FROM messages WHERE user_id = 'u' AND lease_until > 5",
        "messages_in_flight",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE lease_until <= 5 AND status <> 'queued'
         ORDER BY lease_until LIMIT 5",
        "messages_leased",
    ),
    (
        "EXPLAIN QUERY PLAN UPDATE messages SET lease_token = NULL WHERE lease_until > 0 AND lease_token = 'a'
         AND status = 'queued'",
        "messages_leased",
    ),
    (
        "EXPLAIN QUERY PLAN UPDATE messages SET lease_until = 5 WHERE id IN (SELECT id FROM messages
         WHERE user_id = 'u' AND due_at <= 5 ORDER BY due_at, id LIMIT 3) AND due_at <= 5",
        "sqlite_autoindex_messages_1",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT COUNT(*) FROM messages WHERE user_id = 'u' AND peer = 'p' AND placed_at > 5
         AND direction = 'inbound'",
        "messages_of_thread",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE provider_sid = 's' AND account_sid = 'a'",
        "messages_of_provider",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE provider_sid = 's' AND account_sid = 'a'
         AND provider = 'p' AND id <> 'x'",
        "messages_of_provider",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT SUM(unread) FROM threads WHERE user_id = 'u' AND unread > 0",
        "threads_unread",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT peer FROM threads WHERE user_id = 'u' AND last_at IS NOT NULL AND last_at <= 5
         AND (last_at < 5 OR peer < 'p') ORDER BY last_at DESC, peer DESC LIMIT 5",
        "threads_of_user",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE quiet_since <= 5 ORDER BY quiet_since",
        "messages_quiet",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM messages WHERE user_id = 'u' AND peer = 'p' AND placed_at <= 5
         AND (placed_at < 5 OR id < 'x') ORDER BY placed_at DESC, id DESC LIMIT 5",
        "messages_of_thread",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT provider FROM jsonb_each('[]') AS item CROSS JOIN messages
         WHERE provider_sid = value ->> 'sid'",
        "messages_of_provider",
    ),
    (
        "EXPLAIN QUERY PLAN UPDATE messages SET status = value ->> 'status' FROM jsonb_each('[]') AS item
         WHERE messages.id = value ->> 'id'",
        "sqlite_autoindex_messages_1 (id=?)",
    ),
    (
        "EXPLAIN QUERY PLAN UPDATE messages SET lane = 'head' FROM jsonb_each('[]') AS item
         WHERE messages.id = (SELECT next.id FROM messages AS next
             WHERE next.user_id = value ->> 'user' AND next.peer = value ->> 'peer' AND next.lane = 'waiting'
             ORDER BY next.placed_at, next.id LIMIT 1)",
        "SEARCH next USING COVERING INDEX messages_that_wait",
    ),
    (
        "EXPLAIN QUERY PLAN UPDATE messages SET lane = 'head' FROM jsonb_each('[]') AS item
         WHERE messages.id = (SELECT next.id FROM messages AS next
             WHERE next.user_id = value ->> 'user' AND next.peer = value ->> 'peer' AND next.lane = 'waiting'
             ORDER BY next.placed_at, next.id LIMIT 1)",
        "sqlite_autoindex_messages_1 (id=?)",
    ),
    (
        "EXPLAIN QUERY PLAN SELECT id FROM calls WHERE user_id = 'u' AND digits = 'p' AND started_at <= 5
         AND (started_at < 5 OR id < 'x') ORDER BY started_at DESC, id DESC LIMIT 5",
        "calls_of_thread",
    ),
];

#[tokio::test]
async fn what_is_asked_often_is_answered_by_an_index() {
    on_each_engine(async |db| {
        if db.is_postgres() {
            // It plans by what the tables hold.
            return;
        }
        for (sql, index) in PLANS {
            let plan = db.rows(sql).await.concat();
            assert!(plan.contains(index), "{sql}\n{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{sql}\n{plan}");
        }
    })
    .await;
}
