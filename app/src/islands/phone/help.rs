//! What to do when the microphone cannot be used.

use leptos::prelude::*;
use leptos::task::spawn_local;
use softphone::machine::Action;

use super::desk::act;
use super::sound::{close_meter, open_meter, watch};

/// Three places can forbid a microphone: the site's setting, the browser's, the system's.
#[component]
pub(super) fn MicrophoneHelp(
    /// There is none, rather than that it is forbidden.
    missing: bool,
) -> impl IntoView {
    let again = move |_| {
        act(Action::Retry);
        // Asking opens it for a moment: the browser then says whether it may be used.
        spawn_local(async {
            open_meter().await;
            close_meter();
            watch();
        });
    };
    let (title, steps) = if missing {
        (
            "No microphone can be used",
            [
                "Plug one in, or switch your headset on.",
                "Close other programs that may be using it, such as a video call.",
                "In the system's sound settings, check that it is there and not switched off.",
            ],
        )
    } else {
        (
            "The microphone is not allowed",
            [
                "This site: press the icon at the left of the address, find Microphone, choose Allow.",
                "The browser: in its settings, under privacy and site settings, see that microphones are not blocked for all sites.",
                "The system: in its privacy settings, see that this browser may use the microphone.",
            ],
        )
    };
    view! {
        <div class="phone-note warn">
            <p>
                <strong>{title}</strong>
            </p>
            <ol class="help-steps">{steps.map(|step| view! { <li>{step}</li> }).into_iter().collect_view()}</ol>
            <button type="button" class="button quiet small" on:click=again>
                "Try again"
            </button>
        </div>
    }
}
