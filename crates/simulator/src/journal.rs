//! What was asked of the simulator, and what it answered.

use std::collections::VecDeque;

use serde::Serialize;

/// More than any test makes, and a few megabytes at most.
const CAPACITY: usize = 10_000;

/// One request. Secrets the simulator knows are replaced, and the `Authorization` header is never kept.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Entry {
    /// Counts from 1 and is never given twice.
    pub sequence: u64,
    /// When it came, RFC 3339 in UTC.
    pub time: String,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query as they came.
    pub path: String,
    /// The decoded form body.
    pub form: Vec<(String, String)>,
    /// The Account or key SID that it was authenticated with; `None` without credentials in that shape.
    pub account: Option<String>,
    /// `None` while it runs, or when it was never answered.
    pub status: Option<u16>,
    /// Names of the faults that were applied.
    pub faults: Vec<String>,
    /// Position of its start among all starts and ends.
    pub started: u64,
    /// Position of its end among all starts and ends; `None` while it runs.
    pub ended: Option<u64>,
}

impl Entry {
    /// The path without the query.
    #[must_use]
    pub fn path_only(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// How many of these requests were made one after the other at least: the longest chain in which each started after the
/// one before it had ended.
#[must_use]
pub fn longest_chain(entries: &[Entry]) -> usize {
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    ordered.sort_by_key(|entry| entry.ended.unwrap_or(u64::MAX));
    let mut length = 0;
    let mut last_end = 0;
    for entry in ordered {
        if length == 0 || entry.started > last_end {
            length += 1;
            last_end = entry.ended.unwrap_or(u64::MAX);
        }
    }
    length
}

/// A ring of the last requests.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    last_sequence: u64,
    clock: u64,
    entries: VecDeque<Entry>,
}

impl Journal {
    /// Numbers the entry, marks its start and keeps it.
    pub(crate) fn begin(&mut self, mut entry: Entry) -> u64 {
        self.last_sequence += 1;
        self.clock += 1;
        entry.sequence = self.last_sequence;
        entry.started = self.clock;
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last_sequence
    }

    /// Marks the end of an entry; the first end counts.
    pub(crate) fn end(&mut self, sequence: u64, status: Option<u16>) {
        // Sequence numbers ascend, so that the entry can be found without looking at all 10,000.
        let Ok(at) = self.entries.binary_search_by_key(&sequence, |entry| entry.sequence) else {
            return;
        };
        if let Some(entry) = self.entries.get_mut(at).filter(|entry| entry.ended.is_none()) {
            self.clock += 1;
            entry.ended = Some(self.clock);
            entry.status = status;
        }
    }

    /// Entries after a sequence number, oldest first.
    pub(crate) fn after(&self, sequence: u64) -> Vec<Entry> {
        self.entries
            .iter()
            .filter(|entry| entry.sequence > sequence)
            .cloned()
            .collect()
    }

    /// The last entries, newest first.
    pub(crate) fn last(&self, count: usize) -> Vec<Entry> {
        self.entries.iter().rev().take(count).cloned().collect()
    }

    /// Forgets the entries; the counters go on.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::{CAPACITY, Entry, Journal, longest_chain};

    fn entry(started: u64, ended: Option<u64>) -> Entry {
        Entry {
            sequence: 0,
            time: String::new(),
            method: "GET".to_owned(),
            path: "/x?a=b".to_owned(),
            form: Vec::new(),
            account: None,
            status: None,
            faults: Vec::new(),
            started,
            ended,
        }
    }

    #[test]
    fn the_ring_is_bounded_and_numbers_go_on() {
        let mut journal = Journal::default();
        for _ in 0..CAPACITY + 5 {
            let sequence = journal.begin(entry(0, None));
            journal.end(sequence, Some(200));
        }
        let entries = journal.after(0);
        assert_eq!((entries.len(), entries[0].sequence), (CAPACITY, 6));
        journal.end(1, Some(500));
        journal.clear();
        assert_eq!(journal.begin(entry(0, None)), CAPACITY as u64 + 6);
    }

    #[test]
    fn the_first_end_counts() {
        let mut journal = Journal::default();
        let sequence = journal.begin(entry(0, None));
        journal.end(sequence, Some(200));
        journal.end(sequence, None);
        assert_eq!(journal.last(1)[0].status, Some(200));
    }

    #[test]
    fn requests_side_by_side_count_once_in_a_chain() {
        assert_eq!(longest_chain(&[]), 0);
        // One, then two side by side, then one, then one that still runs.
        let entries = [
            entry(1, Some(2)),
            entry(3, Some(6)),
            entry(4, Some(5)),
            entry(7, Some(8)),
            entry(9, None),
        ];
        assert_eq!(longest_chain(&entries), 4);
        assert_eq!(entries[0].path_only(), "/x");
    }
}
