//! Two servers behind a proxy, stopped and started one after the other under load, and a database that is cut off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::Value;

use crate::calls::{CALLER, Line, OWN, sid};
use crate::calls_events::Listener;
use crate::harness::{KEYS, Server, TestAccount, World, json, until};
use crate::postgres::Cable;
use crate::proxy::Proxy;

/// Twilio, as it calls one address again and again.
struct Twilio {
    http: reqwest::Client,
    account: TestAccount,
    /// Where it sends its requests.
    url: String,
}

/// What a request was answered.
#[derive(Clone, Debug)]
struct Answered {
    path: &'static str,
    call: String,
    status: StatusCode,
    body: String,
    took: Duration,
}

impl Twilio {
    fn of(account: &TestAccount, url: &str) -> Arc<Self> {
        Arc::new(Self {
            // It gives up after 15 seconds. <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>
            http: reqwest::Client::builder()
                .timeout(Duration::from_secs(15))
                .build()
                .unwrap(),
            account: account.clone(),
            url: url.to_owned(),
        })
    }

    async fn asks(&self, path: &'static str, call: &str, status: &str) -> Answered {
        let form: Vec<(String, String)> = [
            ("AccountSid", self.account.sid.as_str()),
            ("CallSid", call),
            ("CallStatus", status),
            ("From", CALLER),
            ("To", OWN),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        let token = SecretString::from(self.account.auth_token.clone());
        let signature = twilio::signature::sign(&token, &format!("http://127.0.0.1:3000{path}"), &form);
        let begun = Instant::now();
        let request = self.http.post(format!("{}{path}", self.url)).form(&form);
        let answer = request.header("x-twilio-signature", signature).send().await;
        let (status, body) = match answer {
            Ok(answer) => (answer.status(), answer.text().await.unwrap_or_default()),
            Err(error) => (StatusCode::BAD_GATEWAY, format!("{error:?}")),
        };
        Answered {
            path,
            call: call.to_owned(),
            status,
            body,
            took: begun.elapsed(),
        }
    }

    /// A call that rings and is over, with what each of its two requests was answered.
    async fn calls(&self) -> [Answered; 2] {
        let call = sid("CA");
        let rings = self.asks("/twiml/inbound", &call, "ringing").await;
        let over = self.asks("/webhooks/twilio/call-status", &call, "completed").await;
        [rings, over]
    }

    /// Calls one after the other, in so many lines, until it is told to stop.
    fn keeps_calling(self: &Arc<Self>, lines: usize, pause: Duration) -> Load {
        let stop = Arc::<AtomicBool>::default();
        let tasks = (0..lines).map(|_| {
            let (twilio, stop) = (Arc::clone(self), Arc::clone(&stop));
            tokio::spawn(async move {
                let mut answered = Vec::new();
                while !stop.load(Ordering::Relaxed) {
                    answered.extend(twilio.calls().await);
                    tokio::time::sleep(pause).await;
                }
                answered
            })
        });
        Load {
            tasks: tasks.collect(),
            stop,
        }
    }
}

/// Calls that come in all the time.
struct Load {
    tasks: Vec<tokio::task::JoinHandle<Vec<Answered>>>,
    stop: Arc<AtomicBool>,
}

impl Load {
    async fn end(self) -> Vec<Answered> {
        self.stop.store(true, Ordering::Relaxed);
        let mut answered = Vec::new();
        for task in self.tasks {
            answered.extend(task.await.unwrap());
        }
        answered
    }
}

/// Whether it is kept: a polite apology is no promise.
fn is_promise(answer: &Answered) -> bool {
    answer.status.is_success() && !answer.body.contains("something went wrong")
}

/// How often each call is in the log, and its status.
async fn log(url: &str, cookie: &str) -> BTreeMap<String, Vec<Value>> {
    let http = reqwest::Client::new();
    let (mut found, mut next) = (BTreeMap::<String, Vec<Value>>::new(), String::new());
    loop {
        let request = http
            .get(format!("{url}/api/calls?limit=100{next}"))
            .header("cookie", cookie);
        let list = json(request, 200).await;
        for call in list["items"].as_array().unwrap() {
            let sid = call["provider_sid"].as_str().unwrap().to_owned();
            found.entry(sid).or_default().push(call["status"].clone());
        }
        match list["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => return found,
        }
    }
}

/// Stops a server as a system does for an upgrade, and starts another one in its place.
async fn restarted(world: &World, proxy: &Proxy, mut server: Server) -> Server {
    let former = server.url.clone();
    let begun = Instant::now();
    server.signal("TERM");
    until("the server stops", || server.ended().is_some()).await;
    assert_eq!(server.ended(), Some(true));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let again = world.serve().await;
    proxy.replace(&former, &again.url);
    proxy.until_ready(2).await;
    again
}

#[tokio::test(flavor = "multi_thread")]
async fn one_server_after_the_other_is_restarted_and_no_webhook_fails() {
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let (one, other) = tokio::join!(world.serve(), world.serve());
    let proxy = Proxy::start(&[&one.url, &other.url]).await;
    let line = Line::connected(&world, &one).await;
    let (cookie, account) = (line.user.cookie.clone(), line.account.clone());
    let events = |server: &Server| server.get("/api/events").header("cookie", &cookie);
    // A page at the other server hears of what this one takes.
    let mut page = Listener::open(events(&other)).await;
    page.next().await.unwrap();
    let heard = line.missed(CALLER).await;
    let position = page.until(&heard, "no-answer").await.last().unwrap().id;

    let load = Twilio::of(&account, &proxy.url).keeps_calling(6, Duration::from_millis(5));
    tokio::time::sleep(Duration::from_millis(500)).await;
    let one = restarted(&world, &proxy, one).await;
    let other = restarted(&world, &proxy, other).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let answered = load.end().await;

    let failed: Vec<_> = answered.iter().filter(|answer| !is_promise(answer)).collect();
    assert!(
        failed.is_empty(),
        "{} of {}: {:#?}",
        failed.len(),
        answered.len(),
        failed.first()
    );
    assert!(answered.len() > 50, "{}", answered.len());
    let log = log(&one.url, &cookie).await;
    let calls: BTreeSet<_> = answered.iter().map(|answer| &answer.call).collect();
    assert_eq!(log.len(), calls.len() + 1);
    for call in calls {
        assert_eq!(log[call], [Value::from("no-answer")], "{call}");
    }
    // A page that was away meanwhile goes on where it was, at whichever server.
    let mut back = Listener::open(events(&other).header("last-event-id", position.to_string())).await;
    assert_eq!(back.next().await.unwrap().id, position);
    assert!(back.next().await.unwrap().id > position);
    world.is_in_order().await;
    drop((one, other, proxy));
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_cut_off_nothing_is_promised_and_afterwards_all_goes_on() {
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let cable = Cable::to(&world.database_url()).await;
    let server = world
        .serve_with(&[("DATABASE_URL", &cable.url), ("APP_KEYS", KEYS)])
        .await;
    let line = Line::connected(&world, &server).await;
    let (cookie, account) = (line.user.cookie.clone(), line.account.clone());
    let twilio = Twilio::of(&account, &server.url);
    let load = twilio.keeps_calling(3, Duration::from_millis(20));
    tokio::time::sleep(Duration::from_millis(500)).await;
    cable.cut();
    tokio::time::sleep(Duration::from_secs(6)).await;
    let ready = server.get("/readyz").send().await.unwrap().status();
    let meanwhile = twilio.calls().await;
    cable.mend();
    // It comes back by itself.
    let mut answers = Vec::new();
    for _ in 0..100 {
        answers = twilio.calls().await.to_vec();
        if answers.iter().all(is_promise) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(answers.iter().all(is_promise), "{answers:#?}");
    let mut answered = load.end().await;
    answered.extend(meanwhile.into_iter().chain(answers));

    assert!(!ready.is_success(), "it says that it is not ready");
    let (kept, failed): (Vec<_>, Vec<_>) = answered.iter().partition(|answer| is_promise(answer));
    assert!(!failed.is_empty());
    for answer in failed {
        // Somebody waits on the line, and is told so; a report comes again.
        let polite = answer.path == "/twiml/inbound" && answer.status == StatusCode::OK && answer.body.contains("<Say");
        assert!(polite || answer.status.is_server_error(), "{answer:?}");
        assert!(answer.took < Duration::from_secs(15), "{answer:?}");
    }
    let log = log(&server.url, &cookie).await;
    for answer in kept {
        assert_eq!(log[&answer.call].len(), 1, "{answer:?}");
        let over = answer.path.ends_with("call-status");
        assert!(!over || log[&answer.call][0] != "ringing", "{answer:?}");
    }
    // What others write is heard again.
    let mut page = Listener::open(server.get("/api/events").header("cookie", &cookie)).await;
    page.next().await.unwrap();
    let other = world.serve().await;
    let [rings, _] = Twilio::of(&account, &other.url).calls().await;
    assert!(is_promise(&rings));
    page.until(&rings.call, "no-answer").await;
    world.is_in_order().await;
    drop((server, other));
    world.end().await;
}
