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
            <tr role="row" class:differs=compares && !same>
                <th scope="row" role="rowheader">
                    {line.label} {compares.then(|| view! { <Verdict same /> })}
                </th>
                <td role="cell" data-heading=now>
                    <Address address=line.now />
                </td>
                <td role="cell" data-heading=then>
                    <Address address=line.then />
                </td>
            </tr>
        }
    });
    // On a phone the style sheet lays the cells out anew, which in some browsers takes their roles away; so they are named.
    view! {
        <table class="pointing" role="table">
            <caption>{caption}</caption>
            <thead role="rowgroup">
                <tr role="row">
                    <th scope="col" role="columnheader">"Setting"</th>
                    <th scope="col" role="columnheader">{now}</th>
                    <th scope="col" role="columnheader">{then}</th>
                </tr>
            </thead>
            <tbody role="rowgroup">{lines.collect_view()}</tbody>
        </table>
    }
}

#[component]
fn Address(address: Option<String>) -> impl IntoView {
    match address {
        Some(address) => {
            // A narrow column breaks it where a part begins.
            let parts: Vec<_> = address
                .split_inclusive('/')
                .map(|part| view! { {part.to_owned()} <wbr /> })
                .collect();
            view! { <code>{parts}</code> }.into_any()
        }
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
