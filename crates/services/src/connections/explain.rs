//! Twilio's refusals in plain words, with the way out.

use domain::problem::Problem;

use crate::ServiceError;

/// Longest text of Twilio's that is shown, in characters.
const TWILIO_TEXT_MAX: usize = 300;

/// What a failed request to Twilio means for the person, keeping Twilio's code.
pub(crate) fn problem_of(error: &twilio::Error) -> Problem {
    let (code, message) = words(error);
    let mut problem = Problem::new(code, message);
    problem.twilio_code = error.code();
    problem.more_info = error
        .code()
        .map(|code| format!("https://www.twilio.com/docs/errors/{code}"));
    problem
}

fn words(error: &twilio::Error) -> (&'static str, String) {
    if error.is_test_credentials() {
        return (
            "twilio_test_credentials",
            "These are Twilio's test credentials, which cannot be connected. Copy the live Account SID and Auth Token \
             from the Twilio console."
                .into(),
        );
    }
    if error.is_account_inactive() {
        return ("twilio_account_inactive", account_inactive());
    }
    if error.is_credentials_rejected() {
        return (
            "twilio_credentials_rejected",
            "Twilio does not accept this Account SID and Auth Token. Copy both again from the same page of the Twilio \
             console; a token of another region or a suspended account is refused too."
                .into(),
        );
    }
    if error.is_rate_limited() {
        return (
            "twilio_rate_limited",
            "Twilio is limiting requests for this account at the moment. Wait a minute, then try again.".into(),
        );
    }
    if error.is_unavailable() || error.outcome_unknown() {
        return (
            "twilio_unavailable",
            "Twilio could not be reached or did not answer properly. Check status.twilio.com, then try again.".into(),
        );
    }
    let said = match error.code().and_then(twilio::explain) {
        Some(sentence) => sentence.to_owned(),
        None => match error.twilio_message() {
            Some(text) => format!(
                "Twilio refused: {}",
                text.chars().take(TWILIO_TEXT_MAX).collect::<String>()
            ),
            None => "Twilio refused this without saying why. Try again.".into(),
        },
    };
    ("twilio_refused", said)
}

/// What is said of a suspended or closed account, whichever way Twilio tells.
pub(super) fn account_inactive() -> String {
    "Twilio has suspended or closed this account. Open the Twilio console, settle what it asks for, then verify again."
        .into()
}

/// The error whose kind follows from the problem's code.
pub(super) fn error_of(problem: Problem) -> ServiceError {
    match problem.code.as_str() {
        "number_in_use" => ServiceError::Conflict(problem),
        "twilio_credentials_rejected"
        | "twilio_test_credentials"
        | "twilio_account_inactive"
        | "number_not_found"
        | "number_without_voice" => ServiceError::Invalid(problem),
        _ => ServiceError::Upstream(problem),
    }
}
