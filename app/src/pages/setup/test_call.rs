//! The end of the wizard: the user calls, and hears himself.

use domain::phone::TEST_CALL;
use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};
use crate::islands::TestCallState;

/// A number of the simulator that sends everything back, and the same as people write it.
const ECHO: (&str, &str) = ("+14155550199", "+1 415-555-0199");

/// Offers the test call.
#[component]
pub fn TestCall(
    /// The simulator's page, where one stands in for Twilio.
    simulator_url: Option<String>,
) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="test-call-title">
            <h2 id="test-call-title">"Make a test call"</h2>
            <p>
                "Your browser calls Sniko through your own Twilio account. After the tone, say a few words: you hear them again. "
                "Your browser asks for the microphone first."
            </p>
            <p class="actions live-only">
                <button type="button" class="button" data-call=TEST_CALL>
                    <Icon glyph=Glyph::Phone />
                    "Make a test call"
                </button>
            </p>
            <TestCallState />
            <noscript>
                <p class="fine">"Calling needs JavaScript, which is switched off in this browser."</p>
            </noscript>
            {simulator_url.map(|url| view! { <SimulatedPhones url /> })}
        </section>
    }
}

/// Whom to call, and from where to be called, while there is no phone network.
#[component]
fn SimulatedPhones(url: String) -> impl IntoView {
    let (number, written) = ECHO;
    view! {
        <div class="note">
            <Icon glyph=Glyph::Info />
            <div>
                <p>
                    "With the simulator you can also call " <strong class="no-wrap">{written}</strong>
                    ": it sends back all that you say."
                </p>
                <p class="actions">
                    <button type="button" class="button quiet small live-only" data-call=number>
                        <Icon glyph=Glyph::Phone />
                        "Call the echo"
                    </button>
                    <a href=url target="_blank" rel="noopener">
                        "Call your number from the simulator's phone"
                        <Icon glyph=Glyph::External />
                    </a>
                </p>
            </div>
        </div>
    }
}
