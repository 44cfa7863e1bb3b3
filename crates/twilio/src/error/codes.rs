//! Twilio's error codes in plain words, with what to do about them: <https://www.twilio.com/docs/api/errors>.

mod texts;

/// One or two plain sentences about one of Twilio's error codes, with the fix: those that accounts, phone numbers,
/// applications, keys, access tokens, calls and texts can meet. `None` for any other: show Twilio's own words then.
pub fn explain(code: u32) -> Option<&'static str> {
    Some(match code {
        10001 | 20005 => {
            "This Twilio account is not active. Open the Twilio Console: it says why it was suspended or closed, and how to get it back."
        }
        10002 => "A Twilio trial account may not do this. Upgrade the account in the Twilio Console.",
        20001 | 20007 | 20422 => {
            "Twilio did not understand a part of the request. This is a fault of this software, please report it."
        }
        20002 => "Twilio does not accept this name. Use a shorter one, without special characters.",
        20003 => {
            "Twilio does not accept this Account SID and Auth Token. Copy both again from the home page of the Twilio Console, without \
             blanks; the token may have been changed, the account suspended, or its home may be another Twilio region than the United States."
        }
        20006 | 20403 | 70051 => {
            "These credentials may not do this. Use the account's own Auth Token, not an API key with fewer rights."
        }
        20008 => {
            "These are Twilio's test credentials, which cannot connect an account. Use the live Account SID and Auth Token \
             from the home page of the Twilio Console."
        }
        20404 => "Twilio does not have this any more. It may have been deleted in the Twilio Console.",
        20409 => "Twilio says that somebody else is changing this at the same time. Try again in a moment.",
        20423 => "Twilio does not accept this SID. Check that it was copied completely.",
        20429 => "Twilio is receiving too many requests from this account at once. Try again in a moment.",
        20500 | 20503 | 20504 => {
            "Twilio has a fault of its own right now. Try again in a few minutes, or see https://status.twilio.com."
        }
        code => {
            return explain_token(code)
                .or_else(|| explain_number(code))
                .or_else(|| explain_call(code))
                .or_else(|| texts::explain(code));
        }
    })
}

/// 20101 to 20157: access tokens, <https://www.twilio.com/docs/iam/access-tokens>.
fn explain_token(code: u32) -> Option<&'static str> {
    Some(match code {
        20101..=20103 | 20106 => {
            "Twilio does not accept the access token. Disconnect the account and connect it again."
        }
        20104 => "The access token has expired. Reload the page; if that does not help, check the server's clock.",
        20105 => "The access token is not valid yet. Check the server's clock.",
        20107 | 20151 => {
            "The access token is signed with a key that Twilio does not have any more. Disconnect the account and connect it again."
        }
        20157 => "The access token is valid for longer than Twilio's 24 hours. Check the server's clock.",
        _ => return None,
    })
}

/// 21401 to 21502: phone numbers and their settings.
fn explain_number(code: u32) -> Option<&'static str> {
    Some(match code {
        21401 | 21421 => "Twilio does not know this phone number. Choose one from the account's list.",
        21402 | 21502 => {
            "Twilio does not accept an address for its callbacks. It must be a public https address that Twilio can reach."
        }
        21403 => "Twilio does not accept the method of a callback. It must be GET or POST.",
        21404 => "A Twilio trial account may not have another phone number. Release one, or upgrade the account.",
        21405 => "Twilio wants a voice address before a fallback address for voice. Set both, or neither.",
        21406 => "Twilio wants an address for texts before a fallback address for texts. Set both, or neither.",
        21407 => "This phone number cannot send and receive texts. Choose one that can.",
        21408 => {
            "The account may not send texts to this country. Allow it in the Twilio Console under Messaging, Geo permissions."
        }
        21420 => {
            "The TwiML App is not there any more, or belongs to another account. Disconnect the account and connect it again."
        }
        21422 => "This phone number is not available any more. Choose another one.",
        21450 => "This phone number is already verified.",
        21451 => "Twilio does not know this area code.",
        21452 => "Twilio has no phone number in this area code. Try another one.",
        _ => return None,
    })
}

/// 13214 to 21264: calls.
fn explain_call(code: u32) -> Option<&'static str> {
    Some(match code {
        13214 | 21210 | 21212 | 21213 => {
            "Twilio does not accept the number that the call would come from. It must be a number of this account."
        }
        13224 | 13225 | 21214 | 21217 => "Twilio cannot reach this number. Check it, with its country code.",
        13223 | 21201 | 21211 => "This is not a complete phone number. It begins with + and the country code.",
        13227 | 21215 => {
            "The account may not call this country. Allow it in the Twilio Console under Voice, Geo permissions."
        }
        21205 => {
            "Twilio does not accept an address for its callbacks. It must be a public https address that Twilio can reach."
        }
        21216 => "Twilio does not call this number: it is on its list of blocked numbers.",
        21219 => {
            "A Twilio trial account may only call numbers that it has verified. Verify this one in the Twilio Console, or upgrade the account."
        }
        21220 => "The call is over already.",
        21264 => {
            "A Twilio trial account only takes calls from numbers that it has verified. Verify this one in the Twilio Console, or upgrade the account."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_this_part_has_whole_sentences() {
        let codes = [
            10001, 10002, 20001, 20002, 20003, 20005, 20006, 20007, 20008, 20101, 20104, 20105, 20107, 20151, 20157,
            20403, 20404, 20409, 20422, 20423, 20429, 20500, 20503, 20504, 21401, 21402, 21403, 21404, 21405, 21406,
            21407, 21408, 21420, 21421, 21422, 21450, 21451, 21452, 21502, 70051, 13214, 13223, 13224, 13225, 13227,
            21201, 21205, 21210, 21211, 21212, 21213, 21214, 21215, 21216, 21217, 21219, 21220, 21264, 21265, 21266,
            21602, 21603, 21604, 21606, 21607, 21608, 21609, 21610, 21611, 21612, 21614, 21617, 21619, 21620, 21623,
            21635, 21659, 21660, 21661, 21703, 21704, 21705, 21712, 30001, 30002, 30003, 30004, 30005, 30006, 30007,
            30008, 30010, 30011, 30017, 30018, 30019, 30022, 30023, 30024, 30025, 30026, 30027, 30032, 30033, 30034,
            30035, 30036, 30038, 30039, 30040, 30450, 30453, 30454, 30500,
        ];
        for code in codes {
            let text = explain(code).unwrap_or_default();
            assert!(text.ends_with('.') || text.ends_with(".com."), "{code}: {text:?}");
            assert!(!text.contains("  "), "{code}: {text:?}");
        }
    }

    #[test]
    fn an_unknown_code_is_not_explained() {
        assert_eq!(explain(0), None);
        assert_eq!(explain(99_999), None);
    }
}
