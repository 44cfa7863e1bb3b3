//! Well-formed XML from any text, escaped the way Twilio's own Node library does it.

use std::borrow::Cow;
use std::fmt::Display;

use quick_xml::Writer;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::QName;

/// A document that grows.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    /// With the declaration.
    pub(super) fn new() -> Self {
        let mut xml = Self(Writer::new(Vec::new()));
        xml.write(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml
    }

    fn write(&mut self, event: Event<'_>) {
        // A `Vec` takes everything.
        let _ = self.0.write_event(event);
    }

    /// An element without contents.
    pub(super) fn empty(&mut self, element: Element) {
        self.write(Event::Empty(element.0));
    }

    /// An element that holds a text.
    pub(super) fn text(&mut self, element: Element, text: &str) {
        self.parent(element, |xml| {
            let escaped = escape(text, &[('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('\r', "&#xD;")]);
            xml.write(Event::Text(BytesText::from_escaped(escaped)));
        });
    }

    /// An element that holds others.
    pub(super) fn parent(&mut self, element: Element, contents: impl FnOnce(&mut Self)) {
        let end = BytesEnd::new(element.1);
        self.write(Event::Start(element.0));
        contents(self);
        self.write(Event::End(end));
    }

    pub(super) fn finish(self) -> String {
        // Every part of it was a text.
        String::from_utf8(self.0.into_inner()).unwrap_or_default()
    }
}

/// The beginning of an element, and its name.
pub(super) struct Element(BytesStart<'static>, &'static str);

impl Element {
    pub(super) fn new(name: &'static str) -> Self {
        Self(BytesStart::new(name), name)
    }

    /// With an attribute, unless there is nothing to say.
    pub(super) fn with(mut self, name: &str, value: Option<impl Display>) -> Self {
        if let Some(value) = value {
            let value = value.to_string();
            self.0.push_attribute(Attribute {
                key: QName(name),
                value: escape(
                    &value,
                    &[
                        ('&', "&amp;"),
                        ('<', "&lt;"),
                        ('"', "&quot;"),
                        ('\n', "&#xA;"),
                        ('\t', "&#x9;"),
                        ('\r', "&#xD;"),
                    ],
                ),
            });
        }
        self
    }

    /// With an attribute that is a list, unless it is empty.
    pub(super) fn list(self, name: &str, values: &[impl Display]) -> Self {
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        self.with(name, (!values.is_empty()).then(|| values.join(" ")))
    }
}

/// What XML 1.0 allows in a document: <https://www.w3.org/TR/xml/#charsets>.
fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The text with some characters replaced, and without those that XML cannot hold.
fn escape<'a>(text: &'a str, replacements: &[(char, &str)]) -> Cow<'a, str> {
    let replacement = |character| replacements.iter().find(|(from, _)| *from == character);
    if text
        .chars()
        .all(|character| is_legal(character) && replacement(character).is_none())
    {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars().filter(|character| is_legal(*character)) {
        match replacement(character) {
            Some((_, to)) => escaped.push_str(to),
            None => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}
