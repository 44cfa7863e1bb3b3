//! Boxes that say something beside the flow of a page.

use domain::problem::Problem;
use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// What went wrong, what to do, and Twilio's own word on it.
#[component]
pub fn ProblemNote(
    /// What went wrong.
    problem: Problem,
) -> impl IntoView {
    let Problem {
        message,
        twilio_code,
        more_info,
        ..
    } = problem;
    view! {
        <div class="note note-bad">
            <Icon glyph=Glyph::Warning />
            <div>
                <p>{message}</p>
                {twilio_code
                    .map(|code| {
                        view! {
                            <p class="fine">
                                {format!("Twilio error {code}. ")}
                                {more_info
                                    .map(|url| {
                                        view! {
                                            <a href=url target="_blank" rel="noopener noreferrer">
                                                "What Twilio says about it"
                                                <Icon glyph=Glyph::External />
                                            </a>
                                        }
                                    })}
                            </p>
                        }
                    })}
            </div>
        </div>
    }
}
