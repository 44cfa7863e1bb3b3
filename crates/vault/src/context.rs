//! The place a secret is sealed for.

/// Where a sealed value belongs. It opens nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealContext<'a> {
    /// What the secret is for.
    pub purpose: &'a str,
    /// Whose it is.
    pub tenant: &'a str,
    /// The row it is stored in.
    pub row: &'a str,
    /// The column it is stored in.
    pub column: &'a str,
}

impl SealContext<'_> {
    /// The authenticated data: each part behind its length, so that no two places read alike.
    pub(crate) fn bound_to(&self, header: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(128);
        for part in [
            header,
            self.purpose.as_bytes(),
            self.tenant.as_bytes(),
            self.row.as_bytes(),
            self.column.as_bytes(),
        ] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}
