//! One line of the checklist of what is done at Twilio.

use domain::connection::{StepKind, StepState};
use domain::setup::StepView;
use leptos::prelude::*;

use super::icon::{Glyph, Icon};
use super::note::ProblemNote;

/// What a step is about.
const fn label(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Verify => "Account and number",
        StepKind::Application => "TwiML App",
        StepKind::ApiKey => "API key",
        StepKind::PhoneNumber => "Webhooks of the number",
    }
}

/// What a step is for.
const fn purpose(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Verify => "Read once more, as they are now",
        StepKind::Application => "Tells Twilio where calls from the browser go",
        StepKind::ApiKey => "Signs the short-lived tokens of the browser's phone",
        StepKind::PhoneNumber => "Calls, texts and call status come to Sniko",
    }
}

/// A state as a word, its drawing and its colour.
const fn state(state: StepState, removing: bool) -> (&'static str, Glyph, &'static str) {
    match state {
        StepState::Pending => ("Waiting", Glyph::Circle, "step pending"),
        StepState::Running if removing => ("Being removed", Glyph::Spinner, "step running"),
        StepState::Running => ("In progress", Glyph::Spinner, "step running"),
        StepState::Done => ("Done", Glyph::Check, "step done"),
        StepState::Failed => ("Failed", Glyph::Cross, "step failed"),
        StepState::TakenBack if removing => ("Removed", Glyph::Check, "step done"),
        StepState::TakenBack => ("Taken back", Glyph::Undo, "step taken-back"),
        StepState::LeftBehind => ("Still at Twilio", Glyph::Warning, "step failed"),
    }
}

/// A span of time as people say it: `0.4 s`, `12 s`, `3 min`.
#[must_use]
pub fn span(millis: i64) -> String {
    match millis.max(0) {
        0..100 => "< 0.1 s".to_owned(),
        short @ 100..10_000 => format!("{}.{} s", short / 1000, short % 1000 / 100),
        medium @ 10_000..120_000 => format!("{} s", medium / 1000),
        long => format!("{} min", long / 60_000),
    }
}

/// The checklist as it stands.
#[component]
pub fn StepLines(
    /// The steps.
    steps: Vec<StepView>,
    /// Whether the connection is being removed, so that words fit.
    #[prop(optional)]
    removing: bool,
) -> impl IntoView {
    view! {
        <ol class="steps">{steps.into_iter().map(|step| view! { <StepLine step removing /> }).collect_view()}</ol>
    }
}

/// A step: its state as drawing and word, what it made, and how long it took.
#[component]
fn StepLine(
    /// The step.
    step: StepView,
    /// Whether the connection is being removed, so that words fit.
    removing: bool,
) -> impl IntoView {
    let StepView {
        kind,
        state: now,
        sid,
        console_url,
        started_at,
        finished_at,
        problem,
    } = step;
    let (word, glyph, class) = state(now, removing);
    // What is taken back has no page at Twilio any more.
    let console_url = console_url.filter(|_| now != StepState::TakenBack);
    let took = started_at.zip(finished_at).map(|(from, to)| span(to.since(from)));
    view! {
        <li class=class>
            <span class="step-mark">
                <Icon glyph />
            </span>
            <div class="step-what">
                <p>
                    <strong>{label(kind)}</strong>
                </p>
                <p class="fine">{purpose(kind)}</p>
                {sid.map(|sid| view! { <p class="step-sid"><code>{sid}</code>{console_url.map(|url| view! { <ConsoleLink url what=label(kind).to_owned() /> })}</p> })}
                {problem.map(|problem| view! { <ProblemNote problem /> })}
            </div>
            <p class="step-state">
                <span>{word}</span>
                <span class="fine">{took}</span>
            </p>
        </li>
    }
}

/// A link to a page of Twilio's console, in a new tab.
#[component]
pub fn ConsoleLink(
    /// The page.
    url: String,
    /// What is shown there, for those who hear the link alone.
    what: String,
) -> impl IntoView {
    // A simulator has a page of its own in the console's place.
    let place = if url.starts_with("https://") {
        "Twilio console"
    } else {
        "Simulator"
    };
    view! {
        <a href=url target="_blank" rel="noopener noreferrer">
            {place}
            <span class="unseen">": " {what} ", in a new tab"</span>
            <Icon glyph=Glyph::External />
        </a>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_one_decimal_while_it_matters() {
        assert_eq!(span(-5), "< 0.1 s");
        assert_eq!(span(100), "0.1 s");
        assert_eq!(span(449), "0.4 s");
        assert_eq!(span(9_999), "9.9 s");
        assert_eq!(span(12_300), "12 s");
        assert_eq!(span(185_000), "3 min");
    }
}
