//! The one error that leaves the product, and the one place where a use case's refusal becomes an HTTP status.

use std::collections::BTreeMap;

use domain::problem::Problem;
use serde::{Deserialize, Serialize};
use server_fn::codec::JsonEncoding;
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// What a caller is told: a stable code, a sentence for people, the fields at fault, and the id to ask us about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// Stable `snake_case` code, e.g. `number_in_use`.
    pub code: String,
    /// One plain sentence.
    pub message: String,
    /// A sentence for each form field that was refused, by the field's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// Twilio's error code, where Twilio said no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twilio_code: Option<u32>,
    /// Twilio's page about that code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_info: Option<String>,
    /// The id that the logs carry too.
    #[serde(default)]
    pub request_id: Box<str>,
}

impl ApiError {
    /// A problem, as the answer to the request with that id.
    #[must_use]
    pub fn new(problem: Problem, request_id: String) -> Self {
        let Problem {
            code,
            message,
            twilio_code,
            more_info,
            fields,
        } = problem;
        Self {
            code,
            message,
            fields,
            twilio_code,
            more_info,
            request_id: request_id.into(),
        }
    }

    /// The same as the screens show it.
    #[must_use]
    pub fn problem(self) -> Problem {
        let Self {
            code,
            message,
            fields,
            twilio_code,
            more_info,
            ..
        } = self;
        Problem {
            code,
            message,
            twilio_code,
            more_info,
            fields,
        }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    /// Faults around a call: in the browser the server could not be reached, on the server the request could not be read.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        #[cfg(feature = "ssr")]
        return answer::unreadable(&error);
        #[cfg(not(feature = "ssr"))]
        {
            drop(error);
            let message = "Sniko could not be reached. Check your internet connection, then try again.";
            Self::new(Problem::new("unreachable", message), String::new())
        }
    }
}

#[cfg(feature = "ssr")]
pub mod answer {
    use axum::http::{HeaderName, HeaderValue, StatusCode, header};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use services::{Caller, ServiceError, Services};

    use super::{ApiError, Problem, ServerFnErrorErr};
    use crate::api::Answer;
    use crate::api::context::{RequestFacts, Session};

    /// The use cases, and who asks; 401 for nobody.
    pub(in crate::api) fn caller() -> Result<(Services, Caller), ApiError> {
        let services =
            use_context::<Services>().ok_or_else(|| refuse(ServiceError::internal("no services in context")))?;
        match use_context::<Session>() {
            Some(Session(Some(caller))) => Ok((services, caller)),
            _ => Err(refuse(ServiceError::Unauthenticated(Problem::new(
                "not_signed_in",
                "Sign in first.",
            )))),
        }
    }

    /// Turns a refusal into status, headers and body. Faults of ours are logged here, and nowhere else.
    pub(crate) fn refuse(error: ServiceError) -> ApiError {
        let request_id = use_context::<RequestFacts>()
            .map(|facts| facts.request_id)
            .unwrap_or_default();
        if matches!(error, ServiceError::Internal(_)) {
            tracing::error!(request_id, error = %error.chain(), "a request failed");
        }
        set_status(status(&error));
        if let ServiceError::TooManyRequests { retry_after, .. } = &error {
            set_header(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        ApiError::new(error.problem(), request_id)
    }

    /// What a use case came to, as it is sent.
    pub(in crate::api) fn answer<T>(done: Result<T, ServiceError>) -> Result<Answer<T>, ApiError> {
        done.map_err(refuse).map(Answer::new)
    }

    /// The status of a refusal.
    #[must_use]
    pub fn status(error: &ServiceError) -> StatusCode {
        match error {
            ServiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            ServiceError::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
            ServiceError::Forbidden(_) => StatusCode::FORBIDDEN,
            ServiceError::NotFound(_) => StatusCode::NOT_FOUND,
            ServiceError::Conflict(_) => StatusCode::CONFLICT,
            ServiceError::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            ServiceError::Upstream(_) => StatusCode::BAD_GATEWAY,
            ServiceError::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A request whose arguments could not be read, or an answer that could not be written.
    pub(super) fn unreadable(error: &ServerFnErrorErr) -> ApiError {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                let message = "The request could not be read: send the documented fields, form encoded.";
                refuse(ServiceError::Invalid(Problem::new("unreadable_request", message)))
            }
            other => refuse(ServiceError::internal(other.to_string())),
        }
    }

    /// Keeps an answer out of every cache.
    pub(in crate::api) fn no_store() {
        set_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }

    fn set_status(status: StatusCode) {
        if let Some(response) = use_context::<ResponseOptions>() {
            response.set_status(status);
        }
    }

    fn set_header(name: HeaderName, value: HeaderValue) {
        if let Some(response) = use_context::<ResponseOptions>() {
            response.insert_header(name, value);
        }
    }
}
