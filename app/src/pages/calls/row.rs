//! A call in the list. What can change while it is looked at stands in parts (`data-part`), which are exchanged one by one.

use domain::call::{CallView, Direction};
use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::recording::Recordings;
use crate::components::call::{Outcome, direction, is_test, number_of_peer, outcome};
use crate::components::icon::{Glyph, Icon};
use crate::pages::messages::thread_path;
use crate::pages::zone::{At, Detail};

/// The other party as a heading; the test call has none.
pub fn title(call: &CallView) -> String {
    if is_test(call) {
        "Test call".to_owned()
    } else {
        call.peer.clone()
    }
}

/// A line of the list.
#[component]
pub fn Row(
    /// The call.
    call: CallView,
    /// Whether there is a phone to call back with.
    connected: bool,
    /// The reader's.
    zone: TimeZone,
    /// The page to come back to.
    here: String,
) -> impl IntoView {
    let id = call.id.to_string();
    let peer = title(&call);
    let number = number_of_peer(&call).map(str::to_owned);
    view! {
        <li class="call-row" id=format!("call-{id}")>
            <p class="call-peer">
                <a href=format!("/calls/{id}")>{peer.clone()} <span class="unseen">", details"</span></a>
            </p>
            <OutcomeLine call=call.clone() />
            <p class="call-time">
                <At at=call.started_at zone detail=Detail::Minute />
            </p>
            <div class="call-actions">
                <PeerActions number peer=peer.clone() direction=call.direction connected />
            </div>
            <div class="call-recordings" data-part="recordings">
                <Recordings recordings=call.recordings peer here />
            </div>
        </li>
    }
}

/// Direction and outcome as words, with a drawing.
#[component]
pub fn OutcomeLine(
    /// The call.
    call: CallView,
) -> impl IntoView {
    let Outcome { words, glyph, look } = outcome(&call);
    view! {
        <p class=format!("outcome {look}") data-part="outcome">
            <Icon glyph />
            <span>{direction(&call)} ", " <strong>{words}</strong></span>
        </p>
    }
}

/// Calling the other party back, its texts, and copying its number.
#[component]
pub fn PeerActions(
    /// Its number.
    number: Option<String>,
    /// Its name, for those who hear a button's name alone.
    peer: String,
    /// Who called.
    direction: Direction,
    /// Whether there is a phone to call back with.
    connected: bool,
) -> impl IntoView {
    let again = match direction {
        Direction::Inbound => "Call back",
        Direction::Outbound => "Call again",
    };
    number.map(|number| {
        view! {
            {connected
                .then(|| {
                    view! {
                        <button type="button" class="button quiet small live-only" data-call=number.clone()>
                            <Icon glyph=Glyph::Phone />
                            {again}
                            <span class="unseen">{format!(" {peer}")}</span>
                        </button>
                    }
                })}
            <a class="button quiet small" href=thread_path(&number)>
                "Texts"
                <span class="unseen">{format!(" with {peer}")}</span>
            </a>
            <button type="button" class="button quiet small live-only" data-copy=number.clone()>
                "Copy number"
                <span class="unseen">{format!(" {peer}")}</span>
            </button>
        }
    })
}
