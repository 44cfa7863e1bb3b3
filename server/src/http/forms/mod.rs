//! The forms of browsers without JavaScript: they are answered with a page to go to, never with JSON.

mod kind;
mod places;

use app::api::context::RequestFacts;
use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::problem::Problem;

use super::error;
use places::{FORMS, Form};

/// Largest answer of ours that is looked into for its code, in bytes.
const ANSWER_MAX: usize = 4 * 1024 * 1024;

/// Refuses what is no form, and answers a browser's form post with a redirect.
pub async fn redirect(Extension(facts): Extension<RequestFacts>, mut request: Request, next: Next) -> Response {
    if let Some(refused) = kind::plain(&mut request) {
        return refused;
    }
    let form = form_of(&request);
    // For everything behind, this is a program that wants the plain answer: Leptos would lead a browser back to `Referer`.
    request
        .headers_mut()
        .insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let Some(form) = form else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, usize::MAX).await else {
        return error::problem(
            StatusCode::BAD_REQUEST,
            Problem::new("unreadable_request", "The request could not be read."),
            &facts,
        );
    };
    let next_page = next_page(&bytes);
    let answer = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    to_page(form, answer, next_page.as_deref()).await
}

fn form_of(request: &Request) -> Option<&'static Form> {
    let has = |name, part: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|text| text.contains(part))
    };
    let browser = request.method() == Method::POST
        && has(header::ACCEPT, "text/html")
        && has(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    FORMS.iter().find(|form| browser && form.path == request.uri().path())
}

/// The page that the form asks for afterwards, if it is one of ours.
fn next_page(form: &[u8]) -> Option<String> {
    let (_, path) = url::form_urlencoded::parse(form).find(|(name, _)| name == "next")?;
    is_own_path(&path).then(|| path.into_owned())
}

/// Browsers read `//host` and `/\host` as other sites.
fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic())
}

async fn to_page(form: &Form, answer: Response, next_page: Option<&str>) -> Response {
    let (parts, body) = answer.into_parts();
    let location = if parts.status.is_success() {
        match next_page {
            Some(page) => page.to_owned(),
            None => done_page(form, body).await,
        }
    } else {
        let told = told(body).await.unwrap_or_else(|| ("internal".to_owned(), Vec::new()));
        refused_page(form, &told.0, &told.1, next_page)
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    copy_cookies(&parts.headers, response.headers_mut());
    response
}

/// Where a form leads that asks for no page.
async fn done_page(form: &Form, body: Body) -> String {
    let Some((before, after)) = form.done.split_once("{to}") else {
        return form.done.to_owned();
    };
    let bytes = to_bytes(body, ANSWER_MAX).await.unwrap_or_default();
    let answer: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let to = answer.get("to").and_then(serde_json::Value::as_str).unwrap_or_default();
    let to: String = url::form_urlencoded::byte_serialize(to.as_bytes()).collect();
    format!("{before}{to}{after}")
}

/// Where a refusal is explained.
fn refused_page(form: &Form, code: &str, fields: &[String], next_page: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if code == "not_signed_in" {
        let page = query.append_pair("next", form.refused).finish();
        return format!("/sign-in?{page}");
    }
    query.append_pair("error", code);
    // Settings have many fields: the page says which, in its own words.
    if form.path.starts_with("/settings/") && !fields.is_empty() {
        query.append_pair("fields", &fields.join(","));
    }
    // What was refused in a thread is told there.
    let in_thread = |page: &&str| form.refused == "/messages" && page.starts_with("/messages/");
    if let Some(thread) = next_page.filter(in_thread) {
        let thread = thread.split('#').next().unwrap_or_default();
        let between = if thread.contains('?') { '&' } else { '?' };
        return format!("{thread}{between}{}", query.finish());
    }
    if let Some(next) = next_page {
        query.append_pair("next", next);
    }
    // A step that failed at Twilio is told by the checklist; what was refused before it began, where it was chosen.
    let chosen_again = matches!(
        code,
        "number_in_use" | "invalid_phone_number" | "already_connected" | "account_taken" | "app_url_not_public"
    );
    let page = if form.path == "/twilio/credentials" && !chosen_again {
        "/twilio/setup"
    } else {
        form.refused
    };
    format!("{page}?{}", query.finish())
}

/// The code in a refusal, and the names of the fields at fault.
async fn told(body: Body) -> Option<(String, Vec<String>)> {
    let bytes = to_bytes(body, ANSWER_MAX).await.ok()?;
    let answer: serde_json::Value = serde_json::from_slice(&bytes).ok()?;
    let code = answer.get("code")?.as_str()?.to_owned();
    let fields = answer.get("fields").and_then(serde_json::Value::as_object);
    let fields = fields.map(|fields| fields.keys().cloned().collect());
    Some((code, fields.unwrap_or_default()))
}

fn copy_cookies(from: &HeaderMap, to: &mut HeaderMap) {
    for cookie in from.get_all(header::SET_COOKIE) {
        to.append(header::SET_COOKIE, cookie.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_gone_to() {
        assert_eq!(
            next_page(b"a=b&next=%2Ftwilio%2Fsetup%3Fcheck%3Dnow").as_deref(),
            Some("/twilio/setup?check=now")
        );
        for evil in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "javascript:1",
            "/a\r\nb",
            "",
        ] {
            assert!(!is_own_path(evil), "{evil:?}");
        }
    }

    #[test]
    fn every_form_of_a_server_function_leads_somewhere() {
        let posts = leptos::server_fn::axum::server_fn_paths().filter(|(_, method)| method == Method::POST);
        let paths: Vec<_> = posts.map(|(path, _)| path).collect();
        assert!(paths.contains(&"/twilio/verify"), "they are known: {paths:?}");
        for path in paths {
            assert!(FORMS.iter().any(|form| form.path == path), "{path}");
        }
    }

    #[tokio::test]
    async fn a_text_to_somebody_new_leads_to_his_thread() {
        let send = FORMS.iter().find(|form| form.path == "/messages/send").unwrap();
        let answer = Body::from(r#"{"id": "1", "to": "+14155550199"}"#);
        assert_eq!(done_page(send, answer).await, "/messages/%2B14155550199");
        assert_eq!(done_page(send, Body::empty()).await, "/messages/");
    }

    #[test]
    fn a_refusal_leads_to_the_page_where_it_is_told() {
        let of = |path| FORMS.iter().find(|form| form.path == path).unwrap();
        let save = of("/twilio/credentials");
        assert_eq!(
            refused_page(save, "number_in_use", &[], None),
            "/twilio/setup/number?error=number_in_use"
        );
        assert_eq!(
            refused_page(save, "twilio_unavailable", &[], None),
            "/twilio/setup?error=twilio_unavailable"
        );
        assert_eq!(
            refused_page(save, "not_signed_in", &[], None),
            "/sign-in?next=%2Ftwilio%2Fsetup%2Fnumber"
        );
        let fields = ["forward_to".to_owned(), "ring_seconds".to_owned()];
        assert_eq!(
            refused_page(of("/settings/calls"), "invalid_call_settings", &fields, None),
            "/settings/calls?error=invalid_call_settings&fields=forward_to%2Cring_seconds"
        );
        let send = of("/messages/send");
        assert_eq!(refused_page(send, "x", &[], None), "/messages?error=x");
        let thread = Some("/messages/%2B14155550199#write");
        assert_eq!(
            refused_page(send, "opted_out", &[], thread),
            "/messages/%2B14155550199?error=opted_out"
        );
        let sign_in = of("/auth/sign-in");
        assert_eq!(
            refused_page(sign_in, "x", &[], Some("/calls")),
            "/sign-in?error=x&next=%2Fcalls"
        );
    }
}
