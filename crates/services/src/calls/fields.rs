//! The forms of the call settings become settings, or sentences beside the fields at fault.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use domain::menu::{KEYS, Menu, MenuAction, MenuChoice, SPOKEN_MAX};
use domain::problem::Problem;
use domain::voice::{
    CONCURRENT, MINUTES_A_DAY, NoAnswer, RETENTION_DAYS, RING_SECONDS, RecordingMode, VoiceSettings, field_sentence,
};

use crate::voice::countries;

/// The form's fields by their names.
pub type Fields = BTreeMap<String, String>;

/// Whether a number may be forwarded to under the settings: E.164, or why not.
pub type MayForward<'a> = &'a dyn Fn(&str, &VoiceSettings) -> Result<String, Problem>;

/// The settings after the form; what it does not name stays.
pub fn settings(
    stored: &VoiceSettings,
    fields: &Fields,
    may_forward: MayForward<'_>,
) -> Result<VoiceSettings, Problem> {
    let mut reader = Reader::new(fields, "invalid_call_settings");
    let mut new = stored.clone();
    reader.word("no_answer", NoAnswer::from_word, &mut new.no_answer);
    reader.word("recording", RecordingMode::from_word, &mut new.recording);
    reader.number("ring_seconds", RING_SECONDS, &mut new.ring_seconds);
    reader.number("max_concurrent", CONCURRENT, &mut new.max_concurrent);
    reader.number("max_minutes_a_day", MINUTES_A_DAY, &mut new.max_minutes_a_day);
    reader.with("greeting", |text| spoken(text).map(|text| new.greeting = text));
    reader.with("retention_days", |text| {
        new.retention_days = match text {
            "" => None,
            days => Some(within(days, RETENTION_DAYS)?),
        };
        Some(())
    });
    reader.with("countries", |text| {
        country_codes(text).map(|codes| new.countries = codes)
    });
    reader.forward_to(&mut new, may_forward);
    reader.done(new)
}

/// The menu of the form; none where it is switched off.
pub fn menu(stored: &VoiceSettings, fields: &Fields, may_forward: MayForward<'_>) -> Result<Option<Menu>, Problem> {
    let mut reader = Reader::new(fields, "invalid_menu");
    if !matches!(reader.text("menu_on"), Some("true" | "on")) {
        return Ok(None);
    }
    let mut menu = Menu::default();
    match reader.text("greeting").and_then(spoken) {
        Some(text) => menu.greeting = text,
        None => reader.fault("greeting"),
    }
    for key in KEYS {
        if let Some(action) = reader.action(key, stored, may_forward) {
            menu.choices.push(MenuChoice { key, action });
        }
    }
    if menu.choices.is_empty() && reader.faults.is_empty() {
        reader.fault("menu_on");
    }
    reader.done(Some(menu))
}

/// A key as it stands in the names of fields.
fn key_name(key: char) -> String {
    match key {
        '*' => "star".to_owned(),
        '#' => "hash".to_owned(),
        digit => digit.to_string(),
    }
}

/// A text that is to be spoken, without what no voice can say.
fn spoken(text: &str) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let text = text.trim();
    (1..=SPOKEN_MAX)
        .contains(&text.chars().count())
        .then(|| text.to_owned())
}

fn within(text: &str, range: RangeInclusive<u32>) -> Option<u32> {
    text.parse().ok().filter(|number| range.contains(number))
}

fn country_codes(text: &str) -> Option<Vec<String>> {
    let codes = text
        .split([',', ';', ' ', '\t', '\r', '\n'])
        .filter(|code| !code.is_empty());
    let mut known = codes
        .map(|code| {
            let found = countries::all().find(|(known, _)| known.eq_ignore_ascii_case(code));
            found.map(|(known, _)| known.to_owned())
        })
        .collect::<Option<Vec<_>>>()?;
    known.sort_unstable();
    known.dedup();
    Some(known)
}

/// Takes fields out of the form and collects what is wrong with them.
struct Reader<'a> {
    fields: &'a Fields,
    code: &'static str,
    faults: BTreeMap<String, String>,
}

impl<'a> Reader<'a> {
    fn new(fields: &'a Fields, code: &'static str) -> Self {
        Self {
            fields,
            code,
            faults: BTreeMap::new(),
        }
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.fields.get(name).map(|text| text.trim())
    }

    fn fault(&mut self, name: &str) {
        self.fault_in_words(name, field_sentence(name).unwrap_or("Check this field."));
    }

    fn fault_in_words(&mut self, name: &str, sentence: &str) {
        self.faults.insert(name.to_owned(), sentence.to_owned());
    }

    /// Reads the field, if it was sent; none from `read` is a fault.
    fn with(&mut self, name: &str, read: impl FnOnce(&str) -> Option<()>) {
        if let Some(text) = self.text(name)
            && read(text).is_none()
        {
            self.fault(name);
        }
    }

    fn word<T>(&mut self, name: &str, from_word: impl FnOnce(&str) -> Option<T>, into: &mut T) {
        self.with(name, |text| from_word(text).map(|value| *into = value));
    }

    fn number(&mut self, name: &str, range: RangeInclusive<u32>, into: &mut u32) {
        self.with(name, |text| within(text, range).map(|value| *into = value));
    }

    /// The phone to forward to, checked under the settings as they will be, whether it is new or not.
    fn forward_to(&mut self, new: &mut VoiceSettings, may_forward: MayForward<'_>) {
        let stored = new.forward_to.take();
        let typed = self.text("forward_to").map(str::to_owned).or(stored);
        let Some(typed) = typed.filter(|text| !text.is_empty()) else {
            if new.no_answer == NoAnswer::Forward {
                self.fault("forward_to");
            }
            return;
        };
        match may_forward(&typed, new) {
            Ok(e164) => new.forward_to = Some(e164),
            Err(problem) => self.fault_in_words("forward_to", &problem.message),
        }
    }

    fn action(&mut self, key: char, stored: &VoiceSettings, may_forward: MayForward<'_>) -> Option<MenuAction> {
        let field = |part: &str| format!("key_{}_{part}", key_name(key));
        match self.text(&field("action")).unwrap_or_default() {
            "" => None,
            "ring" => Some(MenuAction::Ring),
            "voicemail" => Some(MenuAction::Voicemail),
            "repeat" => Some(MenuAction::Repeat),
            "say" => {
                let text = self.text(&field("text")).and_then(spoken);
                if text.is_none() {
                    self.fault(&field("text"));
                }
                Some(MenuAction::Say { text: text? })
            }
            "forward" => match self.text(&field("to")).filter(|text| !text.is_empty()) {
                None => {
                    self.fault(&field("to"));
                    None
                }
                Some(text) => match may_forward(text, stored) {
                    Ok(to) => Some(MenuAction::Forward { to }),
                    Err(problem) => {
                        self.fault_in_words(&field("to"), &problem.message);
                        None
                    }
                },
            },
            _ => {
                self.fault(&field("action"));
                None
            }
        }
    }

    fn done<T>(self, value: T) -> Result<T, Problem> {
        if self.faults.is_empty() {
            return Ok(value);
        }
        let mut problem = Problem::new(self.code, "Check the marked fields.");
        problem.fields = self.faults;
        Err(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Fields {
        pairs
            .iter()
            .map(|(name, text)| ((*name).into(), (*text).into()))
            .collect()
    }

    fn dialling(text: &str, _: &VoiceSettings) -> Result<String, Problem> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if text.starts_with('+') {
            Ok(format!("+{digits}"))
        } else {
            Err(Problem::new("x", "This is not a phone number."))
        }
    }

    fn saved(pairs: &[(&str, &str)]) -> Result<VoiceSettings, Problem> {
        settings(&VoiceSettings::default(), &form(pairs), &dialling)
    }

    #[test]
    fn what_a_form_does_not_name_stays() {
        assert_eq!(saved(&[]).unwrap(), VoiceSettings::default());
        let new = saved(&[("ring_seconds", " 40 "), ("next", "/calls")]).unwrap();
        assert_eq!(new.ring_seconds, 40);
        assert_eq!(new.greeting, VoiceSettings::default().greeting);
    }

    #[test]
    fn every_field_at_fault_is_named_and_no_other() {
        let wrong = [
            ("no_answer", "maybe"),
            ("recording", ""),
            ("ring_seconds", "4"),
            ("retention_days", "0"),
            ("countries", "GB, England"),
            ("max_concurrent", "-1"),
            ("max_minutes_a_day", "1e9"),
            ("greeting", " \n "),
            ("forward_to", "call me"),
        ];
        let problem = saved(&wrong).unwrap_err();
        let mut names: Vec<_> = wrong.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert_eq!(problem.fields.keys().collect::<Vec<_>>(), names);
        assert_eq!(problem.fields["forward_to"], "This is not a phone number.");
    }

    #[test]
    fn forwarding_needs_a_phone() {
        let problem = saved(&[("no_answer", "forward")]).unwrap_err();
        assert!(problem.fields.contains_key("forward_to"));
        let both = [("no_answer", "forward"), ("forward_to", "+44 20 7946 0018")];
        let new = saved(&both).unwrap();
        assert_eq!(new.forward_to.as_deref(), Some("+442079460018"));
        let cleared = settings(&new, &form(&[("forward_to", "")]), &dialling).unwrap_err();
        assert!(cleared.fields.contains_key("forward_to"));
    }

    #[test]
    fn countries_are_sorted_codes_and_none_means_ones_own() {
        assert_eq!(saved(&[("countries", "ie, gb;IE")]).unwrap().countries, ["GB", "IE"]);
        assert_eq!(saved(&[("countries", "")]).unwrap().countries, Vec::<String>::new());
        for wrong in ["001", "XX", "G", "GBR"] {
            assert!(saved(&[("countries", wrong)]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_menu_is_what_the_keys_say() {
        let of = |pairs: &[(&str, &str)]| menu(&VoiceSettings::default(), &form(pairs), &dialling);
        assert_eq!(of(&[("greeting", "x"), ("key_1_action", "ring")]), Ok(None));
        let menu = of(&[
            ("menu_on", "on"),
            ("greeting", "Press one."),
            ("key_1_action", "ring"),
            ("key_star_action", "repeat"),
            ("key_hash_action", "forward"),
            ("key_hash_to", "+44 20 7946 0018"),
            ("key_5_action", ""),
            ("key_5_text", "left over"),
        ])
        .unwrap()
        .unwrap();
        assert_eq!(menu.choices.len(), 3);
        assert_eq!(menu.action('*'), Some(&MenuAction::Repeat));
        assert_eq!(
            menu.action('#'),
            Some(&MenuAction::Forward {
                to: "+442079460018".into()
            })
        );
        let problem = of(&[
            ("menu_on", "true"),
            ("key_1_action", "say"),
            ("key_2_action", "explode"),
            ("key_3_action", "forward"),
        ])
        .unwrap_err();
        let names: Vec<_> = problem.fields.keys().map(String::as_str).collect();
        assert_eq!(names, ["greeting", "key_1_text", "key_2_action", "key_3_to"]);
        let empty = of(&[("menu_on", "on"), ("greeting", "Hello.")]).unwrap_err();
        assert!(empty.fields.contains_key("menu_on"));
    }
}
