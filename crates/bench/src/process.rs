//! What the system tells of another program: <https://man7.org/linux/man-pages/man5/proc.5.html>.

use serde::Serialize;

/// Microseconds of a clock tick: Linux tells times of programs in hundredths of a second, on every machine.
const TICK_MICROS: u64 = 10_000;

/// What a program has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Used {
    /// Processor time since its start, its own and the system's on its behalf, in microseconds.
    pub cpu_micros: u64,
    /// Most memory that it ever had, in KiB.
    pub peak_kib: u64,
    /// What it has now that is no file's, in KiB.
    pub own_kib: u64,
}

/// What a program has used so far; nothing where the system does not tell, or it is no more.
pub fn used(id: u32) -> Used {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default();
    let status = read("status");
    Used {
        cpu_micros: cpu_micros(&read("stat")).unwrap_or_default(),
        peak_kib: kib(&status, "VmHWM:").unwrap_or_default(),
        own_kib: kib(&status, "RssAnon:").unwrap_or_default(),
    }
}

/// The 14th and 15th field. The second, the program's name, may hold anything, blanks and parentheses too.
fn cpu_micros(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some((user + system) * TICK_MICROS)
}

fn kib(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_a_name_with_blanks() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 100 0 0 0 7 5 0 0 20 0 9 0 1 2 3";
        assert_eq!(cpu_micros(stat), Some(120_000));
        assert_eq!(cpu_micros("42"), None);
    }

    #[test]
    fn memory_is_found_by_its_name() {
        let status = "Name:\tx\nVmHWM:\t  123 kB\nRssAnon:\t 45 kB\n";
        assert_eq!((kib(status, "VmHWM:"), kib(status, "RssAnon:")), (Some(123), Some(45)));
        assert_eq!(kib(status, "VmPeak:"), None);
    }

    #[test]
    fn nobody_has_used_nothing() {
        assert_eq!(used(u32::MAX), Used::default());
    }
}
