//! A small proxy in front of several servers, as nginx or a load balancer would be: it keeps connections, sends requests only
//! where `/readyz` says yes, and never sends one twice.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::task::AbortHandle;

/// How often each server is asked whether it is ready.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The proxy.
pub struct Proxy {
    /// Where it listens.
    pub url: String,
    upstreams: Arc<Upstreams>,
    tasks: Vec<AbortHandle>,
}

struct Upstreams {
    http: reqwest::Client,
    all: Mutex<Vec<Upstream>>,
    turn: std::sync::atomic::AtomicUsize,
}

#[derive(Clone)]
struct Upstream {
    url: String,
    ready: bool,
}

impl Proxy {
    pub async fn start(urls: &[&str]) -> Self {
        let upstream = |url: &&str| Upstream {
            url: (*url).to_owned(),
            ready: false,
        };
        let upstreams = Arc::new(Upstreams {
            http: reqwest::Client::new(),
            all: Mutex::new(urls.iter().map(upstream).collect()),
            turn: 0.into(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(pass_on).with_state(Arc::clone(&upstreams));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let looking = tokio::spawn(look(Arc::clone(&upstreams)));
        let proxy = Self {
            url,
            upstreams,
            tasks: vec![serving.abort_handle(), looking.abort_handle()],
        };
        proxy.until_ready(urls.len()).await;
        proxy
    }

    /// Another server takes that one's place.
    pub fn replace(&self, url: &str, by: &str) {
        let mut all = self.upstreams.all.lock().unwrap();
        let upstream = all.iter_mut().find(|upstream| upstream.url == url).unwrap();
        upstream.url = by.to_owned();
    }

    /// Waits until so many servers are ready.
    pub async fn until_ready(&self, count: usize) {
        crate::harness::until("the servers are ready", || {
            let all = self.upstreams.all.lock().unwrap();
            all.iter().filter(|upstream| upstream.ready).count() == count
        })
        .await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn look(upstreams: Arc<Upstreams>) {
    loop {
        let urls: Vec<String> = upstreams
            .all
            .lock()
            .unwrap()
            .iter()
            .map(|one| one.url.clone())
            .collect();
        for url in urls {
            let asked = upstreams.http.get(format!("{url}/readyz")).timeout(LOOK_EVERY * 10);
            let ready = asked.send().await.is_ok_and(|answer| answer.status().is_success());
            let mut all = upstreams.all.lock().unwrap();
            if let Some(upstream) = all.iter_mut().find(|upstream| upstream.url == url) {
                upstream.ready = ready;
            }
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

impl Upstreams {
    /// Those that are ready, each time beginning with another.
    fn in_turn(&self) -> Vec<String> {
        let all = self.all.lock().unwrap();
        let mut urls: Vec<_> = all.iter().filter(|one| one.ready).map(|one| one.url.clone()).collect();
        drop(all);
        let turn = self.turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let first = turn % urls.len().max(1);
        urls.rotate_left(first);
        urls
    }
}

async fn pass_on(State(upstreams): State<Arc<Upstreams>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 128 * 1024).await.unwrap();
    for url in upstreams.in_turn() {
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let mut headers = parts.headers.clone();
        headers.remove(header::HOST);
        headers.remove(header::CONTENT_LENGTH);
        let asked = upstreams
            .http
            .request(parts.method.clone(), format!("{url}{target}"))
            .headers(headers)
            .body(body.clone());
        match asked.send().await {
            Ok(answer) => {
                let mut response = Response::builder().status(answer.status());
                for (name, value) in answer.headers() {
                    if name != header::CONNECTION && name != header::TRANSFER_ENCODING {
                        response = response.header(name, value);
                    }
                }
                return response.body(Body::from_stream(answer.bytes_stream())).unwrap();
            }
            // Nothing was sent: another one may have it.
            Err(error) if error.is_connect() => {}
            Err(error) => return (StatusCode::BAD_GATEWAY, format!("{error:?}")).into_response(),
        }
    }
    (StatusCode::SERVICE_UNAVAILABLE, "nobody is ready").into_response()
}
