//! Gather: prompts that a key interrupts, and the keys.

use super::fetch::Page;
use super::keys::Collector;
use super::leg::Leg;
use super::params::pair;
use super::{Interrupt, Next};
use crate::twiml::Gather;

impl Leg {
    pub(super) async fn gather(&mut self, page: &Page, gather: &Gather) -> Result<Next, Interrupt> {
        // Keys from before do not count.
        while self.keys.try_recv().is_ok() {}
        let mut collector = Collector {
            wanted: gather.digits,
            finish_on: gather.finish_on,
            ..Collector::default()
        };
        let mut complete = false;
        for prompt in &gather.prompts {
            match self.prompt_until_key(page, prompt).await? {
                None => {}
                Some(key) => {
                    complete = collector.press(key);
                    break;
                }
            }
        }
        self.doing("waits for keys");
        while !complete {
            let key = {
                let mut keys = self.lend_keys();
                let next = tokio::time::timeout(gather.timeout, keys.recv());
                let result = self.wait(next).await;
                self.keys = keys;
                result?
            };
            match key {
                Ok(Some(key)) => complete = collector.press(key),
                // Time is up, or the party is gone.
                Ok(None) | Err(_) => break,
            }
        }
        if collector.digits.is_empty() && !gather.action_on_empty {
            return Ok(Next::Verb);
        }
        let finished_on = collector.finished_on.map(String::from).unwrap_or_default();
        let extra = vec![
            pair("Digits", collector.digits),
            pair("FinishedOnKey", finished_on),
            pair("msg", "Gather End"),
        ];
        Ok(self.goto(page, gather.action.as_ref(), extra))
    }

    /// The key that interrupted the prompt, if one did.
    async fn prompt_until_key(
        &mut self,
        page: &Page,
        prompt: &crate::twiml::Prompt,
    ) -> Result<Option<char>, Interrupt> {
        let mut keys = self.lend_keys();
        let key = tokio::select! {
            biased;
            Some(key) = keys.recv() => Some(Ok(key)),
            played = self.prompt(Some(page), prompt) => played.err().map(Err),
        };
        self.keys = keys;
        if key.is_some() {
            self.audio().stop_prompt();
        }
        key.transpose()
    }
}
