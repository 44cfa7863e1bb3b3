//! What bad requests do to good ones, and what an end in the middle leaves behind.

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Result, ensure};

use xtask::progress::Progress;

use super::{
    field::Field,
    figure::Figure,
    generator::{Generator, run},
    pace::{median, rounded},
    ratios::{FLOOD_PERCENT, READY_MILLIS, STOP_MILLIS},
    webhooks,
};

/// How often it is quiet and loud in turn, and for how many seconds.
const TURNS: usize = 3;
const SECONDS: u32 = 5;
/// Good requests in a second: the reports of a busy company.
const GOOD: u32 = 200;
/// Bad signatures in a second, and connections that say nothing.
const BAD: u32 = 5_000;
const IDLE: u32 = 1_000;
/// Reports in a second while the server is being stopped, and most of them.
const BUSY: u32 = 1_500;
const LAST: u32 = 15_000;

/// Good requests, without and with a flood of bad ones.
pub async fn flood(field: &Field<'_>, generator: &mut Generator<'_>, progress: &Progress) -> Result<Vec<Figure>> {
    progress.step("good requests, without and with a flood of bad ones");
    let server = field.server()?;
    let (rate, seconds) = (GOOD.to_string(), SECONDS.to_string());
    let good = ["--rate", &rate, "--seconds", &seconds, "--connections", "16"];
    let (bad, idle, longer) = (BAD.to_string(), IDLE.to_string(), (SECONDS + 2).to_string());
    let loud = ["--rate", &bad, "--seconds", &longer, "--idle", &idle];
    let (mut quiet, mut flooded, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let mut load = generator.command(&server, "status", GOOD * SECONDS, &good);
        quiet.push(run(&mut load).await?.expect(204)?);
        let mut flood = generator.command(&server, "refused", BAD * (SECONDS + 2), &loud);
        let mut load = generator.command(&server, "status", GOOD * SECONDS, &good);
        let (flood, load) = tokio::try_join!(run(&mut flood), async {
            // Until the requests of the flood are made, and it has begun.
            tokio::time::sleep(Duration::from_secs(2)).await;
            run(&mut load).await
        })?;
        flooded.push(load.expect(204)?);
        refused.push(flood.per_second);
    }
    let p99 = |runs: &[super::generator::Run]| rounded(median(runs.iter().map(|run| run.p99_micros as f64).collect()));
    let (quiet, flooded) = (p99(&quiet), p99(&flooded));
    Ok(vec![
        Figure::new("99 of 100 good requests within, when it is quiet", quiet, "µs"),
        Figure::new("… in a flood of bad ones", flooded, "µs"),
        Figure::new("… bad ones refused in a second", rounded(median(refused)), ""),
        Figure::new("… of the quiet time", flooded * 100 / quiet.max(1), "%").at_most(FLOOD_PERCENT),
    ])
}

/// A stop under load: how long it takes, what it loses, and how soon the server is back.
pub async fn stop(field: &mut Field<'_>, generator: &mut Generator<'_>, progress: &Progress) -> Result<Vec<Figure>> {
    progress.step("stopping the server under load");
    let server = field.server()?;
    let rate = BUSY.to_string();
    let options = ["--rate", &rate, "--seconds", "30", "--connections", "32", "--list"];
    let mut load = generator.command(&server, "ended", LAST, &options);
    let (load, took) = tokio::try_join!(run(&mut load), async {
        tokio::time::sleep(Duration::from_secs(4)).await;
        field.stop().await
    })?;
    ensure!(!load.acknowledged.is_empty(), "nothing was answered before the stop");
    let ready = field.start().await?;
    let acknowledged: BTreeSet<String> = load.acknowledged.into_iter().collect();
    progress.step(format!("looking for {} calls", acknowledged.len()));
    webhooks::check(server.address, &field.connected, &acknowledged).await?;
    Ok(vec![
        Figure::new(
            "reports acknowledged until the stop, none of them lost",
            acknowledged.len() as u64,
            "",
        ),
        Figure::new("from the request to stop, under load, to the end", took, "ms").at_most(STOP_MILLIS),
        Figure::new("from the start to ready", ready, "ms").at_most(READY_MILLIS),
    ])
}
