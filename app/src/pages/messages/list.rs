//! The list of threads, and what is above it.

use domain::message::ThreadView;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::location::Url;

use super::SEARCH_MAX;
use super::new_text::NewText;
use super::row::Row;
use crate::components::icon::{Glyph, Icon};
use crate::pages::message::NotConnected;
use crate::pages::notice::DoneNote;
use crate::pages::refusal::RefusalNote;

/// What the page shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The threads, newest first.
    pub threads: Vec<ThreadView>,
    /// Where the next page begins.
    pub next: Option<String>,
    /// What is searched for.
    pub search: Option<String>,
    /// Whether it is the first page.
    pub first: bool,
    /// The user's number as people write it; none while nothing is connected.
    pub number: Option<String>,
    /// To whom a new text was to go.
    pub to: String,
    /// Why it cannot.
    pub fault: Option<String>,
}

/// The page.
#[component]
pub fn List(
    /// What it shows.
    shown: Shown,
    /// The reader's.
    zone: TimeZone,
    /// The reader's day.
    today: Date,
) -> impl IntoView {
    let Shown {
        threads,
        next,
        search,
        first,
        number,
        to,
        fault,
    } = shown;
    let connected = number.is_some();
    let list = if threads.is_empty() {
        view! { <Nothing searched=search.is_some() || !first number /> }.into_any()
    } else {
        let rows = threads
            .into_iter()
            .map(|thread| view! { <Row thread zone=zone.clone() today /> });
        view! { <ol class="threads">{rows.collect_view()}</ol> }.into_any()
    };
    let older = next.map(|cursor| address(search.as_deref(), Some(&cursor)));
    let newest = (!first).then(|| address(search.as_deref(), None));
    view! {
        <Title text="Texts" />
        <section class="page messages-page">
            <div class="page-head">
                <h1>"Texts"</h1>
            </div>
            <DoneNote />
            <RefusalNote />
            {connected.then(|| view! { <NewText to fault /> })}
            <Search search />
            <div class="news" role="status">
                <button type="button" class="button quiet small" data-show-threads hidden>
                    "New texts, show"
                </button>
            </div>
            <div data-threads data-first=first>
                {list}
            </div>
            <nav class="actions pages" aria-label="Pages">
                {newest.map(|href| view! { <a class="button quiet" href=href>"Newest"</a> })}
                {older
                    .map(|href| {
                        view! {
                            <a class="button quiet" rel="next" href=href>
                                "Older"
                                <Icon glyph=Glyph::Arrow />
                            </a>
                        }
                    })}
            </nav>
        </section>
    }
}

/// The address of a page of the list.
fn address(search: Option<&str>, before: Option<&str>) -> String {
    let pairs: Vec<String> = [("q", search), ("before", before)]
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name}={}", Url::escape(value?))))
        .collect();
    if pairs.is_empty() {
        "/messages".to_owned()
    } else {
        format!("/messages?{}", pairs.join("&"))
    }
}

#[component]
fn Search(search: Option<String>) -> impl IntoView {
    let narrow = search.is_some();
    view! {
        <search>
            <form class="messages-search" method="get" action="/messages">
                <div class="field">
                    <label for="q">"Name or number"</label>
                    <input
                        id="q"
                        name="q"
                        type="search"
                        value=search
                        maxlength=SEARCH_MAX
                        autocomplete="off"
                        placeholder="Any part, any format"
                    />
                </div>
                <div class="actions">
                    <button type="submit" class="button quiet">
                        "Search"
                    </button>
                    {narrow.then(|| view! { <a href="/messages">"Clear"</a> })}
                </div>
            </form>
        </search>
    }
}

/// Why the list is empty, and what to do.
#[component]
fn Nothing(searched: bool, number: Option<String>) -> impl IntoView {
    match (searched, number) {
        (true, _) => view! {
            <div class="empty">
                <p>
                    <strong>"Nobody matches"</strong>
                </p>
                <p>"Look for a part of the name, or for fewer digits."</p>
                <p class="actions">
                    <a class="button quiet" href="/messages">
                        "Show all"
                    </a>
                </p>
            </div>
        }
        .into_any(),
        (false, None) => view! { <NotConnected what="texts" /> }.into_any(),
        (false, Some(number)) => view! {
            <div class="empty">
                <p>
                    <strong>"No texts yet"</strong>
                </p>
                <p>"Text " <span class="no-wrap">{number}</span> " from a phone, or write to somebody with “New text” above."</p>
            </div>
        }
        .into_any(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_the_list_has_an_address() {
        assert_eq!(address(None, None), "/messages");
        assert_eq!(
            address(Some("+44 20"), Some("a=b")),
            "/messages?q=%2B44%2020&before=a%3Db"
        );
    }
}
