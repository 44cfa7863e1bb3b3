//! `/api/messages/{id}/media/{n}`: what came with a text, through us.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use domain::problem::Problem;
use serde::Deserialize;
use services::ServiceError;
use services::messages::Media;

use super::error;
use super::media::{self, Told};
use super::range::{self, Wanted};
use super::signed_in::SignedIn;
use super::wish::{Path, Query};
use crate::router::Site;

/// How it is wanted.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wish {
    download: String,
}

/// `GET /api/messages/{id}/media/{n}`
pub async fn medium(
    State(site): State<Site>,
    who: SignedIn,
    Path((id, n)): Path<(String, String)>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Response {
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let wanted = range::wanted(range);
    let told = async {
        // What is no number is as absent as a number of none.
        let n = n.parse().unwrap_or(usize::MAX);
        let asked = wanted.map(Wanted::header);
        let medium = site
            .services
            .messages
            .media(&who.caller, &id, n, asked.as_deref())
            .await?;
        let Media {
            answer,
            content_type,
            inline,
            name,
        } = medium;
        let shown = inline && wish.download != "1";
        let way = if shown {
            "inline".to_owned()
        } else {
            format!("attachment; filename=\"{}\"", plain(&name))
        };
        let told = Told {
            kind: &content_type,
            way: &way,
            no_part: "It has no such part.",
        };
        media::passed_on(answer, wanted, &told, &who.facts)?.ok_or_else(garbled)
    };
    told.await.unwrap_or_else(|error| error::refusal(&error, &who.facts))
}

/// A file's name of letters that mean nothing in a header.
fn plain(name: &str) -> String {
    let letter = |letter: char| match letter {
        'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_' => letter,
        _ => '-',
    };
    name.chars().map(letter).collect()
}

fn garbled() -> ServiceError {
    let sentence = "Twilio did not send this as it should. Try again in a moment.";
    ServiceError::Upstream(Problem::new("twilio_unavailable", sentence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_cannot_leave_its_quotes() {
        assert_eq!(plain("picture-1.jpg"), "picture-1.jpg");
        assert_eq!(plain("a\"; x=\r\n\u{e9}"), "a---x----");
    }
}
