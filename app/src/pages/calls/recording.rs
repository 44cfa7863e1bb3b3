//! Recordings and messages, played in place.

use domain::recording::{RecordingKind, RecordingStatus, RecordingView};
use leptos::prelude::*;

use crate::components::call::clock;
use crate::components::icon::{Glyph, Icon};

/// The recordings of a call, each with what can be done with it.
#[component]
pub fn Recordings(
    /// The recordings.
    recordings: Vec<RecordingView>,
    /// Whose call it was, for those who hear the player's name alone.
    peer: String,
    /// The page to come back to.
    here: String,
) -> impl IntoView {
    recordings
        .into_iter()
        .filter(|recording| !matches!(recording.status, RecordingStatus::Absent | RecordingStatus::Deleted))
        .map(|recording| view! { <Recording recording peer=peer.clone() here=here.clone() /> })
        .collect_view()
}

/// What a recording is called.
const fn name(kind: RecordingKind) -> &'static str {
    match kind {
        RecordingKind::Conversation => "Recording",
        RecordingKind::Voicemail => "Message",
    }
}

/// Why a recording cannot be heard; nothing where it can.
const fn silence(status: RecordingStatus) -> Option<&'static str> {
    match status {
        RecordingStatus::Completed => None,
        RecordingStatus::InProgress => Some("being made"),
        RecordingStatus::Failed => Some("could not be made"),
        RecordingStatus::Absent => Some("nothing was said"),
        RecordingStatus::Deleting => Some("being deleted here and at Twilio"),
        RecordingStatus::Deleted => Some("deleted"),
    }
}

#[component]
fn Recording(recording: RecordingView, peer: String, here: String) -> impl IntoView {
    let id = recording.id.to_string();
    let what = name(recording.kind);
    let length = recording
        .duration_seconds
        .map(|seconds| format!(", {}", clock(seconds)));
    if let Some(why) = silence(recording.status) {
        return view! { <p class="fine recording">{what} ": " {why}</p> }.into_any();
    }
    let source = format!("/api/recordings/{id}/audio");
    view! {
        <div class="recording">
            <p class="fine recording-name">{what} {length}</p>
            <audio controls preload="none" src=source.clone() aria-label=format!("{what}: {peer}")></audio>
            <div class="recording-actions">
                <a
                    class="button quiet small"
                    href=format!("{source}?download=1")
                    download
                    data-turbo="false"
                >
                    <Icon glyph=Glyph::Download />
                    "Download"
                    <span class="unseen">{format!(" {}: {peer}", what.to_lowercase())}</span>
                </a>
                <details class="confirm">
                    <summary>
                        "Delete"
                        <span class="unseen">{format!(" {}: {peer}", what.to_lowercase())}</span>
                    </summary>
                    <form method="post" action="/recordings/delete">
                        <input type="hidden" name="id" value=id />
                        <input type="hidden" name="next" value=here />
                        <p>"It is deleted here and at Twilio, for good."</p>
                        <button type="submit" class="button danger small">
                            {format!("Delete this {}", what.to_lowercase())}
                        </button>
                    </form>
                </details>
            </div>
        </div>
    }
    .into_any()
}
