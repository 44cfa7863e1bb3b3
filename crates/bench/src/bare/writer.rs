//! The one task that writes: what waits while a group is committed is the next group.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, query, raw_sql};
use tokio::sync::{mpsc, oneshot};

/// Most reports that wait.
const QUEUE: usize = 1024;

/// What was asked, what is known of each call, and what happened when.
const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS inbox (dedupe_key TEXT PRIMARY KEY, answer TEXT, received_at BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS calls (
        sid TEXT PRIMARY KEY, status TEXT NOT NULL, from_number TEXT NOT NULL, to_number TEXT NOT NULL,
        updated_at BIGINT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS events (
        id INTEGER PRIMARY KEY, sid TEXT NOT NULL REFERENCES calls (sid), status TEXT NOT NULL, happened_at BIGINT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS events_of_call ON events (sid);";

/// What is told of a call.
pub struct Report {
    pub sid: String,
    pub status: String,
    pub from: String,
    pub to: String,
    /// What is answered, where that is more than that it was taken: whoever asks again must hear the same.
    pub answer: Option<String>,
}

/// The way to the task.
pub struct Writer(mpsc::Sender<(Report, oneshot::Sender<bool>)>);

impl Writer {
    /// Opens the file, and lets the task begin.
    pub async fn start(database: SqliteConnectOptions, group: usize) -> Result<Self> {
        let mut db = database.connect().await?;
        raw_sql(TABLES).execute(&mut db).await?;
        let (reports, mut waiting) = mpsc::channel::<(Report, oneshot::Sender<bool>)>(QUEUE);
        tokio::spawn(async move {
            let mut group_of = Vec::with_capacity(group);
            while waiting.recv_many(&mut group_of, group).await > 0 {
                let written = write(&mut db, &group_of).await.is_ok();
                for (_, done) in group_of.drain(..) {
                    // Whoever does not wait any more does not need to know.
                    let _ = done.send(written);
                }
            }
        });
        Ok(Self(reports))
    }

    /// Writes it. Once this has returned true, it is durable.
    pub async fn write(&self, report: Report) -> bool {
        let (done, written) = oneshot::channel();
        self.0.send((report, done)).await.is_ok() && written.await.unwrap_or(false)
    }
}

/// All of a group in one transaction.
async fn write(db: &mut SqliteConnection, group: &[(Report, oneshot::Sender<bool>)]) -> Result<(), sqlx::Error> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
    for (report, _) in group {
        let taken =
            query("INSERT INTO inbox (dedupe_key, answer, received_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
                .bind(format!("{} {}", report.sid, report.status))
                .bind(&report.answer)
                .bind(now)
                .execute(&mut *tx)
                .await?;
        if taken.rows_affected() == 0 {
            continue;
        }
        query(
            "INSERT INTO calls (sid, status, from_number, to_number, updated_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (sid) DO UPDATE SET status = excluded.status, updated_at = excluded.updated_at",
        )
        .bind(&report.sid)
        .bind(&report.status)
        .bind(&report.from)
        .bind(&report.to)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        query("INSERT INTO events (sid, status, happened_at) VALUES ($1, $2, $3)")
            .bind(&report.sid)
            .bind(&report.status)
            .bind(now)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::bare::database;

    #[tokio::test]
    async fn what_is_written_is_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = database(&folder.path().join("bare.db"));
        let writer = Writer::start(file.clone(), 64).await.unwrap();
        for status in ["ringing", "completed", "completed"] {
            let text = |text: &str| text.to_owned();
            let report = Report {
                sid: text("CA1"),
                status: text(status),
                from: text("1"),
                to: text("2"),
                answer: None,
            };
            assert!(writer.write(report).await);
        }
        let mut db = file.connect().await.unwrap();
        let count = "SELECT (SELECT status FROM calls), (SELECT COUNT(*) FROM events)";
        let row: (String, i64) = sqlx::query_as(count).fetch_one(&mut db).await.unwrap();
        assert_eq!(row, ("completed".to_owned(), 2));
    }
}
