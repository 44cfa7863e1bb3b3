//! Step two: which number.

use domain::problem::Problem;
use domain::setup::{Capabilities, Draft, NumberChoice};
use leptos::prelude::*;

use super::explain::AccountSummary;
use super::webhooks::PointingTable;
use crate::components::icon::{Glyph, Icon};
use crate::islands::{NumberFilter, SaveForm};
use crate::pages::forms::PostButton;
use crate::pages::moment::Moment;

/// From this many numbers on, a list is searched rather than read.
const FILTER_FROM: usize = 9;
/// Where Twilio sells numbers.
const BUY: &str = "https://console.twilio.com/us1/develop/phone-numbers/manage/search";

/// The account's numbers, one to be chosen.
#[component]
pub fn Numbers(
    /// The verified account.
    draft: Draft,
    /// Why the last choice was refused.
    refusal: Option<Problem>,
) -> impl IntoView {
    let Draft {
        account,
        auth_token_last4,
        phone_numbers,
        verified_at,
    } = draft;
    let choice = if phone_numbers.is_empty() {
        view! { <NoNumbers /> }.into_any()
    } else {
        view! { <Choice numbers=phone_numbers refusal /> }.into_any()
    };
    view! {
        <section class="card strip" aria-label="Verified account">
            <div>
                <AccountSummary account />
            </div>
            <div class="strip-side">
                <p class="fine">
                    "Auth Token " <span class="masked">{format!("•••• {auth_token_last4}")}</span> ", verified "
                    <Moment at=verified_at />
                </p>
                <a href="/twilio/setup/credentials">"Use another account"</a>
            </div>
        </section>
        <section class="card" aria-labelledby="number-title">
            <div class="card-head">
                <h2 id="number-title">"Choose a number"</h2>
                <PostButton
                    action="/twilio/setup/refresh-numbers"
                    label="Refresh list"
                    busy_label="Refreshing…"
                    look="quiet small"
                />
            </div>
            {choice}
        </section>
    }
}

#[component]
fn NoNumbers() -> impl IntoView {
    view! {
        <div class="empty">
            <p>
                <strong>"This account has no phone number yet."</strong>
            </p>
            <p>"Buy one at Twilio, then refresh the list."</p>
            <p class="actions">
                <a class="button" href=BUY target="_blank" rel="noopener noreferrer">
                    "Buy a number at Twilio"
                    <Icon glyph=Glyph::External />
                </a>
            </p>
        </div>
    }
}

#[component]
fn Choice(numbers: Vec<NumberChoice>, refusal: Option<Problem>) -> impl IntoView {
    let total = numbers.len();
    let only = total == 1;
    let any_in_use = numbers.iter().any(|number| number.in_use_by.is_some());
    let lines = numbers
        .into_iter()
        .map(|number| view! { <Number number chosen=only /> })
        .collect_view();
    view! {
        <SaveForm refusal>
            {(total >= FILTER_FROM).then(|| view! { <NumberFilter total /> })}
            <fieldset class="numbers" aria-labelledby="number-title">
                {lines}
            </fieldset>
            {any_in_use.then(|| view! { <TakeOver /> })}
            <p class="fine">
                "Save makes a TwiML App and an API key in your account, and sets the webhooks of the chosen number. It costs "
                "nothing, and Disconnect undoes it. If a step fails, what was made is taken back."
            </p>
        </SaveForm>
    }
}

/// Consent to change a number that is in use; shown, by the style sheet, while such a number is chosen.
#[component]
fn TakeOver() -> impl IntoView {
    view! {
        <div class="take-over note note-warn">
            <Icon glyph=Glyph::Warning />
            <label class="check">
                <input type="checkbox" name="take_over" value="true" />
                <span>
                    <strong>"Take over this number."</strong>
                    " It stops going where it points now. The settings above are kept, and restored when you disconnect."
                </span>
            </label>
        </div>
    }
}

/// A number as a card that can be chosen.
#[component]
fn Number(number: NumberChoice, chosen: bool) -> impl IntoView {
    let NumberChoice {
        sid,
        formatted,
        friendly_name,
        capabilities,
        in_use_by,
        pointing,
        phone_number,
    } = number;
    let class = if in_use_by.is_some() { "number in-use" } else { "number" };
    // Twilio names a number after itself until somebody names it.
    let named = friendly_name != formatted && friendly_name != phone_number;
    let change = in_use_by.map(|sentence| {
        view! {
            <p class="in-use-by">
                <span class="badge warn">"In use"</span>
                {sentence}
            </p>
            <div class="change">
                <PointingTable caption=format!("What changes for {formatted}") now="Now" then="After saving" pointing />
            </div>
        }
    });
    view! {
        <div class=class>
            <label class="number-main">
                <input type="radio" name="phone_number_sid" value=sid required checked=chosen />
                <span class="number-text">
                    <strong>{formatted.clone()}</strong>
                    {named.then_some(view! { <span class="number-name">{friendly_name}</span> })}
                </span>
                <span class="number-can">{can(capabilities)}</span>
            </label>
            {change}
        </div>
    }
}

/// What a number can do, in words.
fn can(capabilities: Capabilities) -> impl IntoView {
    let all = [
        (capabilities.voice, "Calls"),
        (capabilities.sms, "Texts"),
        (capabilities.mms, "Pictures"),
    ];
    all.into_iter()
        .filter(|(can, _)| *can)
        .map(|(_, word)| view! { <span class="badge">{word}</span> })
        .collect::<Vec<_>>()
}
