//! A text or a call in a thread. What can change while it is looked at stands in parts (`data-part`), which are exchanged one by one.

use domain::call::{CallView, Direction};
use domain::message::{MediaView, MessageStatus, MessageView, TimelineItem};
use domain::time::UnixMillis;
use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::status::{Told, announcement, can_cancel, can_retry, told};
use super::words::Words;
use crate::components::icon::{Glyph, Icon};
use crate::pages::calls::row::OutcomeLine;
use crate::pages::forms::PostButton;
use crate::pages::zone::{At, Detail};

/// When an entry has its place in the timeline.
pub fn moment(entry: &TimelineItem) -> UnixMillis {
    match entry {
        TimelineItem::Call(call) => call.started_at,
        TimelineItem::Message(message) => message.send_at.unwrap_or(message.created_at),
    }
}

/// What all entries of a thread have in common.
#[derive(Clone, Debug)]
pub struct Around {
    /// How the other party is called.
    pub who: String,
    /// Whether texts can be sent to him.
    pub can_send: bool,
    /// The reader's.
    pub zone: TimeZone,
    /// The page to come back to.
    pub here: String,
}

/// An entry.
#[component]
pub fn EntryLine(
    /// What it is.
    entry: TimelineItem,
    /// The thread it is in.
    around: Around,
) -> impl IntoView {
    match entry {
        TimelineItem::Call(call) => view! { <CallEntry call=*call around /> }.into_any(),
        TimelineItem::Message(message) => view! { <Text message=*message around /> }.into_any(),
    }
}

#[component]
fn CallEntry(call: CallView, around: Around) -> impl IntoView {
    let id = call.id.to_string();
    let at = call.started_at;
    view! {
        <li class="entry call" id=format!("call-{id}")>
            <OutcomeLine call />
            <p class="entry-state">
                <At at zone=around.zone detail=Detail::Minute />
                " · "
                <a href=format!("/calls/{id}")>"Details" <span class="unseen">" of the call"</span></a>
            </p>
        </li>
    }
}

#[component]
fn Text(message: MessageView, around: Around) -> impl IntoView {
    let Around {
        who,
        can_send,
        zone,
        here,
    } = around;
    let state = told(&message);
    let look = state.as_ref().map_or("", |state| state.look);
    let (side, wrote) = match message.direction {
        Direction::Inbound => ("theirs", format!("{who} wrote:")),
        Direction::Outbound => ("mine", "You wrote:".to_owned()),
    };
    let said = announcement(&message, &who);
    let sender = match message.direction {
        Direction::Inbound => who,
        Direction::Outbound => "you".to_owned(),
    };
    let body = message.body.clone();
    let media = message.media.clone();
    let id = message.id.to_string();
    let name = format!("message-{id}");
    view! {
        <li class=format!("entry {side} {look}") id=name data-say=said>
            <div class="bubble" data-part="bubble">
                <p class="unseen">{wrote}</p>
                {(!body.is_empty()).then(|| view! { <Words text=body /> })}
                <Media id media sender />
            </div>
            <State message=message.clone() state zone />
            <div class="entry-actions" data-part="actions">
                <Actions message can_send here />
            </div>
        </li>
    }
}

/// When it was, and where it is.
#[component]
fn State(message: MessageView, state: Option<Told>, zone: TimeZone) -> impl IntoView {
    let waits = message.status == MessageStatus::Scheduled;
    let at = if waits { message.send_at } else { None }.unwrap_or(message.created_at);
    let detail = if waits { Detail::Day } else { Detail::Minute };
    let code = message.error.as_ref().and_then(|error| error.code);
    let code = code.filter(|_| message.status.is_failure() && message.provider == "twilio");
    view! {
        <p class="entry-state" data-part="state">
            {state.map(|Told { words, glyph, .. }| view! { <Icon glyph /> " " {words} {if waits { " for " } else { " · " }} })}
            <At at zone detail />
            {code
                .map(|code| {
                    view! {
                        " · "
                        <a
                            href=format!("https://www.twilio.com/docs/api/errors/{code}")
                            target="_blank"
                            rel="noopener noreferrer"
                        >
                            {format!("Twilio error {code}")}
                            <Icon glyph=Glyph::External />
                        </a>
                    }
                })}
        </p>
    }
}

/// Sending it again, or calling it off.
#[component]
fn Actions(message: MessageView, can_send: bool, here: String) -> impl IntoView {
    let id = message.id.to_string();
    let fields = |id: &str| vec![("id", id.to_owned()), ("next", here.clone())];
    let unknown = message.status == MessageStatus::Unknown;
    let again = (can_send && can_retry(&message)).then(|| {
        let fields = fields(&id);
        if unknown {
            let fields = fields.into_iter().chain([("force", "true".to_owned())]).collect();
            return view! {
                <details class="confirm">
                    <summary>"Retry"</summary>
                    <div class="stack">
                        <p>
                            "Nobody knows whether this text was sent: Twilio did not answer. If it was, sending it again means that "
                            "it arrives twice."
                        </p>
                        <PostButton
                            action="/messages/retry"
                            label="Send it again"
                            busy_label="Sending…"
                            look="small"
                            fields
                        />
                    </div>
                </details>
            }
            .into_any();
        }
        view! { <PostButton action="/messages/retry" label="Retry" busy_label="Sending…" look="quiet small" fields /> }
            .into_any()
    });
    let off = can_cancel(&message).then(|| {
        view! {
            <PostButton
                action="/messages/cancel"
                label="Cancel"
                busy_label="Cancelling…"
                look="quiet small"
                fields=fields(&id)
            />
        }
    });
    view! {
        {again}
        {off}
    }
}

/// What came with the words. It is read through us, by its place.
#[component]
fn Media(id: String, media: Vec<MediaView>, sender: String) -> impl IntoView {
    let count = media.len();
    media
        .into_iter()
        .map(move |MediaView { n, content_type }| {
            let source = format!("/api/messages/{id}/media/{n}");
            let place = if count > 1 {
                format!(" {} of {count}", n + 1)
            } else {
                String::new()
            };
            let kind = content_type.unwrap_or_default();
            match kind.split('/').next().unwrap_or_default() {
                "image" => {
                    let picture = source.clone();
                    view! {
                        <a href=source target="_blank" rel="noopener" data-turbo="false">
                            <img src=picture alt=format!("Picture{place} from {sender}, opens alone") loading="lazy" />
                        </a>
                    }
                    .into_any()
                }
                "audio" => {
                    let name = format!("Sound{place} from {sender}");
                    view! { <audio controls preload="none" src=source aria-label=name></audio> }.into_any()
                }
                "video" => {
                    let name = format!("Film{place} from {sender}");
                    view! { <video controls preload="none" src=source aria-label=name></video> }.into_any()
                }
                _ => view! {
                    <a
                        class="button quiet small"
                        href=format!("{source}?download=1")
                        download
                        data-turbo="false"
                    >
                        <Icon glyph=Glyph::Download />
                        {format!("Save file{place}")}
                        <span class="unseen">{format!(" from {sender}")}</span>
                    </a>
                }
                .into_any(),
            }
        })
        .collect_view()
}
