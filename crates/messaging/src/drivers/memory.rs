//! For tests: texts are kept, and answered as told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use domain::message::MessageStatus;
use domain::segments::segments;
use jiff::Timestamp;

use super::MAX_SEGMENTS;
use crate::outcome::{LookupError, Outcome, Report};
use crate::provider::{Capabilities, Provider, Settings, SettingsError, SmsProvider};
use crate::text::{Credentials, OutgoingText};

pub(crate) const NAME: &str = "memory";

/// Keeps texts in place of sending them. Clones share what they keep.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    texts: Vec<(OutgoingText, Report)>,
    answers: VecDeque<Answer>,
}

#[derive(Debug)]
enum Answer {
    Is(Outcome),
    IsLost,
}

impl Memory {
    /// What was sent, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<OutgoingText> {
        self.kept().texts.iter().map(|(text, _)| text.clone()).collect()
    }

    /// The answer to the next text that has none yet. Only an accepted one is kept.
    pub fn then(&self, outcome: Outcome) {
        self.kept().answers.push_back(Answer::Is(outcome));
    }

    /// The next text that has no answer yet is sent, but nobody hears of it.
    pub fn then_lose_answer(&self) {
        self.kept().answers.push_back(Answer::IsLost);
    }

    /// A text gets further. Nothing happens where there is none of that name.
    pub fn set_status(&self, provider_sid: &str, status: MessageStatus) {
        let mut kept = self.kept();
        let found = kept
            .texts
            .iter_mut()
            .find(|(_, report)| report.provider_sid == provider_sid);
        if let Some((_, report)) = found {
            report.status = Some(status);
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn from_settings(_: &Settings) -> Result<Provider, SettingsError> {
    Ok(Provider::new(Memory::default()))
}

#[async_trait]
impl SmsProvider for Memory {
    fn name(&self) -> &'static str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            credentials: false,
            media: true,
            max_media: 10,
            status_callbacks: false,
            lookup: true,
            max_segments: MAX_SEGMENTS,
        }
    }

    async fn send(&self, text: &OutgoingText) -> Outcome {
        let mut kept = self.kept();
        let report = Report {
            segments: Some(segments(&text.body).count),
            from: text.sender.number().map(str::to_owned),
            ..Report::of(format!("memory-{}", kept.texts.len() + 1), MessageStatus::Accepted)
        };
        match kept.answers.pop_front() {
            Some(Answer::Is(Outcome::Accepted(told))) => {
                kept.texts.push((text.clone(), told.clone()));
                Outcome::Accepted(told)
            }
            Some(Answer::Is(outcome)) => outcome,
            Some(Answer::IsLost) => {
                kept.texts.push((text.clone(), report));
                Outcome::Unknown
            }
            None => {
                kept.texts.push((text.clone(), report.clone()));
                Outcome::Accepted(report)
            }
        }
    }

    async fn status(&self, _: Option<&Credentials>, provider_sid: &str) -> Result<Option<Report>, LookupError> {
        let kept = self.kept();
        let mut reports = kept.texts.iter().map(|(_, report)| report);
        Ok(reports.find(|report| report.provider_sid == provider_sid).cloned())
    }

    async fn find(&self, text: &OutgoingText, _: Timestamp) -> Result<Vec<Report>, LookupError> {
        let kept = self.kept();
        let same = kept.texts.iter().filter(|(other, _)| other.reference == text.reference);
        Ok(same.map(|(_, report)| report.clone()).collect())
    }
}
