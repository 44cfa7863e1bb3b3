//! What this browser remembers for the phone.

use leptos::prelude::window;

/// Reads one thing; nothing where the browser keeps nothing.
pub(super) fn read(name: &str) -> Option<String> {
    let storage = window().local_storage().ok()??;
    storage.get_item(&format!("sniko-phone.{name}")).ok()?
}

/// Keeps one thing.
pub(super) fn write(name: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or forbidden storage forgets: nothing else breaks.
        let _ = storage.set_item(&format!("sniko-phone.{name}"), value);
    }
}
