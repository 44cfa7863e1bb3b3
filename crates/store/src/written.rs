//! What can be written alone or together with others, and what comes of it.

use domain::id::UserId;
use sqlx::AnyConnection;

use crate::Error;
use crate::bulk::Unit;

/// What came of a write within a transaction that is still open.
pub(crate) struct Written<T> {
    pub(crate) result: T,
    /// Whether it is to be kept; else what was written so far has to be undone.
    pub(crate) stands: bool,
    /// The number of the line in the user's feed, where something changed.
    pub(crate) news: Option<(UserId, i64)>,
}

impl<T> Written<T> {
    /// Kept, with a line in the user's feed.
    pub(crate) fn told(result: T, user: UserId, line: i64) -> Self {
        Self {
            result,
            stands: true,
            news: Some((user, line)),
        }
    }

    /// Kept, and no news to anybody.
    pub(crate) fn kept(result: T) -> Self {
        Self {
            result,
            stands: true,
            news: None,
        }
    }

    /// Undone.
    pub(crate) fn void(result: T) -> Self {
        Self {
            result,
            stands: false,
            news: None,
        }
    }
}

/// Something to write, alone or together with others.
pub(crate) trait Write: Clone + Send + Sync + 'static {
    /// What comes of it.
    type Done: Send + 'static;

    /// Writes it.
    fn write(&self, db: &mut AnyConnection) -> impl Future<Output = Result<Written<Self::Done>, Error>> + Send;
}

/// Something of which many are written with the same few statements.
pub(crate) trait Batch: Send + Sync + Sized + 'static {
    /// What comes of each.
    type Done: Send + 'static;

    /// Writes them as if one after the other; what came of each, in the same order. One that does not stand leaves nothing.
    fn write_all(
        unit: &mut Unit<'_>,
        group: &[&Self],
    ) -> impl Future<Output = Result<Vec<Written<Self::Done>>, Error>> + Send;
}
