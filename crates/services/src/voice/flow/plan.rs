//! What a decision comes to.

use domain::call::CallEventKind;
use twilio::twiml::{Response, Say, Verb};

/// What is answered, and what is noted with the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::voice) struct Plan {
    pub(in crate::voice) response: Response,
    pub(in crate::voice) events: Vec<(CallEventKind, Option<String>)>,
    pub(in crate::voice) asked_voicemail: bool,
    pub(in crate::voice) refused: Option<String>,
}

impl Plan {
    pub(super) fn say(text: &str) -> Self {
        let mut plan = Self::default();
        plan.response.push(Say::new(text));
        plan
    }

    pub(super) fn then(mut self, verb: impl Into<Verb>) -> Self {
        self.response.push(verb);
        self
    }

    pub(super) fn note(mut self, kind: CallEventKind, detail: Option<&str>) -> Self {
        self.events.push((kind, detail.map(str::to_owned)));
        self
    }

    pub(super) fn asked(self) -> Self {
        Self {
            asked_voicemail: true,
            ..self
        }
    }
}
