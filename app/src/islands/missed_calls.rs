//! The number of missed calls in the navigation.

use domain::phone::missed_shown;
use leptos::html::Span;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::hearing::{flag, hear};
use super::live_calls::page_anew;

/// How many calls were missed since the call log was looked at; nothing where none was.
#[island]
pub fn MissedCalls(
    /// How many it were when the page was made.
    count: u32,
) -> impl IntoView {
    let count = RwSignal::new(count);
    let root = NodeRef::<Span>::new();
    Effect::new(move || {
        // The log itself notes that they are seen.
        if in_log() {
            count.set(0);
        }
        hear(move |kind, call| {
            if kind == "call" && flag(call, "missed") && !in_log() {
                spawn_local(async move {
                    if let Some(now) = counted().await {
                        count.set(now);
                    }
                });
            }
            root.get_untracked().is_some_and(|root| root.is_connected())
        });
    });
    view! {
        <span node_ref=root class="missed-count" data-missed=move || count.get()>
            {move || {
                let count = count.get();
                (count > 0)
                    .then(|| {
                        view! { <span>{format!("({}", missed_shown(count))} <span class="unseen">" missed"</span> ")"</span> }
                    })
            }}
        </span>
    }
}

fn in_log() -> bool {
    window().location().pathname().is_ok_and(|path| path == "/calls")
}

/// What the server counts now.
async fn counted() -> Option<u32> {
    let page = page_anew().await?;
    let told = page.query_selector("[data-missed]").ok()??;
    told.get_attribute("data-missed")?.parse().ok()
}
