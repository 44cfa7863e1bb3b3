//! Calls that come in: cards that show themselves but never take the focus.

use leptos::prelude::*;
use softphone::machine::{Action, Call, Key, Phase};

use super::desk::{Screen, act};
use super::parts::{Look, button, current, flag, line, see, text};

/// As many calls ring here at most; the others get the next step at once.
const CARDS: usize = 3;

/// A card for each call that rings or waits. Only here a screen reader is interrupted.
pub(super) fn incoming_cards(screen: Screen) -> impl IntoView {
    let spoken = text(move || {
        see(screen, |shown| {
            let first = shown.ringing().next();
            let words = first.map(|call| format!("{} from {}", call.words(), call.name()));
            words.unwrap_or_default()
        })
    });
    let cards: Vec<_> = (0..CARDS).map(|place| card(screen, place)).collect();
    view! {
        <p class="unseen" role="alert">
            {spoken}
        </p>
        {cards}
    }
}

fn card(screen: Screen, place: usize) -> impl IntoView {
    let of = move |what: fn(&Call) -> String| {
        text(move || see(screen, |shown| shown.ringing().nth(place).map(what)).unwrap_or_default())
    };
    let class = of(|call| {
        if call.phase == Phase::Waiting {
            "incoming waits"
        } else {
            "incoming"
        }
        .to_owned()
    });
    let label = of(|call| format!("{} from {}", call.words(), call.name()));
    let note = text(move || {
        let busy = current(screen, |_| ()).is_some();
        if busy {
            "Answering ends the call you are in."
        } else {
            ""
        }
        .to_owned()
    });
    let none = flag(move || see(screen, |shown| shown.ringing().nth(place).is_none()));
    let silent = flag(move || {
        let rings = |call: &Call| call.phase == Phase::Incoming && !call.silenced;
        !see(screen, |shown| shown.ringing().nth(place).is_some_and(rings))
    });
    let wants = move |what: fn(Key) -> Action| {
        let key = screen.shown.read_untracked().ringing().nth(place).map(|call| call.key);
        if let Some(key) = key {
            act(what(key));
        }
    };
    let answer = move || {
        screen.open.set(true);
        wants(Action::Answer);
    };
    view! {
        <div class=class role="group" aria-label=label hidden=none>
            {line("fine", of(|call| call.words().to_owned()))} {line("incoming-name", of(|call| call.name().to_owned()))}
            {line("fine", note)}
            <div class="phone-actions">
                {button(Look::new("dial", "Answer"), answer)}
                {button(Look::new("danger", "Decline"), move || wants(Action::Decline))}
                {button(Look::new("quiet", "Silence").hidden(silent), move || wants(Action::Silence))}
            </div>
        </div>
    }
}
