//! What belongs to a person: taken along, and erased.

mod erase;
mod export;

pub(crate) use erase::confirmed;
pub use erase::{Erased, Erasure};
pub use export::Export;

use crate::Parts;
use crate::accounts::Accounts;
use crate::connections::Connections;

/// The use cases of what belongs to a person.
#[derive(Clone)]
pub struct People {
    parts: Parts,
    accounts: Accounts,
    connections: Connections,
}

impl People {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts, accounts: Accounts, connections: Connections) -> Self {
        Self {
            parts,
            accounts,
            connections,
        }
    }
}
