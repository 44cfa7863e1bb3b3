//! What a thief of the database may have changed.

use secrecy::{ExposeSecret as _, SecretString};
use vault::{SealContext, Vault};

const KEYS: &str = "k2:QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=,k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

fn context(row: &str) -> SealContext<'_> {
    SealContext {
        purpose: "secret",
        tenant: "one",
        row,
        column: "connections.auth_token",
    }
}

/// Any bytes in the place of a blob are refused, and nothing worse.
pub fn blob(bytes: &[u8]) {
    let vault = Vault::from_keys(KEYS).unwrap();
    assert!(vault.open(&context("row"), bytes).is_err(), "a blob that nobody sealed");
    assert!(vault.rewrap(&context("row"), bytes).is_err());
    assert!(vault.check_canary(bytes).is_err());
}

/// What was sealed opens in its place and nowhere else, and not with a bit changed.
pub fn sealed(secret: &str, row: &str, other: &str, bit: usize) {
    let vault = Vault::from_keys(KEYS).unwrap();
    let mut blob = vault
        .seal(&context(row), &SecretString::from(secret.to_owned()))
        .unwrap();
    assert_eq!(vault.open(&context(row), &blob).unwrap().expose_secret(), secret);
    assert!(
        row == other || vault.open(&context(other), &blob).is_err(),
        "moved to another row"
    );
    let bit = bit % (blob.len() * 8);
    blob[bit / 8] ^= 1 << (bit % 8);
    assert!(vault.open(&context(row), &blob).is_err(), "with bit {bit} changed");
}
