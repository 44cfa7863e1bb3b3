//! What holds for every driver.

use std::time::Duration;

use domain::message::MessageStatus;
use messaging::{KNOWN, Outcome, RejectionKind, Report};

use crate::bench::{BODY, Bench, SECRET, Situation, TO, began};

/// Asks everything.
pub async fn run(bench: &mut impl Bench) {
    is_what_it_says(bench).await;
    takes_a_text(bench).await;
    says_why_not(bench).await;
    says_what_surely_was_not_sent(bench).await;
    never_repeats_what_may_have_been_sent(bench).await;
}

async fn is_what_it_says(bench: &mut impl Bench) {
    assert!(bench.prepare(Situation::Works).await);
    let provider = bench.provider();
    assert!(KNOWN.contains(&provider.name()));
    let can = provider.capabilities();
    assert!(can.max_segments > 0 && can.media == (can.max_media > 0), "{can:?}");
    let shown = format!("{provider:?} {:?}", bench.text());
    for secret in [SECRET, "Hello", TO] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

async fn takes_a_text(bench: &mut impl Bench) {
    assert!(bench.prepare(Situation::Works).await);
    let (provider, text) = (bench.provider(), bench.text());
    let Outcome::Accepted(report) = provider.send(&text).await else {
        panic!("{}: not accepted", provider.name());
    };
    assert!(!report.provider_sid.is_empty());
    is_theirs(&report);
    assert!(report.segments.is_none_or(|count| count > 0), "{report:?}");
    assert!(report.error.is_none(), "{report:?}");
    assert_eq!(bench.asked().await, [(TO.to_owned(), BODY.to_owned())]);

    let status = provider.status(text.credentials.as_ref(), &report.provider_sid).await;
    match status.unwrap() {
        Some(later) => {
            assert_eq!(later.provider_sid, report.provider_sid);
            is_theirs(&later);
        }
        None => assert!(!provider.capabilities().lookup),
    }
    let nothing = provider.status(text.credentials.as_ref(), "nothing").await;
    assert_eq!(nothing, Ok(None), "{}", provider.name());
}

/// A text that the provider has is never in a state in which we would send it.
fn is_theirs(report: &Report) {
    assert!(
        report.status.is_none_or(|status| status >= MessageStatus::Accepted),
        "{report:?}"
    );
}

async fn says_why_not(bench: &mut impl Bench) {
    for (situation, expected) in [
        (Situation::RefusesNumber, RejectionKind::Recipient),
        (Situation::RefusesOptedOut, RejectionKind::OptedOut),
        (Situation::RefusesCredentials, RejectionKind::Credentials),
    ] {
        if !bench.prepare(situation).await {
            continue;
        }
        let outcome = bench.provider().send(&bench.text()).await;
        let Outcome::Rejected(rejection) = &outcome else {
            panic!("{situation:?}: {outcome:?}");
        };
        assert_eq!(rejection.kind, expected, "{situation:?}");
        assert!(rejection.error.message.ends_with('.'), "{:?}", rejection.error);
        assert!(!format!("{outcome:?}").contains("4155550199"), "{outcome:?}");
        assert_eq!(bench.asked().await.len(), 1, "{situation:?}");
    }
}

async fn says_what_surely_was_not_sent(bench: &mut impl Bench) {
    if bench.prepare(Situation::IsBusy).await {
        let outcome = bench.provider().send(&bench.text()).await;
        let Outcome::NotSent { retry_after } = outcome else {
            panic!("{outcome:?}");
        };
        assert!(
            retry_after.is_none_or(|wait| wait == Duration::from_secs(30)),
            "{retry_after:?}"
        );
    }
    if bench.prepare(Situation::IsGone).await {
        let outcome = bench.provider().send(&bench.text()).await;
        assert!(matches!(outcome, Outcome::NotSent { .. }), "{outcome:?}");
    }
}

async fn never_repeats_what_may_have_been_sent(bench: &mut impl Bench) {
    for situation in [
        Situation::Fails,
        Situation::IsLate,
        Situation::AnswersNonsense,
        Situation::BreaksOff,
    ] {
        if !bench.prepare(situation).await {
            continue;
        }
        let (provider, text) = (bench.provider(), bench.text());
        assert_eq!(provider.send(&text).await, Outcome::Unknown, "{situation:?}");
        assert_eq!(bench.asked().await.len(), 1, "{situation:?}");

        let found = provider.find(&text, began()).await.unwrap();
        assert_eq!(
            found.len(),
            usize::from(provider.capabilities().lookup),
            "{situation:?}"
        );
        found.iter().for_each(is_theirs);
    }
}
