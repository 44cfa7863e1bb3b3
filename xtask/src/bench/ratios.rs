//! What the figures must reach: the ratios are to a bare server in the same run, so that they hold on slow and fast machines.

/// A kind of request, and its limits.
pub struct Pace {
    /// How it is chosen: `cargo xtask bench NAME`.
    pub part: super::Part,
    /// What is shown.
    pub name: &'static str,
    /// The generator's name of it.
    pub kind: &'static str,
    /// What the bare server is asked meanwhile.
    pub beside: &'static str,
    /// The status of every answer, and of the bare server's.
    pub statuses: (u16, u16),
    /// Most requests in a second that any machine will answer, so that the generator does not run out of them.
    pub most_per_second: u32,
    /// Least requests in a second, in percent of the bare server's.
    pub least_percent: u64,
    /// Most processor time of each, in microseconds.
    pub most_micros: Option<u64>,
    /// Microseconds within which 99 of 100 are answered, with 64 on their way all the time.
    pub most_p99: Option<u64>,
    /// Requests in a second of the measurement in which each has its time.
    pub rate: u32,
}

/// Twilio waits for 15 seconds at most, but a caller hears every one of them; and a report that waits holds up the next.
const P99: u64 = 59_999;
/// Of server processor time: 5,000 reports in a second are then one processor.
const CPU: u64 = 200;

/// All of them. 70 % for what is stored, and 60 % for what is not: what ours does beyond the bare server (sessions, headers,
/// request ids, a line in the log, many tenants) weighs more where the bare server does next to nothing.
pub const PACES: [Pace; 8] = [
    Pace {
        part: super::Part::Status,
        name: "call status, three for each call",
        kind: "status",
        beside: "status",
        statuses: (204, 204),
        most_per_second: 16_000,
        least_percent: 70,
        most_micros: Some(CPU),
        most_p99: Some(P99),
        rate: 500,
    },
    Pace {
        part: super::Part::Status,
        name: "call status, each of another call",
        kind: "ended",
        beside: "ended",
        statuses: (204, 204),
        most_per_second: 16_000,
        least_percent: 70,
        most_micros: Some(CPU),
        most_p99: Some(P99),
        rate: 500,
    },
    Pace {
        part: super::Part::Status,
        name: "call status, of a call in the address",
        kind: "named",
        beside: "status",
        statuses: (204, 204),
        most_per_second: 16_000,
        least_percent: 70,
        most_micros: Some(CPU),
        most_p99: Some(P99),
        rate: 500,
    },
    Pace {
        part: super::Part::Twiml,
        name: "voice TwiML",
        kind: "twiml",
        beside: "twiml",
        statuses: (200, 200),
        most_per_second: 16_000,
        least_percent: 70,
        most_micros: None,
        most_p99: Some(P99),
        rate: 300,
    },
    Pace {
        part: super::Part::Sms,
        name: "text status",
        kind: "sms",
        beside: "status",
        statuses: (204, 204),
        most_per_second: 8_000,
        least_percent: 70,
        most_micros: Some(CPU),
        most_p99: Some(P99),
        rate: 300,
    },
    Pace {
        part: super::Part::Token,
        name: "token",
        kind: "token",
        beside: "token",
        statuses: (200, 200),
        most_per_second: 40_000,
        least_percent: 60,
        most_micros: None,
        most_p99: None,
        rate: 500,
    },
    Pace {
        part: super::Part::Page,
        name: "setup page",
        kind: "page",
        beside: "empty",
        statuses: (200, 204),
        most_per_second: 60_000,
        least_percent: 4,
        most_micros: None,
        most_p99: None,
        rate: 50,
    },
    Pace {
        part: super::Part::Refused,
        name: "refused signature",
        kind: "refused",
        beside: "refused",
        statuses: (403, 403),
        most_per_second: 40_000,
        least_percent: 60,
        most_micros: None,
        most_p99: None,
        rate: 1000,
    },
];

/// The 99th of 100 waits under a flood, in percent of what it is without: less than twice as long.
pub const FLOOD_PERCENT: u64 = 199;
/// KiB that the server has had at most after all of this: 128 MB.
pub const MEMORY_KIB: u64 = 125_000;
/// Milliseconds from the server's start until it is ready.
pub const READY_MILLIS: u64 = 999;
/// Milliseconds from the request to stop, under load, until it has stopped.
pub const STOP_MILLIS: u64 = 9_999;
