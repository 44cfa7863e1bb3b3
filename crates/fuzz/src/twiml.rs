//! What we answer Twilio.

use quick_xml::Reader;
use quick_xml::events::Event;
use twilio::twiml::{Client, Dial, Number, Redirect, Response, Say};

/// Whatever is put into a document, it is well-formed, has the verbs that were put in and no other, or is refused as too long.
pub fn twiml(words: &str, number: &str, url: &str) {
    let response = Response::new()
        .with(Say::new(words))
        .with(Dial::with(Number::to(number)))
        .with(Dial::with(Client::named(words)))
        .with(Redirect::to(url));
    let Ok(xml) = response.to_xml() else {
        assert!(
            words.len() + number.len() + url.len() > 5_000,
            "refused as too long, but it is short"
        );
        return;
    };
    let mut reader = Reader::from_str(&xml);
    let mut elements = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(element) | Event::Empty(element)) => {
                assert!(element.attributes().all(|attribute| attribute.is_ok()), "{xml}");
                elements.push(element.name().as_ref().to_owned());
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => panic!("{error} in {xml}"),
        }
    }
    let wanted = [
        "Response", "Say", "Dial", "Number", "Dial", "Client", "Identity", "Redirect",
    ];
    assert!(elements.iter().map(String::as_str).eq(wanted), "{elements:?} in {xml}");
}
