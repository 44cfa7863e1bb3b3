//! How the connection is at Twilio: one calm line, or what is not as it should be, and the way out.

use domain::problem::Problem;
use domain::setup::{Health, KeyAge, Leftover, LeftoverState, Note, Pointing};
use domain::time::UnixMillis;
use leptos::prelude::*;

use super::Checked;
use super::recheck::RecheckHead;
use super::webhooks::PointingTable;
use crate::components::icon::{Glyph, Icon};
use crate::components::note::ProblemNote;
use crate::pages::forms::PostButton;
use crate::pages::moment::Moment;

/// Whether the stored Auth Token has to be replaced.
pub fn is_rejection(problem: &Problem) -> bool {
    problem.code == "twilio_credentials_rejected"
}

/// What the last look has found, what was done by itself, and the key's age.
#[component]
pub fn HealthCard(
    /// What a re-check found just now, where one was asked for.
    checked: Option<Checked>,
    /// What the last look has found.
    stored: Option<Health>,
    /// What the number pointed at before, and since.
    pointing: Vec<Pointing>,
    /// What was done by itself, newest first.
    notes: Vec<Note>,
    /// The API key's age.
    key: KeyAge,
    /// What was found in the account that should not be there.
    leftovers: Vec<Leftover>,
    /// When all this was read.
    read_at: UnixMillis,
) -> impl IntoView {
    let (refused, health) = match checked {
        Some(Ok(health)) => (None, Some(health)),
        Some(Err(problem)) => (Some(problem), stored),
        None => (None, stored),
    };
    // Why Twilio does not let us look is told once.
    let refused = refused.filter(|refused| {
        let told = health.as_ref().and_then(|health| health.problem.as_ref());
        told.is_none_or(|told| told.code != refused.code)
    });
    let body = match health {
        Some(health) => view! { <Findings health read_at /> }.into_any(),
        None => {
            view! { <p class="fine">"Not looked at yet. Sniko does so within a minute, and then every 15 minutes."</p> }
                .into_any()
        }
    };
    view! {
        <section class="card" aria-labelledby="health-title">
            <RecheckHead id="health-title" title="At Twilio" label="Re-check" />
            {refused
                .map(|problem| {
                    view! {
                        <div role="alert">
                            <ProblemNote problem />
                        </div>
                    }
                })}
            {body}
            <Notes notes />
            <Key key />
            <Leftovers leftovers />
            <details>
                <summary>"What the number pointed at before"</summary>
                <PointingTable
                    caption="What the number pointed at before, and since"
                    now="Before"
                    then="Since"
                    pointing
                />
            </details>
        </section>
    }
}

/// The verdict, and expected and actual side by side where they differ.
#[component]
fn Findings(health: Health, read_at: UnixMillis) -> impl IntoView {
    let looked = ago(read_at.0 - health.checked_at.0);
    if health.in_order {
        return view! {
            <div class="verdict" role="status">
                <p class="badge good">
                    <Icon glyph=Glyph::Check />
                    "Everything at Twilio is as it should be"
                </p>
                <p class="fine">{format!("Checked {looked}")}</p>
            </div>
        }
        .into_any();
    }
    let Health {
        phone_number,
        application,
        missing,
        changes,
        problem,
        out_of_order_since,
        repairable,
        ..
    } = health;
    let verdict = match problem {
        Some(problem) => view! { <Locked problem /> }.into_any(),
        None => view! { <Changed sentences=[missing, changes].concat() repairable /> }.into_any(),
    };
    let table = |caption: &str, pointing: Vec<Pointing>| {
        let caption = caption.to_owned();
        pointing
            .iter()
            .any(|line| line.now != line.then)
            .then(|| view! { <PointingTable caption now="Now" then="Should be" pointing compares=true /> })
    };
    view! {
        <div class="verdict" role="status">
            {verdict}
            <p class="fine">
                {format!("Checked {looked}")} {out_of_order_since.map(|since| view! { ", so since " <Moment at=since /> })}
            </p>
        </div>
        {table("The number", phone_number)}
        {table("The TwiML App", application)}
    }
    .into_any()
}

/// Twilio does not let us look until the person does something.
#[component]
fn Locked(problem: Problem) -> impl IntoView {
    let rejected = is_rejection(&problem);
    view! {
        <ProblemNote problem />
        {rejected
            .then(|| {
                view! {
                    <p>
                        "Calls and texts wait until Twilio accepts it again. If there is a new Auth Token at Twilio, "
                        <a href="#token-title">"enter it under Auth Token"</a> "; nothing has to be set up again."
                    </p>
                }
            })}
    }
}

/// Somebody has changed something.
#[component]
fn Changed(sentences: Vec<String>, repairable: bool) -> impl IntoView {
    view! {
        <div class="note note-warn">
            <Icon glyph=Glyph::Warning />
            <div>
                <p>
                    <strong>"Something was changed at Twilio."</strong>
                    {repairable
                        .then_some(" Sniko leaves it alone until you say so. Repair sets it back to what it should be.")}
                </p>
                <ul class="findings">
                    {sentences.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect_view()}
                </ul>
                {repairable
                    .then(|| {
                        view! {
                            <PostButton
                                action="/twilio/setup/repair"
                                label="Repair"
                                busy_label="Repairing…"
                                look="small"
                            />
                        }
                    })}
            </div>
        </div>
    }
}

#[component]
fn Notes(notes: Vec<Note>) -> impl IntoView {
    (!notes.is_empty()).then(|| {
        let lines = notes.into_iter().map(|note| {
            view! {
                <li>
                    <span class="fine">
                        <Moment at=note.at />
                    </span>
                    <span>{note.sentence}</span>
                </li>
            }
        });
        view! {
            <h3>"What was done"</h3>
            <ul class="done-list">{lines.collect_view()}</ul>
        }
    })
}

#[component]
fn Key(key: KeyAge) -> impl IntoView {
    let KeyAge {
        made_at,
        rolls_at,
        former_waits,
    } = key;
    view! {
        <h3>"API key"</h3>
        <p>
            "Made " <Moment at=made_at />
            {rolls_at
                .map(|at| view! { ". It is replaced by a new one by itself on " <Moment at /> ", and calls go on meanwhile" })}
            "." {former_waits.then_some(" The former key is deleted at Twilio within two hours.")}
        </p>
        <PostButton
            action="/twilio/setup/roll-key"
            label="Replace the key now"
            busy_label="Replacing…"
            look="quiet small"
        />
    }
}

/// What carries our name in the account although nothing explains it.
#[component]
fn Leftovers(leftovers: Vec<Leftover>) -> impl IntoView {
    let lines = leftovers.into_iter().map(|one| {
        let fate = match (one.state, one.why) {
            (LeftoverState::Removed, _) => "removed".to_owned(),
            (_, Some(why)) => why,
            _ => "still there; it is removed an hour after it was found".to_owned(),
        };
        view! {
            <li>
                <span class="fine">
                    <Moment at=one.updated_at />
                </span>
                <span>
                    <code>{one.sid}</code>
                    ": "
                    {fate}
                </span>
            </li>
        }
    });
    let lines: Vec<_> = lines.collect();
    view! {
        <details>
            <summary>"What was left in your account"</summary>
            {if lines.is_empty() {
                view! { <p class="fine">"Nothing was found so far. The account is searched every day."</p> }.into_any()
            } else {
                view! { <ul class="done-list">{lines}</ul> }.into_any()
            }}
            <PostButton
                action="/twilio/setup/search-leftovers"
                label="Search now"
                busy_label="Searching…"
                look="quiet small"
            />
        </details>
    }
}

/// How long ago that was, in words.
fn ago(millis: i64) -> String {
    let minutes = millis / 60_000;
    let of = |count: i64, one: &str, many: &str| match count {
        1 => format!("{one} ago"),
        _ => format!("{count} {many} ago"),
    };
    match minutes {
        ..1 => "just now".to_owned(),
        1..60 => of(minutes, "a minute", "minutes"),
        60..1440 => of(minutes / 60, "an hour", "hours"),
        _ => of(minutes / 1440, "a day", "days"),
    }
}

#[cfg(test)]
mod tests {
    use super::ago;

    #[test]
    fn how_long_ago_is_said_in_words() {
        for (millis, words) in [
            (-5_000, "just now"),
            (59_999, "just now"),
            (60_000, "a minute ago"),
            (180_000, "3 minutes ago"),
            (3_600_000, "an hour ago"),
            (7_300_000, "2 hours ago"),
            (90_000_000, "a day ago"),
        ] {
            assert_eq!(ago(millis), words);
        }
    }
}
