//! Lists, page by page: <https://www.twilio.com/docs/usage/twilios-response#response-formats-list-paging-information>

use form_urlencoded::Serializer;
use serde_json::{Value, json};

use super::refusal::Refusal;
use crate::world::Stored;

const DEFAULT_PAGE_SIZE: usize = 50;
const LARGEST_PAGE_SIZE: usize = 1000;

/// One page of a list.
pub(super) struct Page<'a, T> {
    pub(super) items: Vec<&'a Stored<T>>,
    number: usize,
    size: usize,
    /// Query of each neighbour.
    first: String,
    this: String,
    previous: Option<String>,
    next: Option<String>,
}

/// The page of `all` that `query` asks for. A token names the item that the page follows (`PA`) or precedes (`PB`), so
/// that a list which changes meanwhile neither repeats nor skips anything.
pub(super) fn page<'a, T>(all: &[&'a Stored<T>], query: &[(String, String)]) -> Result<Page<'a, T>, Refusal> {
    let value = |wanted: &str| {
        query
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.as_str())
    };
    let size = match value("PageSize").map(str::parse) {
        None => DEFAULT_PAGE_SIZE,
        Some(Ok(size)) if (1..=LARGEST_PAGE_SIZE).contains(&size) => size,
        Some(_) => return Err(Refusal::new(400, 20007, "Page size too large")),
    };
    let number = match value("Page").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(number)) => number,
        Some(Err(_)) => return Err(Refusal::new(400, 20422, "Invalid Parameter: Page")),
    };
    let position = |sid: &str| all.iter().position(|item| item.sid == sid);
    let token = value("PageToken").unwrap_or_default();
    let by_number = number.saturating_mul(size);
    let from = if let Some(last_seen) = token.strip_prefix("PA") {
        position(last_seen).map_or(by_number, |at| at + 1)
    } else if let Some(first_seen) = token.strip_prefix("PB") {
        position(first_seen).map_or(by_number, |at| at.saturating_sub(size))
    } else {
        by_number
    }
    .min(all.len());
    let items: Vec<_> = all[from..].iter().take(size).copied().collect();

    let link = |number: usize, token: Option<String>| {
        let filters = query
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "PageSize" | "Page" | "PageToken"));
        let mut link = Serializer::new(String::new());
        link.extend_pairs(filters)
            .append_pair("PageSize", &size.to_string())
            .append_pair("Page", &number.to_string());
        if let Some(token) = token {
            link.append_pair("PageToken", &token);
        }
        link.finish()
    };
    let next = items
        .last()
        .filter(|_| from + items.len() < all.len())
        .map(|last| link(number + 1, Some(format!("PA{}", last.sid))));
    let previous = items
        .first()
        .filter(|_| number > 0 && from > 0)
        .map(|first| link(number - 1, Some(format!("PB{}", first.sid))));
    let this = link(number, Some(token.to_owned()).filter(|token| !token.is_empty()));
    Ok(Page {
        first: link(0, None),
        this,
        previous,
        next,
        items,
        number,
        size,
    })
}

impl<T> Page<'_, T> {
    /// The body of a v2010 list: relative addresses beside the items.
    pub(super) fn v2010(&self, path: &str, name: &str, items: Vec<Value>) -> Value {
        let address = |query: &String| format!("{path}?{query}");
        let start = self.number.saturating_mul(self.size);
        json!({
            name: items,
            "page": self.number,
            "page_size": self.size,
            "start": start,
            "end": start + self.items.len().saturating_sub(1),
            "uri": address(&self.this),
            "first_page_uri": address(&self.first),
            "previous_page_uri": self.previous.as_ref().map(address),
            "next_page_uri": self.next.as_ref().map(address),
        })
    }

    /// The body of a list of the newer APIs: absolute addresses in `meta`.
    pub(super) fn v1(&self, base_url: &str, path: &str, name: &str, items: Vec<Value>) -> Value {
        let address = |query: &String| format!("{base_url}{path}?{query}");
        json!({
            name: items,
            "meta": {
                "key": name,
                "page": self.number,
                "page_size": self.size,
                "url": address(&self.this),
                "first_page_url": address(&self.first),
                "previous_page_url": self.previous.as_ref().map(address),
                "next_page_url": self.next.as_ref().map(address),
            },
        })
    }
}
