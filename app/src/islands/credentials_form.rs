//! The pair that opens a Twilio account, checked while it is typed and verified without leaving the page.

use domain::credentials::{account_sid_fault, auth_token_fault};
use domain::problem::Problem;
use leptos::ev::{FocusEvent, SubmitEvent};
use leptos::html::{Div, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlButtonElement;

use super::{go, left_to_sign_in};
use crate::api::connections::verify;
use crate::components::field::{Fault, SecretField};
use crate::components::note::ProblemNote;

/// The parts of the form that its handlers reach for.
#[derive(Clone, Copy)]
struct Form {
    account_sid: NodeRef<Input>,
    auth_token: NodeRef<Input>,
    note: NodeRef<Div>,
    account_sid_fault: RwSignal<Option<String>>,
    auth_token_fault: RwSignal<Option<String>>,
    refusal: RwSignal<Option<Problem>>,
    busy: RwSignal<bool>,
}

impl Form {
    fn new(account_sid_fault: Option<String>, auth_token_fault: Option<String>) -> Self {
        Self {
            account_sid: NodeRef::new(),
            auth_token: NodeRef::new(),
            note: NodeRef::new(),
            account_sid_fault: RwSignal::new(account_sid_fault),
            auth_token_fault: RwSignal::new(auth_token_fault),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
        }
    }

    /// Checks what can be checked here, and puts the focus where the first fault is.
    fn check(self) -> Option<(String, String)> {
        let account_sid = self.account_sid.get_untracked()?.value();
        let auth_token = self.auth_token.get_untracked()?.value();
        self.account_sid_fault
            .set(account_sid_fault(&account_sid).map(str::to_owned));
        self.auth_token_fault
            .set(auth_token_fault(&auth_token).map(str::to_owned));
        self.refusal.set(None);
        self.focus_first_fault();
        let sound = self.account_sid_fault.with_untracked(Option::is_none)
            && self.auth_token_fault.with_untracked(Option::is_none);
        sound.then_some((account_sid, auth_token))
    }

    /// Shows why the server said no.
    fn refuse(self, problem: Problem) {
        self.account_sid_fault.set(problem.fields.get("account_sid").cloned());
        self.auth_token_fault.set(problem.fields.get("auth_token").cloned());
        self.refusal.set(problem.fields.is_empty().then_some(problem));
        self.busy.set(false);
        self.focus_first_fault();
    }

    fn focus_first_fault(self) {
        // An element that is gone cannot be focused; nothing is lost.
        if self.account_sid_fault.with_untracked(Option::is_some) {
            let _ = self.account_sid.get_untracked().map(|field| field.focus());
        } else if self.auth_token_fault.with_untracked(Option::is_some) {
            let _ = self.auth_token.get_untracked().map(|field| field.focus());
        } else if self.refusal.with_untracked(Option::is_some) {
            let _ = self.note.get_untracked().map(|note| note.focus());
        }
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        if self.busy.get_untracked() {
            return;
        }
        let Some((account_sid, auth_token)) = self.check() else {
            return;
        };
        self.busy.set(true);
        spawn_local(async move {
            match verify(account_sid, auth_token).await {
                Ok(_) => go("/twilio/setup/number"),
                Err(error) if left_to_sign_in(&error, "/twilio/setup/credentials") => {}
                Err(error) => self.refuse(error.problem()),
            }
        });
    }

    /// Checks what was typed, but not on the way to a button: a sentence that appears would push it from under the pointer.
    fn leave(self, event: &FocusEvent) {
        if event
            .related_target()
            .is_none_or(|target| !target.has_type::<HtmlButtonElement>())
        {
            self.look(true);
        }
    }

    /// Both fields, on leaving one of them (`anew`) and, so that a fault goes once it is mended, at every key.
    fn look(self, anew: bool) {
        look(self.account_sid, self.account_sid_fault, account_sid_fault, anew);
        look(self.auth_token, self.auth_token_fault, auth_token_fault, anew);
    }
}

/// Says what is wrong with a field (`anew`), or only takes back what was said; an empty field is not scolded yet.
fn look(
    field: NodeRef<Input>,
    fault: RwSignal<Option<String>>,
    fault_of: fn(&str) -> Option<&'static str>,
    anew: bool,
) {
    let typed = field.get_untracked().map(|field| field.value()).unwrap_or_default();
    if !typed.trim().is_empty() && (anew || fault.with_untracked(Option::is_some)) {
        fault.set(fault_of(&typed).map(str::to_owned));
    }
}

/// Asks for Account SID and Auth Token.
#[island]
pub fn CredentialsForm(
    /// What was typed before as Account SID.
    account_sid: String,
    /// What was wrong with it.
    account_sid_fault: Option<String>,
    /// What was wrong with the Auth Token, which is not kept.
    auth_token_fault: Option<String>,
    /// What else was wrong, as the server has drawn it.
    children: Children,
) -> impl IntoView {
    let form = Form::new(account_sid_fault, auth_token_fault);
    view! {
        <form
            method="post"
            action="/twilio/verify"
            novalidate
            on:submit=move |event| form.submit(&event)
            on:focusout=move |event| form.leave(&event)
            on:input=move |_| form.look(false)
        >
            <div role="alert" tabindex="-1" node_ref=form.note>
                {move || form.refusal.get().map(|problem| view! { <ProblemNote problem /> })}
            </div>
            {children()}
            <div class="field">
                <label for="account_sid">"Account SID"</label>
                <p class="hint" id="account_sid-hint">"Starts with AC, 34 characters"</p>
                <input
                    node_ref=form.account_sid
                    id="account_sid"
                    name="account_sid"
                    type="text"
                    class="code"
                    value=account_sid
                    autocomplete="off"
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    maxlength="100"
                    aria-describedby="account_sid-fault account_sid-hint"
                    aria-invalid=move || form.account_sid_fault.get().map(|_| "true")
                />
                <Fault id="account_sid-fault".to_owned() text=form.account_sid_fault />
            </div>
            <SecretField
                name="auth_token".to_owned()
                label="Auth Token".to_owned()
                autocomplete="off".to_owned()
                hint=Some("At least 32 characters. Stored encrypted, and never shown again.".to_owned())
                fault=form.auth_token_fault
                field=form.auth_token
            />
            <div class="actions">
                <button type="submit" class="button" aria-disabled=move || form.busy.get().then_some("true")>
                    {move || if form.busy.get() { "Verifying…" } else { "Verify" }}
                </button>
            </div>
        </form>
    }
}
