//! A thread in the list. What can change while it is looked at stands in parts (`data-part`), which are exchanged one by one.

use domain::call::Direction;
use domain::message::{MessageView, ThreadView, TimelineItem};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leptos::prelude::*;

use super::status::told;
use super::{thread_path, title};
use crate::components::call::{direction, outcome};
use crate::components::icon::{Glyph, Icon};
use crate::pages::zone::{At, Detail, zoned};

/// The newest of a thread, in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    words: String,
    glyph: Option<Glyph>,
    look: &'static str,
}

/// A line of the list.
#[component]
pub fn Row(
    /// The thread.
    thread: ThreadView,
    /// The reader's.
    zone: TimeZone,
    /// The reader's day.
    today: Date,
) -> impl IntoView {
    let Line { words, glyph, look } = line(&thread);
    let number = thread.name.is_some().then(|| thread.formatted.clone());
    let unread = (thread.unread > 0).then(|| format!("{} unread", thread.unread));
    let time = thread.last_at.map(|at| {
        let detail = if zoned(at, &zone).date() == today {
            Detail::Minute
        } else {
            Detail::Day
        };
        view! { <At at zone detail /> }
    });
    view! {
        <li class="thread-row" id=format!("thread-{}", thread.peer)>
            <p class="thread-who" data-part="who">
                <a href=format!("{}#latest", thread_path(&thread.peer))>{title(&thread)}</a>
                {number.map(|number| view! { " " <span class="fine no-wrap">{number}</span> })}
            </p>
            <p class=format!("thread-last {look}") data-part="last">
                {glyph.map(|glyph| view! { <Icon glyph /> " " })}
                {words}
            </p>
            <p class="thread-time" data-part="time">
                {time}
            </p>
            <p class="thread-unread" data-part="unread">
                {unread.map(|words| view! { <span class="badge">{words}</span> })}
            </p>
        </li>
    }
}

/// What is begun goes before what was said last.
fn line(thread: &ThreadView) -> Line {
    let draft = thread.draft.as_deref().filter(|draft| !draft.trim().is_empty());
    if let Some(draft) = draft {
        return Line {
            words: format!("Draft: {draft}"),
            glyph: None,
            look: "",
        };
    }
    match &thread.last {
        Some(TimelineItem::Call(call)) => Line {
            words: format!("{} call, {}", direction(call), outcome(call).words),
            glyph: Some(outcome(call).glyph),
            look: "",
        },
        Some(TimelineItem::Message(message)) => last_text(message),
        None => Line {
            words: "Nothing yet".to_owned(),
            glyph: None,
            look: "",
        },
    }
}

fn last_text(message: &MessageView) -> Line {
    let what = match (message.body.is_empty(), message.media.len()) {
        (false, _) => message.body.clone(),
        (true, 0) => "An empty text".to_owned(),
        (true, 1) => "A picture or file".to_owned(),
        (true, count) => format!("{count} pictures or files"),
    };
    let failed = told(message).filter(|told| told.look == "failed");
    match (message.direction, failed) {
        (Direction::Inbound, _) => Line {
            words: what,
            glyph: None,
            look: "",
        },
        (Direction::Outbound, Some(told)) => Line {
            words: format!("{}. You: {what}", told.words.trim_end_matches('.')),
            glyph: Some(told.glyph),
            look: "failed",
        },
        (Direction::Outbound, None) => Line {
            words: format!("You: {what}"),
            glyph: None,
            look: "",
        },
    }
}

#[cfg(test)]
mod tests {
    use domain::message::{MediaView, MessageStatus};

    use super::super::status::tests::message;
    use super::*;

    fn thread(last: MessageView) -> ThreadView {
        ThreadView {
            peer: "+442079460199".to_owned(),
            formatted: "+44 20 7946 0199".to_owned(),
            name: None,
            last: Some(TimelineItem::Message(Box::new(last))),
            last_at: None,
            unread: 0,
            draft: None,
            opted_out_at: None,
        }
    }

    #[test]
    fn the_line_says_who_wrote_what_and_whether_it_failed() {
        let own = message(Direction::Outbound, MessageStatus::Delivered);
        assert_eq!(line(&thread(own)).words, "You: Hello");
        let failed = line(&thread(message(Direction::Outbound, MessageStatus::Failed)));
        assert_eq!((failed.words.as_str(), failed.look), ("Failed. You: Hello", "failed"));
        let mut picture = message(Direction::Inbound, MessageStatus::Received);
        picture.body.clear();
        picture.media.push(MediaView {
            n: 0,
            content_type: None,
        });
        assert_eq!(line(&thread(picture)).words, "A picture or file");
    }

    #[test]
    fn what_is_begun_is_shown_first() {
        let mut thread = thread(message(Direction::Inbound, MessageStatus::Received));
        thread.draft = Some("On my".to_owned());
        assert_eq!(line(&thread).words, "Draft: On my");
        thread.draft = Some("  ".to_owned());
        assert_eq!(line(&thread).words, "Hello");
    }
}
