//! Lists that come in pages: <https://www.twilio.com/docs/usage/twilios-response#response-formats-list-paging-information>.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::Client;
use crate::error::{Error, Kind};
use crate::webhook::rfc2822;

/// The most that Twilio gives at once.
const PAGE_SIZE: usize = 1000;
/// Bounds a list to 100 000 resources.
const MAX_PAGES: usize = 100;

/// How many are read at a time where few are expected.
const NEWEST_PAGE_SIZE: usize = 100;

/// What a list begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newest<T> {
    /// The newest first.
    pub items: Vec<T>,
    /// Whether these are all that were asked for; else there were too many.
    pub complete: bool,
}

#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct Page<T> {
    #[serde(alias = "incoming_phone_numbers", alias = "applications", alias = "keys")]
    #[serde(alias = "calls", alias = "recordings", alias = "conferences", alias = "participants")]
    #[serde(
        alias = "messages",
        alias = "media_list",
        alias = "services",
        alias = "phone_numbers"
    )]
    items: Vec<T>,
    next_page_uri: Option<String>,
    /// Where the products with a host of their own write what follows.
    meta: Option<Meta>,
}

#[derive(Deserialize)]
struct Meta {
    next_page_url: Option<String>,
}

impl<T> Page<T> {
    fn next(&self) -> Option<&str> {
        let next = match &self.meta {
            Some(meta) => &meta.next_page_url,
            None => &self.next_page_uri,
        };
        next.as_deref().filter(|next| !next.is_empty())
    }
}

impl Client {
    /// All resources of a list. Fails rather than returns a part of them.
    pub(super) async fn list<T: DeserializeOwned>(&self, operation: &'static str, first: Url) -> Result<Vec<T>, Error> {
        self.list_up_to(usize::MAX, operation, first).await
    }

    /// The newest resources of a list that begins with them: page after page for as long as the last one of a page `goes_on`,
    /// and at most `pages` pages. Tells with them whether there were more.
    pub(super) async fn list_newest<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        first: Url,
        pages: usize,
        goes_on: impl Fn(&T) -> bool + Send,
    ) -> Result<Newest<T>, Error> {
        let mut url = first;
        url.query_pairs_mut()
            .append_pair("PageSize", &NEWEST_PAGE_SIZE.to_string());
        let mut items = Vec::new();
        for _ in 0..pages {
            let page: Page<T> = self.get(operation, url.clone()).await?;
            let next = page.next().map(str::to_owned);
            items.extend(page.items);
            let Some(next) = next.filter(|_| items.last().is_some_and(&goes_on)) else {
                return Ok(Newest { items, complete: true });
            };
            let query = next_query(&url, &next).ok_or_else(|| {
                Error::new(Kind::Unreadable, operation, false).with_source("the next page is elsewhere")
            })?;
            url.set_query(query.as_deref());
        }
        Ok(Newest { items, complete: false })
    }

    /// The first so many resources of a list.
    pub(super) async fn list_up_to<T: DeserializeOwned>(
        &self,
        limit: usize,
        operation: &'static str,
        first: Url,
    ) -> Result<Vec<T>, Error> {
        let unreadable = |why: &'static str| Error::new(Kind::Unreadable, operation, false).with_source(why);
        let mut url = first;
        let size = limit.clamp(1, PAGE_SIZE).to_string();
        url.query_pairs_mut().append_pair("PageSize", &size);
        let mut seen = HashSet::new();
        let mut items = Vec::new();
        for _ in 0..MAX_PAGES {
            let page: Page<T> = self.get(operation, url.clone()).await?;
            seen.insert(url.query().map(str::to_owned));
            let next = page.next().map(str::to_owned);
            items.extend(page.items);
            let Some(next) = next.filter(|_| items.len() < limit) else {
                items.truncate(limit);
                return Ok(items);
            };
            url.set_query(
                next_query(&url, &next)
                    .ok_or_else(|| unreadable("the next page is elsewhere"))?
                    .as_deref(),
            );
            if seen.contains(&url.query().map(str::to_owned)) {
                return Err(unreadable("the pages run in a circle"));
            }
        }
        Err(unreadable("the list has too many pages"))
    }
}

/// The query of the next page, if that is the same list on the same host. Only the query is taken over, so that no answer
/// can lead the credentials elsewhere.
fn next_query(list: &Url, next: &str) -> Option<Option<String>> {
    let next = list.join(next).ok()?;
    let name = |url: &Url| {
        url.path_segments()
            .and_then(|mut segments| segments.next_back().map(str::to_owned))
    };
    (next.origin() == list.origin() && name(&next) == name(list)).then(|| next.query().map(str::to_owned))
}

/// A moment in a filter by time: its day, since that is all that Twilio documents.
pub(super) fn day_of(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d").to_string()
}

/// Whether what Twilio says of a time is that moment or later. What has no time yet, or an odd one, may be.
pub(super) fn is_since(said: Option<&str>, since: Timestamp) -> bool {
    said.and_then(rfc2822).is_none_or(|said| said >= since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(uri: &str) -> Option<Option<String>> {
        next_query(
            &"http://localhost:4010/2010-04-01/Accounts/AC1/Keys.json?PageSize=1000"
                .parse()
                .unwrap(),
            uri,
        )
    }

    #[test]
    fn the_query_of_the_same_list_is_taken_over() {
        let expected = Some(Some("PageSize=1000&Page=1&PageToken=PASK2".to_owned()));
        assert_eq!(
            next("/2010-04-01/Accounts/AC1/Keys.json?PageSize=1000&Page=1&PageToken=PASK2"),
            expected
        );
        assert_eq!(
            next("http://localhost:4010/2010-04-01/Accounts/AC1/Keys.json?PageSize=1000&Page=1&PageToken=PASK2"),
            expected
        );
    }

    #[test]
    fn another_host_port_scheme_or_list_is_refused() {
        for uri in [
            "http://evil.example/2010-04-01/Accounts/AC1/Keys.json?Page=1",
            "//evil.example/2010-04-01/Accounts/AC1/Keys.json?Page=1",
            "\\\\evil.example/2010-04-01/Accounts/AC1/Keys.json?Page=1",
            "http://localhost:4010@evil.example/Keys.json?Page=1",
            "http://localhost:4011/2010-04-01/Accounts/AC1/Keys.json?Page=1",
            "https://localhost:4010/2010-04-01/Accounts/AC1/Keys.json?Page=1",
            "/2010-04-01/Accounts/AC1/Applications.json?Page=1",
            "javascript:alert(1)",
        ] {
            assert_eq!(next(uri), None, "{uri}");
        }
    }
}
