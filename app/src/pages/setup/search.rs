//! Finding a number in a long list: an ordinary form, so that it works in every browser and a filtered list has an address.

use domain::setup::NumberChoice;
use leptos::prelude::*;

/// From this many numbers on, a list is searched rather than read.
const SEARCH_FROM: usize = 9;
/// So many are listed at once; the search finds the others.
const SHOWN_AT_ONCE: usize = 100;

/// What is listed of an account's numbers.
pub struct Found {
    /// What was searched for.
    pub query: String,
    /// The first of those that match.
    pub shown: Vec<NumberChoice>,
    /// How many match.
    pub matching: usize,
    /// How many there are.
    pub total: usize,
}

impl Found {
    /// Those numbers that hold what was typed: digits in any spelling, a part of the name, or the whole SID.
    pub fn search(numbers: Vec<NumberChoice>, query: Option<String>) -> Self {
        let query = query.unwrap_or_default().trim().to_owned();
        let (total, wanted) = (numbers.len(), simple(&query));
        // In many countries people write a number with a 0 in the place of the country code.
        let wanted = wanted.strip_prefix('0').unwrap_or(&wanted);
        let mut matching = 0;
        let shown = numbers
            .into_iter()
            .filter(|number| matches(number, wanted))
            .inspect(|_| matching += 1)
            .enumerate()
            .filter(|(index, _)| *index < SHOWN_AT_ONCE)
            .map(|(_, number)| number)
            .collect();
        Self {
            query,
            shown,
            matching,
            total,
        }
    }

    /// Whether a search helps.
    pub fn is_long(&self) -> bool {
        self.total >= SEARCH_FROM
    }

    /// How much of the list is to be seen, in words.
    pub fn count(&self) -> String {
        let (shown, matching, total) = (self.shown.len(), grouped(self.matching), grouped(self.total));
        match (self.query.is_empty(), shown < self.matching) {
            (true, false) => format!("{total} numbers"),
            (true, true) => format!("The first {shown} of {total} numbers. Search to find the others."),
            (false, false) => format!("{matching} of {total} numbers match"),
            (false, true) => format!("The first {shown} of {matching} that match, of {total} numbers"),
        }
    }
}

/// The search field above a long list.
#[component]
pub fn Search(
    /// What was searched for.
    query: String,
    /// How much of the list is to be seen, in words.
    count: String,
) -> impl IntoView {
    let searched = !query.is_empty();
    view! {
        <search>
            <form class="search" method="get" action="/twilio/setup/number">
                <label for="q">"Find a number"</label>
                <div class="search-field">
                    <input
                        id="q"
                        name="q"
                        type="search"
                        value=query
                        maxlength="80"
                        autocomplete="off"
                        placeholder="Digits, name or SID"
                        aria-describedby="q-count"
                    />
                    <button type="submit" class="button quiet">
                        "Search"
                    </button>
                </div>
                <p class="hint" id="q-count">
                    {count} " "
                    {searched.then(|| view! { <a href="/twilio/setup/number">"Show all"</a> })}
                </p>
            </form>
        </search>
    }
}

fn matches(number: &NumberChoice, wanted: &str) -> bool {
    let spellings = [&number.phone_number, &number.formatted, &number.friendly_name];
    // A part of a SID says nothing, and digits are meant for numbers.
    simple(&number.sid) == wanted || spellings.into_iter().any(|text| simple(text).contains(wanted))
}

/// Without what people put between digits, in lower case.
fn simple(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '(' | ')' | '.' | '/'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// `5000` as `5,000`.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use domain::setup::Capabilities;

    use super::*;

    fn number(index: usize) -> NumberChoice {
        NumberChoice {
            sid: format!("PN{index:032x}"),
            phone_number: format!("+4420718{index:05}"),
            formatted: format!("+44 20 7183 {index:05}"),
            friendly_name: format!("Shop {index}"),
            capabilities: Capabilities::default(),
            in_use_by: None,
            pointing: Vec::new(),
        }
    }

    fn search(total: usize, query: &str) -> Found {
        Found::search((0..total).map(number).collect(), Some(query.into()))
    }

    #[test]
    fn a_long_list_shows_its_beginning_and_how_long_it_is() {
        let found = search(5_000, "");
        assert_eq!((found.shown.len(), found.matching, found.total), (100, 5_000, 5_000));
        assert_eq!(
            found.count(),
            "The first 100 of 5,000 numbers. Search to find the others."
        );
    }

    #[test]
    fn digits_are_found_however_they_are_spaced_and_names_however_they_are_written() {
        for query in ["+44 20-7183", "(020) 7183", "207183"] {
            assert_eq!(search(20, query).matching, 20, "{query}");
        }
        let found = search(200, "shop 199");
        assert_eq!(found.shown.first().map(|n| n.friendly_name.as_str()), Some("Shop 199"));
        assert_eq!(found.count(), "1 of 200 numbers match");
        assert_eq!(search(20, &number(7).sid).matching, 1);
    }

    #[test]
    fn what_is_nowhere_finds_nothing() {
        let found = search(12, "zebra");
        assert_eq!((found.shown.len(), found.matching), (0, 0));
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
