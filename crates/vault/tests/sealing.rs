//! What a vault promises.
#![allow(clippy::unwrap_used)]

use proptest::prelude::{any, proptest};
use secrecy::{ExposeSecret, SecretString};
use vault::{Error, RingError, SealContext, Vault};

const PLACE: SealContext<'static> = SealContext {
    purpose: "p",
    tenant: "t",
    row: "r",
    column: "c",
};

fn vault(id: &str, byte: u8) -> Vault {
    Vault::from_keys(&Vault::generate_keys([byte; 32], id)).unwrap()
}

fn sealed(vault: &Vault) -> Vec<u8> {
    vault.seal(&PLACE, &SecretString::from("the secret")).unwrap()
}

#[test]
fn what_was_sealed_opens_in_its_place() {
    let vault = vault("k1", 1);
    assert_eq!(
        vault.open(&PLACE, &sealed(&vault)).unwrap().expose_secret(),
        "the secret"
    );
}

#[test]
fn sealing_twice_never_gives_the_same_blob() {
    let vault = vault("k1", 1);
    assert_ne!(sealed(&vault), sealed(&vault));
}

#[test]
fn a_bit_flipped_anywhere_is_noticed() {
    let vault = vault("k1", 1);
    let blob = sealed(&vault);
    for index in 0..blob.len() {
        let mut flipped = blob.clone();
        flipped[index] ^= 1;
        assert!(vault.open(&PLACE, &flipped).is_err(), "byte {index}");
    }
}

#[test]
fn a_blob_moved_to_another_place_does_not_open() {
    let vault = vault("k1", 1);
    let blob = sealed(&vault);
    for elsewhere in [
        SealContext { purpose: "q", ..PLACE },
        SealContext { tenant: "u", ..PLACE },
        SealContext { row: "s", ..PLACE },
        SealContext { column: "d", ..PLACE },
        SealContext {
            tenant: "tr",
            row: "",
            ..PLACE
        },
        SealContext {
            tenant: "",
            row: "tr",
            ..PLACE
        },
    ] {
        assert_eq!(
            vault.open(&elsewhere, &blob).unwrap_err(),
            Error::Rejected,
            "{elsewhere:?}"
        );
    }
}

#[test]
fn a_rotated_ring_opens_the_old_and_rewraps_it_once() {
    let old = vault("old", 1);
    let blob = sealed(&old);
    let keys = format!(
        "{},{}",
        Vault::generate_keys([2; 32], "new"),
        Vault::generate_keys([1; 32], "old")
    );
    let rotated = Vault::from_keys(&keys).unwrap();
    let rewrapped = rotated.rewrap(&PLACE, &blob).unwrap().unwrap();
    assert_eq!(rotated.rewrap(&PLACE, &rewrapped).unwrap(), None);
    assert_eq!(rotated.open(&PLACE, &rewrapped).unwrap().expose_secret(), "the secret");
    assert_eq!(old.open(&PLACE, &rewrapped).unwrap_err(), Error::UnknownKey);
}

#[test]
fn the_canary_tells_a_wrong_and_a_missing_key() {
    let blob = vault("k1", 1).canary().unwrap();
    assert_eq!(vault("k1", 1).check_canary(&blob), Ok(()));
    assert_eq!(vault("k1", 2).check_canary(&blob), Err(Error::Rejected));
    assert_eq!(vault("k2", 1).check_canary(&blob), Err(Error::UnknownKey));
}

#[test]
fn a_bad_ring_is_refused_by_the_place_of_its_fault() {
    let good = Vault::generate_keys([1; 32], "k1");
    for (keys, fault) in [
        (String::new(), RingError::Empty),
        (" , ".into(), RingError::Empty),
        ("nocolon".into(), RingError::Name(1)),
        (format!("{good},:AAAA"), RingError::Name(2)),
        (format!("{good},k2:AAAA"), RingError::Key(2)),
        (format!("{good},k2:!"), RingError::Key(2)),
        (format!("{good},{good}"), RingError::Duplicate(2)),
    ] {
        assert_eq!(Vault::from_keys(&keys).unwrap_err(), fault);
    }
}

#[test]
fn debug_says_nothing() {
    assert_eq!(format!("{:?}", vault("k1", 1)), "Vault { .. }");
}

proptest! {
    #[test]
    fn garbage_is_refused_without_a_panic(blob in any::<Vec<u8>>()) {
        assert!(vault("k1", 1).open(&PLACE, &blob).is_err());
    }
}
