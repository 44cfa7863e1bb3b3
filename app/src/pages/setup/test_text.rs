//! The end of the wizard: the user sends a text to a phone of his own.

use leptos::prelude::*;

use crate::api::context::RequestFacts;
use crate::components::icon::{Glyph, Icon};
use crate::islands::SubmitButton;

/// What the text says.
const TEXT: &str = "Hello from Sniko: texts of my number work. You can answer this text.";

/// A number of the simulator that answers to everything, as people write it.
const SIMULATED: &str = "+1 415-555-0199";

/// Offers the test text.
#[component]
pub fn TestText(
    /// The simulator's page, where one stands in for Twilio.
    simulator_url: Option<String>,
    /// Whether the account is a trial.
    trial: bool,
) -> impl IntoView {
    let key = use_context::<RequestFacts>().map(|facts| format!("test-{}", facts.request_id));
    view! {
        <section class="card" aria-labelledby="test-text-title">
            <h2 id="test-text-title">"Send a test text"</h2>
            <p>
                "Sniko texts a phone of yours through your own Twilio account, and shows on the way whether it was sent and "
                "delivered. Twilio bills it as one text."
            </p>
            <form method="post" action="/messages/send">
                <input type="hidden" name="body" value=TEXT />
                <input type="hidden" name="key" value=key />
                <div class="field">
                    <label for="test-text-to">"Your mobile number"</label>
                    <p class="hint" id="test-text-hint">
                        {if trial {
                            "With a trial account only numbers that you have verified at Twilio can be texted."
                        } else {
                            "In any spelling; abroad with its country code."
                        }}
                    </p>
                    <input
                        id="test-text-to"
                        name="to"
                        type="tel"
                        autocomplete="tel"
                        required
                        maxlength="40"
                        placeholder="+44 7700 900123"
                        aria-describedby="test-text-hint"
                    />
                </div>
                <div class="actions">
                    <SubmitButton
                        label="Send the test text".to_owned()
                        busy_label="Sending…".to_owned()
                        class="button".to_owned()
                    />
                </div>
            </form>
            {simulator_url
                .map(|url| {
                    view! {
                        <div class="note">
                            <Icon glyph=Glyph::Info />
                            <div>
                                <p>
                                    "With the simulator every number is a phone, for example "
                                    <strong class="no-wrap">{SIMULATED}</strong> "."
                                </p>
                                <p>
                                    <a href=url target="_blank" rel="noopener">
                                        "Text your number from the simulator's phone"
                                        <Icon glyph=Glyph::External />
                                    </a>
                                </p>
                            </div>
                        </div>
                    }
                })}
        </section>
    }
}
