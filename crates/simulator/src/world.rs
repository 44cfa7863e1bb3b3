//! Everything the simulator knows: accounts with what is in them, faults and journal.

use jiff::Timestamp;
use serde::Serialize;

use crate::account::{
    AccountKind, AccountSeed, AccountSnapshot, AccountStatus, ApplicationSettings, NumberSettings, SimulatedAccount,
};
use crate::calls::Book;
use crate::fault::Faults;
use crate::journal::Journal;
use crate::messages::{Service, Texts};
use crate::{clock, sid};

/// A thing with a SID and dates.
#[derive(Clone, Debug)]
pub(crate) struct Stored<T> {
    pub(crate) sid: String,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) value: T,
}

impl<T> Stored<T> {
    pub(crate) fn new(sid: String, value: T) -> Self {
        let now = clock::now();
        Self {
            sid,
            created: now,
            updated: now,
            value,
        }
    }
}

/// An API key. All of them are Standard keys.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Key {
    pub(crate) friendly_name: String,
    #[serde(skip)]
    pub(crate) secret: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) sid: String,
    pub(crate) auth_token: String,
    pub(crate) friendly_name: String,
    pub(crate) kind: AccountKind,
    pub(crate) status: AccountStatus,
    pub(crate) test_credentials: bool,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) numbers: Vec<Stored<NumberSettings>>,
    pub(crate) applications: Vec<Stored<ApplicationSettings>>,
    pub(crate) keys: Vec<Stored<Key>>,
    pub(crate) services: Vec<Stored<Service>>,
    /// Of a trial account: whom it may call and text.
    pub(crate) verified_numbers: Vec<String>,
}

impl Account {
    pub(crate) fn has_application(&self, sid: &str) -> bool {
        self.applications.iter().any(|application| application.sid == sid)
    }

    /// Its own numbers need no verification.
    pub(crate) fn is_verified(&self, phone_number: &str) -> bool {
        let mut own = self.numbers.iter().map(|number| &number.value.phone_number);
        own.any(|number| number == phone_number) || self.verified_numbers.iter().any(|number| number == phone_number)
    }

    /// Deletes an application and, as Twilio documents it, its SID from every number that named it.
    pub(crate) fn delete_application(&mut self, sid: &str) -> bool {
        let before = self.applications.len();
        self.applications.retain(|application| application.sid != sid);
        for number in &mut self.numbers {
            number.value.voice_application_sid.take_if(|named| named == sid);
            number.value.sms_application_sid.take_if(|named| named == sid);
        }
        self.applications.len() < before
    }

    pub(crate) fn snapshot(&self) -> AccountSnapshot {
        AccountSnapshot {
            sid: self.sid.clone(),
            friendly_name: self.friendly_name.clone(),
            kind: self.kind,
            status: self.status,
            numbers: self
                .numbers
                .iter()
                .map(|number| (number.sid.clone(), number.value.clone()))
                .collect(),
            applications: self
                .applications
                .iter()
                .map(|app| (app.sid.clone(), app.value.clone()))
                .collect(),
            keys: self
                .keys
                .iter()
                .map(|key| (key.sid.clone(), key.value.friendly_name.clone()))
                .collect(),
            messaging_services: self
                .services
                .iter()
                .map(|service| (service.sid.clone(), service.value.settings.clone()))
                .collect(),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) accounts: Vec<Account>,
    /// What a reset goes back to.
    initial: Vec<Account>,
    pub(crate) faults: Faults,
    pub(crate) journal: Journal,
    pub(crate) book: Book,
    pub(crate) texts: Texts,
    /// Secrets that are valid no more but still must not be shown.
    retired_secrets: Vec<String>,
}

impl World {
    pub(crate) fn add_account(&mut self, seed: AccountSeed) -> SimulatedAccount {
        let now = clock::now();
        let account = Account {
            sid: seed.sid.unwrap_or_else(|| sid::new("AC")),
            auth_token: seed.auth_token.unwrap_or_else(sid::new_auth_token),
            friendly_name: if seed.friendly_name.is_empty() {
                "Simulated account".to_owned()
            } else {
                seed.friendly_name
            },
            kind: seed.kind,
            status: seed.status,
            test_credentials: seed.test_credentials,
            created: now,
            updated: now,
            numbers: Vec::new(),
            applications: Vec::new(),
            keys: Vec::new(),
            services: Vec::new(),
            verified_numbers: seed.verified_numbers,
        };
        let credentials = SimulatedAccount {
            sid: account.sid.clone(),
            auth_token: account.auth_token.clone(),
        };
        self.accounts.push(account);
        credentials
    }

    pub(crate) fn account(&self, sid: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.sid == sid)
    }

    pub(crate) fn account_mut(&mut self, sid: &str) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.sid == sid)
    }

    pub(crate) fn add_number(&mut self, account_sid: &str, mut settings: NumberSettings) -> Option<String> {
        let account = self.account_mut(account_sid)?;
        if settings.friendly_name.is_empty() {
            settings.friendly_name = default_friendly_name(&settings.phone_number);
        }
        let sid = sid::new("PN");
        account.numbers.push(Stored::new(sid.clone(), settings));
        Some(sid)
    }

    pub(crate) fn number_mut(&mut self, sid: &str) -> Option<&mut Stored<NumberSettings>> {
        self.accounts
            .iter_mut()
            .flat_map(|account| &mut account.numbers)
            .find(|number| number.sid == sid)
    }

    /// The account and number that this phone number is.
    pub(crate) fn number_called(&self, phone_number: &str) -> Option<(&Account, &Stored<NumberSettings>)> {
        self.accounts.iter().find_map(|account| {
            let mut numbers = account.numbers.iter();
            let number = numbers.find(|number| number.value.phone_number == phone_number)?;
            Some((account, number))
        })
    }

    pub(crate) fn delete_application(&mut self, sid: &str) -> bool {
        self.accounts.iter_mut().any(|account| account.delete_application(sid))
    }

    pub(crate) fn delete_key(&mut self, sid: &str) -> bool {
        for account in &mut self.accounts {
            if let Some(at) = account.keys.iter().position(|key| key.sid == sid) {
                self.retired_secrets.push(account.keys.remove(at).value.secret);
                return true;
            }
        }
        false
    }

    pub(crate) fn rotate_auth_token(&mut self, account_sid: &str) -> Option<String> {
        let account = self.account_mut(account_sid)?;
        let fresh = sid::new_auth_token();
        let old = std::mem::replace(&mut account.auth_token, fresh.clone());
        self.retired_secrets.push(old);
        Some(fresh)
    }

    /// `text` without any secret that this simulator has ever given out.
    pub(crate) fn redact(&self, text: &str) -> String {
        let current = self.accounts.iter().flat_map(|account| {
            std::iter::once(&account.auth_token).chain(account.keys.iter().map(|key| &key.value.secret))
        });
        current
            .chain(&self.retired_secrets)
            .filter(|secret| !secret.is_empty())
            .fold(text.to_owned(), |text, secret| {
                text.replace(secret.as_str(), "[redacted]")
            })
    }

    pub(crate) fn mark_initial(&mut self) {
        self.initial = self.accounts.clone();
    }

    pub(crate) fn reset(&mut self) {
        self.accounts = self.initial.clone();
        self.faults.clear();
        self.journal.clear();
        self.book.reset();
        self.texts = Texts::default();
    }
}

/// As Twilio names a number at first: `(415) 555-0100` in North America, elsewhere the number itself.
pub(crate) fn default_friendly_name(phone_number: &str) -> String {
    match phone_number.strip_prefix("+1") {
        Some(national) if national.len() == 10 && national.is_ascii() => {
            format!("({}) {}-{}", &national[..3], &national[3..6], &national[6..])
        }
        _ => phone_number.to_owned(),
    }
}
