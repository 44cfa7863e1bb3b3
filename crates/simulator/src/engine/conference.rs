//! A leg in a conference.

use super::fetch::Page;
use super::leg::Leg;
use super::params::pair;
use super::rooms::{self, Entry};
use super::{Interrupt, Next};
use crate::twiml::{ConferenceNoun, Dial};

impl Leg {
    pub(super) async fn conference(
        &mut self,
        page: &Page,
        dial: &Dial,
        noun: &ConferenceNoun,
    ) -> Result<Next, Interrupt> {
        self.answer();
        if noun.name.is_empty() {
            self.notice(13240, "Conference has no name");
            return Ok(Next::Verb);
        }
        let entry = Entry {
            account_sid: self.account_sid.clone(),
            call_sid: self.sid.clone(),
            noun: noun.clone(),
            callback: self.resolved(page, noun.callback.as_ref()),
            recording_callback: self.resolved(page, noun.recording_callback.as_ref()),
            courier: self.reporter.courier.clone(),
        };
        let Some(conference_sid) = rooms::enter(&self.shared, entry) else {
            self.notice(16025, format!("the label {:?} is in use", noun.label));
            return Ok(Next::Verb);
        };
        self.doing(format!("is in the conference {}", noun.name));
        let interrupt = tokio::select! {
            interrupt = self.interrupt_in_conference() => interrupt,
            () = tokio::time::sleep(dial.time_limit) => None,
        };
        self.audio().stop_prompt();
        self.audio().hears(&[]);
        rooms::leave(&self.shared, &conference_sid, &self.sid);
        // Documented: a conference has neither DialCallSid nor DialCallDuration.
        let extra = vec![pair("DialCallStatus", "answered"), pair("DialBridged", "true")];
        match interrupt {
            None if dial.action.is_some() => Ok(self.goto(page, dial.action.as_ref(), extra)),
            None => Ok(Next::Verb),
            Some(interrupt) => {
                if dial.action.is_some() && matches!(interrupt, Interrupt::Ended) {
                    self.last_action(page, dial.action.as_ref(), extra);
                }
                Err(interrupt)
            }
        }
    }
}
