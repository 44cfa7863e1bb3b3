//! The reader's own account: password, what is stored of him, and its erasure.

use domain::setup::LeftBehind;
use leptos::prelude::*;
use leptos_meta::Title;

use super::forms::NewPassword;
use super::frame::Settings;
use super::loaded;
use super::notice::DoneNote;
use super::refusal::RefusalNote;
use crate::islands::{PasswordField, SubmitButton};

/// The account page.
#[component]
pub fn Account() -> impl IntoView {
    loaded(
        |services, caller| async move {
            let left = services.people.left_behind(&caller).await?;
            Ok((caller.email, left))
        },
        |(email, left)| {
            view! {
                <Title text="Account" />
                <Settings>
                    <div class="page-head">
                        <h1>"Account"</h1>
                    </div>
                    <DoneNote />
                    <RefusalNote />
                    <section class="card">
                        <h2>"E-mail"</h2>
                        <p>"You sign in as " <strong>{email.clone()}</strong> "."</p>
                    </section>
                    <Password email=email.clone() />
                    <section class="card">
                        <h2>"Your data"</h2>
                        <p>
                            "Everything that is stored of you, as one JSON file: your account, your connection without its secrets, settings, calls, recordings' entries, texts and drafts. The recordings themselves are in your Twilio account."
                        </p>
                        <p class="actions">
                            <a class="button quiet" href="/account/export" download data-turbo="false">
                                "Export my data"
                            </a>
                        </p>
                    </section>
                    <Erase email left />
                </Settings>
            }
            .into_any()
        },
    )
}

#[component]
fn Password(
    /// For password managers.
    email: String,
) -> impl IntoView {
    view! {
        <section class="card">
            <h2>"Password"</h2>
            <p>"With a new password, every other browser in which you are signed in is signed out."</p>
            <form method="post" action="/account/password" data-turbo="false">
                <input type="hidden" name="email" value=email autocomplete="username" />
                <PasswordField
                    name="current_password".to_owned()
                    label="Current password".to_owned()
                    autocomplete="current-password".to_owned()
                    hint=None
                    minlength=1
                />
                <NewPassword name="new_password" label="New password" />
                <div class="actions">
                    <SubmitButton
                        label="Change password".to_owned()
                        busy_label="Changing the password…".to_owned()
                        class="button".to_owned()
                    />
                </div>
            </form>
        </section>
    }
}

#[component]
fn Erase(
    /// What has to be typed.
    email: String,
    /// What cannot be removed at Twilio so far.
    left: Vec<LeftBehind>,
) -> impl IntoView {
    view! {
        <section class="card danger">
            <h2>"Erase this account"</h2>
            <p>
                "Your Twilio account is disconnected first, so that nothing of Sniko stays in it. Then everything that is stored of you here is erased, and you are signed out everywhere. This cannot be undone, so export your data first. What is in your Twilio account, its own log and recordings included, stays there."
            </p>
            <form method="post" action="/account/erase" data-turbo="false">
                <div class="field">
                    <label for="confirmation">"Your e-mail address, to confirm"</label>
                    <input
                        id="confirmation"
                        name="confirmation"
                        type="email"
                        autocomplete="off"
                        maxlength="254"
                        placeholder=email
                        required
                    />
                </div>
                <PasswordField
                    name="password".to_owned()
                    label="Password".to_owned()
                    autocomplete="current-password".to_owned()
                    hint=None
                    minlength=1
                />
                <Anyway left />
                <div class="actions">
                    <SubmitButton
                        label="Erase my account".to_owned()
                        busy_label="Erasing…".to_owned()
                        class="button danger".to_owned()
                    />
                </div>
            </form>
        </section>
    }
}

/// What stays at Twilio, and whether that is accepted; nothing where nothing does.
#[component]
fn Anyway(
    /// What stays.
    left: Vec<LeftBehind>,
) -> impl IntoView {
    (!left.is_empty()).then(|| {
        let lines = left.into_iter().map(|left| {
            view! {
                <li>
                    <code>{left.sid}</code>
                    ": "
                    {left.why}
                </li>
            }
        });
        view! {
            <div>
                <p>"This could not be removed from your Twilio account:"</p>
                <ul>{lines.collect_view()}</ul>
                <label class="check">
                    <input type="checkbox" name="anyway" value="true" />
                    <span>"Erase anyway; I delete it in the Twilio console myself"</span>
                </label>
            </div>
        }
    })
}
