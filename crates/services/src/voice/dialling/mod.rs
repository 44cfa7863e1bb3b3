//! What may be called: the rules against toll fraud, and against calls that cannot work.

use domain::problem::Problem;
use domain::voice::VoiceSettings;
use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};

use super::countries;

/// Longest text that can be a number in any way of writing it, in characters.
const TYPED_MAX: usize = 64;
/// Where no more digits than these were typed, it is a short code or an emergency number.
const SHORT_MAX: usize = 6;
/// Longest call, in seconds: Twilio's own limit.
pub const CALL_SECONDS_MAX: u32 = 4 * 60 * 60;

/// Calling codes of satellites and of networks that belong to no country.
const NO_COUNTRY: [&str; 10] = ["800", "808", "870", "878", "881", "882", "883", "888", "979", "991"];
const SATELLITES: [&str; 2] = ["870", "881"];

/// Emergency numbers of any country; none is ever dialled, whatever stands before it.
const EMERGENCY: [&str; 15] = [
    "000", "061", "100", "101", "102", "108", "110", "111", "112", "113", "117", "118", "119", "911", "999",
];

/// A number that may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialable {
    /// E.164
    pub number: String,
    /// As people write it internationally.
    pub formatted: String,
    /// ISO code of its country.
    pub country: String,
    /// Country and type in words: "United Kingdom, mobile".
    pub kind: String,
}

/// Reads a number that was typed or pasted in any way of writing it, and tells whether it may be called.
///
/// # Errors
/// With the sentence that says why not.
pub fn check(to: &str, own_number: &str, settings: &VoiceSettings) -> Result<Dialable, Problem> {
    let typed = typed(to)?;
    let own = own_number.parse::<PhoneNumber>().ok();
    let home = own.as_ref().and_then(PhoneNumber::get_region_code);
    let number = parse(&typed, home)?;
    let described = Dialable {
        number: number.format_as(PhoneNumberFormat::E164).into_owned(),
        formatted: number.format_as(PhoneNumberFormat::International).into_owned(),
        country: region(&number).unwrap_or_default(),
        kind: kind(&number),
    };
    type_allowed(&number, &described)?;
    country_allowed(&number, own.as_ref(), &described, settings)?;
    if own.is_some_and(|own| own == number) {
        return refused("own_number", "This is your own number.");
    }
    Ok(described)
}

/// What can be said of a number that may perhaps not be called: E.164, as people write it, and country and type in words.
#[must_use]
pub fn describe(to: &str, own_number: &str) -> Option<Dialable> {
    let number = parse(&typed(to).ok()?, region_of(own_number)).ok()?;
    Some(Dialable {
        number: number.format_as(PhoneNumberFormat::E164).into_owned(),
        formatted: number.format_as(PhoneNumberFormat::International).into_owned(),
        country: region(&number).unwrap_or_default(),
        kind: kind(&number),
    })
}

/// The country of an E.164 number, as its ISO code.
#[must_use]
pub fn country_of(number: &str) -> Option<String> {
    region(&number.parse().ok()?)
}

/// Why no further call may begin: too many at once, or too long today.
///
/// # Errors
/// With the sentence that says why not.
pub fn within_caps(live_calls: u32, outbound_seconds: u64, settings: &VoiceSettings) -> Result<u32, Problem> {
    if live_calls >= settings.max_concurrent {
        return Err(too_many(settings.max_concurrent));
    }
    let allowed = u64::from(settings.max_minutes_a_day) * 60;
    let left = u32::try_from(allowed.saturating_sub(outbound_seconds)).unwrap_or(u32::MAX);
    if left == 0 {
        return refused(
            "daily_limit",
            format!(
                "The {} minutes of calls that are allowed in 24 hours are used up.",
                settings.max_minutes_a_day
            ),
        );
    }
    Ok(left.min(CALL_SECONDS_MAX))
}

/// The user has as many calls as he may have.
pub(super) fn too_many(calls: u32) -> Problem {
    let sentence = if calls == 1 {
        "Only one call at once is allowed. End the other one first.".to_owned()
    } else {
        format!("Only {calls} calls at once are allowed. End one of them first.")
    };
    problem("too_many_calls", sentence)
}

fn refused<T>(code: &str, sentence: impl Into<String>) -> Result<T, Problem> {
    Err(problem(code, sentence.into()))
}

fn problem(code: &str, sentence: String) -> Problem {
    Problem::new(code, sentence.clone()).field("to", sentence)
}

/// The text without what only dresses a number, if nothing else is in it than numbers are written with.
fn typed(to: &str) -> Result<String, Problem> {
    let to = to.trim();
    if to.is_empty() {
        return refused("number_empty", "Enter a number to call.");
    }
    let invalid = || refused("number_invalid", "This is not a phone number. Check what you typed.");
    if to.chars().count() > TYPED_MAX {
        return invalid();
    }
    let to = to.strip_prefix("tel:").unwrap_or(to);
    let dressing = |c: char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    let typed: String = to.chars().filter(|c| !dressing(*c)).collect();
    let written_with = |c: char| {
        c.is_numeric()
            || c.is_ascii_alphabetic()
            || c == ' '
            || c == '\u{a0}'
            || c == '\u{202f}'
            || matches!(
                c,
                '+' | '＋' | '-' | '.' | '(' | ')' | '/' | '[' | ']' | '\u{2010}'..='\u{2015}' | '\u{2212}'
            )
    };
    if !typed.chars().all(written_with) {
        return invalid();
    }
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let alone = !typed.contains(|c: char| c.is_ascii_alphabetic());
    if alone && EMERGENCY.contains(&digits.as_str()) {
        return emergency();
    }
    if alone && (1..=SHORT_MAX).contains(&digits.len()) && !typed.contains('+') {
        return refused(
            "number_short",
            "Short numbers cannot be called from here. Enter the whole number, with its area code.",
        );
    }
    Ok(typed)
}

fn emergency<T>() -> Result<T, Problem> {
    refused(
        "number_emergency",
        "Emergency numbers cannot be called from here. Use another phone.",
    )
}

fn parse(typed: &str, home: Option<Region>) -> Result<PhoneNumber, Problem> {
    let of_no_country = |code: &str| {
        let satellite = SATELLITES.contains(&code);
        let sentence = if satellite {
            "Satellite phones cannot be called from here."
        } else {
            "Numbers that belong to no country cannot be called from here."
        };
        refused(
            if satellite {
                "number_satellite"
            } else {
                "number_without_country"
            },
            sentence,
        )
    };
    // Some of these codes the metadata does not know, and would call no number at all.
    let international: Option<String> = typed
        .trim_start_matches(['(', '[', ' '])
        .strip_prefix(['+', '＋'])
        .map(|rest| rest.chars().filter(char::is_ascii_digit).take(3).collect());
    if let Some(code) = international.filter(|code| NO_COUNTRY.contains(&code.as_str())) {
        return of_no_country(&code);
    }
    let Ok(number) = PhoneNumber::parse(typed, home) else {
        return refused("number_invalid", "This is not a phone number. Check what you typed.");
    };
    // The same reached by an international prefix such as 00.
    let code = number.country_code.to_string();
    if NO_COUNTRY.contains(&code.as_str()) {
        return of_no_country(&code);
    }
    if !number.extension().is_empty() {
        return refused(
            "number_extension",
            "Leave the extension out. Press it on the keypad once the call is answered.",
        );
    }
    Ok(number)
}

/// Whether it is a number that exists, of a kind that costs no more than others.
fn type_allowed(number: &PhoneNumber, described: &Dialable) -> Result<(), Problem> {
    let national = number.get_national_significant_number();
    if EMERGENCY.contains(&national.as_str()) {
        return emergency();
    }
    let premium = "Premium-rate numbers cannot be called from here.";
    // Pay-per-call in the North American plan, in whatever area.
    if number.country_code == 1 && national.get(3..6) == Some("976") {
        return refused("number_premium", premium);
    }
    match number.get_type() {
        PhoneNumberType::PremiumRate => refused("number_premium", premium),
        PhoneNumberType::SharedCost => refused(
            "number_shared_cost",
            "Numbers that charge the caller extra cannot be called from here.",
        ),
        PhoneNumberType::PersonalNumber => refused(
            "number_personal",
            "Personal numbers, which can be charged at any rate, cannot be called from here.",
        ),
        PhoneNumberType::Pager | PhoneNumberType::VoiceMail => refused(
            "number_not_a_phone",
            "This number is a pager or a mailbox, not a phone.",
        ),
        PhoneNumberType::Unknown => refused(
            "number_unknown",
            match described.country.as_str() {
                "" => "This number does not exist. Check its digits.".to_owned(),
                country => format!(
                    "There is no such number in {}. Check its digits.",
                    countries::name(country)
                ),
            },
        ),
        _ => Ok(()),
    }
}

fn country_allowed(
    number: &PhoneNumber,
    own: Option<&PhoneNumber>,
    described: &Dialable,
    settings: &VoiceSettings,
) -> Result<(), Problem> {
    // Free-phone numbers are shared by all countries of a calling code.
    let shared = number.get_type() == PhoneNumberType::TollFree
        && own.is_some_and(|own| own.country_code == number.country_code);
    let home = own.and_then(region);
    let allowed = if settings.countries.is_empty() {
        home.is_some_and(|home| home == described.country)
    } else {
        settings
            .countries
            .iter()
            .any(|country| country.eq_ignore_ascii_case(&described.country))
    };
    if allowed || shared {
        return Ok(());
    }
    refused(
        "country_not_allowed",
        format!(
            "Calls to {} are not allowed. You can allow them in the settings for calls.",
            countries::name(&described.country)
        ),
    )
}

fn region_of(number: &str) -> Option<Region> {
    number.parse::<PhoneNumber>().ok()?.get_region_code()
}

/// ISO code of its country.
fn region(number: &PhoneNumber) -> Option<String> {
    // Where the digits belong to no range that is known, the calling code still tells the country.
    let region = number
        .get_region_code()
        .or_else(|| rlibphonenumber::PHONE_NUMBER_UTIL.get_region_for_country_code(number.country_code))?;
    let code = region.to_string();
    (code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(code)
}

fn kind(number: &PhoneNumber) -> String {
    let country = region(number).unwrap_or_default();
    let country = countries::name(&country);
    match type_in_words(number.get_type()) {
        "" => country.to_owned(),
        kind => format!("{country}, {kind}"),
    }
}

fn type_in_words(kind: PhoneNumberType) -> &'static str {
    match kind {
        PhoneNumberType::FixedLine => "landline",
        PhoneNumberType::Mobile => "mobile",
        PhoneNumberType::TollFree => "free of charge",
        PhoneNumberType::PremiumRate => "premium rate",
        PhoneNumberType::SharedCost => "shared cost",
        PhoneNumberType::VoIP => "internet phone",
        PhoneNumberType::PersonalNumber => "personal number",
        PhoneNumberType::Pager => "pager",
        PhoneNumberType::UAN => "company number",
        PhoneNumberType::VoiceMail => "mailbox",
        PhoneNumberType::FixedLineOrMobile | PhoneNumberType::Unknown => "",
    }
}

#[cfg(test)]
mod tests;
