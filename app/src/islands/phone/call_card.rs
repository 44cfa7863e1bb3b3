//! The call that the user is in.

use leptos::ev::{KeyboardEvent, SubmitEvent};
use leptos::prelude::*;
use softphone::machine::{Action, Call, Hold, Key, Phase, lasted};

use super::desk::{Screen, act};
use super::devices::Devices;
use super::dial_pad::{Check, DevicesButton};
use super::keypad::{Keypad, typed_key};

/// Reads something of one call; nothing once it is gone.
fn of<T: Send + Sync + PartialEq + 'static>(screen: Screen, key: Key, what: fn(&Call) -> T) -> Memo<Option<T>> {
    Memo::new(move |_| {
        screen
            .shown
            .with(|shown| shown.calls.iter().find(|call| call.key == key).map(what))
    })
}

/// Name, state, and all that can be done during a call.
#[component]
pub(super) fn CallCard(
    key: Key,
    screen: Screen,
    /// Whether the devices are shown.
    devices: RwSignal<bool>,
) -> impl IntoView {
    let name = of(screen, key, |call| call.name().to_owned());
    let words = of(screen, key, |call| call.words().to_owned());
    let since = of(screen, key, |call| call.since);
    let problem = of(screen, key, |call| call.problem.clone());
    let digits = of(screen, key, |call| call.digits.clone());
    let open = of(screen, key, Call::is_open);
    let ending = of(screen, key, |call| call.ending.is_some());
    let (keypad, transfer) = (RwSignal::new(false), RwSignal::new(false));
    let press = move |digit: char| act(Action::Digit(key, digit));
    let typed = move |event: KeyboardEvent| {
        if let Some(digit) = typed_key(&event) {
            press(digit);
        }
    };
    let timer = move || since.get().flatten().map(|since| lasted(since, screen.clock.get()));
    view! {
        <div class="call-card" role="group" aria-label="Current call" on:keydown=typed>
            <p class="call-name">{name}</p>
            <p class="call-state">
                {words}
                " "
                <span class="timer" role="timer" aria-label="Time">
                    {timer}
                </span>
            </p>
            <Sound key screen />
            <p class="fine bad" role="alert">
                {move || problem.get().flatten()}
            </p>
            <div class="phone-actions tools" hidden=move || open.get() != Some(true)>
                <MuteButton key screen />
                <Toggle label="Keypad" shown=keypad />
                <HoldButton key screen />
                <Toggle label="Transfer" shown=transfer />
                <DevicesButton devices />
            </div>
            <p class="pressed" aria-label="Keys pressed" hidden=move || digits.with(|digits| digits.as_deref().is_none_or(str::is_empty))>
                {digits}
            </p>
            <Keypad press=Callback::new(press) plus=false shown=Signal::derive(move || keypad.get() && open.get() == Some(true)) />
            {move || (transfer.get() && open.get() == Some(true)).then(|| view! { <Transfer key screen transfer /> })}
            {move || devices.get().then(|| view! { <Devices /> })}
            <div class="phone-actions apart">
                <button
                    type="button"
                    class="button danger wide"
                    aria-disabled=move || (ending.get() == Some(true)).then_some("true")
                    on:click=move |_| act(Action::End(key))
                >
                    "End call"
                </button>
            </div>
        </div>
    }
}

/// How it sounds: bars, a word, and what may help.
#[component]
fn Sound(key: Key, screen: Screen) -> impl IntoView {
    let quality = of(screen, key, |call| {
        let heard = call.phase == Phase::Open && call.hold == Hold::Off;
        heard.then(|| {
            (
                call.quality.bars(),
                call.quality.word(),
                call.quality.advice(call.muted),
            )
        })
    });
    move || {
        quality.get().flatten().map(|(bars, word, advice)| {
            view! {
                <p class="call-quality">
                    <span class="bars" data-bars=bars aria-hidden="true">
                        <span></span>
                        <span></span>
                        <span></span>
                        <span></span>
                    </span>
                    <span>"Sound: " {word}</span>
                </p>
                <p class="fine" role="status" aria-label="About the sound">
                    {advice}
                </p>
            }
        })
    }
}

#[component]
fn MuteButton(key: Key, screen: Screen) -> impl IntoView {
    let muted = of(screen, key, |call| call.muted);
    let is = move || muted.get() == Some(true);
    view! {
        <button type="button" class="button quiet" class:on=is on:click=move |_| act(Action::Mute(key, !is()))>
            {move || if is() { "Unmute" } else { "Mute" }}
        </button>
    }
}

#[component]
fn HoldButton(key: Key, screen: Screen) -> impl IntoView {
    let hold = of(screen, key, |call| call.hold);
    let is = move || matches!(hold.get(), Some(Hold::On | Hold::Resuming));
    let busy = move || matches!(hold.get(), Some(Hold::Holding | Hold::Resuming));
    view! {
        <button
            type="button"
            class="button quiet"
            class:on=is
            aria-disabled=move || busy().then_some("true")
            on:click=move |_| act(Action::Hold(key, !is()))
        >
            {move || if is() { "Resume" } else { "Hold" }}
        </button>
    }
}

/// A button that shows or hides something below it.
#[component]
fn Toggle(label: &'static str, shown: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button quiet"
            aria-expanded=move || if shown.get() { "true" } else { "false" }
            on:click=move |_| shown.update(|shown| *shown = !*shown)
        >
            {label}
        </button>
    }
}

/// Hands the other party to somebody else, once it is clear to whom.
#[component]
fn Transfer(key: Key, screen: Screen, transfer: RwSignal<bool>) -> impl IntoView {
    let typed = RwSignal::new(String::new());
    let check = Check::of(typed);
    let target = of(screen, key, |call| call.transfer.clone());
    let busy = move || target.get().flatten().is_some();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        check.stop();
        act(Action::Transfer(key, typed.get_untracked()));
    };
    view! {
        <form class="transfer" data-turbo="false" on:submit=submit>
            <label for="phone-transfer">"Transfer to"</label>
            <input
                id="phone-transfer"
                type="tel"
                autocomplete="off"
                maxlength="60"
                required
                aria-describedby="transfer-check transfer-note"
                prop:value=move || typed.get()
                on:input=move |event| typed.set(event_target_value(&event))
            />
            <p class="fine" id="transfer-check" role="status" aria-label="About the number">
                {check.words()}
            </p>
            <p class="fine" id="transfer-note">
                "They are connected to that number, and you leave the call."
            </p>
            <div class="phone-actions">
                <button type="submit" class="button" aria-disabled=move || busy().then_some("true")>
                    {move || if busy() { "Transferring…" } else { "Transfer now" }}
                </button>
                <button type="button" class="button quiet" on:click=move |_| transfer.set(false)>
                    "Cancel"
                </button>
            </div>
        </form>
    }
}
