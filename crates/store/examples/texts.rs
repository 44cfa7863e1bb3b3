//! Texts in numbers that nobody waits for over HTTP; `cargo xtask bench` runs it.
//!
//! - `texts thread DATABASE_URL EMAIL PEER NUMBER` adds so many texts that came from one person.
//! - `texts sent DATABASE_URL EMAIL NUMBER` adds so many that went out, each known to Twilio by the SID `SM` and its number. No
//!   server may be running, which would send them.
//! - `texts backlog WAITING SENT` fills a database of its own with texts that wait, lets an outbox send some of them, and prints
//!   the microseconds that each took.
#![allow(clippy::print_stdout, reason = "the answer")]

use std::time::Instant;

use domain::id::{MessageId, UserId};
use domain::message::{MessageOrigin, MessageStatus};
use domain::time::UnixMillis;
use store::{Claiming, NewInbound, NewMessage, Sent, Store, User};
use tokio::task::JoinSet;
use uuid::Uuid;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Texts that are written at once.
const SIDE_BY_SIDE: u32 = 64;
/// Numbers of the people to whom texts went out.
const PEOPLE: u32 = 10_000;
/// Users whose texts wait, and people whom each of them writes to.
const USERS: u32 = 10;
const PEERS: u32 = 100;
const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const NUMBER: &str = "+14155550100";
const BEGIN: UnixMillis = UnixMillis(1_790_000_000_000);

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["thread", url, email, peer, number] => thread(url, email, peer, number.parse()?).await,
        ["sent", url, email, number] => sent(url, email, number.parse()?).await,
        ["backlog", waiting, sent] => {
            println!("{}", backlog(waiting.parse()?, sent.parse()?).await?);
            Ok(())
        }
        _ => {
            Err("thread DATABASE_URL EMAIL PEER NUMBER, sent DATABASE_URL EMAIL NUMBER, or backlog WAITING SENT".into())
        }
    }
}

/// Adds texts that came from one person.
async fn thread(url: &str, email: &str, peer: &str, number: u32) -> Outcome<()> {
    let store = Store::connect(url).await?;
    let user = store.find_user_by_email(email).await?.ok_or("no such user")?.id;
    let connection = store.current_connection(user).await?.ok_or("nothing is connected")?;
    let mut writing = JoinSet::new();
    for n in 0..number {
        let inbound = NewInbound {
            id: id(2, n),
            user_id: user,
            account_sid: connection.account_sid.clone(),
            from: peer.to_owned(),
            to: connection.phone_number.clone(),
            sender: connection.phone_number.clone(),
            provider: "twilio".to_owned(),
            provider_sid: format!("SM{n:032x}"),
            body: format!("Text number {n} of a long conversation"),
            media: Vec::new(),
            segments: 1,
            opt_change: None,
        };
        let (store, at) = (store.clone(), BEGIN.plus(i64::from(n) * 1000));
        writing.spawn(async move { store.add_inbound(&inbound, None, at).await.map(|_| ()) });
        if writing.len() >= SIDE_BY_SIDE as usize {
            writing.join_next().await.transpose()?.transpose()?;
        }
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    store.close().await;
    Ok(())
}

/// Adds texts that went out and of which nothing was reported yet, each to somebody else.
async fn sent(url: &str, email: &str, number: u32) -> Outcome<()> {
    let store = Store::connect(url).await?;
    let user = store.find_user_by_email(email).await?.ok_or("no such user")?.id;
    let connection = store.current_connection(user).await?.ok_or("nothing is connected")?;
    let sid_of = |message: MessageId| format!("SM{:032x}", message.0.as_u128() & u128::from(u32::MAX));
    let mut done = 0;
    while done < number {
        let upto = number.min(done + PEOPLE);
        let mut writing = JoinSet::new();
        for n in done..upto {
            let text = NewMessage {
                id: id(3, n),
                user_id: user,
                account_sid: connection.account_sid.clone(),
                to: format!("+1415556{:04}", n % PEOPLE),
                from: connection.phone_number.clone(),
                sender: connection.phone_number.clone(),
                provider: "twilio".to_owned(),
                ..text(n)
            };
            let (store, at) = (store.clone(), BEGIN.plus(i64::from(n)));
            writing.spawn(async move { store.add_message(&text, None, at).await.map(|_| ()) });
        }
        while let Some(written) = writing.join_next().await {
            written??;
        }
        drain(
            &store,
            upto - done,
            BEGIN.plus(i64::from(upto)),
            MessageStatus::Accepted,
            sid_of,
        )
        .await?;
        done = upto;
    }
    store.close().await;
    Ok(())
}

/// Microseconds for each text, of those sent while so many wait.
async fn backlog(waiting: u32, sent: u32) -> Outcome<u128> {
    let folder = std::env::temp_dir().join(format!("sniko-backlog-{}", std::process::id()));
    let url = format!("sqlite://{}/backlog.db", folder.display());
    let store = Store::connect(&url).await?;
    store.migrate().await?;
    for user in 0..USERS {
        let user = User {
            id: user_id(user),
            email: format!("{user}@example.com"),
            password_hash: "none".to_owned(),
            voice_identity: format!("identity_{user}"),
        };
        store.add_user(&user, BEGIN).await?;
    }
    let (mut filled, mut took, mut done) = (0, 0, 0);
    while done < sent {
        // A small one is filled again as often as it takes.
        let upto = if filled == done { filled + waiting } else { filled };
        fill(&store, filled, upto).await?;
        filled = upto;
        let now = BEGIN.plus(i64::from(filled));
        let begun = Instant::now();
        done += drain(&store, sent.min(filled) - done, now, MessageStatus::Sent, |id| {
            format!("SM{}", id.to_string().replace('-', ""))
        })
        .await?;
        took += begun.elapsed().as_micros();
    }
    store.close().await;
    std::fs::remove_dir_all(folder)?;
    Ok(took / u128::from(done.max(1)))
}

async fn fill(store: &Store, from: u32, to: u32) -> Outcome<()> {
    let mut writing = JoinSet::new();
    for n in from..to {
        let text = text(n);
        let (store, at) = (store.clone(), BEGIN.plus(i64::from(n)));
        writing.spawn(async move { store.add_message(&text, None, at).await.map(|_| ()) });
        if writing.len() >= SIDE_BY_SIDE as usize {
            writing.join_next().await.transpose()?.transpose()?;
        }
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    Ok(())
}

fn text(n: u32) -> NewMessage {
    NewMessage {
        id: id(1, n),
        user_id: user_id(n % USERS),
        account_sid: ACCOUNT.to_owned(),
        origin: MessageOrigin::User,
        from: NUMBER.to_owned(),
        to: format!("+1212736{:04}", (n / USERS) % PEERS),
        sender: NUMBER.to_owned(),
        provider: "memory".to_owned(),
        body: format!("Text number {n}"),
        media: Vec::new(),
        segments: 1,
        send_at: None,
        clears_draft: false,
    }
}

/// Sends so many as an outbox does, to a provider that answers at once, with a status and a SID for each.
async fn drain(
    store: &Store,
    number: u32,
    now: UnixMillis,
    status: MessageStatus,
    sid_of: impl Fn(MessageId) -> String + Copy,
) -> Outcome<u32> {
    let (mut done, mut round) = (0, 0);
    while done < number {
        let claiming = Claiming {
            lease: format!("lease-{round}"),
            until: now.plus(60_000),
            limit: SIDE_BY_SIDE.min(number - done),
            per_user: SIDE_BY_SIDE,
        };
        let claimed = store.claim_due(&claiming, now).await?;
        if claimed.is_empty() {
            return Err("texts wait, and none is due".into());
        }
        let mut sending = JoinSet::new();
        for text in claimed {
            let (store, lease, until) = (store.clone(), claiming.lease.clone(), claiming.until);
            let sent = Sent {
                provider_sid: Some(sid_of(text.id)),
                status,
                segments: None,
                from: None,
            };
            sending.spawn(async move {
                let ours = store.mark_sending(text.id, &lease, until, now).await?;
                Ok::<_, store::Error>(ours && store.mark_sent(text.id, &lease, &sent, now).await?)
            });
        }
        while let Some(sent) = sending.join_next().await {
            done += u32::from(sent??);
        }
        round += 1;
    }
    Ok(done)
}

/// Ids that rise with their number, as those of version 7 do.
fn id(kind: u32, number: u32) -> MessageId {
    MessageId(Uuid::from_u128(
        (u128::from(kind) << 96) | (0x7000 << 64) | u128::from(number),
    ))
}

fn user_id(number: u32) -> UserId {
    UserId(Uuid::from_u128((0x7000 << 64) | u128::from(number)))
}
