//! Step two: which number.

use domain::problem::Problem;
use domain::setup::{Capabilities, Draft, NumberChoice};
use leptos::prelude::*;

use super::explain::AccountSummary;
use super::search::{Found, Search};
use super::webhooks::PointingTable;
use crate::components::icon::{Glyph, Icon};
use crate::components::note::ProblemNote;
use crate::islands::SaveForm;
use crate::pages::forms::PostButton;
use crate::pages::moment::Moment;

/// Where Twilio sells numbers.
const BUY: &str = "https://console.twilio.com/us1/develop/phone-numbers/manage/search";

/// The account's numbers, one to be chosen.
#[component]
pub fn Numbers(
    /// The verified account.
    draft: Draft,
    /// What is searched for among them.
    query: Option<String>,
    /// The number chosen last, where connecting it failed.
    chosen: Option<String>,
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
        view! { <Choice numbers=phone_numbers query chosen refusal /> }.into_any()
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
fn Choice(
    numbers: Vec<NumberChoice>,
    query: Option<String>,
    chosen: Option<String>,
    refusal: Option<Problem>,
) -> impl IntoView {
    let found = Found::search(numbers, query);
    let search = found
        .is_long()
        .then(|| view! { <Search query=found.query.clone() count=found.count() /> });
    let Found {
        query, shown, total, ..
    } = found;
    let form = if shown.is_empty() {
        view! {
            <div class="empty">
                <p>{format!("No number of this account matches “{query}”.")}</p>
            </div>
        }
        .into_any()
    } else {
        let any_in_use = shown.iter().any(|number| number.in_use_by.is_some());
        let lines = shown
            .into_iter()
            .map(|number| {
                let chosen = total == 1 || chosen.as_deref() == Some(&number.sid);
                view! { <Number number chosen /> }
            })
            .collect_view();
        view! {
            <SaveForm>
                {refusal
                    .map(|problem| {
                        view! {
                            <div class="earlier" role="alert">
                                <ProblemNote problem />
                            </div>
                        }
                    })}
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
        .into_any()
    };
    view! {
        {search}
        {form}
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

/// A number as a card that can be chosen; chosen, the style sheet shows what will change.
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
    let callable = capabilities.voice;
    let class = if in_use_by.is_some() { "number in-use" } else { "number" };
    let named = is_named(&friendly_name, &phone_number);
    let state = match in_use_by {
        _ if !callable => {
            view! { <span class="number-state">"Cannot take calls, so it cannot be connected."</span> }.into_any()
        }
        Some(sentence) => view! {
            <span class="number-state">
                <span class="badge warn">"In use"</span>
                <span>{sentence}</span>
            </span>
        }
        .into_any(),
        None => view! { <span class="number-state">"Not in use"</span> }.into_any(),
    };
    let change = callable.then(|| {
        view! {
            <div class="change">
                <PointingTable caption=format!("What changes for {formatted}") now="Now" then="After saving" pointing />
            </div>
        }
    });
    view! {
        <div class=class>
            <label class="number-main">
                <input
                    type="radio"
                    name="phone_number_sid"
                    value=sid
                    required
                    checked=chosen && callable
                    disabled=!callable
                />
                <span class="number-text">
                    <strong>{formatted.clone()}</strong>
                    {named.then_some(view! { <span class="number-name">{friendly_name}</span> })}
                    {state}
                </span>
                <span class="number-can">{can(capabilities)}</span>
            </label>
            {change}
        </div>
    }
}

/// Whether somebody has named it: until then Twilio names a number after itself, in North America as `(415) 555-0100`.
fn is_named(friendly_name: &str, phone_number: &str) -> bool {
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let only_a_number = !friendly_name.chars().any(char::is_alphabetic);
    !(only_a_number && digits(phone_number).ends_with(&digits(friendly_name)))
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

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn a_number_named_after_itself_has_no_name() {
        assert!(!is_named("+442071838750", "+442071838750"));
        assert!(!is_named("(415) 555-0100", "+14155550100"));
        assert!(!is_named("", "+14155550100"));
        assert!(is_named("Shop", "+14155550100"));
        assert!(is_named("(415) 555-0199", "+14155550100"));
    }
}
