//! Finds a number in a long list.

use leptos::prelude::*;

/// The class of a line of the list; its text is searched.
const LINE: &str = "number";

/// Hides the numbers that do not hold what is typed: digits in any spelling, or a part of the name.
#[island]
pub fn NumberFilter(
    /// How many there are.
    total: usize,
) -> impl IntoView {
    let found = RwSignal::new(total);
    let filter = move |event| {
        let wanted = simple(&event_target_value(&event));
        let lines = document().get_elements_by_class_name(LINE);
        let mut matching = 0;
        for line in (0..lines.length()).filter_map(|index| lines.item(index)) {
            let hit = simple(&line.text_content().unwrap_or_default()).contains(&wanted);
            matching += usize::from(hit);
            // A boolean attribute: nothing to refuse.
            let _ = line.toggle_attribute_with_force("hidden", !hit);
        }
        found.set(matching);
    };
    view! {
        <div class="field live-only">
            <label for="filter">"Filter"</label>
            <input id="filter" type="search" autocomplete="off" placeholder="Digits or name" on:input=filter />
            <p class="hint" role="status">
                {move || format!("{} of {total} numbers", found.get())}
            </p>
        </div>
    }
}

/// Without what people put between digits, in lower case.
fn simple(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}
