//! The keys, by name.

use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const KEY_BYTES: usize = 32;
const ID_MAX_BYTES: usize = 64;

/// Why a ring of keys cannot be used. Names an entry by its place, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RingError {
    /// There is no key at all.
    #[error("APP_KEYS holds no key; it is id:base64(32 bytes), several separated by commas")]
    Empty,
    /// No colon, or an unusable name.
    #[error("key {0} of APP_KEYS must be id:base64, the id of 1 to 64 letters, digits, dots, dashes or underscores")]
    Name(usize),
    /// Not base64 of 32 bytes.
    #[error("key {0} of APP_KEYS is not the base64 of 32 bytes")]
    Key(usize),
    /// The same name again.
    #[error("key {0} of APP_KEYS has the name of an earlier one")]
    Duplicate(usize),
}

pub(crate) struct Ring {
    keys: Vec<(String, Aes256Gcm)>,
}

impl Ring {
    pub(crate) fn parse(text: &str) -> Result<Self, RingError> {
        let mut keys: Vec<(String, Aes256Gcm)> = Vec::new();
        for (index, entry) in text
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .enumerate()
        {
            let place = index + 1;
            let (id, encoded) = entry.split_once(':').ok_or(RingError::Name(place))?;
            let named = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if id.is_empty() || id.len() > ID_MAX_BYTES || !id.bytes().all(named) {
                return Err(RingError::Name(place));
            }
            if keys.iter().any(|(known, _)| known == id) {
                return Err(RingError::Duplicate(place));
            }
            let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| RingError::Key(place))?);
            if bytes.len() != KEY_BYTES {
                return Err(RingError::Key(place));
            }
            let cipher = Aes256Gcm::new_from_slice(&bytes).map_err(|_| RingError::Key(place))?;
            keys.push((id.to_owned(), cipher));
        }
        if keys.is_empty() {
            Err(RingError::Empty)
        } else {
            Ok(Self { keys })
        }
    }

    /// The key that seals. A ring is never empty.
    pub(crate) fn active(&self) -> (&str, &Aes256Gcm) {
        let (id, cipher) = &self.keys[0];
        (id, cipher)
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Aes256Gcm> {
        self.keys
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, cipher)| cipher)
    }
}

pub(crate) fn encode(id: &str, key: &[u8; KEY_BYTES]) -> String {
    format!("{id}:{}", STANDARD.encode(key))
}
