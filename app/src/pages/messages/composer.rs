//! Where a text is written: an ordinary form, to which the browser's part adds what `islands/composer.rs` describes.

use jiff::tz::TimeZone;
use leptos::prelude::*;
use services::messages::{BODY_MAX, Composer};

use crate::api::context::RequestFacts;
use crate::components::icon::{Glyph, Icon};
use crate::components::note::ProblemNote;
use crate::components::segments::{counted, left};
use crate::pages::zone::zone_name;

/// The form, or why there is none to be sent.
#[component]
pub fn Compose(
    /// With whom.
    peer: String,
    /// How he is called.
    who: String,
    /// What was begun.
    draft: String,
    /// Whether and how texts are sent to him.
    composer: Composer,
    /// The reader's.
    zone: TimeZone,
    /// The page to come back to.
    here: String,
) -> impl IntoView {
    let Composer {
        can_send,
        why_not,
        hint,
        from_formatted,
        ..
    } = composer;
    let from = (can_send && !from_formatted.is_empty()).then(|| format!("From {from_formatted}. "));
    let connects = why_not
        .as_ref()
        .is_some_and(|problem| problem.code == "twilio_not_connected");
    view! {
        <section class="composer" aria-labelledby="composer-title">
            <div class="stack" data-alone="why">
                <div class="why" data-part="why">
                    {why_not.map(|problem| view! { <ProblemNote problem /> })}
                    {connects
                        .then(|| {
                            view! {
                                <p class="actions">
                                    <a class="button small" href="/twilio/setup">
                                        "Connect your Twilio account"
                                    </a>
                                </p>
                            }
                        })}
                    {hint.filter(|_| can_send).map(|hint| view! { <p class="fine">{hint}</p> })}
                </div>
            </div>
            <form method="post" action="/messages/send" data-composer>
                <input type="hidden" name="to" value=peer />
                <input type="hidden" name="next" value=here />
                <input type="hidden" name="key" value=form_key() />
                <noscript>
                    <input type="hidden" name="keep" value="true" />
                </noscript>
                <label id="composer-title" for="body">
                    {format!("Write to {who}")}
                </label>
                <textarea
                    id="body"
                    name="body"
                    rows="2"
                    maxlength=BODY_MAX
                    required
                    disabled=!can_send
                    aria-describedby="composer-refusal composer-count composer-hint"
                >
                    {draft.clone()}
                </textarea>
                <p class="fault" id="composer-refusal" role="alert" data-refusal></p>
                <p class="fine composer-count" id="composer-count">
                    <span role="status" data-counted>
                        {counted(&draft)}
                    </span>
                    <span data-left>{left(&draft)}</span>
                </p>
                {can_send.then(|| view! { <Later zone /> })}
                <div class="composer-end">
                    <p class="hint" id="composer-hint">
                        {from}
                        <span class="live-only">"Enter sends, Shift and Enter begin a new line."</span>
                    </p>
                    {can_send.then(|| view! { <Buttons /> })}
                </div>
            </form>
        </section>
    }
}

/// However often this very form is sent, it is one text.
fn form_key() -> String {
    use_context::<RequestFacts>()
        .map(|facts| format!("form-{}", facts.request_id))
        .unwrap_or_default()
}

#[component]
fn Later(zone: TimeZone) -> impl IntoView {
    view! {
        <details class="later">
            <summary>"Send later"</summary>
            <div class="field">
                <label for="send_at">"Day and time"</label>
                <p class="hint" id="send_at-hint">
                    {format!("On the clock of {}. Empty: at once.", zone_name(&zone).replace('_', " "))}
                </p>
                <input id="send_at" name="send_at" type="datetime-local" aria-describedby="send_at-hint" />
            </div>
        </details>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    view! {
        <button type="button" class="button quiet small" data-show-end hidden>
            "New text below"
        </button>
        <noscript>
            <button type="submit" class="button quiet" formaction="/messages/draft" formnovalidate>
                "Keep as draft"
            </button>
        </noscript>
        <button type="submit" class="button" data-send>
            <Icon glyph=Glyph::Outgoing />
            "Send"
        </button>
    }
}
