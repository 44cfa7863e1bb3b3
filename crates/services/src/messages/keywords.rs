//! Words by which people stop and start texts: <https://help.twilio.com/articles/223134027>.

/// What a person has asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// No more texts.
    Stop,
    /// Texts again.
    Start,
    /// To know who this is, which Twilio answers.
    Help,
}

const STOP: [&str; 8] = [
    "STOP",
    "STOPALL",
    "UNSUBSCRIBE",
    "CANCEL",
    "END",
    "QUIT",
    "REVOKE",
    "OPTOUT",
];
const START: [&str; 3] = ["START", "YES", "UNSTOP"];
const HELP: [&str; 2] = ["HELP", "INFO"];

/// What was asked for: as Twilio says (`OptOutType`), else by the words that it heeds by itself.
pub(super) fn wish(opt_out_type: Option<&str>, body: &str) -> Option<Wish> {
    let word = opt_out_type.unwrap_or(body).trim();
    let is_one = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is_one(&STOP) {
        Some(Wish::Stop)
    } else if is_one(&START) {
        Some(Wish::Start)
    } else if is_one(&HELP) {
        Some(Wish::Help)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_alone_is_a_wish() {
        for body in ["STOP", " stop\n", "Unsubscribe", "OptOut", "cancel"] {
            assert_eq!(wish(None, body), Some(Wish::Stop), "{body:?}");
        }
        for body in ["start", "YES", "unstop "] {
            assert_eq!(wish(None, body), Some(Wish::Start), "{body:?}");
        }
        for body in ["Please stop", "stop it", "", "yes please", "STOP STOP"] {
            assert_eq!(wish(None, body), None, "{body:?}");
        }
    }

    #[test]
    fn what_twilio_says_counts_more_than_the_words() {
        assert_eq!(wish(Some("STOP"), "arrêt"), Some(Wish::Stop));
        assert_eq!(wish(Some("START"), "stop"), Some(Wish::Start));
        assert_eq!(wish(Some("HELP"), "x"), Some(Wish::Help));
        assert_eq!(wish(Some("LATER"), "stop"), None);
    }
}
