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
