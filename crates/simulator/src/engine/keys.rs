//! Keys that are pressed during a Gather.

/// Collects keys until there are enough, or the one that ends it comes.
#[derive(Debug, Default)]
pub(super) struct Collector {
    pub(super) digits: String,
    pub(super) finished_on: Option<char>,
    pub(super) wanted: Option<usize>,
    pub(super) finish_on: Option<char>,
}

impl Collector {
    /// Whether it is complete.
    pub(super) fn press(&mut self, key: char) -> bool {
        if self.finish_on == Some(key) {
            self.finished_on = Some(key);
            return true;
        }
        self.digits.push(key);
        self.wanted.is_some_and(|wanted| self.digits.len() >= wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::Collector;

    #[test]
    fn it_ends_with_enough_digits_or_the_key_that_ends_it() {
        let mut two = Collector {
            wanted: Some(2),
            finish_on: Some('#'),
            ..Collector::default()
        };
        assert!(!two.press('1'));
        assert!(two.press('2'));
        assert_eq!((two.digits.as_str(), two.finished_on), ("12", None));
        let mut open = Collector {
            finish_on: Some('#'),
            ..Collector::default()
        };
        assert!(!open.press('*') && !open.press('9') && open.press('#'));
        assert_eq!((open.digits.as_str(), open.finished_on), ("*9", Some('#')));
        let mut all = Collector::default();
        assert!(!all.press('#'), "without a key that ends it, # is a digit");
    }
}
