use crate::call_values::{self, OUTSIDE, call_id, done, new, write_for};
use crate::message_values::{add, incoming, incoming_of, message_id, person, receive, text, text_of};
use crate::scratch::{Scratch, on_each_engine};
use crate::values::{NOW, add_users, after, user_id};
use store::{CallTarget, Entry, NewCall, NewMessage, Thread, ThreadFilter};

async fn listed(db: &Scratch, filter: &ThreadFilter) -> Vec<Thread> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = db.threads(user_id(1), filter, cursor.as_ref(), 3).await.unwrap();
        assert!(page.threads.len() <= 3);
        all.extend(page.threads);
        let Some(next) = page.next else { return all };
        cursor = Some(next.to_string().parse().unwrap());
    }
}

async fn peers(db: &Scratch, search: &str) -> Vec<String> {
    let filter = ThreadFilter {
        search: Some(search.into()),
        unread: false,
    };
    listed(db, &filter)
        .await
        .into_iter()
        .map(|thread| thread.peer)
        .collect()
}

async fn thread(db: &Scratch, peer: &str) -> Thread {
    db.thread(user_id(1), peer).await.unwrap().unwrap()
}

fn outside_call(number: u128, at: i64) -> NewCall {
    NewCall {
        started_at: after(at),
        ..call_values::inbound(number)
    }
}

#[tokio::test]
async fn everybody_has_one_line_with_the_newest_of_texts_and_calls() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        receive(db, &incoming(1), 1).await;
        let line = thread(db, OUTSIDE).await;
        assert_eq!(
            (line.unread, line.last_at, line.name, line.draft),
            (1, Some(after(1)), None, None)
        );
        done(db, &new(outside_call(1, 5))).await;
        let line = thread(db, OUTSIDE).await;
        assert!(matches!(line.last, Some(Entry::Call(call)) if call.id == call_id(1)));
        assert_eq!((line.unread, line.last_at), (1, Some(after(5))));
        // A call that is told late is not the newest.
        receive(db, &incoming(2), 9).await;
        done(db, &new(outside_call(2, 3))).await;
        let line = thread(db, OUTSIDE).await;
        assert!(matches!(line.last, Some(Entry::Message(message)) if message.id == message_id(2)));
        assert_eq!((line.unread, line.last_at), (2, Some(after(9))));
        assert_eq!(db.thread(user_id(2), OUTSIDE).await.unwrap(), None);
        assert_eq!(listed(db, &ThreadFilter::default()).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_withheld_number_has_no_thread() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        for (number, from) in [(1, "anonymous"), (2, ""), (3, "client:user_7")] {
            let call = NewCall {
                from: from.into(),
                ..outside_call(number, 1)
            };
            done(db, &new(call)).await;
        }
        assert_eq!(listed(db, &ThreadFilter::default()).await, []);
        // Short codes and names have theirs.
        for (number, from) in [(4, "72345"), (5, "BANK 24")] {
            receive(db, &incoming_of(1, number, from), 1).await;
        }
        assert_eq!(listed(db, &ThreadFilter::default()).await.len(), 2);
        assert_eq!(
            db.timeline(user_id(1), "BANK 24", None, 5).await.unwrap().entries.len(),
            1
        );
    })
    .await;
}

#[tokio::test]
async fn pages_of_people_hold_each_once_newest_first() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=20 {
            let at = i64::try_from(number / 3).unwrap();
            receive(db, &incoming_of(1, number, &person(number)), at).await;
        }
        receive(db, &incoming_of(2, 50, &person(50)), 50).await;
        let all = listed(db, &ThreadFilter::default()).await;
        let expected: Vec<String> = (1..=20).rev().map(person).collect();
        assert_eq!(
            all.iter().map(|thread| thread.peer.clone()).collect::<Vec<_>>(),
            expected
        );
        let seen = db.mark_thread_seen(user_id(1), &person(20), after(99), after(99)).await;
        assert!(seen.unwrap());
        let unread = ThreadFilter {
            search: None,
            unread: true,
        };
        assert_eq!(listed(db, &unread).await.len(), 19);
        assert_eq!(db.unread_messages(user_id(1)).await.unwrap(), 19);
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_name_number_and_what_was_written() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=3 {
            receive(
                db,
                &incoming_of(1, number, &person(number)),
                i64::try_from(number).unwrap(),
            )
            .await;
        }
        let secret = NewMessage {
            body: "Übergabe um 5, 100% sure".into(),
            ..text_of(1, 10, &person(1))
        };
        add(db, &secret, 20).await;
        add(db, &text_of(2, 11, &person(9)), 20).await;
        db.set_thread_name(user_id(1), &person(2), Some("Zoë O'Brien_2"), NOW)
            .await
            .unwrap();
        assert_eq!(peers(db, "zoË").await, [person(2)]);
        assert_eq!(peers(db, "  O'BRIEN ").await, [person(2)]);
        assert_eq!(peers(db, "übergabe").await, [person(1)]);
        assert_eq!(peers(db, "100%").await, [person(1)]);
        assert_eq!(peers(db, "%").await, [person(1)]);
        assert_eq!(peers(db, "n_2").await, [person(2)]);
        assert_eq!(peers(db, "00003").await, [person(3)]);
        assert_eq!(peers(db, "(0)00 03").await, [person(3)]);
        assert_eq!(peers(db, "\\").await, Vec::<String>::new());
        assert_eq!(peers(db, "ünïx").await, Vec::<String>::new());
        assert_eq!(peers(db, " ").await.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn calls_and_texts_stand_in_one_line() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=12 {
            let at = i64::try_from(number / 3).unwrap();
            match number % 3 {
                0 => drop(done(db, &new(outside_call(number, at))).await),
                1 => drop(add(db, &text(number), at).await),
                _ => drop(receive(db, &incoming(number), at).await),
            }
        }
        done(db, &write_for(2, CallTarget::New(outside_call(50, 5)))).await;
        receive(db, &incoming_of(1, 60, &person(1)), 5).await;
        let (mut all, mut cursor) = (Vec::new(), None);
        loop {
            let page = db.timeline(user_id(1), OUTSIDE, cursor.as_ref(), 5).await.unwrap();
            all.extend(page.entries);
            let Some(next) = page.next else { break };
            cursor = Some(next.to_string().parse().unwrap());
        }
        assert_eq!(all.len(), 12);
        assert!(all.windows(2).all(|pair| pair[0].at() >= pair[1].at()));
        let calls = all.iter().filter(|entry| matches!(entry, Entry::Call(_)));
        assert_eq!(calls.count(), 4);
    })
    .await;
}

#[tokio::test]
async fn what_comes_in_while_the_user_looks_stays_unread() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        for number in 1..=3 {
            receive(db, &incoming(number), i64::try_from(number).unwrap()).await;
        }
        let seen = async |user, until| {
            db.mark_thread_seen(user_id(user), OUTSIDE, after(until), after(9))
                .await
        };
        assert!(!seen(2, 9).await.unwrap());
        let before = db.feed_position(user_id(1)).await.unwrap();
        assert!(seen(1, 2).await.unwrap());
        assert_eq!(thread(db, OUTSIDE).await.unread, 1);
        assert!(seen(1, 9).await.unwrap());
        assert!(!seen(1, 9).await.unwrap());
        assert_eq!(db.unread_messages(user_id(1)).await.unwrap(), 0);
        // The user's other pages are told.
        let items = db.feed_after(user_id(1), before, 10).await.unwrap();
        assert_eq!(
            items.iter().map(|item| item.message()).collect::<Vec<_>>(),
            [Some(message_id(3)); 2]
        );
    })
    .await;
}

#[tokio::test]
async fn names_and_drafts_stay_until_they_are_taken_away() {
    on_each_engine(async |db| {
        add_users(db, 2).await;
        let user = user_id(1);
        db.set_draft(user, &person(1), Some("Dear"), after(1)).await.unwrap();
        db.set_thread_name(user, &person(2), Some("Ann"), after(2))
            .await
            .unwrap();
        let all = listed(db, &ThreadFilter::default()).await;
        let told: Vec<_> = all
            .iter()
            .map(|thread| (thread.name.as_deref(), thread.draft.as_deref()))
            .collect();
        assert_eq!(told, [(Some("Ann"), None), (None, Some("Dear"))]);
        let names = db.thread_names(user, &[person(1), person(2)]).await.unwrap();
        assert_eq!(names, [(person(2), "Ann".to_owned())]);
        assert_eq!(db.thread_names(user_id(2), &[person(2)]).await.unwrap(), []);
        // Sending what was written ends the draft; another text does not.
        add(db, &text_of(1, 1, &person(1)), 3).await;
        assert_eq!(thread(db, &person(1)).await.draft.as_deref(), Some("Dear"));
        let draft = NewMessage {
            clears_draft: true,
            ..text_of(1, 2, &person(1))
        };
        add(db, &draft, 4).await;
        assert_eq!(thread(db, &person(1)).await.draft, None);
        // Who has nothing any more is not listed.
        db.set_thread_name(user, &person(2), None, after(5)).await.unwrap();
        db.set_draft(user, &person(3), None, after(5)).await.unwrap();
        assert_eq!(listed(db, &ThreadFilter::default()).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn people_called_before_there_were_texts_have_their_line() {
    on_each_engine(async |db| {
        add_users(db, 1).await;
        done(db, &new(outside_call(1, 1))).await;
        done(db, &new(outside_call(2, 9))).await;
        let kept = thread(db, OUTSIDE).await;
        db.execute("DELETE FROM threads").await;
        let migration = include_str!("../../../../migrations/both/0004_texts.sql");
        let (_, statement) = migration.split_once("INSERT INTO threads").unwrap();
        let statement: &'static str = Box::leak(format!("INSERT INTO threads{statement}").into_boxed_str());
        assert_eq!(db.execute(statement).await, 1);
        assert_eq!(thread(db, OUTSIDE).await, kept);
    })
    .await;
}
