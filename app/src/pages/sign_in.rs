//! Signing in and up: ordinary forms to `/auth/*`, which the server answers with a cookie.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::forms::NewPassword;
use super::notice::DoneNote;
use super::refusal::RefusalNote;
use super::{caller, redirect};
use crate::islands::{PasswordField, SubmitButton};

/// The sign-in page.
#[component]
pub fn SignIn() -> impl IntoView {
    if caller().is_some() {
        redirect("/");
    }
    // Where to go afterwards; the server accepts paths of ours only.
    let next = use_query_map().with_untracked(|query| query.get("next"));
    view! {
        <Title text="Sign in" />
        <section class="page entrance">
            <h1>"Sign in"</h1>
            <DoneNote />
            <RefusalNote />
            <form class="card" method="post" action="/auth/sign-in">
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <EmailField />
                <PasswordField
                    name="password".to_owned()
                    label="Password".to_owned()
                    autocomplete="current-password".to_owned()
                    hint=None
                    minlength=1
                />
                <div class="actions">
                    <SubmitButton
                        label="Sign in".to_owned()
                        busy_label="Signing in…".to_owned()
                        class="button wide".to_owned()
                    />
                </div>
            </form>
            <p>"New here? " <a href="/sign-up">"Create an account"</a></p>
        </section>
    }
}

/// The sign-up page.
#[component]
pub fn SignUp() -> impl IntoView {
    if caller().is_some() {
        redirect("/");
    }
    view! {
        <Title text="Create account" />
        <section class="page entrance">
            <h1>"Create your account"</h1>
            <RefusalNote />
            <form class="card" method="post" action="/auth/sign-up">
                <EmailField />
                <NewPassword name="password" label="Password" />
                <div class="actions">
                    <SubmitButton
                        label="Create account".to_owned()
                        busy_label="Creating your account…".to_owned()
                        class="button wide".to_owned()
                    />
                </div>
            </form>
            <p>"Have an account? " <a href="/sign-in">"Sign in"</a></p>
        </section>
    }
}

#[component]
fn EmailField() -> impl IntoView {
    view! {
        <div class="field">
            <label for="email">"E-mail"</label>
            <input id="email" name="email" type="email" autocomplete="username" maxlength="254" required />
        </div>
    }
}
