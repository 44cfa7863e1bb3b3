//! What is counted for the operator.

use std::time::Duration;

use metrics::{counter, histogram};

/// A lookup that memory may answer.
#[derive(Clone, Copy)]
pub(crate) enum Cache {
    /// Linked accounts.
    Tenants,
    /// Sessions.
    Sessions,
}

/// So many writes were made durable together, or failed together.
pub(crate) fn group_written(size: usize, took: Duration) {
    histogram!("sniko_database_group_size").record(u32::try_from(size).unwrap_or(u32::MAX));
    histogram!("sniko_database_commit_seconds").record(took);
}

/// Memory was asked; `hit` where the database need not be.
pub(crate) fn looked_up(cache: Cache, hit: bool) {
    // The names are constant, so that nothing is put together for a lookup.
    match (cache, hit) {
        (Cache::Tenants, true) => counter!("sniko_cache_lookups_total", "cache" => "tenants", "outcome" => "hit"),
        (Cache::Tenants, false) => counter!("sniko_cache_lookups_total", "cache" => "tenants", "outcome" => "miss"),
        (Cache::Sessions, true) => counter!("sniko_cache_lookups_total", "cache" => "sessions", "outcome" => "hit"),
        (Cache::Sessions, false) => counter!("sniko_cache_lookups_total", "cache" => "sessions", "outcome" => "miss"),
    }
    .increment(1);
}
