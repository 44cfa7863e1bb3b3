//! What to do when the microphone cannot be used.

use leptos::prelude::*;
use leptos::task::spawn_local;
use softphone::machine::{Action, Microphone};

use super::desk::{Screen, act, needs_help};
use super::parts::{Look, button, flag, see, text};
use super::sound::{close_meter, open_meter, watch};

/// There is none, or it is in use.
const MISSING: [&str; 4] = [
    "No microphone can be used",
    "Plug one in, or switch your headset on.",
    "Close other programs that may be using it, such as a video call.",
    "In the system's sound settings, check that it is there and not switched off.",
];
/// Three places can forbid it.
const DENIED: [&str; 4] = [
    "The microphone is not allowed",
    "This site: press the icon at the left of the address, find Microphone, choose Allow.",
    "The browser: in its settings, under privacy and site settings, see that microphones are not blocked for all sites.",
    "The system: in its privacy settings, see that this browser may use the microphone.",
];

/// The steps, while they are needed.
pub(super) fn microphone_help(screen: Screen) -> impl IntoView {
    let microphone = move || see(screen, |shown| shown.microphone);
    let sentence = move |index: usize| {
        text(move || {
            let words = if microphone() == Microphone::Missing {
                MISSING
            } else {
                DENIED
            };
            words[index].to_owned()
        })
    };
    let again = || {
        act(Action::Retry);
        // Asking opens it for a moment: the browser then says whether it may be used.
        spawn_local(async {
            open_meter().await;
            close_meter();
            watch();
        });
    };
    let away = flag(move || !needs_help(microphone()));
    view! {
        <div class="phone-note warn" hidden=away>
            <p>
                <strong>{sentence(0)}</strong>
            </p>
            <ol class="help-steps">
                <li>{sentence(1)}</li>
                <li>{sentence(2)}</li>
                <li>{sentence(3)}</li>
            </ol>
            {button(Look::new("quiet small", "Try again"), again)}
        </div>
    }
}
