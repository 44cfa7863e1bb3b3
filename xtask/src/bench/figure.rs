//! What was measured, and within which limits it must be.

/// A figure and its limit.
pub struct Figure {
    name: String,
    value: u64,
    unit: &'static str,
    limit: Option<Limit>,
}

#[derive(Clone, Copy)]
enum Limit {
    Most(u64),
    Least(u64),
}

impl Figure {
    /// One that is only shown.
    pub fn new(name: impl Into<String>, value: u64, unit: &'static str) -> Self {
        let name = name.into();
        Self {
            name,
            value,
            unit,
            limit: None,
        }
    }

    /// The same, which must not exceed this.
    pub fn at_most(self, most: u64) -> Self {
        let limit = Some(Limit::Most(most));
        Self { limit, ..self }
    }

    /// The same, which must not fall under this.
    pub fn at_least(self, least: u64) -> Self {
        let limit = Some(Limit::Least(least));
        Self { limit, ..self }
    }

    /// Whether it is beyond its limit.
    pub fn is_over(&self) -> bool {
        match self.limit {
            Some(Limit::Most(most)) => self.value > most,
            Some(Limit::Least(least)) => self.value < least,
            None => false,
        }
    }

    /// As it is shown.
    pub fn line(&self) -> String {
        let Self { name, value, unit, .. } = self;
        let limit = match self.limit {
            Some(Limit::Most(most)) if self.is_over() => format!("  OVER the budget of {most}"),
            Some(Limit::Most(most)) => format!("  budget {most}"),
            Some(Limit::Least(least)) if self.is_over() => format!("  UNDER the least, which is {least}"),
            Some(Limit::Least(least)) => format!("  at least {least}"),
            None => String::new(),
        };
        format!("{name:<56} {value:>8} {unit}{limit}")
    }

    /// Its value and its upper limit.
    #[cfg(test)]
    pub fn value_and_most(&self) -> (u64, Option<u64>) {
        let most = match self.limit {
            Some(Limit::Most(most)) => Some(most),
            _ => None,
        };
        (self.value, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_at_its_limit_is_within_it() {
        let figure = |value| Figure::new("round trips", value, "");
        assert!(!figure(3).at_most(3).is_over());
        assert!(figure(4).at_most(3).is_over() && figure(4).at_most(3).line().contains("OVER"));
        assert!(!figure(70).at_least(70).is_over());
        assert!(figure(69).at_least(70).is_over() && figure(69).at_least(70).line().contains("UNDER"));
        assert!(!figure(4).is_over());
    }
}
