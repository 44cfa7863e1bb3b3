//! How many requests of each kind are answered, how fast, and with how much of the processor, beside a bare server.

use anyhow::{Context as _, Result};
use serde::Deserialize;

use xtask::{
    process::{command, output},
    progress::Progress,
    workspace::Workspace,
};

use super::{
    Part,
    field::Field,
    figure::Figure,
    generator::{Generator, Run, Target, run},
    ratios::Pace,
};

/// Seconds of each run, and how often ours and the bare server take turns: what else the machine does meanwhile hits both.
const SECONDS: f64 = 2.0;
const TURNS: usize = 5;
/// Seconds of the run in which each request has its time.
const RATE_SECONDS: u32 = 4;

/// What the machine can do.
#[derive(Deserialize)]
struct Limits {
    synced_writes: f64,
    rows_alone: f64,
    rows_grouped: f64,
    signatures: f64,
}

/// The machine's limits, and what a server reaches that commits each report by itself.
pub async fn limits(
    workspace: &Workspace,
    field: &mut Field<'_>,
    generator: &mut Generator<'_>,
) -> Result<Vec<Figure>> {
    let mut measuring = command(workspace.release().join("bench"));
    measuring.arg("limits").arg("--folder").arg(field.folder());
    let limits: Limits = serde_json::from_str(&output(&mut measuring).await?)?;
    let alone = field.bare(true).await?;
    let each = turn(generator, &alone, "status", 16_000).await?.expect(204)?;
    let bare = field.bare(false).await?;
    let empty = turn(generator, &bare, "empty", 60_000).await?.expect(204)?;
    let in_a_second = |name: &str, value: f64| Figure::new(name, rounded(value), "/s");
    Ok(vec![
        in_a_second("the machine: synced writes, one by one", limits.synced_writes),
        in_a_second("the machine: rows in SQLite, committed one by one", limits.rows_alone),
        in_a_second("the machine: rows in SQLite, 64 at a time", limits.rows_grouped),
        in_a_second("the machine: checked signatures, one processor", limits.signatures),
        in_a_second(
            "the machine: requests to an axum handler that is empty",
            empty.per_second,
        ),
        in_a_second("a bare server that commits each report by itself", each.per_second),
        Figure::new("… processor time of each", rounded(each.cpu_micros_per_answer), "µs"),
    ])
}

/// The head of the table whose lines [`pace`] makes.
pub fn head() -> String {
    let names = [
        "p50 ms", "p99 ms", "µs each", "bare /s", "p99 ms", "µs each", "ratio", "at rate", "p99 ms",
    ];
    let names: String = names.iter().map(|name| format!("{name:>9}")).collect();
    format!("{:<34}{:>8}{names}", "", "/s")
}

/// A line of the table, and the figures that have a limit.
pub async fn pace(
    pace: &Pace,
    field: &mut Field<'_>,
    generator: &mut Generator<'_>,
    progress: &Progress,
) -> Result<(String, Vec<Figure>)> {
    progress.step(format!("measuring: {}", pace.name));
    let (server, bare) = (field.server()?, field.bare(false).await?);
    let most = (f64::from(pace.most_per_second) * SECONDS) as u32;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        field.phone_is_there().await?;
        ours.push(
            turn(generator, &server, pace.kind, most)
                .await?
                .expect(pace.statuses.0)?,
        );
        theirs.push(
            turn(generator, &bare, pace.beside, most)
                .await?
                .expect(pace.statuses.1)?,
        );
    }
    field.phone_is_there().await?;
    let (rate, seconds) = (pace.rate.to_string(), RATE_SECONDS.to_string());
    let mut options = vec!["--rate", &rate, "--seconds", &seconds];
    options.extend((pace.part == Part::Sms).then_some("--list"));
    let mut load = generator.command(&server, pace.kind, pace.rate * RATE_SECONDS, &options);
    let timed = run(&mut load).await?.expect(pace.statuses.0)?;
    if pace.part == Part::Sms {
        let text = timed.acknowledged.first().context("no text was reported on")?;
        field.text_has_moved(text).await?;
    }

    let ratios = ours
        .iter()
        .zip(&theirs)
        .map(|(ours, bare)| ours.per_second / bare.per_second);
    let percent = rounded(median(ratios.collect()) * 100.0);
    let [ours, theirs] = [ours, theirs].map(|runs| middle(&runs));
    let columns = [
        millis(ours.p50_micros),
        millis(ours.p99_micros),
        format!("{:.0}", ours.cpu_micros_per_answer),
        format!("{:.0}", theirs.per_second),
        millis(theirs.p99_micros),
        format!("{:.0}", theirs.cpu_micros_per_answer),
        format!("{percent} %"),
        rate.clone(),
        millis(timed.p99_micros),
    ];
    let columns: String = columns.iter().map(|column| format!("{column:>9}")).collect();
    let line = format!("{:<34}{:>8.0}{columns}", pace.name, ours.per_second);

    let name = pace.name;
    let mut figures =
        vec![Figure::new(format!("{name}: of the bare server's"), percent, "%").at_least(pace.least_percent)];
    if let Some(most) = pace.most_micros {
        let used = rounded(ours.cpu_micros_per_answer);
        figures.push(Figure::new(format!("{name}: processor time of each"), used, "µs").at_most(most));
    }
    if let Some(most) = pace.most_p99 {
        let slowest = ours.p99_micros.max(timed.p99_micros);
        figures.push(Figure::new(format!("{name}: 99 of 100 within"), slowest, "µs").at_most(most));
    }
    Ok((line, figures))
}

/// Everything that it can do, for a short time.
async fn turn(generator: &mut Generator<'_>, target: &Target, kind: &str, most: u32) -> Result<Run> {
    run(&mut generator.command(target, kind, most, &["--seconds", &SECONDS.to_string()])).await
}

/// The middle of each of the runs' figures.
fn middle(runs: &[Run]) -> Run {
    let of = |value: fn(&Run) -> f64| median(runs.iter().map(value).collect());
    Run {
        per_second: of(|run| run.per_second),
        p50_micros: of(|run| run.p50_micros as f64) as u64,
        p99_micros: of(|run| run.p99_micros as f64) as u64,
        cpu_micros_per_answer: of(|run| run.cpu_micros_per_answer),
        ..Run::default()
    }
}

/// The value in the middle; the lower of two.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values
        .get(values.len().saturating_sub(1) / 2)
        .copied()
        .unwrap_or_default()
}

pub fn rounded(value: f64) -> u64 {
    value.round().max(0.0) as u64
}

fn millis(micros: u64) -> String {
    format!("{:.1}", micros as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_a_value_that_was_measured() {
        assert_eq!(
            [vec![3.0, 1.0, 2.0], vec![4.0, 1.0], vec![]].map(median),
            [2.0, 1.0, 0.0]
        );
    }

    #[test]
    fn each_figure_has_a_middle_of_its_own() {
        let run = |per_second, p99_micros| Run {
            per_second,
            p99_micros,
            ..Run::default()
        };
        let middle = middle(&[run(1.0, 30), run(2.0, 10), run(3.0, 20)]);
        assert_eq!((rounded(middle.per_second), middle.p99_micros), (2, 20));
    }
}
