//! Moments on a page.

use domain::time::UnixMillis;
use leptos::prelude::*;

use crate::islands::LocalTime;

/// A moment, in UTC until the browser knows better.
#[component]
pub fn Moment(
    /// When.
    at: UnixMillis,
) -> impl IntoView {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    let utc = moment.strftime("%-d %b %Y, %H:%M UTC").to_string();
    view! { <LocalTime datetime=moment.to_string() utc /> }
}
