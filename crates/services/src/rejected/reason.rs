//! Why a request was refused: a stored word each, and what a person reads.

use serde::{Deserialize, Serialize};

/// Why a request to a webhook was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It is no POST.
    Method,
    /// It is not form encoded.
    MediaType,
    /// It is larger than is taken.
    TooLarge,
    /// It carries no signature, or more than one.
    Unsigned,
    /// What it carries as a signature is none.
    NoSignature,
    /// It is signed, but names no account, or more than one.
    NoAccount,
    /// Nobody has connected the account.
    UnknownAccount,
    /// The account was connected, and is not any more.
    Disconnected,
    /// It is signed with the token before the last change, whose day is over.
    FormerToken,
    /// It is signed for another scheme, host or port.
    OtherAddress,
    /// It is signed for another path or query: something on the way rewrites it.
    OtherPath,
    /// It is signed without its parameters: something on the way adds them.
    OtherForm,
    /// It is signed with another token, or was changed on the way.
    WrongToken,
    /// It is signed well, and speaks of something that is not the account's.
    Foreign,
    /// It is signed well, and names a call or text that is not known.
    Unknown,
    /// It is signed well, and what it names is missing, repeated or malformed.
    Malformed,
    /// It is signed, but no webhook has this address.
    NoWebhook,
}

const WORDS: [(Reason, &str); 17] = [
    (Reason::Method, "method"),
    (Reason::MediaType, "media_type"),
    (Reason::TooLarge, "too_large"),
    (Reason::Unsigned, "unsigned"),
    (Reason::NoSignature, "no_signature"),
    (Reason::NoAccount, "no_account"),
    (Reason::UnknownAccount, "unknown_account"),
    (Reason::Disconnected, "disconnected"),
    (Reason::FormerToken, "former_token"),
    (Reason::OtherAddress, "other_address"),
    (Reason::OtherPath, "other_path"),
    (Reason::OtherForm, "other_form"),
    (Reason::WrongToken, "wrong_token"),
    (Reason::Foreign, "foreign"),
    (Reason::Unknown, "unknown"),
    (Reason::Malformed, "malformed"),
    (Reason::NoWebhook, "no_webhook"),
];

/// What a person can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayOut {
    /// Store the account's present Auth Token.
    ReplaceToken,
    /// Set `APP_URL`, or have the proxy leave the address as it is.
    Address,
    /// Compare the account with what it should be, and mend it.
    Check,
    /// Connect the account again.
    Connect,
    /// Nothing is wrong here.
    Nothing,
}

/// For which address a request was signed, and which one it should have been.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Addresses {
    /// Without query, and without what is different each time.
    pub signed: String,
    /// The same of this installation.
    pub ours: String,
}

impl Reason {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        WORDS
            .iter()
            .find(|(reason, _)| *reason == self)
            .map_or("", |(_, word)| word)
    }

    /// The reason of a stored word; nothing for one of a newer program.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        WORDS
            .iter()
            .find(|(_, known)| *known == word)
            .map(|(reason, _)| *reason)
    }

    /// What it means, in a sentence or two.
    #[must_use]
    pub fn sentence(self, addresses: Option<&Addresses>) -> String {
        let text = match self {
            Self::Method => "These were no POST requests. Twilio is told to POST; a browser or a scanner was here.",
            Self::MediaType => {
                "The content was not form encoded, as all that Twilio sends is. This did not come from Twilio, or \
                 something on the way rewrites it."
            }
            Self::TooLarge => "These were larger than 64 KiB. Twilio sends no such requests.",
            Self::Unsigned => {
                "There was no signature. This did not come from Twilio, or a proxy on the way drops the header \
                 X-Twilio-Signature."
            }
            Self::NoSignature => "What was sent as a signature is none. This did not come from Twilio.",
            Self::NoAccount => "No Twilio account was named, or more than one. This did not come from Twilio.",
            Self::UnknownAccount => "The Twilio account that was named is connected by nobody here.",
            Self::Disconnected => {
                "Your Twilio account is not connected any more, and something in it still points here."
            }
            Self::FormerToken => {
                "Twilio signed with your Auth Token from before the last change, more than 24 hours after it. At Twilio \
                 the old token is still the primary one."
            }
            Self::OtherAddress => return other_address(addresses),
            Self::OtherPath => return other_path(addresses),
            Self::OtherForm => {
                "The parameters are not those that Twilio signed: something on the way adds or changes them."
            }
            Self::WrongToken => {
                "The signature does not fit: it was made with another Auth Token than the one stored here, or the \
                 request was changed on the way, or it did not come from Twilio."
            }
            Self::Foreign => "The signature is right, but the call, recording or text is not one of this account.",
            Self::Unknown => "The signature is right, but the call or text that the address names is not known here.",
            Self::Malformed => {
                "The signature is right, but an identifier in it is missing, repeated or not one of Twilio's."
            }
            Self::NoWebhook => return no_webhook(addresses),
        };
        text.to_owned()
    }

    /// What can be done about it.
    #[must_use]
    pub fn way_out(self) -> WayOut {
        match self {
            Self::FormerToken | Self::WrongToken => WayOut::ReplaceToken,
            Self::OtherAddress | Self::OtherPath | Self::OtherForm | Self::NoWebhook => WayOut::Address,
            Self::Unknown | Self::Foreign => WayOut::Check,
            Self::Disconnected => WayOut::Connect,
            _ => WayOut::Nothing,
        }
    }
}

fn other_address(addresses: Option<&Addresses>) -> String {
    match addresses {
        Some(Addresses { signed, ours }) => format!("Twilio signed for {signed}, but APP_URL says {ours}."),
        None => "Twilio signed for another address than APP_URL says.".to_owned(),
    }
}

fn other_path(addresses: Option<&Addresses>) -> String {
    match addresses {
        Some(Addresses { signed, ours }) => {
            format!(
                "Twilio signed for {signed}, but {ours} arrived: a proxy on the way rewrites the path or the query."
            )
        }
        None => "Twilio signed for another path than the one that arrived.".to_owned(),
    }
}

fn no_webhook(addresses: Option<&Addresses>) -> String {
    match addresses {
        Some(Addresses { signed, ours }) => {
            format!(
                "{signed} was asked, which is no address of Sniko's; {ours} would be. A proxy on the way rewrites the path."
            )
        }
        None => "What was asked is no address of Sniko's.".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_words_come_back_as_the_same_reason() {
        for (reason, word) in WORDS {
            assert_eq!(reason.as_str(), word);
            assert_eq!(Reason::from_word(word), Some(reason));
            assert!(reason.sentence(None).ends_with('.'), "{word}");
        }
        assert_eq!(Reason::from_word("of tomorrow"), None);
    }
}
