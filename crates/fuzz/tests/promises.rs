//! Each promise, with random inputs here, and guided ones under `cargo bolero`.

use bolero::check;

#[test]
fn form() {
    check!().for_each(|bytes: &[u8]| fuzz::form(bytes));
}

#[test]
fn form_of_known_fields() {
    let names = [
        "AccountSid",
        "CallSid",
        "MessageSid",
        "From",
        "Body",
        "NumMedia",
        "Timestamp",
        "CallDuration",
    ];
    check!().with_type::<Vec<(u8, String)>>().for_each(|fields| {
        let form: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={value}", names[usize::from(*name) % names.len()]))
            .collect();
        fuzz::form(form.join("&").as_bytes());
    });
}

#[test]
fn form_and_signature() {
    check!()
        .with_type::<(Vec<(String, String)>, String, String, String)>()
        .for_each(|(pairs, token, other, given)| fuzz::form_and_signature(pairs, token, other, given));
}

#[test]
fn twiml() {
    check!()
        .with_type::<(String, String, String)>()
        .for_each(|(words, number, url)| fuzz::twiml(words, number, url));
}

#[test]
fn blob() {
    check!().for_each(|bytes: &[u8]| fuzz::blob(bytes));
}

#[test]
fn blob_with_the_head_of_a_real_one() {
    check!().for_each(|bytes: &[u8]| fuzz::blob(&[&[1, 2, b'k', b'1'], bytes].concat()));
}

#[test]
fn sealed() {
    check!()
        .with_type::<(String, String, String, usize)>()
        .for_each(|(secret, row, other, bit)| fuzz::sealed(secret, row, other, *bit));
}

#[test]
fn identifiers() {
    check!().with_type::<String>().for_each(|text| {
        fuzz::identifiers(text);
        fuzz::identifiers(&format!("+{text}"));
    });
}

#[test]
fn identifiers_that_are_nearly_right() {
    check!()
        .with_type::<(bool, u128, u8, char)>()
        .for_each(|(call, number, place, character)| {
            let mut sid = format!("{}{number:032x}", if *call { "CA" } else { "AC" });
            fuzz::identifiers(&sid);
            fuzz::credentials(&sid);
            let place = usize::from(*place) % sid.len();
            sid.replace_range(place..=place, &character.to_string());
            fuzz::identifiers(&sid);
            fuzz::credentials(&sid);
        });
}

#[test]
fn credentials() {
    check!().with_type::<String>().for_each(|text| fuzz::credentials(text));
}

#[test]
fn segments() {
    check!().with_type::<String>().for_each(|text| fuzz::segments(text));
}

#[test]
fn reports() {
    check!()
        .with_type::<(Vec<fuzz::Report>, bool)>()
        .for_each(|(reports, inbound)| fuzz::reports(reports, *inbound));
}

#[test]
fn phone() {
    check!()
        .with_type::<Vec<fuzz::Step>>()
        .for_each(|steps| fuzz::phone(steps));
}
