//! Small line drawings. They never stand alone: a word says the same beside them.

use leptos::prelude::*;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// A tick.
    Check,
    /// A cross.
    Cross,
    /// An empty circle: not begun.
    Circle,
    /// Three quarters of a circle, turning: at work.
    Spinner,
    /// An arrow that turns back.
    Undo,
    /// A triangle with an exclamation mark.
    Warning,
    /// A circle with an i.
    Info,
    /// An arrow out of a box: opens in a new tab.
    External,
    /// An arrow to the right.
    Arrow,
    /// A key with a cross: takes the last one away.
    Backspace,
    /// An arrow head that points up.
    Chevron,
    /// An arrow that comes in.
    Incoming,
    /// An arrow that goes out.
    Outgoing,
    /// An arrow that is turned away.
    Missed,
    /// Two reels of a tape.
    Voicemail,
    /// A telephone's handset.
    Phone,
    /// An arrow down onto a line.
    Download,
}

impl Glyph {
    const fn path(self) -> &'static str {
        match self {
            Self::Check => "M5 12.500l4.5 4.500L19 7.5",
            Self::Cross => "M6.5 6.500l11 11M17.5 6.500l-11 11",
            Self::Circle => "M12 4.500a7.5 7.5 0 1 0 .01 0z",
            Self::Spinner => "M12 4.500a7.5 7.5 0 1 1-7.5 7.5",
            Self::Undo => "M9 7L5 11l4 4M5 11h9a5 5 0 0 1 0 10h-2",
            Self::Warning => "M12 4L2.5 20h19zM12 10v4.500M12 17.200v.3",
            Self::Info => "M12 3.500a8.5 8.5 0 1 0 .01 0zM12 11v5.500M12 7.600v.3",
            Self::External => "M14 4h6v6M20 4l-9 9M18 14v5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1h5",
            Self::Arrow => "M5 12h14M13 6l6 6-6 6",
            Self::Backspace => "M9 5h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H9l-6-7zM11.500 9.500l5 5M16.500 9.500l-5 5",
            Self::Chevron => "M6 15l6-6 6 6",
            Self::Incoming => "M18.5 5.5l-12 12M6.5 8.5v9h9",
            Self::Outgoing => "M5.5 18.5l12-12M8.5 6.5h9v9",
            Self::Missed => "M3.5 7l7.5 7.5L20.5 5M14.5 5h6v6",
            Self::Voicemail => "M6.5 8.5a3.5 3.5 0 1 0 .01 0zM17.5 8.5a3.5 3.5 0 1 0 .01 0zM6.5 15.5h11",
            Self::Phone => {
                "M6 3.5h3l1.5 4.5-2 1.5a12 12 0 0 0 6 6l1.5-2 4.5 1.5v3a2 2 0 0 1-2 2A16 16 0 0 1 4 5.5a2 2 0 0 1 2-2z"
            }
            Self::Download => "M12 4v11M7 10.5l5 5 5-5M5 20h14",
        }
    }
}

/// A drawing as large as the text around it.
#[component]
pub fn Icon(
    /// What is drawn.
    glyph: Glyph,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=glyph.path() />
        </svg>
    }
}
