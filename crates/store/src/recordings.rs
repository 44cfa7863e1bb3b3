//! Recordings, and how they go: first they are said to go, then Twilio deletes them, then they are gone.

use domain::id::{CallId, RecordingId, UserId};
use domain::recording::{RecordingKind, RecordingStatus};
use domain::time::UnixMillis;
use sqlx::any::AnyRow;
use sqlx::query;

use crate::news::News;
use crate::row::{get, number, parsed};
use crate::{Error, FeedKind, Store, feed};

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// Whose it is.
    pub user_id: UserId,
    /// The call it is of.
    pub call_id: CallId,
    /// `AC…`
    pub account_sid: String,
    /// `RE…`
    pub sid: String,
    /// What was recorded.
    pub kind: RecordingKind,
    /// Where it is.
    pub status: RecordingStatus,
    /// Its length.
    pub duration_seconds: Option<u32>,
    /// 1, or 2 for a channel a side.
    pub channels: u8,
    /// When it began.
    pub started_at: UnixMillis,
}

/// What makes up a recording. Macros, since a query's text must be static.
macro_rules! recording_columns {
    () => {
        "id, user_id, call_id, account_sid, sid, kind, status, duration_seconds, channels, started_at"
    };
}
pub(crate) use recording_columns;

macro_rules! select_recordings {
    ($rest:literal) => {
        concat!("SELECT ", recording_columns!(), " FROM recordings ", $rest)
    };
}

pub(crate) fn recording_of(row: &AnyRow) -> Result<Recording, Error> {
    Ok(Recording {
        id: parsed(row, "id", |text| text.parse().ok())?,
        user_id: parsed(row, "user_id", |text| text.parse().ok())?,
        call_id: parsed(row, "call_id", |text| text.parse().ok())?,
        account_sid: get(row, "account_sid")?,
        sid: get(row, "sid")?,
        kind: parsed(row, "kind", RecordingKind::from_word)?,
        status: parsed(row, "status", RecordingStatus::from_word)?,
        duration_seconds: number(row, "duration_seconds")?,
        channels: number(row, "channels")?.unwrap_or(1),
        started_at: UnixMillis(get(row, "started_at")?),
    })
}

impl Store {
    /// The recordings of those calls, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recordings_of_calls(&self, calls: &[CallId]) -> Result<Vec<Recording>, Error> {
        let rows = self.rows_of(select_recordings!("WHERE call_id IN "), "", calls).await?;
        let mut found = rows.iter().map(recording_of).collect::<Result<Vec<_>, _>>()?;
        found.sort_by_key(|recording| (recording.started_at, recording.id));
        Ok(found)
    }

    /// One of the user's recordings.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recording(&self, user: UserId, id: RecordingId) -> Result<Option<Recording>, Error> {
        let row = query(select_recordings!("WHERE id = $1 AND user_id = $2"))
            .bind(id.to_string())
            .bind(user.to_string())
            .fetch_optional(self.pool())
            .await?;
        row.as_ref().map(recording_of).transpose()
    }

    /// The user's recording is to go; `false` when there is none that could.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_recording_deleting(&self, user: UserId, id: RecordingId, now: UnixMillis) -> Result<bool, Error> {
        let Some(recording) = self.recording(user, id).await? else {
            return Ok(false);
        };
        let (due, word) = (Some(now.0), RecordingStatus::Deleting);
        self.move_on(&recording, word, due, now).await
    }

    /// Twilio has deleted the recording.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn mark_recording_deleted(&self, id: RecordingId, now: UnixMillis) -> Result<(), Error> {
        let row = query(select_recordings!("WHERE id = $1"))
            .bind(id.to_string())
            .fetch_optional(self.pool())
            .await?;
        if let Some(row) = row {
            self.move_on(&recording_of(&row)?, RecordingStatus::Deleted, None, now)
                .await?;
        }
        Ok(())
    }

    /// Takes on recordings whose removal at Twilio is due, longest due first, until then: nobody else gets them before, and
    /// whoever is not done by then has lost them. Tells with each how often its removal was tried, this time included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_removals(
        &self,
        now: UnixMillis,
        until: UnixMillis,
        limit: u32,
    ) -> Result<Vec<(Recording, u32)>, Error> {
        let due = query("SELECT 1 FROM recordings WHERE status = 'deleting' AND due_at <= $1 LIMIT 1")
            .bind(now.0)
            .fetch_optional(self.pool())
            .await?;
        if due.is_none() {
            // A look needs no turn to write.
            return Ok(Vec::new());
        }
        // The condition once more for PostgreSQL, where another server may have taken one on in between.
        let rows = query(concat!(
            "UPDATE recordings SET attempts = attempts + 1, due_at = $1
             WHERE id IN (SELECT id FROM recordings WHERE status = 'deleting' AND due_at <= $2 ORDER BY due_at LIMIT $3)
                 AND status = 'deleting' AND due_at <= $2
             RETURNING attempts, ",
            recording_columns!()
        ))
        .bind(until.0)
        .bind(now.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.writer().await?)
        .await?;
        rows.iter()
            .map(|row| Ok((recording_of(row)?, number(row, "attempts")?.unwrap_or_default())))
            .collect()
    }

    /// The removal, taken on until `claimed`, failed for now; `false` when somebody else has taken it on since.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn postpone_removal(
        &self,
        id: RecordingId,
        claimed: UnixMillis,
        until: UnixMillis,
    ) -> Result<bool, Error> {
        let postponed =
            query("UPDATE recordings SET due_at = $1 WHERE id = $2 AND due_at = $3 AND status = 'deleting'")
                .bind(until.0)
                .bind(id.to_string())
                .bind(claimed.0)
                .execute(&mut *self.writer().await?)
                .await?;
        Ok(postponed.rows_affected() == 1)
    }

    /// Takes on recordings that are said to be under way though their calls are over and nothing was heard or asked since:
    /// Twilio is to be asked about them. Nobody else gets them before as much time has passed again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn claim_unfinished(
        &self,
        now: UnixMillis,
        quiet_since: UnixMillis,
        limit: u32,
    ) -> Result<Vec<Recording>, Error> {
        let found = query(
            "SELECT 1 FROM recordings JOIN calls ON calls.id = recordings.call_id
             WHERE recordings.status = 'in-progress' AND calls.live = 0 AND COALESCE(asked_at, calls.updated_at) <= $1
             LIMIT 1",
        )
        .bind(quiet_since.0)
        .fetch_optional(self.pool())
        .await?;
        if found.is_none() {
            // As nearly always.
            return Ok(Vec::new());
        }
        let rows = query(concat!(
            "UPDATE recordings SET asked_at = $1
             WHERE id IN (SELECT recordings.id FROM recordings JOIN calls ON calls.id = recordings.call_id
                 WHERE recordings.status = 'in-progress' AND calls.live = 0
                     AND COALESCE(asked_at, calls.updated_at) <= $2
                 LIMIT $3)
                 AND status = 'in-progress' AND (asked_at IS NULL OR asked_at <= $2)
             RETURNING ",
            recording_columns!()
        ))
        .bind(now.0)
        .bind(quiet_since.0)
        .bind(i64::from(limit))
        .fetch_all(&mut *self.writer().await?)
        .await?;
        rows.iter().map(recording_of).collect()
    }

    /// Those of the account's recordings that are known, by SID.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recordings_of_sids(&self, account_sid: &str, sids: &[String]) -> Result<Vec<Recording>, Error> {
        let rows = self.rows_of(select_recordings!("WHERE sid IN "), "", sids).await?;
        let mut found = rows.iter().map(recording_of).collect::<Result<Vec<_>, _>>()?;
        found.retain(|recording| recording.account_sid == account_sid);
        // A place that is left over in a query is filled with one of its ids.
        found.sort_by_key(|recording| recording.id);
        found.dedup_by_key(|recording| recording.id);
        Ok(found)
    }

    /// Recordings that are kept longer than their user wants are to go; tells how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire_recordings(&self, now: UnixMillis, limit: u32) -> Result<u64, Error> {
        // From the few users to their old recordings, in that order on SQLite too.
        let rows = query(
            "SELECT r.user_id, r.id FROM voice_settings v CROSS JOIN recordings r
             WHERE v.retention_days IS NOT NULL AND r.user_id = v.user_id AND r.status = 'completed'
                 AND r.started_at <= $1 - v.retention_days * $2
             LIMIT $3",
        )
        .bind(now.0)
        .bind(DAY_MILLIS)
        .bind(i64::from(limit))
        .fetch_all(self.pool())
        .await?;
        let mut retired = 0;
        for row in &rows {
            let user = parsed(row, "user_id", |text| text.parse().ok())?;
            let id = parsed(row, "id", |text| text.parse().ok())?;
            retired += u64::from(self.mark_recording_deleting(user, id, now).await?);
        }
        Ok(retired)
    }

    /// Moves a recording to a later state, and its call with it; `false` when it is there already.
    async fn move_on(
        &self,
        recording: &Recording,
        to: RecordingStatus,
        due_at: Option<i64>,
        now: UnixMillis,
    ) -> Result<bool, Error> {
        if recording.status >= to {
            return Ok(false);
        }
        let mut tx = self.begin().await?;
        // The call's row first, as everywhere.
        query("UPDATE calls SET updated_at = $1 WHERE id = $2")
            .bind(now.0)
            .bind(recording.call_id.to_string())
            .execute(&mut *tx)
            .await?;
        let moved = query(
            "UPDATE recordings SET status = $1, due_at = $2
             WHERE id = $3 AND status <> $1 AND status <> 'deleted'",
        )
        .bind(to.as_str())
        .bind(due_at)
        .bind(recording.id.to_string())
        .execute(&mut *tx)
        .await?;
        if moved.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        query(
            "UPDATE calls SET voicemail = (SELECT COUNT(*) FROM (SELECT 1 FROM recordings
                 WHERE call_id = $1 AND kind = 'voicemail' AND status = 'completed' LIMIT 1) AS heard)
             WHERE id = $1 AND voicemail = 1",
        )
        .bind(recording.call_id.to_string())
        .execute(&mut *tx)
        .await?;
        let user = recording.user_id;
        let line = feed::note(&mut tx, user, FeedKind::Call, recording.call_id, now).await?;
        tx.tell(News::Feed { user, line });
        tx.commit().await?;
        Ok(true)
    }
}
