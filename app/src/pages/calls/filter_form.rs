//! What is above the list: ordinary links and an ordinary form, so that a filtered list has an address.

use leptos::prelude::*;

use super::filter::{Filter, SEARCH_MAX, Show};

/// The kinds of calls, as links.
#[component]
pub fn Kinds(
    /// What is listed now.
    filter: Filter,
) -> impl IntoView {
    let links = Show::ALL.into_iter().map(move |show| {
        let current = (show == filter.show).then_some("page");
        view! {
            <li>
                <a href=filter.link_to(show) aria-current=current>
                    {show.label()}
                </a>
            </li>
        }
    });
    view! {
        <nav aria-label="Kinds of calls">
            <ul class="kinds">{links.collect_view()}</ul>
        </nav>
    }
}

/// Search and days.
#[component]
pub fn FilterForm(
    /// What is listed now.
    filter: Filter,
) -> impl IntoView {
    let all = Filter {
        show: filter.show,
        ..Filter::default()
    };
    let narrow = filter.is_narrow();
    let Filter {
        show, from, to, text, ..
    } = filter;
    let show = (show != Show::All).then(|| view! { <input type="hidden" name="show" value=show.word() /> });
    view! {
        <search>
            <form class="calls-filter" method="get" action="/calls">
                {show}
                <div class="field calls-search">
                    <label for="q">"Number"</label>
                    <input
                        id="q"
                        name="q"
                        type="search"
                        inputmode="tel"
                        value=text
                        maxlength=SEARCH_MAX
                        autocomplete="off"
                        placeholder="Any part, any format"
                    />
                </div>
                <div class="field">
                    <label for="from">"From"</label>
                    <input id="from" name="from" type="date" value=from.map(|day| day.to_string()) />
                </div>
                <div class="field">
                    <label for="to">"To"</label>
                    <input id="to" name="to" type="date" value=to.map(|day| day.to_string()) />
                </div>
                <div class="actions">
                    <button type="submit" class="button quiet">
                        "Search"
                    </button>
                    {narrow.then(|| view! { <a href=all.link()>"Clear"</a> })}
                </div>
            </form>
        </search>
    }
}
