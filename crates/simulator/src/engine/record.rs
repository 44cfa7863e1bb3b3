//! Record: a message after a tone.

use std::time::Duration;

use tokio::time::Instant;

use super::fetch::Page;
use super::leg::Leg;
use super::params::pair;
use super::recording::{Tape, Taping};
use super::{Interrupt, Next};
use crate::twiml::{Callback, Record};

/// How often it is looked whether somebody still speaks.
const LISTENS: Duration = Duration::from_millis(100);

/// Why it ended.
enum End {
    Key(char),
    Silence,
    Full,
    Interrupted(Interrupt),
}

impl Leg {
    pub(super) async fn record(&mut self, page: &Page, record: &Record) -> Result<Next, Interrupt> {
        if record.beep {
            let beep = self.audio().prompt(media::beep());
            // An error says that the party is gone, which the next wait finds out.
            drop(self.wait(beep).await?);
        }
        while self.keys.try_recv().is_ok() {}
        self.doing("records");
        let tape = Tape {
            account_sid: self.account_sid.clone(),
            call_sid: self.sid.clone(),
            conference_sid: None,
            source: "RecordVerb",
            dual: false,
            callback: self.resolved(page, record.callback.as_ref()),
            courier: self.reporter.courier.clone(),
        };
        let recorder = self.shared.media.record(self.audio().id(), None);
        let taping = Taping::start(&self.shared, tape, recorder);
        let begun = Instant::now();
        let end = self.until_recorded(record, begun).await;
        let spoke = self.audio().silent_for() < begun.elapsed();
        // Assumed: who says nothing leaves nothing, and the document goes on.
        if !spoke && matches!(end, End::Silence) {
            taping.discard(&self.shared);
            return Ok(Next::Verb);
        }
        let made = taping.stop(&self.shared);
        let mut extra = Vec::new();
        if let Some(made) = made {
            extra.push(pair("RecordingUrl", made.url));
            extra.push(pair("RecordingSid", made.sid));
            extra.push(pair("RecordingDuration", made.seconds.to_string()));
        }
        match end {
            End::Key(key) => extra.push(pair("Digits", key)),
            End::Silence | End::Full => {}
            End::Interrupted(Interrupt::Redirect(instructions)) => return Err(Interrupt::Redirect(instructions)),
            End::Interrupted(Interrupt::Ended) => {
                extra.push(pair("Digits", "hangup"));
                self.last_action(page, record.action.as_ref(), extra);
                return Err(Interrupt::Ended);
            }
        }
        Ok(self.goto(page, record.action.as_ref(), extra))
    }

    async fn until_recorded(&mut self, record: &Record, begun: Instant) -> End {
        let mut keys = self.lend_keys();
        let mut ticks = tokio::time::interval(LISTENS);
        let end = loop {
            tokio::select! {
                Some(key) = keys.recv() => if record.finish_on.contains(key) {
                    break End::Key(key);
                },
                interrupt = self.interrupt() => break End::Interrupted(interrupt),
                _ = ticks.tick() => {
                    let silent = self.audio().silent_for().min(begun.elapsed());
                    if begun.elapsed() >= record.longest {
                        break End::Full;
                    }
                    if silent >= record.timeout {
                        break End::Silence;
                    }
                }
            }
        };
        self.keys = keys;
        end
    }

    /// A callback with its address made absolute; one that is no address is noted and left out.
    pub(super) fn resolved(&self, page: &Page, callback: Option<&Callback>) -> Option<Callback> {
        let callback = callback?;
        match page.resolve(&callback.target) {
            Ok(target) => Some(Callback {
                target,
                events: callback.events.clone(),
            }),
            Err(fault) => {
                self.notice(fault.code, fault.sentence);
                None
            }
        }
    }
}
