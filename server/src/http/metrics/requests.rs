//! Requests, counted by route, method and class of status.
//!
//! The figures of a route are looked up once and kept: counting costs a look into a small table and a few atomic additions.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use metrics::{Counter, Histogram, counter, histogram};

/// Methods that are told apart.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "DELETE", "other"];
/// Classes of status.
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// The route of whatever no route matched: files, and what is not there.
const UNMATCHED: &str = "none";

/// The figures of all routes that were asked for so far.
#[derive(Default)]
pub struct Requests(RwLock<HashMap<Box<str>, Arc<Route>>>);

struct Route {
    name: Box<str>,
    seconds: Histogram,
    answered: [[OnceLock<Counter>; CLASSES.len()]; METHODS.len()],
}

impl Requests {
    /// Counts a request that was answered. `route` is the pattern that matched, never the address.
    pub fn answered(&self, route: Option<&str>, method: &Method, status: StatusCode, took: Duration) {
        let route = self.route(route.unwrap_or(UNMATCHED));
        route.seconds.record(took);
        if let Some(counter) = route.counter(method, status) {
            counter.increment(1);
        }
    }

    fn route(&self, name: &str) -> Arc<Route> {
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Arc::clone(known);
        }
        let mut routes = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = routes.entry(name.into()).or_insert_with(|| Arc::new(Route::new(name)));
        Arc::clone(known)
    }
}

impl Route {
    fn new(name: &str) -> Self {
        Self {
            name: name.into(),
            seconds: histogram!("sniko_http_request_seconds", "route" => name.to_owned()),
            answered: Default::default(),
        }
    }

    fn counter(&self, method: &Method, status: StatusCode) -> Option<&Counter> {
        let known = METHODS.iter().position(|known| *known == method.as_str());
        let method = known.unwrap_or(METHODS.len() - 1);
        let class = usize::from(status.as_u16() / 100).checked_sub(1)?;
        let (method_name, class_name) = (*METHODS.get(method)?, *CLASSES.get(class)?);
        let counter = || {
            let route = self.name.to_string();
            counter!("sniko_http_requests_total", "route" => route, "method" => method_name, "status" => class_name)
        };
        Some(self.answered.get(method)?.get(class)?.get_or_init(counter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::metrics::names;

    #[test]
    fn a_request_is_counted_once_under_its_pattern() {
        let recorder = names::builder().unwrap().build_recorder();
        let written = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            let requests = Requests::default();
            let took = Duration::from_millis(3);
            for _ in 0..2 {
                requests.answered(Some("/api/calls/{id}"), &Method::GET, StatusCode::NOT_FOUND, took);
            }
            requests.answered(None, &Method::PATCH, StatusCode::OK, took);
        });
        let text = written.render();
        let line = r#"sniko_http_requests_total{route="/api/calls/{id}",method="GET",status="4xx"} 2"#;
        assert!(text.contains(line), "{text}");
        let line = r#"sniko_http_requests_total{route="none",method="other",status="2xx"} 1"#;
        assert!(text.contains(line), "{text}");
        let line = r#"sniko_http_request_seconds_bucket{route="/api/calls/{id}",le="0.005"} 2"#;
        assert!(text.contains(line), "{text}");
    }

    /// In a build without optimisation; the release build is many times faster.
    #[test]
    fn counting_costs_next_to_nothing() {
        let recorder = names::builder().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, || {
            let requests = Requests::default();
            let count = || {
                requests.answered(
                    Some("/healthz"),
                    &Method::GET,
                    StatusCode::OK,
                    Duration::from_micros(80),
                )
            };
            count();
            // The best of several, since others may use the machine meanwhile.
            let best = (0..20)
                .map(|_| {
                    let begun = std::time::Instant::now();
                    (0..1_000).for_each(|_| count());
                    begun.elapsed() / 1_000
                })
                .min()
                .unwrap();
            assert!(best < Duration::from_micros(10), "{best:?}");
        });
    }
}
