//! How a report changes what is known of its recording.

use domain::id::{CallId, RecordingId, UserId};
use domain::recording::{RecordingKind, RecordingStatus};
use domain::time::UnixMillis;
use serde::Serialize;

use super::{Call, RecordingReport};
use crate::bulk::{Bulk, Unit, bulk};
use crate::recordings::{recording_columns, recording_of};
use crate::{Error, Recording};

/// A recording that is reported as one to go is still played once.
const PLAYED_WITHIN_MILLIS: i64 = 60 * 1000;

const FIND: Bulk = bulk!(
    "SELECT " (recording_columns!()) " FROM recordings WHERE sid IN (SELECT value ->> 'sid' FROM " rows ")"
);

const SAVE: Bulk = bulk!(
    "INSERT INTO recordings (id, user_id, call_id, account_sid, sid, kind, status, duration_seconds, channels, started_at,
         due_at)
     SELECT value ->> 'id', value ->> 'user', value ->> 'call', value ->> 'account', value ->> 'sid', value ->> 'kind',
         value ->> 'status', CAST(value ->> 'duration' AS BIGINT), CAST(value ->> 'channels' AS BIGINT),
         CAST(value ->> 'started_at' AS BIGINT), CAST(value ->> 'due_at' AS BIGINT)
     FROM " rows " WHERE true
     ON CONFLICT (sid, account_sid) DO UPDATE SET kind = excluded.kind, status = excluded.status,
         duration_seconds = excluded.duration_seconds, channels = excluded.channels,
         started_at = excluded.started_at, due_at = COALESCE(recordings.due_at, excluded.due_at)
     WHERE recordings.call_id = excluded.call_id"
);

/// A recording that is reported of.
#[derive(Debug)]
pub(super) struct KnownRecording {
    recording: Recording,
    /// When it is to go, where that was decided now.
    due_at: Option<UnixMillis>,
    is_written: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    id: RecordingId,
    user: UserId,
    call: CallId,
    account: &'a str,
    sid: &'a str,
    kind: &'static str,
    status: &'static str,
    duration: Option<u32>,
    channels: u8,
    started_at: UnixMillis,
    due_at: Option<UnixMillis>,
}

/// Those that are known already.
pub(super) async fn load<R: Serialize + Sync>(unit: &mut Unit<'_>, sids: &[R]) -> Result<Vec<KnownRecording>, Error> {
    let rows = unit.fetch(&FIND, sids).await?;
    rows.iter()
        .map(|row| {
            Ok(KnownRecording {
                recording: recording_of(row)?,
                due_at: None,
                is_written: false,
            })
        })
        .collect()
}

/// Folds a report into its recording; tells whether it said anything new.
pub(super) fn fold_report(
    recordings: &mut Vec<KnownRecording>,
    call: &mut Call,
    report: &RecordingReport,
    now: UnixMillis,
) -> bool {
    let reported = reported(call, report);
    let is_it = |known: &&mut KnownRecording| {
        known.recording.sid == report.sid && known.recording.account_sid == call.account_sid
    };
    let known = match recordings.iter_mut().find(is_it) {
        // A recording stays with the call that had it first.
        Some(known) if known.recording.call_id != call.id => return false,
        Some(known) => {
            let merged = merge(&known.recording, &reported);
            if known.recording == merged {
                return false;
            }
            known.recording = merged;
            known
        }
        None => {
            recordings.push(KnownRecording {
                recording: reported,
                due_at: None,
                is_written: true,
            });
            let Some(added) = recordings.last_mut() else {
                return false;
            };
            added
        }
    };
    known.is_written = true;
    let recording = &known.recording;
    if recording.status == RecordingStatus::Deleting {
        known.due_at.get_or_insert(now.plus(PLAYED_WITHIN_MILLIS));
    }
    call.voicemail |= recording.kind == RecordingKind::Voicemail && recording.status == RecordingStatus::Completed;
    true
}

fn reported(call: &Call, report: &RecordingReport) -> Recording {
    Recording {
        id: report.id,
        user_id: call.user_id,
        call_id: call.id,
        account_sid: call.account_sid.clone(),
        sid: report.sid.clone(),
        kind: report.kind,
        status: report.status,
        duration_seconds: report.duration_seconds,
        channels: report.channels,
        started_at: report.started_at,
    }
}

fn merge(known: &Recording, reported: &Recording) -> Recording {
    Recording {
        kind: known.kind.max(reported.kind),
        status: known.status.merge(reported.status),
        duration_seconds: known.duration_seconds.max(reported.duration_seconds),
        channels: known.channels.max(reported.channels),
        started_at: known.started_at.min(reported.started_at),
        ..known.clone()
    }
}

/// Writes what was changed.
pub(super) fn save(unit: &mut Unit<'_>, recordings: &[KnownRecording]) -> Result<(), Error> {
    let mut rows: Vec<_> = recordings.iter().filter(|known| known.is_written).map(row).collect();
    rows.sort_unstable_by_key(|row| (row.sid, row.account));
    // Fewer, where another server has given one of them to another call meanwhile.
    unit.all_later(&SAVE, &rows)
}

fn row(known: &KnownRecording) -> Row<'_> {
    let recording = &known.recording;
    Row {
        id: recording.id,
        user: recording.user_id,
        call: recording.call_id,
        account: &recording.account_sid,
        sid: &recording.sid,
        kind: recording.kind.as_str(),
        status: recording.status.as_str(),
        duration: recording.duration_seconds,
        channels: recording.channels,
        started_at: recording.started_at,
        due_at: known.due_at,
    }
}
