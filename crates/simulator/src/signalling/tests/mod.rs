//! Browsers as the SDK lets them speak, on a real WebSocket.

mod calls;
mod faults;
mod registration;

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use jsonwebtoken::{EncodingKey, Header};
use media::Media;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Dialled, Ring, routes};
use crate::account::{AccountSeed, ApplicationSettings};
use crate::clock;
use crate::shared::Shared;
use crate::world::{Key, Stored};

const SECRET: &str = "0123456789abcdefghijklmnopqrstuv";

/// The signalling with one account, and nobody who runs calls but the test.
struct Bench {
    shared: Arc<Shared>,
    host: String,
    account: String,
    dialled: mpsc::UnboundedReceiver<Dialled>,
}

async fn bench() -> Bench {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let shared = Arc::new(Shared::new(
        format!("http://{host}"),
        new_media(),
        reqwest::Client::new(),
    ));
    let account = shared.change(|world| {
        let account = world.add_account(AccountSeed::default()).sid;
        let key = Key {
            friendly_name: String::new(),
            secret: SECRET.to_owned(),
        };
        let application = Stored::new("AP1".to_owned(), ApplicationSettings::default());
        let content = world.account_mut(&account).unwrap();
        content.keys.push(Stored::new("SK1".to_owned(), key));
        content.applications.push(application);
        account
    });
    let router = routes().with_state(Arc::clone(&shared));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Bench {
        dialled: shared.signalling.dialled(),
        shared,
        host,
        account,
    }
}

fn new_media() -> Media {
    Media::start(([127, 0, 0, 1], 0).into()).unwrap()
}

impl Bench {
    fn token(&self, identity: &str, change: impl FnOnce(&mut Value)) -> String {
        let now = clock::now().as_second();
        let mut claims = json!({
            "jti": "SK1-1", "iss": "SK1", "sub": self.account, "iat": now, "exp": now + 3600,
            "grants": {
                "identity": identity,
                "voice": { "incoming": { "allow": true }, "outgoing": { "application_sid": "AP1", "params": { "tier": "gold" } } },
            },
        });
        change(&mut claims);
        let header = Header {
            cty: Some("twilio-fpa;v=1".to_owned()),
            ..Header::default()
        };
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
    }

    async fn connect(&self) -> Browser {
        let (socket, _) = connect_async(format!("ws://{}/signal", self.host)).await.unwrap();
        Browser {
            socket,
            media: new_media(),
        }
    }

    /// A browser that has shown its token.
    async fn listening(&self, identity: &str) -> Browser {
        let mut browser = self.connect().await;
        browser.listen(&self.token(identity, |_| {})).await;
        browser.next("connected").await;
        browser
    }

    /// A browser that can be called.
    async fn registered(&self, identity: &str) -> Browser {
        let mut browser = self.listening(identity).await;
        browser.say("register", json!({ "media": { "audio": true } })).await;
        browser.next("ready").await;
        browser
    }

    fn ring(&self, identity: &str) -> Ring {
        Ring {
            account_sid: self.account.clone(),
            identity: identity.to_owned(),
            call_sid: "CA1".to_owned(),
            from: "+14155550199".to_owned(),
            to: format!("client:{identity}"),
            stir_status: Some("TN-Validation-Passed-A".to_owned()),
            parameters: vec![("call_id".to_owned(), "a b".to_owned())],
        }
    }

    async fn control(&self, path: &str, order: Value) -> Value {
        let url = format!("http://{}/_simulator/{path}", self.host);
        let response = reqwest::Client::new().post(url).json(&order).send().await.unwrap();
        assert!(response.status().is_success(), "{path}");
        response.json().await.unwrap_or(Value::Null)
    }
}

struct Browser {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    media: Media,
}

impl Browser {
    async fn say(&mut self, kind: &str, payload: Value) {
        let frame = json!({ "type": kind, "version": "1.6", "payload": payload });
        self.socket.send(Message::text(frame.to_string())).await.unwrap();
    }

    async fn listen(&mut self, token: &str) {
        self.say(
            "listen",
            json!({ "token": token, "reconnectTimeout": 0, "browserinfo": {} }),
        )
        .await;
    }

    /// The payload of the next frame, which has to be of this kind.
    async fn next(&mut self, kind: &str) -> Value {
        let wait = tokio::time::timeout(Duration::from_secs(10), self.socket.next());
        let message = wait.await.unwrap_or_else(|_| panic!("no frame, wanted {kind}"));
        let text = message.unwrap().unwrap().into_text().unwrap();
        let mut frame: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(frame["type"], kind, "{frame}");
        frame["payload"].take()
    }

    /// The code of the error that comes next.
    async fn refused(&mut self) -> u64 {
        self.next("error").await["error"]["code"].as_u64().unwrap()
    }

    /// The connection is ended from the other side, without a closing frame.
    async fn is_cut(&mut self) -> bool {
        let wait = tokio::time::timeout(Duration::from_secs(5), self.socket.next());
        matches!(wait.await, Ok(None | Some(Err(_))))
    }

    /// As a browser describes itself: not ICE-lite, and without candidates.
    fn offer(&self) -> String {
        as_browser(&self.media.offer().unwrap().1)
    }

    fn answer_to(&self, offer: &str) -> String {
        as_browser(&self.media.answer(&as_browser(offer)).unwrap().1)
    }

    async fn dial(&mut self, params: &str) {
        let sdp = self.offer();
        let payload = json!({ "callsid": "TJS1", "sdp": sdp, "twilio": { "params": params } });
        self.say("invite", payload).await;
    }

    async fn accept(&mut self, invite: &Value) {
        let sdp = self.answer_to(invite["sdp"].as_str().unwrap());
        self.say("answer", json!({ "callsid": invite["callsid"], "sdp": sdp }))
            .await;
    }
}

fn as_browser(sdp: &str) -> String {
    let kept = sdp
        .lines()
        .filter(|line| *line != "a=ice-lite" && !line.starts_with("a=candidate"));
    kept.map(|line| format!("{line}\r\n")).collect()
}
