//! Labelled form fields with their hint and fault.

use leptos::html::Input;
use leptos::prelude::*;

/// Says what is wrong with a field; `id` is what the field's `aria-describedby` names.
#[component]
pub fn Fault(
    /// The element's id.
    id: String,
    /// The sentence; nothing while the field is right.
    #[prop(into)]
    text: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <p class="fault" id=id>
            {move || text.get()}
        </p>
    }
}

/// A field for something secret, with a button that shows it.
#[component]
pub fn SecretField(
    /// The field's name and id.
    name: String,
    /// What it is called.
    label: String,
    /// The browser's hint for password managers.
    autocomplete: String,
    /// What may be entered.
    #[prop(optional_no_strip)]
    hint: Option<String>,
    /// What is wrong with what was entered.
    #[prop(into)]
    fault: Signal<Option<String>>,
    /// Fewest characters that the browser lets through.
    #[prop(default = 1)]
    minlength: usize,
    /// Reaches the field.
    #[prop(default = NodeRef::new())]
    field: NodeRef<Input>,
) -> impl IntoView {
    let shown = RwSignal::new(false);
    let (hint_id, fault_id) = (format!("{name}-hint"), format!("{name}-fault"));
    view! {
        <div class="field">
            <label for=name.clone()>{label.clone()}</label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id.clone()>{hint}</p> })}
            <div class="secret">
                <input
                    node_ref=field
                    id=name.clone()
                    name=name
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    autocapitalize="off"
                    spellcheck="false"
                    required
                    minlength=minlength
                    maxlength="1024"
                    aria-describedby=format!("{fault_id} {hint_id}")
                    aria-invalid=move || fault.get().map(|_| "true")
                />
                <button
                    type="button"
                    class="reveal live-only"
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { "Hide" } else { "Show" }}
                    <span class="unseen">{format!(" {label}")}</span>
                </button>
            </div>
            <Fault id=fault_id text=fault />
        </div>
    }
}
