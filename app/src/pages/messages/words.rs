//! What somebody wrote, with its addresses as links.

use leptos::prelude::*;

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Words(String),
    Link(String),
}

/// A text as it was written: its lines stay lines, and what begins as an address of the web leads there.
#[component]
pub fn Words(
    /// The text.
    text: String,
) -> impl IntoView {
    let pieces = pieces(&text).into_iter().map(|piece| match piece {
        Piece::Words(words) => words.into_any(),
        Piece::Link(address) => {
            let shown = address.clone();
            view! {
                <a href=address target="_blank" rel="noopener noreferrer nofollow">
                    {shown}
                </a>
            }
            .into_any()
        }
    });
    view! {
        <p class="words" dir="auto">
            {pieces.collect_view()}
        </p>
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut words = String::new();
    for part in text.split_inclusive(char::is_whitespace) {
        let (address, rest) = split(part);
        if address.is_empty() {
            words.push_str(part);
            continue;
        }
        if !words.is_empty() {
            pieces.push(Piece::Words(std::mem::take(&mut words)));
        }
        pieces.push(Piece::Link(address.to_owned()));
        words.push_str(rest);
    }
    if !words.is_empty() {
        pieces.push(Piece::Words(words));
    }
    pieces
}

/// The address at the beginning, and the rest: the mark that ends a sentence is no part of an address.
fn split(part: &str) -> (&str, &str) {
    let host = part.strip_prefix("https://").or_else(|| part.strip_prefix("http://"));
    let is_address = host.is_some_and(|host| host.starts_with(|first: char| first.is_alphanumeric()));
    if !is_address {
        return ("", part);
    }
    let ends =
        |mark: char| mark.is_whitespace() || matches!(mark, '.' | ',' | ';' | ':' | '!' | '?' | ')' | '"' | '”' | '>');
    part.split_at(part.trim_end_matches(ends).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Piece {
        Piece::Words(text.to_owned())
    }

    fn link(text: &str) -> Piece {
        Piece::Link(text.to_owned())
    }

    #[test]
    fn addresses_are_links_and_sentences_end_without_them() {
        assert_eq!(
            pieces("See https://example.com/a?b=c, or\nhttp://example.org."),
            [
                words("See "),
                link("https://example.com/a?b=c"),
                words(", or\n"),
                link("http://example.org"),
                words(".")
            ]
        );
    }

    #[test]
    fn nothing_else_is_a_link_and_nothing_is_lost() {
        for text in [
            "",
            "javascript:alert(1)",
            "https://",
            "https://.",
            "xhttps://example.com",
            "<a href=\"https://x\">",
        ] {
            let plain: Vec<_> = Some(words(text)).into_iter().filter(|_| !text.is_empty()).collect();
            assert_eq!(pieces(text), plain, "{text}");
        }
    }
}
