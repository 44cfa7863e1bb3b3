//! Faults on demand.

use serde::{Deserialize, Serialize};

/// What goes wrong. Unless the name says "after", the request has no effect on the account.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// An error answer in Twilio's form.
    Status {
        /// HTTP status.
        status: u16,
        /// Twilio's error code.
        code: u32,
        /// Twilio's sentence.
        message: String,
        /// Seconds, for the `Retry-After` header.
        #[serde(default)]
        retry_after: Option<u64>,
    },
    /// The request takes effect, but the answer is an error.
    StatusAfter {
        /// HTTP status.
        status: u16,
        /// Twilio's error code.
        code: u32,
        /// Twilio's sentence.
        message: String,
    },
    /// Milliseconds to wait before the request is handled, which it is even if the client has gone by then. Adds up with
    /// others and with any other fault.
    Delay(u64),
    /// The connection is reset.
    DropBefore,
    /// The request takes effect, then the connection is reset before a byte is answered.
    DropAfter,
    /// No answer until the client gives up.
    HangBefore,
    /// The request takes effect, then there is no answer until the client gives up.
    HangAfter,
    /// 200 with a body that is not JSON, as a proxy on the way might answer.
    Garbage,
    /// The request takes effect, then as [`Effect::Garbage`].
    GarbageAfter,
    /// 307 to this URL.
    Redirect(String),
    /// 200 with a body of 64 MiB, streamed.
    HugeBody,
}

impl Effect {
    /// An error answer with the sentence that Twilio documents for the code.
    #[must_use]
    pub fn status(status: u16, code: u32) -> Self {
        let message = match code {
            20003 => "Authenticate",
            20005 => "Account not active",
            20404 => "The requested resource was not found",
            20429 => "Too Many Requests",
            20500 => "Internal Server Error",
            20503 => "Service Unavailable",
            _ => "Simulated failure",
        };
        Self::Status {
            status,
            code,
            message: message.to_owned(),
            retry_after: None,
        }
    }

    /// The name under which the journal and the control API know this effect.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status { .. } => "status",
            Self::StatusAfter { .. } => "status_after",
            Self::Delay(_) => "delay",
            Self::DropBefore => "drop_before",
            Self::DropAfter => "drop_after",
            Self::HangBefore => "hang_before",
            Self::HangAfter => "hang_after",
            Self::Garbage => "garbage",
            Self::GarbageAfter => "garbage_after",
            Self::Redirect(_) => "redirect",
            Self::HugeBody => "huge_body",
        }
    }
}

/// Which requests an effect is for, and how often.
///
/// The path is compared segment by segment from its end, `*` standing for any run of characters within a segment:
/// `/Applications.json`, `/Keys/*`, `/Accounts/*.json` (the account itself only), `*` for everything.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Any method when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// See above.
    #[serde(default = "everything")]
    pub path: String,
    /// So many matching requests pass first.
    #[serde(default)]
    pub skip: u32,
    /// How often; `None` (JSON `null`) is for ever, and JSON without the field is once.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// What happens.
    pub effect: Effect,
}

fn everything() -> String {
    "*".to_owned()
}

#[allow(clippy::unnecessary_wraps, reason = "serde asks for the field's type")]
fn once() -> Option<u32> {
    Some(1)
}

impl Fault {
    /// `effect` for the next request with `method` to `path`.
    #[must_use]
    pub fn once(method: &str, path: &str, effect: Effect) -> Self {
        Self {
            method: Some(method.to_owned()),
            path: path.to_owned(),
            skip: 0,
            times: Some(1),
            effect,
        }
    }

    /// `effect` for every request with `method` to `path`.
    #[must_use]
    pub fn forever(method: &str, path: &str, effect: Effect) -> Self {
        Self {
            times: None,
            ..Self::once(method, path, effect)
        }
    }

    /// The same fault after `skip` matching requests have passed.
    #[must_use]
    pub fn after(self, skip: u32) -> Self {
        Self { skip, ..self }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        self.method
            .as_deref()
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && path_matches(&self.path, path)
    }
}

/// A fault that is switched on.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ActiveFault {
    /// For switching it off alone.
    pub id: u64,
    /// How often it has struck.
    pub struck: u32,
    /// What was asked for; `skip` and `times` count down.
    pub fault: Fault,
}

/// What is to happen to one request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) delay_ms: u64,
    pub(crate) effect: Option<Effect>,
    /// Names of what was applied.
    pub(crate) names: Vec<&'static str>,
}

/// The active faults, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    last_id: u64,
    active: Vec<ActiveFault>,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> u64 {
        self.last_id += 1;
        self.active.push(ActiveFault {
            id: self.last_id,
            struck: 0,
            fault,
        });
        self.last_id
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.active.len();
        self.active.retain(|active| active.id != id);
        self.active.len() < before
    }

    pub(crate) fn active(&self) -> &[ActiveFault] {
        &self.active
    }

    /// All matching delays, and the first other matching fault; each of them is used up by one.
    pub(crate) fn plan(&mut self, method: &str, path: &str) -> Plan {
        let mut plan = Plan::default();
        for active in &mut self.active {
            if !active.fault.matches(method, path) {
                continue;
            }
            if active.fault.skip > 0 {
                active.fault.skip -= 1;
                continue;
            }
            match &active.fault.effect {
                Effect::Delay(ms) => plan.delay_ms = plan.delay_ms.saturating_add(*ms),
                _ if plan.effect.is_some() => continue,
                effect => plan.effect = Some(effect.clone()),
            }
            plan.names.push(active.fault.effect.name());
            active.struck += 1;
            active.fault.times = active.fault.times.map(|times| times.saturating_sub(1));
        }
        self.active.retain(|active| active.fault.times != Some(0));
        plan
    }
}

fn path_matches(pattern: &str, path: &str) -> bool {
    let wanted: Vec<&str> = pattern.trim_matches('/').split('/').collect();
    let given: Vec<&str> = path.trim_matches('/').split('/').collect();
    given.len() >= wanted.len()
        && wanted
            .iter()
            .rev()
            .zip(given.iter().rev())
            .all(|(wanted, given)| glob_matches(wanted, given))
}

/// `*` stands for any run of characters.
pub(crate) fn glob_matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(start) else {
        return false;
    };
    let mut rest = rest;
    while let Some((middle, after)) = rest.split_once('*') {
        let Some(at) = text.find(middle) else { return false };
        text = &text[at + middle.len()..];
        rest = after;
    }
    text.ends_with(rest)
}

#[cfg(test)]
mod tests {
    use super::{Effect, Fault, Faults, glob_matches, path_matches};

    #[test]
    fn patterns_are_compared_from_the_end() {
        assert!(path_matches(
            "/Applications.json",
            "/2010-04-01/Accounts/AC1/Applications.json"
        ));
        assert!(!path_matches(
            "/Applications.json",
            "/2010-04-01/Accounts/AC1/Applications/AP1.json"
        ));
        assert!(path_matches("/Keys/*", "/2010-04-01/Accounts/AC1/Keys/SK1.json"));
        assert!(!path_matches("/Keys/*", "/2010-04-01/Accounts/AC1/Keys.json"));
        assert!(path_matches("/Accounts/*.json", "/2010-04-01/Accounts/AC1.json"));
        assert!(!path_matches("/Accounts/*.json", "/2010-04-01/Accounts/AC1/Keys.json"));
        assert!(path_matches("*", "/v1/Keys"));
    }

    #[test]
    fn stars_stand_for_any_run() {
        assert!(glob_matches("*", ""));
        assert!(glob_matches("a*b*c", "a-b-b-c"));
        assert!(!glob_matches("a*b", "a-b-c"));
        assert!(!glob_matches("ab*ba", "aba"));
    }

    #[test]
    fn a_fault_strikes_after_its_skips_and_only_so_often() {
        let mut faults = Faults::default();
        faults.inject(Fault::once("POST", "/Keys.json", Effect::DropAfter).after(1));
        assert_eq!(faults.plan("GET", "/x/Keys.json").effect, None);
        assert_eq!(faults.plan("POST", "/x/Keys.json").effect, None);
        assert_eq!(faults.plan("POST", "/x/Keys.json").effect, Some(Effect::DropAfter));
        assert_eq!(faults.plan("POST", "/x/Keys.json").effect, None);
        assert!(faults.active().is_empty());
    }

    #[test]
    fn delays_add_up_and_go_with_another_fault() {
        let mut faults = Faults::default();
        faults.inject(Fault::forever("GET", "*", Effect::Delay(2)));
        faults.inject(Fault::forever("GET", "*", Effect::Delay(3)));
        faults.inject(Fault::forever("GET", "*", Effect::Garbage));
        faults.inject(Fault::once("GET", "*", Effect::HugeBody));
        let plan = faults.plan("GET", "/x");
        assert_eq!((plan.delay_ms, plan.effect), (5, Some(Effect::Garbage)));
        assert_eq!(faults.active().len(), 4, "the fault that did not get its turn stays");
    }

    #[test]
    fn json_without_times_means_once_and_null_means_for_ever() {
        let once: Fault = serde_json::from_str(r#"{"path":"/Keys.json","effect":"drop_after"}"#).unwrap();
        assert_eq!((once.times, once.method), (Some(1), None));
        let forever: Fault = serde_json::from_str(r#"{"times":null,"effect":{"delay":1000}}"#).unwrap();
        assert_eq!((forever.times, forever.path.as_str()), (None, "*"));
    }
}
