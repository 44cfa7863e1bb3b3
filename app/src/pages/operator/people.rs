//! The people of the installation: who, since when, and how to erase one.

use domain::id::UserId;
use leptos::prelude::*;
use services::operator::Person;

use crate::islands::SubmitButton;
use crate::pages::moment::Moment;

/// A page of people.
#[component]
pub fn People(
    /// Those on this page.
    people: Vec<Person>,
    /// How many there are.
    count: i64,
    /// After whom the next page begins.
    next: Option<UserId>,
    /// Whether anybody may sign up.
    sign_up_open: bool,
) -> impl IntoView {
    let sign_up = if sign_up_open {
        "Anybody may sign up."
    } else {
        "Nobody may sign up (SIGN_UP=closed)."
    };
    let counted = match count {
        1 => "One person has an account here. ".to_owned(),
        count => format!("{count} people have an account here. "),
    };
    let own = crate::pages::caller().map(|caller| caller.user_id);
    let lines = people.into_iter().map(move |person| {
        let is_own = Some(person.id) == own;
        view! { <Line person is_own /> }
    });
    view! {
        <section class="card" aria-labelledby="people-title">
            <h2 id="people-title">"People"</h2>
            <p>{counted} {sign_up}</p>
            <ul class="jobs">{lines.collect_view()}</ul>
            {next
                .map(|next| {
                    view! {
                        <p class="actions">
                            <a class="button quiet small" href=format!("/operator?after={next}#people-title")>
                                "More people"
                            </a>
                        </p>
                    }
                })}
        </section>
    }
}

#[component]
fn Line(
    /// Who.
    person: Person,
    /// Whether it is the reader.
    is_own: bool,
) -> impl IntoView {
    let id = person.id.to_string();
    view! {
        <li class="job">
            <div>
                <p>
                    <strong>{person.email.clone()}</strong>
                    " "
                    {person.is_operator.then(|| view! { <span class="badge">"Operator"</span> })}
                    " "
                    {person.is_connected.then(|| view! { <span class="badge good">"Connected"</span> })}
                </p>
                <p class="fine">
                    "Since " <Moment at=person.created_at />
                    {person
                        .last_seen_at
                        .map_or_else(
                            || ", signed in nowhere".into_any(),
                            |at| view! { ", last seen " <Moment at /> }.into_any(),
                        )}
                </p>
                {(!is_own)
                    .then(|| view! { <Erase id email=person.email /> })}
            </div>
        </li>
    }
}

/// The way to erase somebody, folded away.
#[component]
fn Erase(
    /// Who.
    id: String,
    /// What has to be typed.
    email: String,
) -> impl IntoView {
    let field = format!("confirmation-{id}");
    view! {
        <details>
            <summary>"Erase…" <span class="unseen">{format!(" {email}")}</span></summary>
            <form class="erase" method="post" action="/operator/erase" data-turbo="false">
                <p>
                    "The Twilio account is disconnected first. Then all that is stored of this person is erased, for good."
                </p>
                <input type="hidden" name="user" value=id />
                <div class="field">
                    <label for=field.clone()>"Their e-mail address, to confirm"</label>
                    <input
                        id=field
                        name="confirmation"
                        type="email"
                        autocomplete="off"
                        maxlength="254"
                        placeholder=email
                        required
                    />
                </div>
                <label class="check">
                    <input type="checkbox" name="anyway" value="true" />
                    <span>"Also where something cannot be removed from their Twilio account"</span>
                </label>
                <div class="actions">
                    <SubmitButton
                        label="Erase this person".to_owned()
                        busy_label="Erasing…".to_owned()
                        class="button danger small".to_owned()
                    />
                </div>
            </form>
        </details>
    }
}
