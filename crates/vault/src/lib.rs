#![doc = include_str!("../README.md")]

mod context;
mod ring;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use rand::Rng;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

pub use context::SealContext;
use ring::Ring;
pub use ring::RingError;

/// Version of the blob's layout.
const VERSION: u8 = 1;
/// Length of AES-GCM's nonce in bytes (NIST SP 800-38D, 5.2.1.1). Random: good for 2^32 seals under one key.
const NONCE_BYTES: usize = 12;

/// What the canary seals; known, so that opening it proves nothing but the key.
const CANARY: &str = "canary";
const CANARY_CONTEXT: SealContext<'static> = SealContext {
    purpose: "canary",
    tenant: "",
    row: "",
    column: "installation.canary",
};

/// Why something could not be sealed or opened. Says nothing of the secret or the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The blob is not one of ours.
    #[error("the sealed value is damaged")]
    Malformed,
    /// The ring has no key of that name.
    #[error("the sealed value needs a key that is not in APP_KEYS")]
    UnknownKey,
    /// Wrong key, changed blob, or a blob that belongs elsewhere.
    #[error("the sealed value does not open with its key in this place")]
    Rejected,
}

/// Seals and opens secrets with a ring of keys; the first key of the ring seals.
pub struct Vault {
    ring: Ring,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// Reads a ring: `id:base64(32 bytes)[,id:base64…]`, the first being the active key.
    ///
    /// # Errors
    /// Names the entry that is wrong by its place, never its value.
    pub fn from_keys(keys: &str) -> Result<Self, RingError> {
        Ok(Self {
            ring: Ring::parse(keys)?,
        })
    }

    /// A ring of one new key, in the form that [`Self::from_keys`] reads.
    #[must_use]
    pub fn generate_keys(entropy: [u8; 32], id: &str) -> String {
        ring::encode(id, &entropy)
    }

    /// Seals a secret for the given place under the active key.
    ///
    /// # Errors
    /// Only when the cipher refuses, which it does for secrets beyond 64 GiB.
    pub fn seal(&self, context: &SealContext<'_>, secret: &SecretString) -> Result<Vec<u8>, Error> {
        let (id, cipher) = self.ring.active();
        let header = header(id);
        let mut nonce = [0_u8; NONCE_BYTES];
        rand::rng().fill_bytes(&mut nonce);
        let aad = context.bound_to(&header);
        let payload = Payload {
            msg: secret.expose_secret().as_bytes(),
            aad: &aad,
        };
        let ciphertext = cipher
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Error::Rejected)?;
        Ok([header.as_slice(), &nonce, &ciphertext].concat())
    }

    /// Opens what was sealed for the given place.
    ///
    /// # Errors
    /// When it is damaged, of an unknown key, or belongs elsewhere.
    pub fn open(&self, context: &SealContext<'_>, blob: &[u8]) -> Result<SecretString, Error> {
        let parts = Parts::of(blob)?;
        let cipher: &Aes256Gcm = self.ring.find(parts.key_id).ok_or(Error::UnknownKey)?;
        let aad = context.bound_to(parts.header);
        let payload = Payload {
            msg: parts.ciphertext,
            aad: &aad,
        };
        let plain = Zeroizing::new(
            cipher
                .decrypt(&Nonce::from(parts.nonce), payload)
                .map_err(|_| Error::Rejected)?,
        );
        let text = std::str::from_utf8(&plain).map_err(|_| Error::Malformed)?;
        Ok(SecretString::from(text))
    }

    /// Seals again under the active key; `None` when it is under it already.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn rewrap(&self, context: &SealContext<'_>, blob: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if Parts::of(blob)?.key_id == self.ring.active().0 {
            return Ok(None);
        }
        self.seal(context, &self.open(context, blob)?).map(Some)
    }

    /// A known value sealed under the active key, to be stored and checked at every start.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn canary(&self) -> Result<Vec<u8>, Error> {
        self.seal(&CANARY_CONTEXT, &SecretString::from(CANARY))
    }

    /// Whether the stored canary opens, so that these are the keys the database was sealed with.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn check_canary(&self, blob: &[u8]) -> Result<(), Error> {
        let plain = self.open(&CANARY_CONTEXT, blob)?;
        if plain.expose_secret() == CANARY {
            Ok(())
        } else {
            Err(Error::Rejected)
        }
    }

    /// The stored canary sealed again under the active key; `None` when it is under it already.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn rewrap_canary(&self, blob: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        self.rewrap(&CANARY_CONTEXT, blob)
    }

    /// The name of the key that seals.
    #[must_use]
    pub fn active_key_id(&self) -> &str {
        self.ring.active().0
    }
}

/// The name of the key that a value is sealed with; whether it opens with that key is not looked at.
///
/// # Errors
/// When it is not one of ours.
pub fn key_id(blob: &[u8]) -> Result<&str, Error> {
    Ok(Parts::of(blob)?.key_id)
}

fn header(key_id: &str) -> Vec<u8> {
    // The ring refuses ids longer than 255 bytes.
    let length = u8::try_from(key_id.len()).unwrap_or(u8::MAX);
    [&[VERSION, length], key_id.as_bytes()].concat()
}

struct Parts<'a> {
    header: &'a [u8],
    key_id: &'a str,
    nonce: [u8; NONCE_BYTES],
    ciphertext: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(blob: &'a [u8]) -> Result<Self, Error> {
        let (&[version, length], _) = blob.split_first_chunk::<2>().ok_or(Error::Malformed)?;
        if version != VERSION {
            return Err(Error::Malformed);
        }
        let (header, rest) = blob.split_at_checked(2 + usize::from(length)).ok_or(Error::Malformed)?;
        let key_id = std::str::from_utf8(&header[2..]).map_err(|_| Error::Malformed)?;
        let (&nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Error::Malformed)?;
        Ok(Self {
            header,
            key_id,
            nonce,
            ciphertext,
        })
    }
}
