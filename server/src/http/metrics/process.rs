//! Memory, CPU and file descriptors of this process, named as Prometheus' own clients name them
//! (<https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>). Where there is no `/proc`, they are left out.

use metrics::gauge;
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

/// Puts down how the process fares now.
pub(super) fn measure() {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    if let Some(stat) = Stat::read(&stat) {
        // A counter takes whole numbers only, and whole seconds say little.
        gauge!("process_cpu_seconds_total").set(stat.cpu_ticks as f64 / clock_ticks_per_second() as f64);
        gauge!("process_resident_memory_bytes").set(stat.resident_pages as f64 * page_size() as f64);
        gauge!("process_threads").set(stat.threads as f64);
    }
    if let Ok(open) = std::fs::read_dir("/proc/self/fd") {
        // One of them reads that folder.
        gauge!("process_open_fds").set(open.count().saturating_sub(1) as f64);
    }
    if let Some(most) = getrlimit(Resource::Nofile).current {
        gauge!("process_max_fds").set(most as f64);
    }
}

/// What is used of `/proc/self/stat`: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    cpu_ticks: u64,
    threads: u64,
    resident_pages: u64,
}

impl Stat {
    /// The second field is the program's name in parentheses, and may hold anything; those after it count from 3.
    fn read(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let field = |number: usize| rest.split_whitespace().nth(number - 3)?.parse::<u64>().ok();
        Some(Self {
            cpu_ticks: field(14)? + field(15)?,
            threads: field(20)?,
            resident_pages: field(24)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_blanks_and_parentheses_shifts_nothing() {
        let line = "4242 (a (b) c) S 1 4242 4242 0 -1 4194560 900 0 0 0 150 50 0 0 20 0 7 0 123456 99999744 2048 18446744073709551615";
        let expected = Stat {
            cpu_ticks: 200,
            threads: 7,
            resident_pages: 2048,
        };
        assert_eq!(Stat::read(line), Some(expected));
        assert_eq!(Stat::read("4242 (sniko) S 1"), None);
    }
}
