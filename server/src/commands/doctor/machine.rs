//! What the machine gives: open files, and room on the disk.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::process::{Resource, getrlimit};

/// Fewer open files serve too few connections: each takes one.
const FILES_MIN: u64 = 1024;
/// Less room than that is soon used up, in bytes.
const ROOM_MIN: u64 = 256 * 1024 * 1024;
/// SQLite's log is taken into the file long before it is that long; unless somebody keeps it from that, in bytes.
const LOG_MAX: u64 = 512 * 1024 * 1024;

/// How many files may be open. The server takes what it may.
pub(super) fn files() -> anyhow::Result<String> {
    let Some(most) = getrlimit(Resource::Nofile).maximum else {
        return Ok("any number may be open".to_owned());
    };
    anyhow::ensure!(
        most >= FILES_MIN,
        "only {most} may be open, and each connection is one; raise the limit (LimitNOFILE= in a systemd unit, ulimit -n in a shell)"
    );
    Ok(format!("{most} may be open"))
}

/// The size of an embedded database, and the room that is left for it.
pub(super) fn disk(file: &Path) -> anyhow::Result<String> {
    let size = std::fs::metadata(file)
        .with_context(|| format!("{} cannot be read", file.display()))?
        .len();
    let log = std::fs::metadata(log_of(file)).map_or(0, |found| found.len());
    let folder = file
        .parent()
        .filter(|folder| *folder != Path::new(""))
        .unwrap_or(Path::new("."));
    let found =
        rustix::fs::statvfs(folder).with_context(|| format!("the disk of {} cannot be read", folder.display()))?;
    let room = found.f_bavail.saturating_mul(found.f_frsize);
    anyhow::ensure!(
        room >= ROOM_MIN,
        "only {} are left for {}; make room, or calls and texts cannot be stored",
        read(room),
        folder.display()
    );
    anyhow::ensure!(
        log <= LOG_MAX,
        "the database's log ({}) has grown to {}: something keeps it open for reading; end what reads it, such as a backup",
        log_of(file).display(),
        read(log)
    );
    Ok(format!("{} and {} of log, {} left", read(size), read(log), read(room)))
}

fn log_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// A number of bytes as people read it.
fn read(bytes: u64) -> String {
    let units = [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")];
    match units.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{:.1} {unit}", bytes as f64 / *size as f64),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        assert_eq!(read(0), "0 bytes");
        assert_eq!(read(1536), "1.5 KB");
        assert_eq!(read(3 << 30), "3.0 GB");
    }
}
