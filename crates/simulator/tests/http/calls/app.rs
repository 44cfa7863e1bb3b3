//! The program under test's place: it checks every signature, remembers every request, and answers what the test says.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;

use super::eventually;

#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    pub params: Vec<(String, String)>,
    pub signature: String,
    pub token: String,
    /// As it was asked for.
    pub url: String,
}

impl Received {
    pub fn param(&self, wanted: &str) -> &str {
        let mut found = self.params.iter().filter(|(name, _)| name == wanted);
        let value = found.next().map_or("(absent)", |(_, value)| value.as_str());
        assert!(found.next().is_none(), "{wanted} comes twice");
        value
    }

    pub fn is_signed_with(&self, auth_token: &str) -> bool {
        let token = SecretString::from(auth_token.to_owned());
        let form: &[_] = if self.method == "GET" { &[] } else { &self.params };
        twilio::signature::validate(&[&token], &self.signature, &self.url, form)
    }
}

type Answer = Box<dyn Fn(&Received) -> String + Send + Sync>;

struct Inner {
    answer: Answer,
    base: Mutex<String>,
    received: Mutex<Vec<Received>>,
    /// Statuses that a path answers with first, one request each.
    failures: Mutex<HashMap<String, Vec<u16>>>,
}

#[derive(Clone)]
pub struct App(Arc<Inner>);

pub async fn app(answer: impl Fn(&Received) -> String + Send + Sync + 'static) -> App {
    let app = App(Arc::new(Inner {
        answer: Box::new(answer),
        base: Mutex::default(),
        received: Mutex::default(),
        failures: Mutex::default(),
    }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    *app.0.base.lock().unwrap() = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(receive).with_state(app.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    app
}

async fn receive(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let encoded = if method == Method::GET {
        uri.query().unwrap_or_default().as_bytes()
    } else {
        &body[..]
    };
    let received = Received {
        method: method.to_string(),
        path: uri.path().to_owned(),
        params: form_urlencoded::parse(encoded).into_owned().collect(),
        signature: text("x-twilio-signature"),
        token: text("i-twilio-idempotency-token"),
        url: app.url(&uri.to_string()),
    };
    app.0.received.lock().unwrap().push(received.clone());
    let failure = app.0.failures.lock().unwrap().get_mut(uri.path()).and_then(Vec::pop);
    if let Some(status) = failure {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let answer = (app.0.answer)(&received);
    let answer = match answer.strip_prefix("raw:") {
        Some(raw) => raw.to_owned(),
        None => format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response>{answer}</Response>"),
    };
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], answer).into_response()
}

impl App {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.base.lock().unwrap())
    }

    pub fn fail(&self, path: &str, statuses: &[u16]) {
        let reversed = statuses.iter().rev().copied().collect();
        self.0.failures.lock().unwrap().insert(path.to_owned(), reversed);
    }

    pub fn all(&self) -> Vec<Received> {
        self.0.received.lock().unwrap().clone()
    }

    pub fn at(&self, path: &str) -> Vec<Received> {
        self.all().into_iter().filter(|one| one.path == path).collect()
    }

    /// The first request to a path, when it has come.
    pub async fn first(&self, path: &str) -> Received {
        eventually(path, || !self.at(path).is_empty()).await;
        self.at(path).remove(0)
    }

    pub async fn count(&self, path: &str, count: usize) -> Vec<Received> {
        eventually(&format!("{count} times {path}"), || self.at(path).len() >= count).await;
        self.at(path)
    }
}
