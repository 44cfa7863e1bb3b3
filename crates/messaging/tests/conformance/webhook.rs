//! The driver for JSON over HTTP, against a small server as docs/adding-a-provider.md describes it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use hmac::{Hmac, KeyInit as _, Mac as _};
use messaging::{Outcome, Provider, Sender, Webhook, WebhookSettings};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use crate::bench::{BODY, Bench, FROM, Situation, TO, began, text};
use crate::suite;

const TOKEN: &str = "a token";
const KEY: &str = "a signing key";

/// A gateway: what it has, and what it does next.
#[derive(Clone)]
struct Gateway(Arc<Mutex<Shelf>>);

struct Shelf {
    situation: Situation,
    texts: Vec<Value>,
}

fn is_known(headers: &HeaderMap) -> bool {
    headers
        .get("authorization")
        .is_some_and(|value| value == &format!("Bearer {TOKEN}"))
}

fn is_signed(headers: &HeaderMap, body: &[u8]) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(body);
    let expected: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    headers
        .get("x-sniko-signature")
        .is_some_and(|value| value == &format!("sha256={expected}"))
}

fn complaint(status: StatusCode, kind: &str) -> Response {
    (
        status,
        Json(json!({"code": 7, "message": "Not that one.", "kind": kind})),
    )
        .into_response()
}

async fn take(State(gateway): State<Gateway>, headers: HeaderMap, body: Bytes) -> Response {
    assert!(is_known(&headers) && is_signed(&headers, &body));
    let text: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        headers.get("idempotency-key").unwrap(),
        text["reference"].as_str().unwrap()
    );
    let situation = {
        let mut shelf = gateway.0.lock().unwrap();
        shelf.texts.push(text);
        shelf.situation
    };
    let answer = Json(json!({"id": "text-1", "status": "queued", "segments": 1}));
    match situation {
        Situation::Works | Situation::IsGone => (StatusCode::CREATED, answer).into_response(),
        Situation::RefusesNumber => complaint(StatusCode::UNPROCESSABLE_ENTITY, "recipient"),
        Situation::RefusesOptedOut => complaint(StatusCode::UNPROCESSABLE_ENTITY, "opted_out"),
        Situation::RefusesCredentials => StatusCode::UNAUTHORIZED.into_response(),
        Situation::IsBusy => (StatusCode::SERVICE_UNAVAILABLE, [("Retry-After", "30")]).into_response(),
        Situation::Fails => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Situation::IsLate => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            answer.into_response()
        }
        Situation::AnswersNonsense => "{\"id\": \"\", \"status\": \"queued\"}".into_response(),
        // Less than is announced.
        Situation::BreaksOff => ([("content-length", "900")], "{\"id\": ").into_response(),
    }
}

async fn tell(State(gateway): State<Gateway>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    assert!(is_known(&headers));
    let has = !gateway.0.lock().unwrap().texts.is_empty();
    if has && id == "text-1" {
        Json(json!({"id": id, "status": "delivered"})).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

async fn search(
    State(gateway): State<Gateway>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    assert!(is_known(&headers));
    let wanted = query.iter().find(|(name, _)| name == "reference").unwrap();
    let shelf = gateway.0.lock().unwrap();
    if shelf.texts.iter().any(|text| text["reference"] == wanted.1) {
        Json(json!({"id": "text-1", "status": "sent"})).into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

struct AtTheGateway {
    gateway: Gateway,
    url: String,
    live: String,
}

impl AtTheGateway {
    async fn open() -> Self {
        let shelf = Shelf {
            situation: Situation::Works,
            texts: Vec::new(),
        };
        let gateway = Gateway(Arc::new(Mutex::new(shelf)));
        let routes = Router::new()
            .route("/texts", post(take).get(search))
            .route("/texts/{id}", get(tell))
            .with_state(gateway.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let live = format!("http://{}/texts", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            gateway,
            url: live.clone(),
            live,
        }
    }
}

#[async_trait]
impl Bench for AtTheGateway {
    fn provider(&self) -> Provider {
        let settings = WebhookSettings {
            url: self.url.parse().unwrap(),
            token: TOKEN.into(),
            signing_key: KEY.into(),
        };
        Provider::new(Webhook::with_timeout(settings, Duration::from_millis(400)).unwrap())
    }

    async fn prepare(&mut self, situation: Situation) -> bool {
        self.url.clone_from(&self.live);
        if situation == Situation::IsGone {
            let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
            self.url = format!("http://{free}/texts");
        }
        let mut shelf = self.gateway.0.lock().unwrap();
        shelf.situation = situation;
        shelf.texts.clear();
        true
    }

    async fn asked(&self) -> Vec<(String, String)> {
        let shelf = self.gateway.0.lock().unwrap();
        let field = |text: &Value, name: &str| text[name].as_str().unwrap().to_owned();
        shelf
            .texts
            .iter()
            .map(|text| (field(text, "to"), field(text, "body")))
            .collect()
    }
}

#[tokio::test]
async fn the_driver_for_json_over_http_conforms() {
    suite::run(&mut AtTheGateway::open().await).await;
}

#[tokio::test]
async fn what_is_posted_is_what_the_documentation_says() {
    let mut bench = AtTheGateway::open().await;
    bench.prepare(Situation::Works).await;
    let Outcome::Accepted(report) = bench.provider().send(&text()).await else {
        panic!("not accepted");
    };
    assert_eq!(report.segments, Some(1));
    let mut pooled = text();
    pooled.sender = Sender::Service {
        service: "pool".to_owned(),
        number: None,
    };
    bench.provider().send(&pooled).await;

    let mut expected = json!({
        "reference": text().reference, "from": FROM, "service": null, "to": TO, "body": BODY,
        "media": ["https://sniko.example/picture.png"],
    });
    assert_eq!(bench.gateway.0.lock().unwrap().texts[0], expected);
    expected["from"] = Value::Null;
    expected["service"] = json!("pool");
    assert_eq!(bench.gateway.0.lock().unwrap().texts[1], expected);
}

#[tokio::test]
async fn a_gateway_that_does_not_tell_is_not_asked_for_ever() {
    let routes = Router::new().route("/texts", post(|| async { Json(json!({"id": "1", "status": "sent"})) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut bench = AtTheGateway::open().await;
    bench.url = format!("http://{}/texts", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let provider = bench.provider();
    assert!(matches!(provider.send(&text()).await, Outcome::Accepted(_)));
    assert_eq!(provider.status(None, "1").await, Ok(None));
    assert_eq!(provider.find(&text(), began()).await, Ok(Vec::new()));
}
