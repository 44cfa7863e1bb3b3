//! Plays TwiML: verb by verb, document by document, until the call ends.

use super::fetch::Page;
use super::leg::Leg;
use super::{Interrupt, Next};
use crate::calls::Instructions;
use crate::twiml::{Prompt, Say, Verb};

/// More documents than any call plays in earnest; a loop without any pause ends there.
const MOST_DOCUMENTS: u32 = 1000;

impl Leg {
    /// Plays until there is nothing left to play, or the call ends; then ends the call.
    pub(super) async fn run(&mut self, instructions: Instructions) {
        let mut next = instructions;
        for _ in 0..MOST_DOCUMENTS {
            match self.play(next).await {
                Ok(Some(instructions)) | Err(Interrupt::Redirect(instructions)) => {
                    self.audio().stop_prompt();
                    next = instructions;
                }
                Ok(None) | Err(Interrupt::Ended) => break,
            }
        }
        self.end();
    }

    /// One document. `None` when the call is to end.
    async fn play(&mut self, instructions: Instructions) -> Result<Option<Instructions>, Interrupt> {
        let Some(page) = self.fetch(instructions).await? else {
            self.say_that_it_failed().await?;
            return Ok(None);
        };
        for verb in &page.document.verbs {
            match self.verb(&page, verb).await? {
                Next::Verb => {}
                Next::Goto(instructions) => return Ok(Some(instructions)),
                Next::End => return Ok(None),
            }
        }
        Ok(None)
    }

    /// What Twilio tells a caller whose call cannot go on.
    async fn say_that_it_failed(&mut self) -> Result<(), Interrupt> {
        self.answer();
        let text = "We are sorry. An application error has occurred. Goodbye.".to_owned();
        self.prompt(None, &Prompt::Say(Say { text, times: 1 })).await
    }

    async fn verb(&mut self, page: &Page, verb: &Verb) -> Result<Next, Interrupt> {
        match verb {
            Verb::Prompt(prompt) => {
                self.answer();
                self.prompt(Some(page), prompt).await?;
                Ok(Next::Verb)
            }
            Verb::Gather(gather) => {
                self.answer();
                self.gather(page, gather).await
            }
            Verb::Record(record) => {
                self.answer();
                self.record(page, record).await
            }
            Verb::Dial(dial) => self.dial(page, dial).await,
            Verb::Redirect(target) => {
                let target = Some(target).filter(|target| !target.url.is_empty());
                Ok(self.goto(page, target, Vec::new()))
            }
            Verb::Reject { busy } => {
                self.reject(*busy);
                Ok(Next::End)
            }
            Verb::Hangup => Ok(Next::End),
        }
    }
}
