//! The call log as a table for spreadsheets.

use domain::call::CallView;
use domain::time::UnixMillis;

/// The first row.
const COLUMNS: [&str; 14] = [
    "id",
    "direction",
    "from",
    "to",
    "status",
    "started_at",
    "answered_at",
    "ended_at",
    "duration_seconds",
    "missed",
    "voicemail",
    "recordings",
    "reason",
    "provider_sid",
];

/// The table's head.
pub fn head() -> Result<Vec<u8>, csv::Error> {
    rows(std::iter::once(COLUMNS.map(str::to_owned)))
}

/// Rows of calls.
pub fn body(calls: &[CallView]) -> Result<Vec<u8>, csv::Error> {
    rows(calls.iter().map(row))
}

fn rows(rows: impl Iterator<Item = [String; 14]>) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| defused(cell)))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn row(call: &CallView) -> [String; 14] {
    let summary = &call.summary;
    let optional = |at: Option<UnixMillis>| at.map(rfc3339).unwrap_or_default();
    [
        call.id.to_string(),
        call.direction.as_str().to_owned(),
        call.from.clone(),
        call.to.clone(),
        summary.status.as_str().to_owned(),
        rfc3339(call.started_at),
        optional(summary.answered_at),
        optional(summary.ended_at),
        summary
            .duration_seconds
            .map(|seconds| seconds.to_string())
            .unwrap_or_default(),
        summary.missed.to_string(),
        call.voicemail.to_string(),
        call.recordings.len().to_string(),
        call.reason.clone().unwrap_or_default(),
        call.provider_sid.clone().unwrap_or_default(),
    ]
}

/// RFC 3339, UTC, to the millisecond.
#[must_use]
pub fn rfc3339(at: UnixMillis) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(|_| String::new(), |at| format!("{at:.3}"))
}

/// A cell that no spreadsheet takes for a formula. <https://owasp.org/www-community/attacks/CSV_Injection>
fn defused(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_as_a_formula_does() {
        for evil in ["=1+1", "+442071838750", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(defused(evil), format!("'{evil}"));
        }
        assert_eq!(defused("busy"), "busy");
        assert_eq!(defused(""), "");
    }

    #[test]
    fn times_are_utc_to_the_millisecond() {
        assert_eq!(rfc3339(UnixMillis(1_764_000_000_120)), "2025-11-24T16:00:00.120Z");
        assert_eq!(rfc3339(UnixMillis(i64::MAX)), "");
    }
}
