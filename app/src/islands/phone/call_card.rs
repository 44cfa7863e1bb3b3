//! The call that the user is in.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use softphone::machine::{Action, Call, Hold, Phase, lasted};

use super::desk::Screen;
use super::dial_pad::Check;
use super::keypad::{keypad, typed_key};
use super::parts::{Look, act_on_current, button, current, fixed, flag, line, number_field, spoken, text, toggle};

/// Name, state, and all that can be done during a call.
pub(super) fn call_card(screen: Screen) -> impl IntoView {
    let word = move |what: fn(&Call) -> String| text(move || current(screen, what).unwrap_or_default());
    let closed = flag(move || current(screen, Call::is_open) != Some(true));
    let (keys, transfer) = (screen.keys, screen.transfer);
    let typed = move |event: KeyboardEvent| {
        if let Some(digit) = typed_key(&event) {
            press(screen, digit);
        }
    };
    let timer = text(move || {
        let since = current(screen, |call| call.since).flatten();
        since.map(|since| lasted(since, screen.clock.get())).unwrap_or_default()
    });
    let mut end = Look::new("danger wide", "End call");
    end.disabled = flag(move || current(screen, |call| call.ending.is_some()) == Some(true));
    let no_keys = flag(move || !keys.get() || closed.get());
    let problem = word(|call| call.problem.clone().unwrap_or_default());
    let none = flag(move || current(screen, |_| ()).is_none());
    view! {
        <div class="call-card" role="group" aria-label="Current call" hidden=none on:keydown=typed>
            {line("call-name", word(|call| call.name().to_owned()))}
            <p class="call-state">
                {word(|call| call.words().to_owned())} " " <span class="timer" role="timer" aria-label="Time">
                    {timer}
                </span>
            </p>
            {sound(screen)}
            <p class="fine bad" role="alert">
                {problem}
            </p>
            <div class="phone-actions tools" hidden=closed>
                {mute_button(screen)} {toggle("Keypad", keys)} {hold_button(screen)} {toggle("Transfer", transfer)}
                {toggle("Devices", screen.devices)}
            </div>
            {line("pressed", word(|call| call.digits.clone()))} {keypad(screen, press, false, no_keys)}
            {transfer_form(screen, transfer, closed)}
            <div class="phone-actions apart">{button(end, move || act_on_current(screen, Action::End))}</div>
        </div>
    }
}

fn press(screen: Screen, digit: char) {
    act_on_current(screen, |key| Action::Digit(key, digit));
}

/// How it sounds: bars, a word, and what may help.
fn sound(screen: Screen) -> impl IntoView {
    let heard = move || current(screen, |call| call.phase == Phase::Open && call.hold == Hold::Off) == Some(true);
    let bars = text(move || {
        current(screen, |call| call.quality.bars())
            .unwrap_or_default()
            .to_string()
    });
    let word = text(move || {
        let word = current(screen, |call| call.quality.word()).unwrap_or_default();
        format!("Sound: {word}")
    });
    let advice = text(move || {
        let advice = current(screen, |call| call.quality.advice(call.muted)).flatten();
        advice.filter(|_| heard()).unwrap_or_default().to_owned()
    });
    let unheard = flag(move || !heard());
    view! {
        <p class="call-quality" hidden=unheard>
            <span class="bars" data-bars=bars aria-hidden="true">
                <span></span>
                <span></span>
                <span></span>
                <span></span>
            </span>
            {word}
        </p>
        {spoken("phone-advice", fixed("fine"), "About the sound", advice)}
    }
}

/// A button with two states and a name for each.
fn two_states(is: Signal<bool>, names: [&'static str; 2]) -> Look {
    let mut look = Look::new("quiet", "");
    look.class = text(move || if is.get() { "button quiet on" } else { "button quiet" }.to_owned());
    look.label = text(move || names[usize::from(is.get())].to_owned());
    look
}

fn mute_button(screen: Screen) -> impl IntoView {
    let muted = flag(move || current(screen, |call| call.muted) == Some(true));
    let press = move || {
        let on = !muted.get_untracked();
        act_on_current(screen, |key| Action::Mute(key, on));
    };
    button(two_states(muted, ["Mute", "Unmute"]), press)
}

fn hold_button(screen: Screen) -> impl IntoView {
    let held = flag(move || current(screen, |call| matches!(call.hold, Hold::On | Hold::Resuming)) == Some(true));
    let mut look = two_states(held, ["Hold", "Resume"]);
    look.disabled =
        flag(move || current(screen, |call| matches!(call.hold, Hold::Holding | Hold::Resuming)) == Some(true));
    let press = move || {
        let on = !held.get_untracked();
        act_on_current(screen, |key| Action::Hold(key, on));
    };
    button(look, press)
}

/// Hands the other party to somebody else, once it is clear to whom.
fn transfer_form(screen: Screen, transfer: RwSignal<bool>, closed: Signal<bool>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let check = Check::of(typed);
    let busy = move || current(screen, |call| call.transfer.is_some()) == Some(true);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        check.stop();
        let to = typed.get_untracked();
        act_on_current(screen, |key| Action::Transfer(key, to));
    };
    let label = text(move || if busy() { "Transferring…" } else { "Transfer now" }.to_owned());
    let away = flag(move || !transfer.get() || closed.get());
    view! {
        <form class="transfer" data-turbo="false" hidden=away on:submit=submit>
            <label for="phone-transfer">"Transfer to"</label>
            {number_field("phone-transfer", "transfer-check transfer-note", typed)}
            {spoken("transfer-check", check.class(), "About that number", check.words())}
            <p class="fine" id="transfer-note">
                "They are connected to that number, and you leave the call."
            </p>
            <div class="phone-actions">
                <button type="submit" class="button">
                    {label}
                </button>
                {button(Look::new("quiet", "Cancel"), move || transfer.set(false))}
            </div>
        </form>
    }
}
