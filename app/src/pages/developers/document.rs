//! docs/openapi.json as this page reads it: the part of OpenAPI 3.1 that it uses (<https://spec.openapis.org/oas/v3.1.1.html>).

use std::fmt;
use std::marker::PhantomData;
use std::sync::OnceLock;

use leptos::serde_json::{self, Value};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::OPENAPI;

/// An object whose order is the author's.
#[derive(Debug)]
pub struct Ordered<T>(pub Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Ordered<T> {
    /// What is under this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Ordered<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// The whole.
#[derive(Debug, Deserialize)]
pub struct Document {
    pub info: Info,
    pub tags: Vec<Tag>,
    pub paths: Ordered<Ordered<Operation>>,
    pub components: Components,
}

#[derive(Debug, Deserialize)]
pub struct Info {
    pub description: String,
}

/// An area.
#[derive(Debug, Deserialize)]
pub struct Tag {
    pub name: String,
    pub description: String,
}

/// What is named once and referred to.
#[derive(Debug, Deserialize)]
pub struct Components {
    pub schemas: Ordered<Shape>,
    pub responses: Ordered<Answer>,
    pub parameters: Ordered<Parameter>,
}

/// A method of an address.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    pub tags: Vec<String>,
    pub summary: String,
    pub description: Option<String>,
    pub security: Option<Vec<Ordered<Value>>>,
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    pub request_body: Option<Body>,
    pub responses: Ordered<Answer>,
}

/// A part of the address, the query or the head; or a reference to one.
#[derive(Debug, Deserialize)]
pub struct Parameter {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    #[serde(default)]
    pub name: String,
    #[serde(default, rename = "in")]
    pub place: String,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub schema: Shape,
}

/// What is sent.
#[derive(Debug, Deserialize)]
pub struct Body {
    pub content: Ordered<Media>,
}

/// An answer, or a reference to one.
#[derive(Debug, Deserialize)]
pub struct Answer {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub content: Ordered<Media>,
}

/// A body of one kind.
#[derive(Debug, Deserialize)]
pub struct Media {
    pub schema: Shape,
    pub example: Option<Value>,
}

/// What a value looks like, or a reference to that.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Shape {
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<Kinds>,
    pub description: Option<String>,
    #[serde(rename = "enum")]
    pub one_of: Vec<Value>,
    #[serde(rename = "const")]
    pub constant: Option<Value>,
    pub any_of: Vec<Shape>,
    pub items: Option<Box<Shape>>,
    pub properties: Ordered<Shape>,
    pub required: Vec<String>,
}

/// One kind of value or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Kinds {
    /// One.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

/// The last part of a reference.
pub fn name_of(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or_default()
}

impl Document {
    /// Read once. None only where the file is broken, which a test would say.
    pub fn read() -> Option<&'static Self> {
        static DOCUMENT: OnceLock<Option<Document>> = OnceLock::new();
        DOCUMENT.get_or_init(|| serde_json::from_str(OPENAPI).ok()).as_ref()
    }

    /// What a reference leads to.
    pub fn parameter<'a>(&'a self, given: &'a Parameter) -> &'a Parameter {
        let led = given.reference.as_deref().map(name_of);
        led.and_then(|name| self.components.parameters.get(name))
            .unwrap_or(given)
    }

    /// What a reference leads to.
    pub fn answer<'a>(&'a self, given: &'a Answer) -> &'a Answer {
        let led = given.reference.as_deref().map(name_of);
        led.and_then(|name| self.components.responses.get(name))
            .unwrap_or(given)
    }

    /// The operations of an area, each with its method and address.
    pub fn of_area(&self, area: &str) -> Vec<(&str, &str, &Operation)> {
        let all = self.paths.0.iter().flat_map(|(path, methods)| {
            let methods = methods.0.iter();
            methods.map(move |(method, operation)| (method.as_str(), path.as_str(), operation))
        });
        all.filter(|(_, _, operation)| operation.tags.iter().any(|tag| tag == area))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_is_read_in_its_own_order() {
        let document = Document::read().expect("docs/openapi.json fits these structs");
        assert_eq!(
            document.paths.0.first().map(|(path, _)| path.as_str()),
            Some("/auth/sign-up")
        );
        assert!(document.of_area("Calls").len() >= 4);
    }

    #[test]
    fn every_operation_is_in_an_area_and_every_reference_leads_somewhere() {
        let document = Document::read().unwrap();
        let areas: Vec<_> = document.tags.iter().map(|tag| tag.name.as_str()).collect();
        for (path, methods) in &document.paths.0 {
            for (method, operation) in &methods.0 {
                assert!(areas.contains(&operation.tags[0].as_str()), "{method} {path}");
                for parameter in &operation.parameters {
                    assert!(!document.parameter(parameter).name.is_empty(), "{method} {path}");
                }
                for (status, answer) in &operation.responses.0 {
                    assert!(
                        !document.answer(answer).description.is_empty(),
                        "{method} {path} {status}"
                    );
                }
            }
        }
    }
}
