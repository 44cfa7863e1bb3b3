//! Who sends texts, and the account for messages of the system itself.

use secrecy::SecretString;
use twilio::AccountSid;
use url::Url;

use super::{Reader, base_url};

/// Shortest secret that a webhook may be addressed or signed with, in characters.
const SECRET_MIN: usize = 16;

/// How texts leave the house.
#[derive(Clone, Debug)]
pub enum TextProvider {
    /// Through Twilio: a user's by his own connection.
    Twilio,
    /// They are written to the log and go nowhere: for development.
    Log,
    /// Each is posted as JSON to an address of the operator's.
    Webhook {
        /// Where to.
        url: Url,
        /// What is sent along, so that the receiver knows us.
        token: SecretString,
        /// Signs what is posted.
        signing_key: SecretString,
    },
}

impl TextProvider {
    /// As `SMS_DEFAULT` writes it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Log => "log",
            Self::Webhook { .. } => "webhook",
        }
    }
}

/// The account for messages of the system itself.
#[derive(Clone, Debug)]
pub struct SystemAccount {
    /// `AC…`
    pub sid: AccountSid,
    /// Its token.
    pub auth_token: SecretString,
    /// The number that its texts are from.
    pub number: Option<String>,
    /// The Messaging Service (`MG…`) that chooses the number instead.
    pub service: Option<String>,
}

/// All that is set about texts.
#[derive(Clone, Debug)]
pub struct Texts {
    /// How they leave the house.
    pub provider: TextProvider,
    /// Whether Twilio may be used for texts at all.
    pub twilio_enabled: bool,
    /// The system's own account.
    pub system_account: Option<SystemAccount>,
    /// Whether it also serves users who have connected none.
    pub users_fall_back: bool,
}

impl<R: Fn(&str) -> Option<String>> Reader<R> {
    /// None where there is a fault, which is noted.
    pub(super) fn texts(&mut self) -> Option<Texts> {
        let enabled = self.parsed("SMS_TWILIO_ENABLED", "true", |text| match text {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        });
        let provider = self.text_provider(enabled);
        let system_account = self.system_account();
        let users_fall_back = self.parsed("TWILIO_SYSTEM_FALLBACK", "system", |text| match text {
            "system" => Ok(false),
            "users" => Ok(true),
            _ => Err("must be system or users".to_owned()),
        })?;
        if users_fall_back && self.text("TWILIO_ACCOUNT_SID").is_none() {
            self.fault(
                "TWILIO_SYSTEM_FALLBACK",
                "is users, but there is no account to fall back to; set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
            );
        }
        Some(Texts {
            provider: provider?,
            twilio_enabled: enabled?,
            system_account,
            users_fall_back,
        })
    }

    fn text_provider(&mut self, twilio_enabled: Option<bool>) -> Option<TextProvider> {
        // Looked at in any case, so that a bad one is not found on the day it is needed.
        let url = self.optional("SMS_WEBHOOK_URL", base_url);
        let token = self.optional("SMS_WEBHOOK_TOKEN", secret);
        let signing_key = self.optional("SMS_WEBHOOK_SIGNING_KEY", secret);
        let name = self.text("SMS_DEFAULT").unwrap_or_else(|| "twilio".to_owned());
        match name.as_str() {
            "twilio" if twilio_enabled == Some(false) => {
                self.fault("SMS_DEFAULT", "is twilio, which SMS_TWILIO_ENABLED=false switches off");
                None
            }
            "twilio" => Some(TextProvider::Twilio),
            "log" => Some(TextProvider::Log),
            "webhook" => {
                for name in ["SMS_WEBHOOK_URL", "SMS_WEBHOOK_TOKEN", "SMS_WEBHOOK_SIGNING_KEY"] {
                    if self.text(name).is_none() {
                        self.fault(name, "must be set, since SMS_DEFAULT is webhook");
                    }
                }
                Some(TextProvider::Webhook {
                    url: url?,
                    token: token?,
                    signing_key: signing_key?,
                })
            }
            other => {
                let fault = format!("is {other:?}, which is not a provider of texts; twilio, log and webhook are");
                self.fault("SMS_DEFAULT", fault);
                None
            }
        }
    }

    /// All of it, or nothing.
    fn system_account(&mut self) -> Option<SystemAccount> {
        let sid = self.optional(
            "TWILIO_ACCOUNT_SID",
            |text| match domain::credentials::account_sid_fault(text) {
                None => text
                    .parse::<AccountSid>()
                    .map_err(|error| format!("is not usable: {error}")),
                Some(fault) => Err(format!("is not usable: {fault}")),
            },
        );
        let auth_token = self.optional(
            "TWILIO_AUTH_TOKEN",
            |text| match domain::credentials::auth_token_fault(text) {
                None => Ok(SecretString::from(text.to_owned())),
                Some(fault) => Err(format!("is not usable: {fault}")),
            },
        );
        let number = self.optional("TWILIO_FROM_NUMBER", |text| {
            let digits = text.strip_prefix('+').unwrap_or_default();
            let e164 = (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            e164.then(|| text.to_owned())
                .ok_or_else(|| "must be a number in E.164 form, such as +14155550100".to_owned())
        });
        let service = self.optional("TWILIO_MESSAGING_SERVICE_SID", |text| {
            let hex = text.strip_prefix("MG").unwrap_or_default();
            let sid = hex.len() == 32 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            sid.then(|| text.to_owned())
                .ok_or_else(|| "must be MG and 32 hexadecimal digits".to_owned())
        });
        if self.text("TWILIO_ACCOUNT_SID").is_some() != self.text("TWILIO_AUTH_TOKEN").is_some() {
            self.fault("TWILIO_ACCOUNT_SID", "and TWILIO_AUTH_TOKEN must be set together");
        }
        Some(SystemAccount {
            sid: sid?,
            auth_token: auth_token?,
            number,
            service,
        })
    }
}

pub(super) fn secret(text: &str) -> Result<SecretString, String> {
    let fits = text.chars().count() >= SECRET_MIN && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| SecretString::from(text.to_owned()))
        .ok_or_else(|| format!("must have at least {SECRET_MIN} characters of ASCII, and no blanks"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::load_from;

    const SID: (&str, &str) = ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef");
    const TOKEN: (&str, &str) = ("TWILIO_AUTH_TOKEN", "fedcba9876543210fedcba9876543210");
    const NUMBER: (&str, &str) = ("TWILIO_FROM_NUMBER", "+14155550100");
    const SERVICE: (&str, &str) = ("TWILIO_MESSAGING_SERVICE_SID", "MG0123456789abcdef0123456789abcdef");

    fn provider(pairs: &[(&str, &str)]) -> Result<&'static str, String> {
        let config = load_from(pairs).map_err(|faults| faults.to_string())?;
        Ok(config.texts.provider.name())
    }

    #[test]
    fn a_provider_that_is_switched_off_or_unknown_is_a_fault() {
        assert_eq!(provider(&[]).unwrap(), "twilio");
        assert!(provider(&[("SMS_TWILIO_ENABLED", "false")]).is_err());
        let other = [("SMS_DEFAULT", "log"), ("SMS_TWILIO_ENABLED", "false")];
        assert_eq!(provider(&other).unwrap(), "log");
        for unknown in ["memory", "pigeon", "Twilio"] {
            let fault = provider(&[("SMS_DEFAULT", unknown)]).unwrap_err();
            assert!(fault.contains("SMS_DEFAULT"), "{fault}");
        }
    }

    #[test]
    fn a_webhook_needs_its_address_and_secrets_that_are_never_shown() {
        let chosen = ("SMS_DEFAULT", "webhook");
        let fault = provider(&[chosen]).unwrap_err();
        for name in ["SMS_WEBHOOK_URL", "SMS_WEBHOOK_TOKEN", "SMS_WEBHOOK_SIGNING_KEY"] {
            assert!(fault.contains(name), "{name} in {fault}");
        }
        let url = ("SMS_WEBHOOK_URL", "https://texts.example.com/out");
        let key = ("SMS_WEBHOOK_SIGNING_KEY", "hunter2hunter2hunter2");
        let fault = provider(&[chosen, url, key, ("SMS_WEBHOOK_TOKEN", "hunter2")]).unwrap_err();
        assert!(
            fault.contains("SMS_WEBHOOK_TOKEN") && !fault.contains("hunter2"),
            "{fault}"
        );
        let set = [chosen, url, key, ("SMS_WEBHOOK_TOKEN", "hunter2hunter2hunter2")];
        assert_eq!(provider(&set).unwrap(), "webhook");
        let shown = format!("{:?}", load_from(&set).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn the_systems_account_is_whole_or_none() {
        let account = |pairs: &[(&str, &str)]| load_from(pairs).unwrap().texts.system_account;
        assert!(account(&[]).is_none());
        assert!(load_from(&[SID]).is_err() && load_from(&[TOKEN]).is_err());
        let bare = account(&[SID, TOKEN]).unwrap();
        assert_eq!((bare.number, bare.service), (None, None));
        let full = account(&[SID, TOKEN, NUMBER, SERVICE]).unwrap();
        assert_eq!(full.number.as_deref(), Some(NUMBER.1));
        assert_eq!(full.service.as_deref(), Some(SERVICE.1));
        let shown = format!("{:?}", load_from(&[SID, TOKEN]).unwrap());
        assert!(!shown.contains(TOKEN.1), "{shown}");
    }

    #[test]
    fn users_fall_back_to_an_account_only_where_there_is_one() {
        let users = ("TWILIO_SYSTEM_FALLBACK", "users");
        assert!(load_from(&[users]).is_err());
        assert!(load_from(&[users, SID, TOKEN]).unwrap().texts.users_fall_back);
        assert!(!load_from(&[SID, TOKEN]).unwrap().texts.users_fall_back);
    }
}
