//! What the machine can do, whatever the program.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::Serialize;
use sqlx::{Connection as _, SqliteConnection, query};

use crate::bare;
use crate::signed::is_signed;

/// How long each is tried.
const TIME: Duration = Duration::from_millis(1500);
/// Rows that are committed together.
const GROUP: u32 = 64;

/// So many in a second.
#[derive(Serialize)]
pub struct Limits {
    /// Writes of 4 KiB that are on the disk one by one.
    synced_writes: f64,
    /// Rows that are committed one by one.
    rows_alone: f64,
    /// Rows that are committed 64 at a time.
    rows_grouped: f64,
    /// Checks of a typical webhook's signature, on one processor.
    signatures: f64,
}

/// Measures, with files in this folder that are removed again.
///
/// # Errors
/// When the folder cannot be written to.
pub async fn measure(folder: &Path) -> Result<Limits> {
    let folder = folder.join("limits");
    std::fs::create_dir_all(&folder)?;
    let limits = Limits {
        synced_writes: synced_writes(&folder.join("written"))?,
        rows_alone: rows(&folder.join("alone.db"), 1).await?,
        rows_grouped: rows(&folder.join("grouped.db"), GROUP).await?,
        signatures: signatures(),
    };
    std::fs::remove_dir_all(&folder)?;
    Ok(limits)
}

fn synced_writes(path: &Path) -> Result<f64> {
    let mut file = File::create(path)?;
    let (begin, mut number) = (Instant::now(), 0.0);
    while begin.elapsed() < TIME {
        file.write_all(&[1; 4096])?;
        file.sync_data()?;
        number += 1.0;
    }
    Ok(number / begin.elapsed().as_secs_f64())
}

async fn rows(path: &Path, group: u32) -> Result<f64> {
    let mut db = SqliteConnection::connect_with(&bare::database(path)).await?;
    query("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
        .execute(&mut db)
        .await?;
    let (begin, mut number) = (Instant::now(), 0.0);
    while begin.elapsed() < TIME {
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
        for _ in 0..group {
            query("INSERT INTO rows (text) VALUES ($1)")
                .bind("a row of about the size of an event")
                .execute(&mut *tx)
                .await?;
            number += 1.0;
        }
        tx.commit().await?;
    }
    let seconds = begin.elapsed().as_secs_f64();
    db.close().await?;
    Ok(number / seconds)
}

fn signatures() -> f64 {
    // As large as the form of an incoming call.
    let names: Vec<String> = (0..28).map(|n| format!("Parameter{n}")).collect();
    let form = names.iter().map(|name| (name.as_str(), "SAN FRANCISCO"));
    let url = "https://phone.example/webhooks/twilio/call-status";
    let (begin, mut number) = (Instant::now(), 0.0);
    while begin.elapsed() < TIME {
        std::hint::black_box(is_signed("token", url, form.clone(), "cGxlYXNlIGRvIG5vdCBsb29rIQ=="));
        number += 1.0;
    }
    number / begin.elapsed().as_secs_f64()
}
