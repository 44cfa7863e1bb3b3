//! Files to compare with: our own, and the larger collections beside the checkout where those exist.

use std::path::Path;

use serde_json::Value;

fn read(path: &Path) -> Option<Value> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A file of `tests/fixtures`.
pub fn own(name: &str) -> Value {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)).expect(name)
}

/// A file of the collections beside the checkout, which an ordinary clone does not have.
pub fn shared(name: &str) -> Option<Value> {
    let file = read(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../shared/twilio")
            .join(name),
    );
    if file.is_none() {
        println!("{name} is not beside this checkout: only tests/fixtures was compared with");
    }
    file
}

/// An answer from Twilio's OpenAPI description.
pub fn example(key: &str) -> Value {
    let example = own("examples.json")["examples"][key].take();
    assert!(example.is_object(), "no example {key:?}");
    example
}
