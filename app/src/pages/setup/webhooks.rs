//! What something points at: two addresses side by side.

use domain::setup::Pointing;
use leptos::prelude::*;

use crate::components::icon::{Glyph, Icon};

/// A table of what is and what should be, or what was and what will be.
#[component]
pub fn PointingTable(
    /// What the table is about.
    #[prop(into)]
    caption: String,
    /// The heading of `now`.
    now: &'static str,
    /// The heading of `then`.
    then: &'static str,
    /// The lines.
    pointing: Vec<Pointing>,
    /// Whether a difference is a fault, and said to be one.
    #[prop(optional)]
    compares: bool,
) -> impl IntoView {
    let lines = pointing.into_iter().map(move |line| {
        let same = line.now == line.then;
        view! {
            <tr class:differs=compares && !same>
                <th scope="row">
                    {line.label} {compares.then(|| view! { <Verdict same /> })}
                </th>
                <td data-heading=now>
                    <Address address=line.now />
                </td>
                <td data-heading=then>
                    <Address address=line.then />
                </td>
            </tr>
        }
    });
    view! {
        <table class="pointing">
            <caption>{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Setting"</th>
                    <th scope="col">{now}</th>
                    <th scope="col">{then}</th>
                </tr>
            </thead>
            <tbody>{lines.collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Address(address: Option<String>) -> impl IntoView {
    match address {
        Some(address) => view! { <code>{address}</code> }.into_any(),
        None => view! { <span class="fine">"Nothing"</span> }.into_any(),
    }
}

#[component]
fn Verdict(same: bool) -> impl IntoView {
    let (class, glyph, word) = if same {
        ("badge good", Glyph::Check, "As expected")
    } else {
        ("badge warn", Glyph::Warning, "Differs")
    };
    view! {
        <span class=class>
            <Icon glyph />
            {word}
        </span>
    }
}
