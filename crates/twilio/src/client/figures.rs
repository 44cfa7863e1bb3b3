//! How many requests are made of Twilio, how they end, and how long they take. Labels are words of this crate: no SID, no number.

use std::time::Duration;

use metrics::{counter, histogram};

use super::exchange::Request;

/// A request was made, once; `status` is that of the answer, if there was one.
pub(super) fn asked(request: &Request<'_>, status: Option<u16>, took: Duration) {
    let (product, operation) = (product(request), request.operation);
    let status = status.map_or_else(|| "none".to_owned(), |status| status.to_string());
    let method = request.method.as_str().to_owned();
    counter!(
        "twilio_requests_total",
        "product" => product, "operation" => operation, "method" => method, "status" => status
    )
    .increment(1);
    histogram!("twilio_request_seconds", "product" => product, "operation" => operation).record(took);
}

/// A request is made once more.
pub(super) fn repeated(request: &Request<'_>) {
    counter!("twilio_retries_total", "product" => product(request), "operation" => request.operation).increment(1);
}

/// Which of Twilio's products it is for, whatever host stands in for it.
fn product(request: &Request<'_>) -> &'static str {
    if request.url.path().contains("/2010-04-01") {
        "api"
    } else {
        "messaging"
    }
}
