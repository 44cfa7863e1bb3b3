//! Answers for programs that our own screens do not read.

use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An answer of which a screen only needs to know that it came: the page that follows is drawn by the server.
///
/// In the browser it is skipped rather than read, which spares the browser's part the code that reads it.
pub struct Answer<T> {
    #[cfg(feature = "ssr")]
    value: T,
    kind: PhantomData<T>,
}

#[cfg(feature = "ssr")]
impl<T> Answer<T> {
    /// Wraps what is answered.
    pub(super) const fn new(value: T) -> Self {
        Self {
            value,
            kind: PhantomData,
        }
    }
}

impl<T: Serialize> Serialize for Answer<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(feature = "ssr")]
        return self.value.serialize(serializer);
        #[cfg(not(feature = "ssr"))]
        serializer.serialize_unit()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Answer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[cfg(feature = "ssr")]
        return T::deserialize(deserializer).map(Self::new);
        #[cfg(not(feature = "ssr"))]
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self { kind: PhantomData })
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_reads_the_value_and_nothing_around_it() {
        assert_eq!(leptos::serde_json::to_string(&Answer::new([1, 2])).unwrap(), "[1,2]");
        assert!(leptos::serde_json::from_str::<Answer<u8>>("[1,2]").is_err());
    }
}
