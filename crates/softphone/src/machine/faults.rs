//! The Voice SDK's error codes in words: <https://www.twilio.com/docs/api/errors>.

/// Whether Twilio did not take the token, so that another one may help.
pub(super) const fn is_about_token(code: u32) -> bool {
    matches!(code, 20101 | 20104 | 20151 | 31202 | 31204 | 31205 | 31207)
}

/// Whether it only says that the connection is lost or could not be made; the SDK says so at every try.
pub(super) const fn is_about_connection(code: u32) -> bool {
    matches!(code, 31000 | 31003 | 31005 | 31009 | 31530 | 53000 | 53001)
}

/// Whether the microphone could not be had.
pub(super) const fn is_about_microphone(code: u32) -> bool {
    matches!(code, 31208 | 31401 | 31402)
}

/// Why a call, or the phone, failed: a sentence that says what to do, where something can be done.
#[must_use]
pub fn words(code: u32) -> &'static str {
    match code {
        20101 | 31204 | 31202 => {
            "Twilio did not accept the phone's sign-in. If this stays, check the connection in the settings."
        }
        20104 | 31205 => "The phone's sign-in had run out. It is being renewed.",
        20151 | 31201 | 31203 => {
            "The Twilio account does not allow this. Check on the connection's page that the account is active."
        }
        31206 => "Too many calls in a short time. Wait a moment, then try again.",
        31207 => "The phone's sign-in lasts longer than Twilio allows. Tell whoever runs this server.",
        31208 | 31401 => "The browser may not use the microphone.",
        31402 => "The microphone could not be used. Another program may have it, or it was unplugged.",
        31001 | 31002 => "Twilio did not take the call. Check the connection in the settings.",
        31003 | 31408 | 31504 => "Twilio did not answer in time. Try again.",
        31000 | 31005 | 31009 | 31530 | 53000 => "The connection to Twilio failed. Check your internet connection.",
        53001 => "The connection to Twilio was lost.",
        31100 | 31400 | 31484 | 13223 | 13224 => "That number cannot be called. Check its digits.",
        31404 | 31481 | 31604 => "That number does not exist, or the call is over already.",
        31409 | 31487 => "The call was ended.",
        31480 => "They cannot be reached right now.",
        31486 | 31600 => "They are busy.",
        31603 => "They declined the call.",
        31500 | 31502 | 31503 => "Twilio has a problem at the moment. Try again soon.",
        13225 | 13227 | 21215 => {
            "Your Twilio account may not call that country. It can be allowed in the Twilio console."
        }
        53400..=53403 => "Sound could not be agreed on with Twilio. Try again, or use another browser.",
        53404..=53406 => "The sound's connection was lost. A firewall or a weak network may be in the way.",
        53407 => "The sound could not be encrypted on the way. A firewall may be in the way.",
        _ => "The call failed.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_declined_unknown_and_broken_are_told_apart() {
        let told: std::collections::BTreeSet<_> =
            [31486, 31603, 31404, 31480, 31005, 31201, 31401, 31402, 20104, 53405]
                .map(words)
                .into();
        assert_eq!(told.len(), 10);
    }

    #[test]
    fn every_word_is_a_sentence_and_an_unknown_code_has_one_too() {
        for code in (10_000..60_000).chain([0]) {
            assert!(words(code).ends_with('.'), "{code}");
        }
        assert_eq!(words(31_999), "The call failed.");
    }

    #[test]
    fn a_code_is_about_one_thing() {
        for code in 10_000..60_000 {
            let kinds = [
                is_about_token(code),
                is_about_connection(code),
                is_about_microphone(code),
            ];
            assert!(kinds.iter().filter(|kind| **kind).count() < 2, "{code}");
        }
    }
}
