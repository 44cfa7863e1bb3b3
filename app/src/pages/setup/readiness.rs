//! Whether the number can send texts, as far as Twilio tells.

use domain::problem::Problem;
use leptos::prelude::*;
use services::messages::{Readiness, ReadinessLine, ReadinessState};

use super::recheck::RecheckHead;
use crate::components::icon::{Glyph, Icon};
use crate::components::note::ProblemNote;

/// What was found, or why it is not known.
pub type Ready = Result<Readiness, Problem>;

/// What speaks for and against, a line each.
#[component]
pub fn ReadinessCard(
    /// What was found just now, where it was asked for.
    ready: Option<Ready>,
) -> impl IntoView {
    let body = match ready {
        None => view! { <p>"Check whether your number can text, and what Twilio or the carriers ask for first."</p> }
            .into_any(),
        Some(Err(problem)) => view! {
            <ProblemNote problem />
        }
        .into_any(),
        Some(Ok(Readiness { lines })) => {
            let lines = lines.into_iter().map(|line| view! { <Line line /> });
            view! { <dl class="facts">{lines.collect_view()}</dl> }.into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="readiness-title">
            <RecheckHead id="readiness-title" title="Ready to text" label="Check" />
            {body}
        </section>
    }
}

#[component]
fn Line(line: ReadinessLine) -> impl IntoView {
    let ReadinessLine { label, state, sentence } = line;
    let (class, glyph, word) = match state {
        ReadinessState::Good => ("badge good", Glyph::Check, "Ready"),
        ReadinessState::Warning => ("badge warn", Glyph::Warning, "Limited"),
        ReadinessState::Bad => ("badge warn", Glyph::Cross, "Not ready"),
        ReadinessState::Unknown => ("badge", Glyph::Info, "Not known"),
    };
    view! {
        <div>
            <dt>{label}</dt>
            <dd class="stack tight">
                <span class=class>
                    <Icon glyph />
                    {word}
                </span>
                <span>{sentence}</span>
            </dd>
        </div>
    }
}
