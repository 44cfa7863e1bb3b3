//! The menu that callers hear, where the user wants one.

use serde::{Deserialize, Serialize};

/// Longest text that is spoken, in characters: about a minute.
pub const SPOKEN_MAX: usize = 600;

/// The keys a caller may press.
pub const KEYS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/// What a key does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum MenuAction {
    /// Rings the user's browser, and goes on as for any call when he does not answer.
    Ring,
    /// Takes a message.
    Voicemail,
    /// Forwards to a phone.
    Forward {
        /// E.164
        to: String,
    },
    /// Says something, then the menu again.
    Say {
        /// What is said.
        text: String,
    },
    /// Says the menu again.
    Repeat,
}

/// A key and what it does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuChoice {
    /// One of [`KEYS`].
    pub key: char,
    /// What it does.
    #[serde(flatten)]
    pub action: MenuAction,
}

/// A menu.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    /// What callers hear: it should name the keys.
    pub greeting: String,
    /// The keys, each at most once.
    pub choices: Vec<MenuChoice>,
}

impl Menu {
    /// What the key does, if anything.
    #[must_use]
    pub fn action(&self, key: char) -> Option<&MenuAction> {
        self.choices
            .iter()
            .find(|choice| choice.key == key)
            .map(|choice| &choice.action)
    }
}
