//! The figures that have a budget.

mod field;
mod figure;
mod generator;
mod hostile;
mod pace;
mod product;
mod ratios;
mod save;
mod scripts;
mod signed;
mod texts;
mod webhooks;

use anyhow::{Result, bail};
use clap::ValueEnum as _;

use xtask::{progress::Progress, site, workspace::Workspace};

use self::{field::Field, figure::Figure, generator::Generator};
use crate::{
    demo::{ACCOUNT_SID, AUTH_TOKEN},
    program,
};

/// Milliseconds from `cargo xtask run`, with everything built, to a ready server.
const READY: u64 = 10_000;
/// Requests to Twilio that wait for one another while a number is being connected.
const ROUND_TRIPS: u64 = 3;

/// What can be measured by itself: `cargo xtask bench NAME…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Part {
    /// What a browser has to load
    Sizes,
    /// Connecting a number, calls that come in until the server is killed, texts
    Product,
    /// What the machine can do at all
    Limits,
    /// Signed reports on calls
    Status,
    /// Calls that come in
    Twiml,
    /// Signed reports on texts
    Sms,
    /// The browser phone's token
    Token,
    /// The setup page
    Page,
    /// Requests that somebody else has signed
    Refused,
    /// Good requests in a flood of bad ones
    Flood,
    /// A stop under load
    Stop,
}

/// Measures all parts, or those named; prints, and fails where a figure is beyond its limit.
pub async fn bench(workspace: &Workspace, progress: &Progress, chosen: &[Part], builds: bool) -> Result<()> {
    let is_chosen = |part: &Part| chosen.is_empty() || chosen.contains(part);
    let sizes = match builds {
        true => program::build_all(workspace, progress).await?,
        false => site::Sizes::default(),
    };
    let mut figures = Vec::new();
    if is_chosen(&Part::Product) {
        figures.extend(product::measure(workspace, progress).await?);
    }
    let loads: Vec<Part> = Part::value_variants()
        .iter()
        .copied()
        .filter(|part| *part >= Part::Limits && is_chosen(part))
        .collect();
    if !loads.is_empty() {
        if builds {
            field::build(workspace).await?;
        }
        let mut field = Field::prepare(workspace, progress, loads.contains(&Part::Sms)).await?;
        let measured = under_load(workspace, progress, &mut field, &loads).await;
        field.clear().await?;
        figures.extend(measured?);
    }
    if is_chosen(&Part::Sizes) {
        println!("{:>6} {:>10} {:>10} {:>10}", "", "raw", "gzip", "brotli");
        for (kind, size) in &sizes {
            println!("{kind:>6} {:>10} {:>10} {:>10}", size.raw, size.gzip, size.brotli);
        }
        figures.extend(scripts::figures(workspace)?);
    }
    for figure in &figures {
        println!("{}", figure.line());
    }
    if figures.iter().any(Figure::is_over) {
        bail!("a figure is beyond its limit");
    }
    Ok(())
}

/// What is measured with the load generator.
async fn under_load(
    workspace: &Workspace,
    progress: &Progress,
    field: &mut Field<'_>,
    parts: &[Part],
) -> Result<Vec<Figure>> {
    let connected = field.connected.clone();
    let mut generator = Generator::new(workspace, &connected, ACCOUNT_SID, AUTH_TOKEN);
    let mut figures = Vec::new();
    let mut table = vec![pace::head()];
    if parts.contains(&Part::Limits) {
        progress.step("measuring the machine");
        figures.extend(pace::limits(workspace, field, &mut generator).await?);
    }
    for pace in ratios::PACES.iter().filter(|pace| parts.contains(&pace.part)) {
        let (line, measured) = pace::pace(pace, field, &mut generator, progress).await?;
        table.push(line);
        figures.extend(measured);
    }
    if parts.contains(&Part::Flood) {
        figures.extend(hostile::flood(field, &mut generator, progress).await?);
    }
    let peak = field.peak_kib()?;
    figures.push(Figure::new("most memory of the server until here", peak, "KiB").at_most(ratios::MEMORY_KIB));
    if parts.contains(&Part::Stop) {
        figures.extend(hostile::stop(field, &mut generator, progress).await?);
    }
    if table.len() > 1 {
        println!("{}", table.join("\n"));
    }
    Ok(figures)
}
