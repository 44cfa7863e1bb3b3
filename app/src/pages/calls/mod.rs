//! The call log: `/calls`, and a call with its timeline, `/calls/{id}`.

mod detail;
mod filter;
mod filter_form;
mod recording;
pub mod row;
mod timeline;

use domain::call::CallView;
use domain::phone::PhoneView;
use jiff::tz::TimeZone;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use services::calls::{CallDetail, CallPage};

use super::days::{Day, days};
use super::forms::PostButton;
use super::loaded;
use super::message::NotConnected;
use super::notice::DoneNote;
use super::refusal::RefusalNote;
use super::zone::{reader_zone, zone_name, zoned};
use crate::components::icon::{Glyph, Icon};
use crate::islands::LiveCalls;
use detail::Detail;
use filter::{Filter, Show};
use filter_form::{FilterForm, Kinds};
use row::Row;

/// Calls on a page.
const PAGE: u32 = 50;

/// The call log.
#[component]
pub fn Calls() -> impl IntoView {
    let filter = use_query_map().with_untracked(Filter::of);
    let zone = reader_zone();
    let (query, cursor) = (filter.query(&zone), filter.before.clone());
    loaded(
        move |services, caller| async move {
            let page = services.calls.list(&caller, &query, cursor.as_deref(), PAGE).await?;
            let phone = services.phone.view(&caller).await?;
            Ok((page, phone, services.calls.now()))
        },
        move |(page, phone, now)| {
            let today = zoned(now, &zone).date();
            view! { <Log filter page phone zone today /> }.into_any()
        },
    )
}

/// A call with all that is known of it.
#[component]
pub fn OneCall() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id").unwrap_or_default());
    let zone = reader_zone();
    loaded(
        move |services, caller| async move {
            let call = services.calls.find(&caller, &id).await?;
            let connected = services.phone.view(&caller).await?.is_some();
            Ok((call, connected))
        },
        move |(call, connected): (CallDetail, bool)| view! { <Detail call connected zone /> }.into_any(),
    )
}

#[component]
fn Log(
    filter: Filter,
    page: CallPage,
    phone: Option<PhoneView>,
    zone: TimeZone,
    today: jiff::civil::Date,
) -> impl IntoView {
    let connected = phone.is_some();
    let missed = phone.as_ref().map_or(0, |phone| phone.missed);
    let CallPage { calls, next } = page;
    let first = filter.before.is_none();
    let zone_name = zone_name(&zone);
    let csv = (!calls.is_empty()).then(|| filter.csv(&zone));
    let list = if calls.is_empty() {
        view! { <Nothing filter=filter.clone() phone /> }.into_any()
    } else {
        let here = filter.link();
        view! { <Days calls zone today connected here /> }.into_any()
    };
    view! {
        <Title text="Calls" />
        <section class="page calls-page">
            <div class="page-head">
                <h1>"Calls"</h1>
                {csv
                    .map(|href| {
                        view! {
                            <a class="button quiet small" href=href download="calls.csv" data-turbo="false">
                                <Icon glyph=Glyph::Download />
                                "Save as CSV"
                            </a>
                        }
                    })}
            </div>
            <DoneNote />
            <RefusalNote />
            <div class="calls-controls">
                <Kinds filter=filter.clone() />
                <FilterForm filter=filter.clone() />
            </div>
            {(missed > 0)
                .then(|| {
                    view! {
                        <noscript>
                            <PostButton
                                action="/calls/seen"
                                label="Mark missed calls as seen"
                                busy_label="Marking…"
                                look="quiet small"
                            />
                        </noscript>
                    }
                })}
            <LiveCalls announces=first sees=true zone=zone_name>
                <div data-list="">{list}</div>
            </LiveCalls>
            <nav class="actions pages" aria-label="Pages">
                {(!first).then(|| view! { <a class="button quiet" href=filter.link_to(filter.show)>"Newest"</a> })}
                {next
                    .map(|cursor| {
                        view! {
                            <a class="button quiet" rel="next" href=filter.link_before(cursor)>
                                "Older"
                                <Icon glyph=Glyph::Arrow />
                            </a>
                        }
                    })}
            </nav>
        </section>
    }
}

/// The calls, day by day.
#[component]
fn Days(
    calls: Vec<CallView>,
    zone: TimeZone,
    today: jiff::civil::Date,
    connected: bool,
    /// The page's own address.
    here: String,
) -> impl IntoView {
    let days = days(calls, |call| call.started_at, &zone, today);
    let days = days.into_iter().map(move |Day { name, items, .. }| {
        let zone = zone.clone();
        let here = here.clone();
        let rows = items
            .into_iter()
            .map(move |call| view! { <Row call connected zone=zone.clone() here=here.clone() /> });
        view! {
            <section class="calls-day">
                <h2>{name}</h2>
                <ol class="calls">{rows.collect_view()}</ol>
            </section>
        }
    });
    days.collect_view()
}

/// Why the list is empty, and what to do.
#[component]
fn Nothing(filter: Filter, phone: Option<PhoneView>) -> impl IntoView {
    let everything = filter.link_to(Show::All);
    match (phone, filter) {
        (_, filter) if filter.is_narrow() || filter.before.is_some() => view! {
            <div class="empty">
                <p>
                    <strong>"No call matches"</strong>
                </p>
                <p>"Look for fewer digits, or for other days."</p>
                <p class="actions">
                    <a class="button quiet" href="/calls">
                        "Show all calls"
                    </a>
                </p>
            </div>
        }
        .into_any(),
        (_, filter) if filter.show != Show::All => {
            let what = match filter.show {
                Show::Incoming => "No incoming calls yet",
                Show::Outgoing => "No outgoing calls yet",
                Show::Missed => "No missed calls",
                _ => "No voicemail",
            };
            view! {
                <div class="empty">
                    <p>
                        <strong>{what}</strong>
                    </p>
                    <p class="actions">
                        <a class="button quiet" href=everything>
                            "Show all calls"
                        </a>
                    </p>
                </div>
            }
            .into_any()
        }
        (None, _) => view! { <NotConnected what="calls" /> }.into_any(),
        (Some(phone), _) => view! {
            <div class="empty">
                <p>
                    <strong>"No calls yet"</strong>
                </p>
                <p>"Call " <span class="no-wrap">{phone.formatted}</span> ", or call somebody with the phone on this page."</p>
                <p class="actions">
                    <button type="button" class="button live-only" data-call=domain::phone::TEST_CALL>
                        <Icon glyph=Glyph::Phone />
                        "Make a test call"
                    </button>
                </p>
            </div>
        }
        .into_any(),
    }
}
