//! What can go wrong.

/// Why a call into this crate failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The description of the other end cannot be read, or does not fit.
    #[error("the session description is of no use: {0}")]
    Description(String),
    /// The party is a simulated phone, or has left.
    #[error("there is no browser at this end")]
    NotABrowser,
    /// An answer came without an offer, or a second one.
    #[error("no offer waits for an answer")]
    NothingOffered,
    /// The sound file cannot be read.
    #[error("the sound file is of no use: {0}")]
    Wav(#[from] hound::Error),
}
