//! Rows become what a person reads.

use domain::message::{MediaView, MessageView, ThreadView};
use domain::time::UnixMillis;
use store::{Message, Thread};

use super::Entry;
use crate::numbers;

/// A text as a person reads it.
pub(crate) fn view(message: Message) -> MessageView {
    let media = message.media.iter().zip(0..);
    MessageView {
        id: message.id,
        direction: message.direction,
        peer: numbers::party(message.peer()),
        media: media
            .map(|(medium, n)| MediaView {
                n,
                content_type: medium.content_type.clone(),
            })
            .collect(),
        from: message.from,
        to: message.to,
        body: message.body,
        status: message.status,
        segments: message.segments,
        provider: message.provider,
        provider_sid: message.provider_sid,
        error: message.error,
        created_at: message.created_at,
        send_at: message.send_at,
        sent_at: message.sent_at,
        delivered_at: message.delivered_at,
        attempts: message.attempts,
    }
}

/// A thread as a person reads it.
pub(super) fn thread(thread: Thread, last: Option<Entry>, opted_out_at: Option<UnixMillis>) -> ThreadView {
    ThreadView {
        formatted: numbers::party(&thread.peer),
        peer: thread.peer,
        name: thread.name,
        last,
        last_at: thread.last_at,
        unread: thread.unread,
        draft: thread.draft,
        opted_out_at,
    }
}
