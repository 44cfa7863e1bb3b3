//! Settings → Texts: who the texts are from, and the notice of new sign-ins.

use domain::message::TextSettings;
use domain::problem::Problem;
use leptos::prelude::*;
use leptos_meta::Title;
use services::ServiceError;
use services::messages::{ServiceChoice, TextSettingsView};

use super::call_settings::{FieldFault, Refused};
use super::frame::Settings;
use super::loaded;
use super::notice::done;
use super::refusal::RefusalNote;
use crate::components::icon::{Glyph, Icon};
use crate::components::note::ProblemNote;
use crate::islands::SettingsForm;

/// Goes before the names of the fields in their ids.
const PREFIX: &str = "texts-";

/// The Messaging Services, or why they are not known.
type Choices = Result<Vec<ServiceChoice>, Problem>;

/// The page.
#[component]
pub fn TextSettingsPage() -> impl IntoView {
    let refused = Refused::read().of("invalid_text_settings");
    loaded(
        |services, caller| async move {
            let view = services.messages.settings(&caller).await?;
            let choices = match services.messages.services(&caller).await {
                Ok(choices) => Ok(choices),
                Err(error @ ServiceError::Internal(_)) => return Err(error),
                // The page is there, and says why it does not know.
                Err(error) => Err(error.problem()),
            };
            Ok((view, choices))
        },
        move |(view, choices): (TextSettingsView, Choices)| {
            let TextSettingsView {
                settings,
                own_number,
                can_notify,
                ..
            } = view;
            view! {
                <Title text="Texts" />
                <Settings>
                    <div class="page-head">
                        <h1>"Texts"</h1>
                    </div>
                    {(done().as_deref() == Some("saved")).then(|| view! { <Saved /> })}
                    <RefusalNote />
                    <SenderCard settings=settings.clone() own_number choices refused=refused.clone() />
                    <NoticeCard settings can_notify refused />
                </Settings>
            }
            .into_any()
        },
    )
}

#[component]
fn Saved() -> impl IntoView {
    view! {
        <div class="note note-good" role="status">
            <Icon glyph=Glyph::Check />
            <p>"Saved. It holds from the next text on."</p>
        </div>
    }
}

/// What is wrong with a field, where a browser posted the form by itself.
fn fault(refused: &Refused, name: &str) -> Option<String> {
    let sentence = match name {
        "messaging_service_sid" => "Choose one of this account's Messaging Services.",
        "notify_sign_in" => "This installation has no account for its own messages. Ask your operator to set one up.",
        "notify_number" => "Enter the number of your own phone, with its country code.",
        _ => return None,
    };
    refused.names(name).then(|| sentence.to_owned())
}

/// Who the texts are from.
#[component]
fn SenderCard(settings: TextSettings, own_number: Option<String>, choices: Choices, refused: Refused) -> impl IntoView {
    let body = match own_number {
        Some(number) => view! { <SenderForm settings number choices refused /> }.into_any(),
        None => view! {
            <p>"Once your Twilio number is connected, you choose here who your texts are from."</p>
            <p class="actions">
                <a class="button" href="/twilio/setup">
                    "Connect your Twilio account"
                </a>
            </p>
        }
        .into_any(),
    };
    view! {
        <section class="card" aria-labelledby="sender-title">
            <h2 id="sender-title">"Who your texts are from"</h2>
            {body}
        </section>
    }
}

#[component]
fn SenderForm(settings: TextSettings, number: String, choices: Choices, refused: Refused) -> impl IntoView {
    let chosen = settings.messaging_service_sid;
    let (services, problem) = match choices {
        Ok(services) => (services, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let unlisted = chosen
        .clone()
        .filter(|chosen| !services.iter().any(|service| &service.sid == chosen));
    let notes = services
        .iter()
        .filter_map(|service| Some(format!("{}: {}", service.friendly_name, service.note.as_ref()?)));
    let notes: Vec<_> = notes.map(|note| view! { <p class="fine">{note}</p> }).collect();
    let empty = services.is_empty() && problem.is_none();
    let options = services.into_iter().map(|service| {
        let selected = chosen.as_ref() == Some(&service.sid);
        view! {
            <option value=service.sid selected=selected>
                {service.friendly_name}
            </option>
        }
    });
    let options = options.collect_view();
    let fault = fault(&refused, "messaging_service_sid");
    let invalid = fault.as_ref().map(|_| "true");
    view! {
        {problem.map(|problem| view! { <ProblemNote problem /> })}
        <SettingsForm action="/settings/texts".to_owned() prefix=PREFIX.to_owned() label="Save".to_owned()>
            <div class="field">
                <label for="texts-messaging_service_sid">"Sender"</label>
                <p class="hint" id="texts-messaging_service_sid-hint">
                    {if empty {
                        "Your account has no Messaging Services. With one, Twilio picks a number of several for each person."
                    } else {
                        "With a Messaging Service, Twilio picks one of its numbers for each person."
                    }}
                </p>
                <select
                    id="texts-messaging_service_sid"
                    name="messaging_service_sid"
                    aria-describedby="texts-messaging_service_sid-fault texts-messaging_service_sid-hint"
                    aria-invalid=invalid
                >
                    <option value="">{format!("Your number, {number}")}</option>
                    {options}
                    {unlisted
                        .map(|sid| {
                            view! {
                                <option value=sid.clone() selected>
                                    {format!("Messaging Service {sid}")}
                                </option>
                            }
                        })}
                </select>
                <FieldFault
                    of="texts-messaging_service_sid".to_owned()
                    name="messaging_service_sid".to_owned()
                    text=fault
                />
            </div>
            {notes}
        </SettingsForm>
    }
}

/// A text to the user's own phone when somebody signs in as him in a browser that is not known.
#[component]
fn NoticeCard(settings: TextSettings, can_notify: bool, refused: Refused) -> impl IntoView {
    let body = if can_notify {
        view! { <NoticeForm settings refused /> }.into_any()
    } else {
        view! {
            <p class="fine">
                "This installation has no Twilio account for messages of its own, so it cannot text you. Its operator can set one up "
                "with TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM_NUMBER."
            </p>
        }
        .into_any()
    };
    view! {
        <section class="card" aria-labelledby="notice-title">
            <h2 id="notice-title">"Notice of new sign-ins"</h2>
            <p>"Sniko can text your own phone when somebody signs in to your account in a browser that you have not signed in with before. It costs you nothing."</p>
            {body}
        </section>
    }
}

#[component]
fn NoticeForm(settings: TextSettings, refused: Refused) -> impl IntoView {
    let on = settings.notify_sign_in;
    let (sign_in, number) = (fault(&refused, "notify_sign_in"), fault(&refused, "notify_number"));
    let invalid = number.as_ref().map(|_| "true");
    view! {
        <SettingsForm action="/settings/texts".to_owned() prefix=PREFIX.to_owned() label="Save notice".to_owned()>
            <fieldset class="choices">
                <legend>"When a new browser signs in"</legend>
                <label class="check">
                    <input type="radio" name="notify_sign_in" value="false" checked=!on />
                    <span>"Tell me nothing"</span>
                </label>
                <label class="check">
                    <input type="radio" name="notify_sign_in" value="true" checked=on />
                    <span>"Text me"</span>
                </label>
                <FieldFault of="texts-notify_sign_in".to_owned() name="notify_sign_in".to_owned() text=sign_in />
            </fieldset>
            <div class="field">
                <label for="texts-notify_number">"Your mobile number"</label>
                <p class="hint" id="texts-notify_number-hint">
                    "With its country code, in any spelling."
                </p>
                <input
                    id="texts-notify_number"
                    name="notify_number"
                    type="tel"
                    autocomplete="tel"
                    maxlength="40"
                    placeholder="+44 7700 900123"
                    value=settings.notify_number
                    aria-describedby="texts-notify_number-fault texts-notify_number-hint"
                    aria-invalid=invalid
                />
                <FieldFault of="texts-notify_number".to_owned() name="notify_number".to_owned() text=number />
            </div>
        </SettingsForm>
    }
}
