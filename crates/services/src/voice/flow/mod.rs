//! What Twilio is told to do next with a call. Decisions only: nothing here reads or writes anything.

mod plan;

use domain::call::{CallEventKind, LegRole};
use domain::id::CallId;
use domain::menu::{Menu, MenuAction};
use domain::voice::{NoAnswer, RecordingMode, VoiceSettings};
use twilio::twiml::{
    Beep, CallEvent, Client, Conference, ConferenceRecord, Dial, DialRecord, Gather, Method, Noun, Number, Play,
    Record, RecordingEvent, Response, Say, Verb,
};
use twilio::webhook::DialCallStatus;

use super::dialling;
use super::urls::{Then, Urls};
use crate::numbers;

pub(super) use plan::Plan;

/// How long a phone outside rings, in seconds.
const PHONE_RINGS: u32 = 30;
/// Longest message, in seconds, and the silence that ends it.
const MESSAGE_SECONDS: u32 = 180;
const MESSAGE_SILENCE: u32 = 5;
/// Longest words spoken to the test call, in seconds, and the silence that ends them.
const ECHO_SECONDS: u32 = 5;
const ECHO_SILENCE: u32 = 3;
/// How long the menu waits for a key, in seconds; how often it is said again after a wrong one; and how many turns a
/// caller may take through it in all.
const KEY_SECONDS: u32 = 6;
const TRIES: u64 = 3;
const TURNS: u64 = 20;

const ANNOUNCEMENT: &str = "This call is recorded.";
const GOODBYE: &str = "Sorry, nobody can take your call right now. Please call again later. Goodbye.";

/// The call that is decided about, and what its course depends on.
pub(super) struct Scene<'a> {
    pub(super) urls: &'a Urls,
    pub(super) call: CallId,
    /// The user's number.
    pub(super) number: &'a str,
    /// The user's browser, as Twilio knows it.
    pub(super) identity: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
    pub(super) settings: &'a VoiceSettings,
    /// Whether a page of the user's can ring.
    pub(super) phone_there: bool,
    /// The step that was asked for; what is answered leads to the next.
    pub(super) step: u64,
}

impl Scene<'_> {
    /// Somebody calls the user's number.
    pub(super) fn inbound(&self) -> Plan {
        match &self.settings.menu {
            Some(menu) => self.menu(menu, 0, None),
            None => self.ring(),
        }
    }

    /// The caller pressed a key in the menu, or none in time.
    pub(super) fn pressed(&self, digits: Option<&str>, tries: u64) -> Plan {
        let Some(menu) = self.settings.menu.as_ref().filter(|_| self.step < TURNS) else {
            return self.ring();
        };
        let key = digits.and_then(|digits| {
            let mut keys = digits.chars();
            keys.next().filter(|_| keys.next().is_none())
        });
        let plan = match key.and_then(|key| menu.action(key)) {
            Some(MenuAction::Ring) => self.ring(),
            Some(MenuAction::Voicemail) => self.voicemail(),
            Some(MenuAction::Forward { to }) => self.forward(to, false),
            Some(MenuAction::Say { text }) => self.menu(menu, 0, Some(text)),
            Some(MenuAction::Repeat) => self.menu(menu, 0, None),
            None if tries + 1 >= TRIES => self.ring(),
            None if digits.is_some() => self.menu(menu, tries + 1, Some("Sorry, that key does nothing.")),
            None => self.menu(menu, tries + 1, Some("Sorry, we did not get that.")),
        };
        match digits {
            Some(digits) => {
                let mut plan = plan;
                plan.events
                    .insert(0, (CallEventKind::Digit, Some(digits.chars().take(32).collect())));
                plan
            }
            None => plan,
        }
    }

    fn menu(&self, menu: &Menu, tries: u64, first: Option<&str>) -> Plan {
        let prompts = first.into_iter().chain([menu.greeting.as_str()]);
        Plan::default()
            .then(Gather {
                num_digits: Some(1),
                timeout: Some(KEY_SECONDS),
                // Else `#` would end the input instead of being a key.
                finish_on_key: Some(String::new()),
                action: Some(self.urls.menu(self.call, self.step + 1, tries)),
                method: Some(Method::Post),
                action_on_empty_result: Some(true),
                prompts: prompts.map(|text| Say::new(text).into()).collect(),
                ..Gather::default()
            })
            .note(CallEventKind::Menu, None)
    }

    /// Rings the user's browser, if there is one.
    fn ring(&self) -> Plan {
        if !self.phone_there {
            let next = self.no_answer(false);
            let mut plan = Plan::default().note(CallEventKind::NobodyThere, None);
            plan.events.extend(next.events);
            return Plan {
                events: plan.events,
                ..next
            };
        }
        let client = Client {
            parameters: [
                ("call_id", self.call.to_string().as_str()),
                ("from", self.from),
                ("to", self.to),
                // As people write it: the card is there before any other word of ours reaches the page.
                ("peer", &numbers::party(self.from)),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            status_callback: Some(self.urls.status(self.call, LegRole::Browser)),
            status_callback_events: CallEvent::ALL.to_vec(),
            status_callback_method: Some(Method::Post),
            ..Client::named(self.identity)
        };
        let dial = Dial {
            timeout: Some(self.settings.ring_seconds),
            ..self.dial(client, Then::Rang)
        };
        self.announced().then(self.recorded(dial))
    }

    /// Tells the caller that he is recorded, where the user wants that.
    fn announced(&self) -> Plan {
        if self.settings.recording == RecordingMode::Announced {
            Plan::say(ANNOUNCEMENT)
        } else {
            Plan::default()
        }
    }

    /// The user's browser has rung, or is in the call.
    pub(super) fn rang(&self, outcome: Option<DialCallStatus>) -> Plan {
        match outcome {
            Some(DialCallStatus::Completed | DialCallStatus::Answered) => Plan::default().then(Verb::Hangup),
            // Before it rang, the caller was told that he is recorded.
            _ => self.no_answer(true),
        }
    }

    fn no_answer(&self, announced: bool) -> Plan {
        match (self.settings.no_answer, &self.settings.forward_to) {
            (NoAnswer::Voicemail, _) => self.voicemail(),
            (NoAnswer::Forward, Some(to)) => self.forward(to, announced),
            (NoAnswer::Forward, None) | (NoAnswer::Goodbye, _) => goodbye(GOODBYE),
        }
    }

    fn voicemail(&self) -> Plan {
        Plan::say(&self.settings.greeting)
            .then(Record {
                max_length: Some(MESSAGE_SECONDS),
                timeout: Some(MESSAGE_SILENCE),
                play_beep: Some(true),
                finish_on_key: Some("#".to_owned()),
                action: Some(self.urls.go_on(self.call, Then::Recorded, self.step + 1)),
                method: Some(Method::Post),
                recording_status_callback: Some(self.urls.recording(self.call)),
                recording_status_callback_events: vec![RecordingEvent::Completed, RecordingEvent::Absent],
                recording_status_callback_method: Some(Method::Post),
                ..Record::default()
            })
            // Silence alone brings the caller here.
            .then(Say::new("We did not hear a message. Goodbye."))
            .then(Verb::Hangup)
            .note(CallEventKind::Voicemail, None)
            .asked()
    }

    /// Forwards to a phone, if it may still be called.
    fn forward(&self, to: &str, announced: bool) -> Plan {
        // The rules may have become stricter since the setting was made. The own number would call itself.
        let Ok(to) = dialling::check(to, self.number, self.settings) else {
            return self.voicemail();
        };
        let dial = Dial {
            caller_id: Some(self.number.to_owned()),
            timeout: Some(PHONE_RINGS),
            time_limit: Some(dialling::CALL_SECONDS_MAX),
            ..self.dial(self.phone(&to.number, LegRole::Forward), Then::Forwarded)
        };
        let plan = if announced { Plan::default() } else { self.announced() };
        plan.then(self.recorded(dial))
            .note(CallEventKind::Forwarded, Some(&to.number))
    }

    /// The phone that is forwarded to has rung.
    pub(super) fn forwarded(&self, outcome: Option<DialCallStatus>) -> Plan {
        match outcome {
            Some(DialCallStatus::Completed | DialCallStatus::Answered) => Plan::default().then(Verb::Hangup),
            _ => goodbye(GOODBYE),
        }
    }

    /// Dials the party that the user calls, for at most so many seconds.
    pub(super) fn outbound(&self, to: &str, seconds: u32) -> Plan {
        let dial = Dial {
            caller_id: Some(self.number.to_owned()),
            timeout: Some(PHONE_RINGS),
            time_limit: Some(seconds),
            ..self.dial(self.phone(to, LegRole::Callee), Then::Dialled)
        };
        Plan::default().then(self.recorded(dial))
    }

    /// The document that hands the other party to somebody else.
    pub(super) fn transfer(&self, to: &str, seconds: u32) -> Response {
        let dial = Dial {
            caller_id: Some(self.number.to_owned()),
            timeout: Some(PHONE_RINGS),
            time_limit: Some(seconds),
            ..self.dial(self.phone(to, LegRole::Transfer), Then::Transferred)
        };
        Response::new().with(dial)
    }

    fn phone(&self, number: &str, leg: LegRole) -> Number {
        let announced = self.settings.recording == RecordingMode::Announced && leg != LegRole::Transfer;
        Number {
            url: announced.then(|| self.urls.go_on(self.call, Then::Announce, 0)),
            method: announced.then_some(Method::Post),
            status_callback: Some(self.urls.status(self.call, leg)),
            status_callback_events: CallEvent::ALL.to_vec(),
            status_callback_method: Some(Method::Post),
            ..Number::to(number)
        }
    }

    fn dial(&self, whom: impl Into<Noun>, then: Then) -> Dial {
        Dial {
            answer_on_bridge: Some(true),
            action: Some(self.urls.go_on(self.call, then, self.step + 1)),
            method: Some(Method::Post),
            ..Dial::with(whom)
        }
    }

    /// The same, recorded where the user wants that.
    fn recorded(&self, dial: Dial) -> Dial {
        if self.settings.recording == RecordingMode::Off {
            return dial;
        }
        Dial {
            record: Some(DialRecord::FromAnswerDual),
            recording_status_callback: Some(self.urls.recording(self.call)),
            recording_status_callback_events: vec![RecordingEvent::Completed, RecordingEvent::Absent],
            recording_status_callback_method: Some(Method::Post),
            ..dial
        }
    }

    /// The test call: the user speaks, …
    pub(super) fn test(&self) -> Plan {
        Plan::say("This is a test call. Say something after the tone, and you will hear it again.")
            .then(Record {
                max_length: Some(ECHO_SECONDS),
                timeout: Some(ECHO_SILENCE),
                play_beep: Some(true),
                finish_on_key: Some(String::new()),
                action: Some(self.urls.go_on(self.call, Then::Echo, self.step + 1)),
                method: Some(Method::Post),
                ..Record::default()
            })
            .then(Say::new(
                "We did not hear you. Check that your microphone is on, and not muted. Goodbye.",
            ))
            .then(Verb::Hangup)
    }
}

/// … and hears himself.
pub(super) fn echo(recording: Option<String>) -> Plan {
    match recording {
        Some(url) => Plan::say("You said:")
            .then(Play::url(url))
            .then(Say::new("If you heard yourself, everything works. Goodbye."))
            .then(Verb::Hangup),
        None => goodbye("We did not hear you. Check that your microphone is on, and not muted. Goodbye."),
    }
}

/// The call goes on in a conference: somebody is on hold. What was recorded so far ended with the `<Dial>`, and goes on here.
pub(super) fn conference(urls: &Urls, call: CallId, recording: RecordingMode) -> Response {
    let mut conference = Conference {
        start_conference_on_enter: Some(true),
        end_conference_on_exit: Some(true),
        beep: Some(Beep::Never),
        // Silence, for the moment until the other side is there too.
        wait_url: Some(String::new()),
        ..Conference::named(call.to_string())
    };
    if recording != RecordingMode::Off {
        conference.record = Some(ConferenceRecord::FromStart);
        conference.recording_status_callback = Some(urls.recording(call));
        conference.recording_status_callback_events = vec![RecordingEvent::Completed, RecordingEvent::Absent];
        conference.recording_status_callback_method = Some(Method::Post);
    }
    Response::new().with(Dial::with(conference))
}

/// How an outbound call ended, in words for the one who waited for it.
pub(super) fn ended(outcome: Option<DialCallStatus>) -> Plan {
    match outcome {
        Some(DialCallStatus::Busy) => goodbye("The line is busy."),
        Some(DialCallStatus::NoAnswer) => goodbye("There is no answer."),
        Some(DialCallStatus::Failed) => goodbye("This number could not be reached."),
        _ => Plan::default().then(Verb::Hangup),
    }
}

/// The party that the call was handed to has rung.
pub(super) fn transferred(outcome: Option<DialCallStatus>) -> Plan {
    match outcome {
        Some(DialCallStatus::Completed | DialCallStatus::Answered) => Plan::default().then(Verb::Hangup),
        _ => goodbye("Sorry, nobody answered. Goodbye."),
    }
}

/// The callee hears that he is recorded.
pub(super) fn announcement() -> Plan {
    Plan::say(ANNOUNCEMENT)
}

/// After a message.
pub(super) fn thanks() -> Plan {
    goodbye("Thank you. Goodbye.")
}

/// The call is not put through, and the caller hears why.
pub(super) fn refused(reason: &str) -> Plan {
    Plan {
        refused: Some(reason.to_owned()),
        ..goodbye(reason).note(CallEventKind::Refused, Some(reason))
    }
}

/// Nothing more is done: the caller has hung up.
pub(super) fn nothing() -> Plan {
    Plan::default()
}

/// Words, and the end.
pub(super) fn goodbye(words: &str) -> Plan {
    Plan::say(words).then(Verb::Hangup)
}

#[cfg(test)]
mod tests;
