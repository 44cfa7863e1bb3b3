//! Words by which people stop texts, and take them up again.

use super::OptOut;

/// A text that consists of one such word.
pub(super) fn keyword(body: &str) -> Option<OptOut> {
    match body.trim().to_ascii_uppercase().as_str() {
        "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE" | "OPTOUT" => Some(OptOut::Stop),
        "START" | "YES" | "UNSTOP" => Some(OptOut::Start),
        "HELP" | "INFO" => Some(OptOut::Help),
        _ => None,
    }
}

impl OptOut {
    /// As `OptOutType` tells it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Start => "START",
            Self::Help => "HELP",
        }
    }

    /// What Twilio answers by itself.
    pub(super) fn reply(self) -> &'static str {
        match self {
            Self::Stop => {
                "You have successfully been unsubscribed. You will not receive any more messages from this number. \
                 Reply START to resubscribe."
            }
            Self::Start => {
                "You have successfully been re-subscribed to messages from this number. Reply HELP for help. \
                 Reply STOP to unsubscribe. Msg&Data Rates May Apply."
            }
            Self::Help => "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::keyword;
    use crate::messages::OptOut;

    #[test]
    fn only_a_single_word_counts() {
        assert_eq!(keyword(" stop\n"), Some(OptOut::Stop));
        assert_eq!(keyword("Unstop"), Some(OptOut::Start));
        assert_eq!(keyword("info"), Some(OptOut::Help));
        assert_eq!(keyword("stop it"), None);
        assert_eq!(keyword(""), None);
    }
}
