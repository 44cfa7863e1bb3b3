//! The figures that have a budget.

mod product;
mod save;
mod scripts;
mod signed;
mod texts;
mod webhooks;

use anyhow::{Result, bail};

use xtask::{progress::Progress, workspace::Workspace};

use crate::program;

/// Milliseconds from `cargo xtask run`, with everything built, to a ready server.
const READY: u64 = 10_000;
/// Requests to Twilio that wait for one another while a number is being connected.
const ROUND_TRIPS: u64 = 3;

/// A figure and what it must not exceed.
struct Figure {
    name: String,
    value: u64,
    unit: &'static str,
    budget: Option<u64>,
}

impl Figure {
    fn is_over(&self) -> bool {
        self.budget.is_some_and(|budget| self.value > budget)
    }

    fn line(&self) -> String {
        let Self { name, value, unit, .. } = self;
        let verdict = match self.budget {
            Some(budget) if self.is_over() => format!("  OVER the budget of {budget}"),
            Some(budget) => format!("  budget {budget}"),
            None => String::new(),
        };
        format!("{name:<52} {value:>8} {unit}{verdict}")
    }
}

/// Measures, prints, and fails where a figure is over its budget.
pub async fn bench(workspace: &Workspace, progress: &Progress) -> Result<()> {
    let sizes = program::build_all(workspace, progress).await?;
    let mut figures = product::measure(workspace, progress).await?;
    println!("{:>6} {:>10} {:>10} {:>10}", "", "raw", "gzip", "brotli");
    for (kind, size) in &sizes {
        println!("{kind:>6} {:>10} {:>10} {:>10}", size.raw, size.gzip, size.brotli);
    }
    figures.extend(scripts::figures(workspace)?);
    for figure in &figures {
        println!("{}", figure.line());
    }
    if figures.iter().any(Figure::is_over) {
        bail!("over budget");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_at_its_budget_is_within_it() {
        let figure = |value, budget| Figure {
            name: "round trips".to_owned(),
            value,
            unit: "",
            budget,
        };
        assert!(!figure(3, Some(3)).is_over());
        assert!(figure(4, Some(3)).is_over() && figure(4, Some(3)).line().contains("OVER"));
        assert!(!figure(4, None).is_over());
    }
}
