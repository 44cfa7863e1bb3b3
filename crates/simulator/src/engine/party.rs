//! Who is at the other end of a leg: a browser, or a simulated phone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use crate::calls::{CallStatus, Command, PhoneScript, Sound};
use crate::shared::Shared;
use crate::signalling::{CallError, Line};

/// A phone or a browser.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) leg: media::Leg,
    pub(super) line: Option<Arc<Line>>,
    /// What a phone does after the answer.
    script: Option<PhoneScript>,
}

impl Party {
    /// A browser, whose going is told to the call.
    pub(super) fn browser(line: Line, commands: UnboundedSender<Command>) -> Self {
        let line = Arc::new(line);
        let watched = Arc::clone(&line);
        tokio::spawn(async move {
            let ended = watched.ended().await;
            tracing::debug!(
                call = watched.call_sid(),
                identity = watched.identity(),
                ?ended,
                "a browser has gone"
            );
            // The call may have ended first.
            let _ = commands.send(Command::PartyLeft);
        });
        Self {
            leg: line.leg().clone(),
            line: Some(line),
            script: None,
        }
    }

    pub(super) fn phone(shared: &Shared, script: PhoneScript) -> Self {
        let sound = match script.sound {
            Sound::Tone(hz) => media::Sound::Tone(hz),
            Sound::Echo => media::Sound::Echo,
            Sound::Silence => media::Sound::Silence,
        };
        Self {
            leg: shared.media.phone(sound),
            line: None,
            script: Some(script),
        }
    }

    /// One end of a line to another call, at whose end this one ends.
    pub(super) fn line(shared: &Arc<Shared>, leg: media::Leg, other: &str, commands: UnboundedSender<Command>) -> Self {
        let ended = super::line::until(shared, other, CallStatus::is_final);
        super::run(shared, async move {
            ended.await;
            let _ = commands.send(Command::PartyLeft);
        });
        Self {
            leg,
            line: None,
            script: None,
        }
    }

    /// From now on a phone does what its script says.
    pub(super) fn act(&mut self, commands: &UnboundedSender<Command>) {
        let Some(script) = self.script.take() else { return };
        for press in script.digits {
            let leg = self.leg.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(press.after_ms)).await;
                leg.press(&press.digits);
            });
        }
        if let Some(after) = script.hangs_up_after_ms {
            let commands = commands.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(after)).await;
                let _ = commands.send(Command::PartyLeft);
            });
        }
    }

    /// How long a phone that calls waits for an answer.
    pub(super) fn patience(&self) -> Option<Duration> {
        let after = self.script.as_ref()?.hangs_up_after_ms?;
        Some(Duration::from_millis(after))
    }

    /// A browser is told why.
    pub(super) fn leave(&self, why: Option<CallError>) {
        if let Some(line) = &self.line {
            line.hang_up(why);
        }
        self.leg.close();
    }
}
