//! Calls that come in: cards that show themselves but never take the focus.

use leptos::prelude::*;
use softphone::machine::{Action, Key, Phase};

use super::desk::{Screen, act};
use crate::components::icon::{Glyph, Icon};

/// What a card shows; it is made anew only when something of it changes.
#[derive(Clone, PartialEq)]
struct Card {
    key: Key,
    name: String,
    words: String,
    waits: bool,
    silenced: bool,
}

/// A card for each call that rings or waits. Only here a screen reader is interrupted.
#[component]
pub(super) fn IncomingCards(screen: Screen) -> impl IntoView {
    let cards = Memo::new(move |_| {
        screen.shown.with(|shown| {
            let cards = shown.ringing().map(|call| Card {
                key: call.key,
                name: call.name().to_owned(),
                words: call.words().to_owned(),
                waits: call.phase == Phase::Waiting,
                silenced: call.silenced,
            });
            cards.collect::<Vec<_>>()
        })
    });
    let spoken = move || {
        let cards = cards.get();
        cards.first().map(|card| format!("{} from {}", card.words, card.name))
    };
    view! {
        <p class="unseen" role="alert">
            {spoken}
        </p>
        <For each=move || cards.get() key=|card| (card.key, card.waits, card.name.clone()) let:card>
            <OneCard screen card />
        </For>
    }
}

#[component]
fn OneCard(screen: Screen, card: Card) -> impl IntoView {
    let Card {
        key,
        name,
        words,
        waits,
        ..
    } = card;
    let silenced = Memo::new(move |_| {
        screen
            .shown
            .with(|shown| shown.ringing().any(|call| call.key == key && call.silenced))
    });
    let in_call = Memo::new(move |_| screen.shown.with(|shown| shown.current().is_some()));
    let note = format!("answer-note-{key}");
    let label = format!("{words} from {name}");
    view! {
        <div class="incoming" class:waits=waits role="group" aria-label=label>
            <p>
                <span class="fine">{words}</span>
                <strong class="incoming-name">{name}</strong>
            </p>
            <p class="fine" id=note.clone()>
                {move || in_call.get().then_some("Answering ends the call you are in.")}
            </p>
            <div class="phone-actions">
                <button
                    type="button"
                    class="button dial"
                    aria-describedby=note
                    on:click=move |_| {
                        screen.open.set(true);
                        act(Action::Answer(key));
                    }
                >
                    <Icon glyph=Glyph::Phone />
                    "Answer"
                </button>
                <button type="button" class="button danger" on:click=move |_| act(Action::Decline(key))>
                    "Decline"
                </button>
                <button
                    type="button"
                    class="button quiet"
                    hidden=move || waits || silenced.get()
                    on:click=move |_| act(Action::Silence(key))
                >
                    "Silence"
                </button>
            </div>
        </div>
    }
}
