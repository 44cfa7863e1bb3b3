//! A call with its timeline.

use domain::call::{CallEventView, CallView, Direction};
use domain::time::UnixMillis;
use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_meta::Title;
use services::calls::{CallDetail, CallError};
use services::numbers::party;

use super::recording::Recordings;
use super::row::{OutcomeLine, PeerActions, title};
use super::timeline::{is_bad, legs, sentence, status_words};
use crate::components::call::{is_test, number_of_peer, spoken};
use crate::components::icon::{Glyph, Icon};
use crate::islands::LiveCalls;
use crate::pages::notice::DoneNote;
use crate::pages::refusal::RefusalNote;
use crate::pages::zone::{At, Detail as Shown, zone_name};

/// Everything that is known of a call.
#[component]
pub fn Detail(
    /// The call.
    call: CallDetail,
    /// Whether there is a phone to call back with.
    connected: bool,
    /// The reader's.
    zone: TimeZone,
) -> impl IntoView {
    let CallDetail { call, events, error } = call;
    let heading = title(&call);
    let number = number_of_peer(&call).map(str::to_owned);
    let recordings = call.recordings.clone();
    let (id, peer, direction) = (call.id.to_string(), call.peer.clone(), call.direction);
    view! {
        <Title text=format!("Call: {heading}") />
        <section class="page call-page">
            <p>
                <a href="/calls">"All calls"</a>
            </p>
            <DoneNote />
            <RefusalNote />
            <LiveCalls announces=false sees=false zone=zone_name(&zone)>
                <article class="stack" id=format!("call-{id}")>
                    <section class="card call-head">
                        <h1>{heading}</h1>
                        <OutcomeLine call=call.clone() />
                        <div class="call-actions">
                            <PeerActions number peer=peer.clone() direction connected />
                        </div>
                        <div data-part="error">{error.map(|error| view! { <ErrorNote error /> })}</div>
                        <div class="call-recordings" data-part="recordings">
                            <Recordings recordings peer here=format!("/calls/{id}?done=recording_deleted") />
                        </div>
                        <Facts call zone=zone.clone() />
                    </section>
                    <Timeline events direction zone />
                </article>
            </LiveCalls>
        </section>
    }
}

/// Why it was not put through, and what Twilio says about that.
#[component]
fn ErrorNote(error: CallError) -> impl IntoView {
    let CallError { code, message } = error;
    let number = code.parse::<u32>().ok();
    view! {
        <div class="note note-bad">
            <Icon glyph=Glyph::Warning />
            <div>
                <p>{message}</p>
                {number
                    .map(|code| {
                        view! {
                            <p class="fine">
                                {format!("Twilio error {code}. ")}
                                <a
                                    href=format!("https://www.twilio.com/docs/api/errors/{code}")
                                    target="_blank"
                                    rel="noopener noreferrer"
                                >
                                    "What Twilio says about it"
                                    <Icon glyph=Glyph::External />
                                </a>
                            </p>
                        }
                    })}
            </div>
        </div>
    }
}

/// Who, when, how long, and the SID to find it again at Twilio.
#[component]
fn Facts(call: CallView, zone: TimeZone) -> impl IntoView {
    let moment = |what: &'static str, at: Option<UnixMillis>| {
        at.map(|at| {
            view! {
                <div>
                    <dt>{what}</dt>
                    <dd>
                        <At at zone=zone.clone() detail=Shown::Day />
                    </dd>
                </div>
            }
        })
    };
    let summary = call.summary;
    let to = if is_test(&call) { title(&call) } else { party(&call.to) };
    view! {
        <dl class="facts" data-part="facts">
            <div>
                <dt>"From"</dt>
                <dd>{party(&call.from)}</dd>
            </div>
            <div>
                <dt>"To"</dt>
                <dd>{to}</dd>
            </div>
            {moment("Began", Some(call.started_at))} {moment("Answered", summary.answered_at)}
            {moment("Ended", summary.ended_at)}
            {summary
                .duration_seconds
                .map(|seconds| {
                    view! {
                        <div>
                            <dt>"Lasted"</dt>
                            <dd>{spoken(seconds)}</dd>
                        </div>
                    }
                })}
            {call
                .provider_sid
                .map(|sid| {
                    view! {
                        <div>
                            <dt>"At Twilio"</dt>
                            <dd class="copyable">
                                <code>{sid.clone()}</code>
                                <button type="button" class="button quiet small copy live-only" data-copy=sid>
                                    "Copy"
                                    <span class="unseen">" the SID of the call"</span>
                                </button>
                            </dd>
                        </div>
                    }
                })}
        </dl>
    }
}

/// What happened, in order, and what each leg added to it.
#[component]
fn Timeline(events: Vec<CallEventView>, direction: Direction, zone: TimeZone) -> impl IntoView {
    let legs = legs(&events, direction).into_iter().map(|leg| {
        let how_long = leg.connected.map(|seconds| format!(", {}", spoken(seconds)));
        view! {
            <div>
                <dt>{leg.who}</dt>
                <dd>{status_words(leg.status)} {how_long}</dd>
            </div>
        }
    });
    let legs = legs.collect_view();
    let lines = events.into_iter().map(|event| {
        let look = if is_bad(&event) { "event bad" } else { "event" };
        view! {
            <li class=look>
                <At at=event.at zone=zone.clone() detail=Shown::Second />
                <span>{sentence(&event, direction)}</span>
            </li>
        }
    });
    view! {
        <section class="card" aria-labelledby="timeline-title">
            <h2 id="timeline-title">"What happened"</h2>
            <ol class="timeline" data-part="timeline">
                {lines.collect_view()}
            </ol>
            <h2>"Who was on the line"</h2>
            <dl class="facts" data-part="legs">
                {legs}
            </dl>
        </section>
    }
}
