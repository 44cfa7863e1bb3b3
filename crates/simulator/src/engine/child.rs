//! The leg that a Dial calls: it rings, hears its whisper, and is bridged to its parent until one of them ends that.

use tokio::sync::mpsc::UnboundedSender;

use super::leg::Leg;
use super::pending::Pending;
use super::{Interrupt, Next};
use crate::calls::{CallStatus, Instructions};
use crate::twiml::{Target, Verb};

/// What a parent learns of its child.
#[derive(Debug)]
pub(super) enum ChildEvent {
    /// Somebody is there, and has heard what he was to hear.
    Answered(media::Leg),
    /// It has ended.
    Over(CallStatus),
    /// It plays something of its own from now on.
    Left,
}

/// What a child is called with.
#[derive(Debug)]
pub(super) struct ChildPlan {
    /// For a browser.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) whisper: Option<Target>,
    pub(super) send_digits: Option<String>,
    pub(super) timeout: std::time::Duration,
}

pub(super) async fn child(
    mut pending: Pending,
    plan: ChildPlan,
    at: usize,
    events: UnboundedSender<(usize, ChildEvent)>,
) {
    // A parent that has gone on does not listen any more.
    let tell = |event| drop(events.send((at, event)));
    let party = match pending.ring(plan.parameters, plan.timeout).await {
        Ok(party) => party,
        Err(status) => {
            pending.end(status);
            return tell(ChildEvent::Over(status));
        }
    };
    let mut leg = pending.answered(party);
    match leg.until_bridged(plan.send_digits, plan.whisper).await {
        Ok(true) => {}
        Ok(false) | Err(Interrupt::Ended) => {
            leg.end();
            return tell(ChildEvent::Over(CallStatus::NoAnswer));
        }
        Err(Interrupt::Redirect(instructions)) => {
            tell(ChildEvent::Left);
            return leg.run(instructions).await;
        }
    }
    leg.doing("talks");
    tell(ChildEvent::Answered(leg.audio().clone()));
    match leg.interrupt().await {
        Interrupt::Ended => {
            leg.end();
            tell(ChildEvent::Over(CallStatus::Completed));
        }
        Interrupt::Redirect(instructions) => {
            leg.audio().hears(&[]);
            tell(ChildEvent::Left);
            // The parent must not be heard by somebody who is elsewhere.
            leg.run(instructions).await;
        }
    }
}

impl Leg {
    /// Whether it is to be bridged.
    async fn until_bridged(&mut self, digits: Option<String>, whisper: Option<Target>) -> Result<bool, Interrupt> {
        if let Some(digits) = digits {
            let sent = self.audio().send_digits(&digits);
            drop(self.wait(sent).await?);
        }
        match whisper {
            Some(whisper) => self.whisper(Instructions::ask(whisper)).await,
            None => Ok(true),
        }
    }

    /// Play, Say, Gather, Pause and Hangup; other verbs are not allowed here. A Gather's action is a whisper too.
    async fn whisper(&mut self, instructions: Instructions) -> Result<bool, Interrupt> {
        let mut next = Some(instructions);
        while let Some(instructions) = next.take() {
            let Some(page) = self.fetch(instructions).await? else {
                return Ok(false);
            };
            for verb in &page.document.verbs {
                match verb {
                    Verb::Prompt(prompt) => self.prompt(Some(&page), prompt).await?,
                    Verb::Gather(gather) => match self.gather(&page, gather).await? {
                        Next::Verb => {}
                        Next::Goto(instructions) => {
                            next = Some(instructions);
                            break;
                        }
                        Next::End => return Ok(false),
                    },
                    Verb::Hangup => return Ok(false),
                    Verb::Dial(_) => self.notice(13201, "Dial: cannot dial out from a dialled call"),
                    Verb::Redirect(_) | Verb::Record(_) | Verb::Reject { .. } => {
                        self.notice(12200, "this verb may not be played to a callee before the bridge");
                    }
                }
            }
        }
        Ok(true)
    }
}
