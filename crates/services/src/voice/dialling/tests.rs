use super::*;

const LONDON: &str = "+442071838750";
const CALIFORNIA: &str = "+14155550100";

fn settings(countries: &[&str]) -> VoiceSettings {
    VoiceSettings {
        countries: countries.iter().map(|code| (*code).to_owned()).collect(),
        ..VoiceSettings::default()
    }
}

fn code(to: &str, own: &str, countries: &[&str]) -> String {
    match check(to, own, &settings(countries)) {
        Ok(found) => found.number,
        Err(problem) => {
            assert!(problem.message.ends_with('.'), "{}", problem.message);
            assert_eq!(problem.fields.get("to"), Some(&problem.message));
            problem.code
        }
    }
}

#[test]
fn a_number_is_read_however_it_is_written() {
    for typed in [
        "+442079460199",
        " 020 7946 0199 ",
        "(020) 7946-0199",
        "020.7946.0199",
        "0044 20 7946 0199",
        "+44 (0)20 7946 0199",
        "tel:+44-20-7946-0199",
        "\u{202a}+44 20 7946 0199\u{202c}",
        "+44\u{a0}20\u{2011}7946\u{2011}0199",
        "＋４４２０７９４６０１９９",
    ] {
        assert_eq!(code(typed, LONDON, &[]), "+442079460199", "{typed:?}");
    }
    assert_eq!(code("(415) 555-0199", CALIFORNIA, &[]), "+14155550199");
    assert_eq!(code("1-800-FLOWERS", CALIFORNIA, &[]), "+18003569377");
}

#[test]
fn a_number_is_told_in_words() {
    let found = check("07400123456", LONDON, &settings(&[])).unwrap();
    assert_eq!(found.formatted, "+44 7400 123456");
    assert_eq!(found.kind, "United Kingdom, mobile");
    assert_eq!(found.country, "GB");
    let found = check("+14155550199", CALIFORNIA, &settings(&[])).unwrap();
    assert_eq!(found.kind, "United States");
    assert_eq!(country_of(CALIFORNIA).as_deref(), Some("US"));
    assert_eq!(describe("+881612345678", CALIFORNIA), None);
    let premium = describe("+19002345678", CALIFORNIA).unwrap();
    assert_eq!(premium.kind, "United States, premium rate");
}

#[test]
fn what_is_no_number_is_refused() {
    let long = "1".repeat(5_000);
    for typed in [
        "\"/><Dial><Number>+14155550199",
        "client:someone-else",
        "sip:x@evil",
        "+14155550199;ext=1",
        "+14155550199\n+14155550198",
        "+14155550199,,12",
        "anonymous",
        "😀",
        "+",
        &long,
    ] {
        assert_eq!(code(typed, CALIFORNIA, &[]), "number_invalid", "{typed:?}");
    }
    assert_eq!(code("  ", CALIFORNIA, &[]), "number_empty");
    assert_eq!(code("020 7946 0199 ext. 12", LONDON, &[]), "number_extension");
    assert_eq!(code("+1 555 555 0199", CALIFORNIA, &[]), "number_unknown");
}

#[test]
fn emergency_and_short_numbers_are_refused_however_they_are_written() {
    for typed in ["112", "911", "9 9 9", "(999)", "000"] {
        assert_eq!(code(typed, LONDON, &[]), "number_emergency", "{typed:?}");
    }
    for typed in ["101010", "12345", "1 2 3"] {
        assert_eq!(code(typed, CALIFORNIA, &[]), "number_short", "{typed:?}");
    }
    for typed in ["+1911", "+44999", "+44112", "0044 999"] {
        let refused = code(typed, LONDON, &["GB", "US"]);
        assert!(
            ["number_emergency", "number_invalid", "number_unknown"].contains(&refused.as_str()),
            "{typed} {refused}"
        );
    }
}

#[test]
fn what_costs_more_is_refused_whatever_the_countries() {
    let all: Vec<&str> = countries::all().map(|(code, _)| code).collect();
    for (typed, expected) in [
        ("+19002345678", "number_premium"),
        ("+14159765678", "number_premium"),
        ("+449098790000", "number_premium"),
        ("+39848123456", "number_shared_cost"),
        ("+447012345678", "number_personal"),
        ("+870773111632", "number_satellite"),
        ("+881612345678", "number_satellite"),
        ("00881612345678", "number_satellite"),
        ("+88213300655", "number_without_country"),
        ("+883510012345", "number_without_country"),
        ("+979123456789", "number_without_country"),
        ("+80012345678", "number_without_country"),
        ("+888123456", "number_without_country"),
    ] {
        assert_eq!(code(typed, LONDON, &all), expected, "{typed}");
    }
}

#[test]
fn only_the_own_country_may_be_called_unless_others_are_allowed() {
    assert_eq!(code("+14155550199", LONDON, &[]), "country_not_allowed");
    assert_eq!(code("+14155550199", LONDON, &["us"]), "+14155550199");
    assert_eq!(code("+442079460199", LONDON, &["US"]), "country_not_allowed");
    // The same calling code, but other countries: a classic of toll fraud.
    for caribbean in ["+18764123456", "+18092345678", "+12842291234"] {
        assert_eq!(code(caribbean, CALIFORNIA, &[]), "country_not_allowed", "{caribbean}");
    }
    assert_eq!(
        code("+18002345678", "+14165550100", &[]),
        "+18002345678",
        "free phone, from Canada"
    );
    assert_eq!(code(LONDON, LONDON, &[]), "own_number");
    assert_eq!(code("+442079460199", "", &[]), "country_not_allowed");
}

#[test]
fn calls_are_capped_in_number_and_time() {
    let settings = VoiceSettings::default();
    assert_eq!(within_caps(0, 0, &settings), Ok(CALL_SECONDS_MAX));
    assert_eq!(within_caps(3, 240 * 60 - 30, &settings), Ok(30));
    assert_eq!(within_caps(4, 0, &settings).unwrap_err().code, "too_many_calls");
    assert_eq!(within_caps(0, 240 * 60, &settings).unwrap_err().code, "daily_limit");
    assert_eq!(within_caps(0, u64::MAX, &settings).unwrap_err().code, "daily_limit");
}
