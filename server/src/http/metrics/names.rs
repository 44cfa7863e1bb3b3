//! What the figures are called, and what they mean.

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};

/// Upper bounds of times, in seconds: from a cached lookup to a request that hangs.
const TIMES: [f64; 13] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];
/// Upper bounds of how many writes share one commit.
const SIZES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];

/// Writes the figures out, with the bounds above.
pub(super) fn builder() -> Result<PrometheusBuilder, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &TIMES)?
        .set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &SIZES)
}

/// What is counted.
const COUNTERS: &[(&str, &str)] = &[
    (
        "sniko_http_requests_total",
        "Requests answered, by the route's pattern, method and class of status.",
    ),
    (
        "sniko_webhooks_total",
        "What Twilio asked and reported, by kind and by what became of it.",
    ),
    (
        "sniko_webhooks_refused_total",
        "Webhooks that were refused, by reason; the page of refused requests says more.",
    ),
    (
        "sniko_webhooks_repeated_total",
        "Webhooks that had been answered before, and were answered alike.",
    ),
    (
        "twilio_requests_total",
        "Requests to Twilio, by product, operation and status.",
    ),
    (
        "twilio_retries_total",
        "Requests to Twilio that were made once more, by operation.",
    ),
    (
        "sniko_connection_steps_total",
        "Steps at Twilio of connecting and disconnecting, by kind and outcome.",
    ),
    (
        "sniko_texts_sent_total",
        "Texts given to a provider, by provider and outcome.",
    ),
    (
        "sniko_cache_lookups_total",
        "Lookups in memory before the database is asked, by cache and outcome.",
    ),
];

/// What goes up and down.
const GAUGES: &[(&str, &str)] = &[
    ("sniko_http_connections", "Connections of clients that are open."),
    ("sniko_event_streams", "Pages and programs that follow /api/events."),
    (
        "sniko_texts_waiting",
        "Texts on their way out, those included that wait for others or for their time.",
    ),
    (
        "sniko_texts_unsettled",
        "Texts of which the provider has yet to say how they ended.",
    ),
    ("sniko_jobs_due", "Background work that is due now, by kind."),
    (
        "sniko_jobs_oldest_due_seconds",
        "For how long the oldest of that work has been due.",
    ),
    ("sniko_calls_live", "Calls that are not over."),
    (
        "sniko_connections",
        "Twilio accounts, by state; out_of_order is a part of connected, left_behind means that something could not be removed yet.",
    ),
    (
        "sniko_database_up",
        "Whether the database answered when it was asked last.",
    ),
    ("sniko_database_connections", "Connections to the database, by state."),
    (
        "sniko_database_connections_max",
        "Most connections to the database that this server opens.",
    ),
    ("sniko_build_info", "The version that runs."),
    ("process_cpu_seconds_total", "CPU time used."),
    ("process_resident_memory_bytes", "Memory in use."),
    ("process_open_fds", "Open file descriptors."),
    ("process_max_fds", "Most file descriptors that may be open."),
    ("process_threads", "Threads."),
    (
        "process_start_time_seconds",
        "When the process began, since the Unix epoch.",
    ),
];

/// What is measured each time.
const HISTOGRAMS: &[(&str, &str)] = &[
    (
        "sniko_http_request_seconds",
        "Time from a request's head to its answer's, by the route's pattern.",
    ),
    (
        "twilio_request_seconds",
        "Time that requests to Twilio took, by product and operation.",
    ),
    ("sniko_database_group_size", "Writes that shared one commit."),
    (
        "sniko_database_commit_seconds",
        "Time that a group of writes took, from its begin to the disk.",
    ),
];

/// Says what each of them is.
pub(super) fn describe() {
    for (name, what) in COUNTERS {
        describe_counter!(*name, *what);
    }
    for (name, what) in GAUGES {
        describe_gauge!(*name, *what);
    }
    for (name, what) in HISTOGRAMS {
        describe_histogram!(*name, *what);
    }
}
