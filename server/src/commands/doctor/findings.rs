//! What was found, said as it is found.

use serde::Serialize;

/// The findings so far.
pub struct Findings {
    as_json: bool,
    found: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    check: String,
    state: State,
    said: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// It is right.
    Ok,
    /// Somebody should look at it; the server runs nevertheless.
    Notice,
    /// It is wrong.
    Fault,
    /// It could not be looked at, for a reason that is told elsewhere.
    Skipped,
}

impl State {
    const fn sign(self) -> &'static str {
        match self {
            Self::Ok => "ok     ",
            Self::Notice => "notice ",
            Self::Fault => "FAULT  ",
            Self::Skipped => "-      ",
        }
    }
}

impl Findings {
    /// None so far.
    pub const fn new(as_json: bool) -> Self {
        Self {
            as_json,
            found: Vec::new(),
        }
    }

    /// It is right, or it is wrong.
    pub fn note(&mut self, check: &str, found: anyhow::Result<String>) {
        match found {
            Ok(said) => self.add(check, State::Ok, said),
            Err(error) => self.add(check, State::Fault, format!("{error:#}")),
        }
    }

    /// Somebody should look at it.
    pub fn notice(&mut self, check: &str, said: String) {
        self.add(check, State::Notice, said);
    }

    /// It could not be looked at.
    pub fn skip(&mut self, check: &str, why: &str) {
        self.add(check, State::Skipped, why.to_owned());
    }

    #[allow(clippy::print_stdout, reason = "a command's answer")]
    fn add(&mut self, check: &str, state: State, said: String) {
        if !self.as_json {
            println!("{}{check}: {said}", state.sign());
        }
        self.found.push(Finding {
            check: check.to_owned(),
            state,
            said,
        });
    }

    /// The answer as a whole.
    ///
    /// # Errors
    /// When anything is wrong.
    #[allow(clippy::print_stdout, reason = "a command's answer")]
    pub fn end(self) -> anyhow::Result<()> {
        if self.as_json {
            println!("{}", serde_json::to_string(&self.found)?);
        }
        let faults = self
            .found
            .iter()
            .filter(|finding| finding.state == State::Fault)
            .count();
        anyhow::ensure!(faults == 0, "{faults} of the checks found a fault");
        Ok(())
    }
}
