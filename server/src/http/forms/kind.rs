//! What a request to an address of ours comes as: the pages and their functions take forms, however a client spells that.

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use domain::problem::Problem;

use crate::http::error;
use crate::http::wish::essence;

const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Brings the request into the one form that everything behind expects; the refusal of one that cannot be.
///
/// JSON that were read as a form would be a form of no fields, and answered as if its fields had been left as they are.
pub fn plain(request: &mut Request) -> Option<Response> {
    // The router knows which addresses can be read, and leaves out the body; Leptos knows its functions by their own method alone.
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    // The API reads JSON as well, and sees to it itself.
    let reads_forms = request.method() == Method::POST && !request.uri().path().starts_with("/api/");
    let kind = request.headers().get(header::CONTENT_TYPE).filter(|_| reads_forms)?;
    if !essence(kind).eq_ignore_ascii_case(FORM.as_bytes()) {
        let sentence = "Send the documented fields, form encoded.";
        let problem = Problem::new("unreadable_request", sentence);
        return Some(error::incomplete(StatusCode::UNSUPPORTED_MEDIA_TYPE, problem));
    }
    request.headers_mut().insert(header::CONTENT_TYPE, FORM);
    None
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn posted(path: &str, kind: Option<&str>) -> Result<Option<HeaderValue>, StatusCode> {
        let mut request = Request::post(path);
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let mut request = request.body(Body::empty()).unwrap();
        match plain(&mut request) {
            Some(refused) => Err(refused.status()),
            None => Ok(request.headers().get(header::CONTENT_TYPE).cloned()),
        }
    }

    #[test]
    fn a_form_is_one_however_it_is_spelled_and_nothing_else_is() {
        for form in [
            "application/x-www-form-urlencoded",
            "Application/X-WWW-Form-Urlencoded ; charset=UTF-8",
        ] {
            assert_eq!(posted("/settings/calls", Some(form)), Ok(Some(FORM)), "{form}");
        }
        for other in [
            "application/json",
            "text/plain",
            "multipart/form-data; boundary=x",
            "",
            "application/x-www-form-urlencodedx",
        ] {
            let refused = Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            assert_eq!(posted("/settings/calls", Some(other)), refused, "{other}");
        }
        assert_eq!(posted("/twilio/setup/start-over", None), Ok(None));
        assert!(posted("/api/messages", Some("application/json")).is_ok_and(|kind| kind.is_some()));
    }

    #[test]
    fn asking_whether_something_is_there_is_reading_it() {
        let mut request = Request::head("/twilio/token").body(Body::empty()).unwrap();
        assert!(plain(&mut request).is_none());
        assert_eq!(request.method(), Method::GET);
    }
}
