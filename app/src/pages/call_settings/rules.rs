//! When nobody answers, recording, and what may be called.

use domain::menu::SPOKEN_MAX;
use domain::voice::{CONCURRENT, MINUTES_A_DAY, NoAnswer, RETENTION_DAYS, RING_SECONDS, RecordingMode, VoiceSettings};
use leptos::prelude::*;

use super::{FieldFault, Refused};
use crate::islands::{CountryNames, SettingsForm};

/// Goes before the names of the fields in their ids.
const PREFIX: &str = "calls-";

/// Every rule but the menu.
#[component]
pub fn RulesCard(
    /// As they are.
    settings: VoiceSettings,
    /// The country of the user's own number.
    country: Option<String>,
    /// What was refused.
    refused: Refused,
) -> impl IntoView {
    view! {
        <section class="card" aria-labelledby="rules-title">
            <h2 id="rules-title">"How calls are treated"</h2>
            <SettingsForm
                action="/settings/calls".to_owned()
                prefix=PREFIX.to_owned()
                label="Save".to_owned()
            >
                <Unanswered settings=settings.clone() refused=refused.clone() />
                <Recording settings=settings.clone() refused=refused.clone() />
                <Limits settings country refused />
            </SettingsForm>
        </section>
    }
}

/// One of several choices.
#[component]
fn Choice(
    name: &'static str,
    value: &'static str,
    chosen: bool,
    label: &'static str,
    #[prop(into)] hint: String,
) -> impl IntoView {
    view! {
        <label class="check">
            <input type="radio" name=name value=value checked=chosen />
            <span>
                <strong>{label}</strong>
                <span class="fine choice-hint">{hint}</span>
            </span>
        </label>
    }
}

/// A field for a number.
#[component]
fn NumberField(
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    value: Option<u32>,
    bounds: std::ops::RangeInclusive<u32>,
    #[prop(optional)] may_be_empty: bool,
    refused: Refused,
) -> impl IntoView {
    let id = format!("{PREFIX}{name}");
    let fault = refused.fault(name);
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <p class="hint" id=format!("{id}-hint")>
                {hint}
            </p>
            <input
                id=id.clone()
                name=name
                class="short"
                type="number"
                inputmode="numeric"
                min=*bounds.start()
                max=*bounds.end()
                value=value.map(|value| value.to_string())
                required=!may_be_empty
                aria-describedby=format!("{id}-fault {id}-hint")
                aria-invalid=fault.as_ref().map(|_| "true")
            />
            <FieldFault of=id name=name.to_owned() text=fault />
        </div>
    }
}

#[component]
fn Unanswered(settings: VoiceSettings, refused: Refused) -> impl IntoView {
    let (forward, greeting) = (refused.fault("forward_to"), refused.fault("greeting"));
    let choice = settings.no_answer;
    view! {
        <NumberField
            name="ring_seconds"
            label="Ring for"
            hint="Seconds that your browser rings before the next step. Without an open page of Sniko it follows at once."
            value=Some(settings.ring_seconds)
            bounds=RING_SECONDS
            refused=refused.clone()
        />
        <fieldset class="choices">
            <legend>"When nobody answers"</legend>
            <Choice
                name="no_answer"
                value="voicemail"
                chosen=choice == NoAnswer::Voicemail
                label="Voicemail"
                hint="The caller may leave a message, which you hear in the call log."
            />
            <Choice
                name="no_answer"
                value="forward"
                chosen=choice == NoAnswer::Forward
                label="Forward to a phone"
                hint="Another phone rings. Twilio bills that call too."
            />
            <Choice
                name="no_answer"
                value="goodbye"
                chosen=choice == NoAnswer::Goodbye
                label="Say goodbye"
                hint="The caller is told that nobody is there."
            />
            <FieldFault of="calls-no_answer".to_owned() name="no_answer".to_owned() text=refused.fault("no_answer") />
        </fieldset>
        <div class="field for-forward">
            <label for="calls-forward_to">"Forward to"</label>
            <p class="hint" id="calls-forward_to-hint">
                "A phone number with its country code, in any spelling."
            </p>
            <input
                id="calls-forward_to"
                name="forward_to"
                type="tel"
                autocomplete="tel"
                maxlength="40"
                placeholder="+44 20 7183 8750"
                value=settings.forward_to
                aria-describedby="calls-forward_to-fault calls-forward_to-hint"
                aria-invalid=forward.as_ref().map(|_| "true")
            />
            <FieldFault of="calls-forward_to".to_owned() name="forward_to".to_owned() text=forward />
        </div>
        <div class="field for-voicemail">
            <label for="calls-greeting">"Greeting"</label>
            <p class="hint" id="calls-greeting-hint">
                "What callers hear before they leave a message, read out by Twilio."
            </p>
            <textarea
                id="calls-greeting"
                name="greeting"
                rows="3"
                maxlength=SPOKEN_MAX
                aria-describedby="calls-greeting-fault calls-greeting-hint"
                aria-invalid=greeting.as_ref().map(|_| "true")
            >
                {settings.greeting}
            </textarea>
            <FieldFault of="calls-greeting".to_owned() name="greeting".to_owned() text=greeting />
        </div>
    }
}

#[component]
fn Recording(settings: VoiceSettings, refused: Refused) -> impl IntoView {
    let mode = settings.recording;
    view! {
        <fieldset class="choices">
            <legend>"Record conversations"</legend>
            <Choice
                name="recording"
                value="off"
                chosen=mode == RecordingMode::Off
                label="Off"
                hint="Nothing is recorded but voicemail."
            />
            <Choice
                name="recording"
                value="announced"
                chosen=mode == RecordingMode::Announced
                label="On, with an announcement"
                hint="Both sides are told that the call is recorded."
            />
            <Choice
                name="recording"
                value="on"
                chosen=mode == RecordingMode::On
                label="On, without one"
                hint="Nobody is told by Sniko. In many places recording a call without telling everybody on it is forbidden: ask for consent yourself."
            />
            <FieldFault of="calls-recording".to_owned() name="recording".to_owned() text=refused.fault("recording") />
        </fieldset>
        <NumberField
            name="retention_days"
            label="Keep recordings for"
            hint="Days after which recordings and messages are deleted, here and at Twilio. Empty keeps them."
            value=settings.retention_days
            bounds=RETENTION_DAYS
            may_be_empty=true
            refused
        />
    }
}

#[component]
fn Limits(settings: VoiceSettings, country: Option<String>, refused: Refused) -> impl IntoView {
    let fault = refused.fault("countries");
    let own = country.map_or_else(
        || "Empty: only the country of your own number.".to_owned(),
        |country| format!("Empty: only the country of your own number, {country}."),
    );
    view! {
        <div class="field">
            <label for="calls-countries">"Countries that may be called"</label>
            <p class="hint" id="calls-countries-hint">
                "Codes of two letters, with commas between them, such as GB, IE, US. " {own}
                " Premium, satellite and emergency numbers are never called."
            </p>
            <input
                id="calls-countries"
                name="countries"
                type="text"
                autocomplete="off"
                autocapitalize="characters"
                spellcheck="false"
                maxlength="1200"
                value=settings.countries.join(", ")
                aria-describedby="calls-countries-fault calls-countries-hint calls-countries-names"
                aria-invalid=fault.as_ref().map(|_| "true")
            />
            <CountryNames field="calls-countries".to_owned() />
            <FieldFault of="calls-countries".to_owned() name="countries".to_owned() text=fault />
        </div>
        <NumberField
            name="max_concurrent"
            label="Calls at once"
            hint="More than these are not begun."
            value=Some(settings.max_concurrent)
            bounds=CONCURRENT
            refused=refused.clone()
        />
        <NumberField
            name="max_minutes_a_day"
            label="Minutes a day"
            hint="Outgoing calls of 24 hours together. Protects you from a high bill."
            value=Some(settings.max_minutes_a_day)
            bounds=MINUTES_A_DAY
            refused
        />
    }
}
