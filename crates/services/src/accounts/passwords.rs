//! Argon2id, off the async threads and never more than a few at a time.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::{Entropy, ServiceError};

/// Memory in KiB, passes and lanes: OWASP's first choice for Argon2id.
/// <https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id>
const COST: (u32, u32, u32) = (19_456, 2, 1);

/// Hashes worked on at once: each takes 19 MiB and some 20 ms of a core, so that a flood neither fills the memory nor
/// starves the other requests.
const AT_ONCE: usize = 2;

/// Verified against for an unknown address, so that it takes as long as for a known one. Made once, at first use.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash(&SecretString::from("nobody"), &[0x5a; 16]).ok());

/// Makes and checks password hashes.
#[derive(Clone)]
pub(super) struct Passwords {
    places: Arc<Semaphore>,
    entropy: Entropy,
}

impl Passwords {
    pub(super) fn new(entropy: Entropy) -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            entropy,
        }
    }

    /// The password's hash in PHC form, with a salt of its own.
    pub(super) async fn hash(&self, password: &SecretString) -> Result<String, ServiceError> {
        let (password, salt) = (password.clone(), self.entropy.bytes::<16>());
        self.work(move || hash(&password, &salt)).await?
    }

    /// Whether the password is the one that was hashed; with no hash, no password is, after the same time.
    pub(super) async fn verify(&self, password: &SecretString, hash: Option<String>) -> Result<bool, ServiceError> {
        let password = password.clone();
        self.work(move || {
            let known = hash.is_some();
            let hash = hash.as_deref().or(NOBODY.as_deref()).unwrap_or_default();
            let parsed = PasswordHash::new(hash).map_err(ServiceError::internal)?;
            let right = Argon2::default()
                .verify_password(password.expose_secret().as_bytes(), &parsed)
                .is_ok();
            Ok(right && known)
        })
        .await?
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, ServiceError> {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(ServiceError::internal)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        })
        .await
        .map_err(ServiceError::internal)
    }
}

fn hash(password: &SecretString, salt: &[u8]) -> Result<String, ServiceError> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(ServiceError::internal)?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = hasher
        .hash_password_with_salt(password.expose_secret().as_bytes(), salt)
        .map_err(ServiceError::internal)?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_opens_its_own_hash_only() {
        let passwords = Passwords::new(Entropy);
        let password = SecretString::from("correct horse battery");
        let hash = passwords.hash(&password).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify(&password, Some(hash.clone())).await.unwrap());
        assert!(
            !passwords
                .verify(&SecretString::from("correct horse batterz"), Some(hash))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn without_a_hash_no_password_is_right() {
        let passwords = Passwords::new(Entropy);
        assert!(!passwords.verify(&SecretString::from("nobody"), None).await.unwrap());
    }
}
