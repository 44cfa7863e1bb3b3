//! Makes one webhook's requests: the first, and its retries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use form_urlencoded::Serializer;
use futures::StreamExt;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Method};
use secrecy::SecretString;

use super::overrides::{Failure, Overrides};
use super::{Hook, Webhook};
use crate::account::HttpMethod;
use crate::clock;
use crate::shared::Shared;
use crate::twiml::Fault;

/// Beyond what TwiML may have, nothing is read.
const LONGEST_READ: usize = 64 * 1024 + 1;
/// Documented.
const MOST_REDIRECTS: usize = 10;
/// Between the first failure and the next attempt, and twice as long after each other one. Assumed.
const PAUSE: Duration = Duration::from_millis(200);

/// With Twilio's usual time limits.
pub(crate) fn client() -> reqwest::Result<Client> {
    client_with(&Overrides::default())
}

fn client_with(overrides: &Overrides) -> reqwest::Result<Client> {
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .connect_timeout(overrides.connect)
        .read_timeout(overrides.read)
        .build()
}

/// An answer with any status.
#[derive(Clone, Debug)]
pub(crate) struct HookAnswer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// Makes the request, and again after failures for which its URL asks that.
pub(crate) async fn request(shared: &Arc<Shared>, hook: &Hook) -> Result<HookAnswer, Fault> {
    let knobs = shared.world().book.knobs.clone();
    if hook.purpose.is_callback() && knobs.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(knobs.delay_ms)).await;
    }
    let token = idempotency_token();
    if hook.purpose.is_callback() && dropped(hook, &knobs.drop_status) {
        let mut entry = entry(shared, hook, &token, 1);
        entry.dropped = true;
        shared.change(|world| world.book.hooks.begin(entry));
        return Err(Fault::new(0, "dropped"));
    }
    let answer = attempts(shared, hook, &token, false).await;
    if knobs.duplicate {
        // The first answer counts.
        let _ = attempts(shared, hook, &token, true).await;
    }
    answer
}

fn dropped(hook: &Hook, statuses: &[String]) -> bool {
    let told = hook.params.iter().filter(|(name, _)| {
        let named = name.as_str();
        matches!(
            named,
            "CallStatus" | "RecordingStatus" | "StatusCallbackEvent" | "MessageStatus"
        )
    });
    statuses.iter().any(|status| status == "*")
        || told
            .into_iter()
            .any(|(_, value)| statuses.iter().any(|status| status == value))
}

async fn attempts(shared: &Arc<Shared>, hook: &Hook, token: &str, duplicate: bool) -> Result<HookAnswer, Fault> {
    let overrides = Overrides::of(&hook.target.url);
    let begun = Instant::now();
    let (mut attempt, mut pause) = (1, PAUSE);
    loop {
        let left = overrides.total.saturating_sub(begun.elapsed());
        let result = attempt_once(shared, hook, (token, attempt, duplicate), &overrides, left).await;
        let failure = match &result {
            Ok(answer) => match answer.status {
                400..=499 => Some(Failure::ClientError),
                500..=599 => Some(Failure::ServerError),
                _ => None,
            },
            Err((failure, _)) => *failure,
        };
        let again = failure.is_some_and(|failure| overrides.retries_after(failure)) && attempt <= overrides.retries;
        // All attempts together have so much time.
        if !again || begun.elapsed() + pause >= overrides.total {
            return result.map_err(|(_, fault)| fault);
        }
        attempt += 1;
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

type Attempted = Result<HookAnswer, (Option<Failure>, Fault)>;

async fn attempt_once(
    shared: &Arc<Shared>,
    hook: &Hook,
    (token, attempt, duplicate): (&str, u32, bool),
    overrides: &Overrides,
    left: Duration,
) -> Attempted {
    let mut entry = entry(shared, hook, token, attempt);
    entry.duplicate = duplicate;
    let sequence = shared.change(|world| world.book.hooks.begin(entry));
    let begun = Instant::now();
    let result = tokio::time::timeout(left, follow(shared, hook, token, overrides))
        .await
        .unwrap_or_else(|_| {
            Err((
                Some(Failure::Timeout),
                Fault::new(11200, "HTTP retrieval failure: no answer in time"),
            ))
        });
    let keep_answer = !hook.purpose.is_callback();
    shared.change(|world| {
        let answer = result.as_ref().ok().filter(|_| keep_answer);
        let answer = answer.map(|answer| world.redact(&String::from_utf8_lossy(&answer.body)));
        world.book.hooks.end(sequence, |entry| {
            entry.took_ms = begun.elapsed().as_millis().try_into().ok();
            entry.answer = answer;
            match &result {
                Ok(answer) => entry.status = Some(answer.status),
                Err((_, fault)) => entry.error = Some(fault.sentence.clone()),
            }
        });
    });
    result
}

fn entry(shared: &Shared, hook: &Hook, token: &str, attempt: u32) -> Webhook {
    let world = shared.world();
    let (url, _) = hook.target.url.split_once('#').unwrap_or((&hook.target.url, ""));
    Webhook {
        sequence: 0,
        time: clock::now().to_string(),
        purpose: hook.purpose.as_str().to_owned(),
        account_sid: hook.account_sid.clone(),
        call_sid: hook.call_sid.clone(),
        method: method(hook.target.method).to_string(),
        url: world.redact(url),
        params: hook
            .params
            .iter()
            .map(|(name, value)| (name.clone(), world.redact(value)))
            .collect(),
        token: token.to_owned(),
        attempt,
        duplicate: false,
        dropped: false,
        status: None,
        error: None,
        answer: None,
        took_ms: None,
    }
}

fn method(method: HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
    }
}

/// The request, and where it is redirected to.
async fn follow(shared: &Arc<Shared>, hook: &Hook, token: &str, overrides: &Overrides) -> Attempted {
    let (start, _) = hook.target.url.split_once('#').unwrap_or((&hook.target.url, ""));
    let mut url = start.to_owned();
    let mut method = hook.target.method;
    for _ in 0..=MOST_REDIRECTS {
        let response = send(shared, hook, &url, method, token, overrides).await?;
        let location = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
        let (true, Some(location)) = (response.status().is_redirection(), location) else {
            return read(response).await;
        };
        let next = url::Url::parse(&url).and_then(|base| base.join(location));
        url = next
            .map_err(|_| (None, Fault::new(11100, "Invalid URL format in a redirect")))?
            .to_string();
        if response.status().as_u16() != 307 && response.status().as_u16() != 308 {
            method = HttpMethod::Get;
        }
    }
    Err((None, Fault::new(11215, "Too many HTTP redirects")))
}

async fn send(
    shared: &Arc<Shared>,
    hook: &Hook,
    url: &str,
    how: HttpMethod,
    token: &str,
    overrides: &Overrides,
) -> Result<reqwest::Response, (Option<Failure>, Fault)> {
    let secret = shared
        .world()
        .account(&hook.account_sid)
        .map(|account| account.auth_token.clone());
    let secret = SecretString::from(secret.unwrap_or_default());
    let form = Serializer::new(String::new()).extend_pairs(&hook.params).finish();
    let (url, signed) = match how {
        HttpMethod::Get if !form.is_empty() => {
            let joint = if url.contains('?') { '&' } else { '?' };
            (format!("{url}{joint}{form}"), &[][..])
        }
        HttpMethod::Get => (url.to_owned(), &[][..]),
        HttpMethod::Post => (url.to_owned(), hook.params.as_slice()),
    };
    let signature = twilio::signature::sign(&secret, &url, signed);
    let usual = Overrides::default();
    let client = if (overrides.connect, overrides.read) == (usual.connect, usual.read) {
        shared.client.clone()
    } else {
        client_with(overrides).map_err(|error| (None, Fault::new(11200, error.to_string())))?
    };
    let mut request = client
        .request(method(how), &url)
        .header("X-Twilio-Signature", signature)
        .header("I-Twilio-Idempotency-Token", token)
        .header("User-Agent", "TwilioProxy/1.1")
        .header("Accept", "*/*")
        .header("Cache-Control", "max-age=259200");
    if how == HttpMethod::Post {
        request = request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=UTF-8")
            .body(form);
    }
    request.send().await.map_err(|error| classify(&error))
}

fn classify(error: &reqwest::Error) -> (Option<Failure>, Fault) {
    if error.is_builder() {
        (None, Fault::new(11100, "Invalid URL format"))
    } else if error.is_connect() {
        (Some(Failure::Connect), Fault::new(11205, "HTTP connection failure"))
    } else if error.is_timeout() {
        (
            Some(Failure::Timeout),
            Fault::new(11200, "HTTP retrieval failure: no answer in time"),
        )
    } else {
        (
            Some(Failure::Connect),
            Fault::new(11210, "HTTP bad communication: the connection was lost"),
        )
    }
}

async fn read(response: reqwest::Response) -> Attempted {
    let status = response.status().as_u16();
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk.map_err(|error| classify(&error))?);
        if body.len() > LONGEST_READ {
            body.truncate(LONGEST_READ);
            break;
        }
    }
    Ok(HookAnswer {
        status,
        content_type,
        body,
    })
}

/// A random UUID.
fn idempotency_token() -> String {
    let random = rand::random::<u128>() & !(0xf << 76) & !(0b11 << 62) | 4 << 76 | 0b10 << 62;
    let hex = format!("{random:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

#[cfg(test)]
mod tests {
    use super::idempotency_token;

    #[test]
    fn a_token_is_a_random_uuid() {
        let token = idempotency_token();
        assert_eq!((token.len(), &token[14..15]), (36, "4"), "{token}");
        assert!(matches!(&token[19..20], "8" | "9" | "a" | "b"), "{token}");
        assert_ne!(token, idempotency_token());
    }
}
