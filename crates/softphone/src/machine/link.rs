//! The way to Twilio: script, token, device, registration; and what is done when one of them is missing or breaks.

use domain::phone::Presence;

use super::{Call, Command, Event, Microphone, NoToken, Phone, Status, faults};

/// Registering that takes longer than this has been lost: the SDK's own promise may never settle.
const REGISTER_PATIENCE: i64 = 15_000;
/// A connection that is gone for less than this is not worth a word: the SDK restores it by itself.
const DEBOUNCE: i64 = 3_000;
/// After this long the SDK is not trusted to restore it, and a new device is made.
const LOST_PATIENCE: i64 = 20_000;
/// First and longest wait before the next device.
const WAIT: (i64, i64) = (2_000, 60_000);

/// How far the way is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Link {
    /// Nothing is wanted.
    #[default]
    Off,
    /// Script or token are on their way.
    Loading,
    /// The device was asked to register then.
    Registering(i64),
    /// It can ring.
    Ready,
    /// It could until then.
    Lost(i64),
    /// It failed; the next try is due then.
    Waiting(i64),
}

impl Phone {
    pub(super) fn link_event(&mut self, event: Event, now: i64) {
        match event {
            Event::Owned => {
                self.owned = Some(true);
                self.link = Link::Loading;
                self.load();
                self.build(now);
            }
            Event::Lost => self.give_up(),
            Event::Network(there) => {
                let back = there && !self.network;
                self.network = there;
                if back {
                    self.token.hurry();
                    self.mend(now);
                }
            }
            Event::Script(there) => {
                (self.script, self.loading) = (Some(there), false);
                if there {
                    self.build(now);
                } else {
                    self.wait(now);
                }
            }
            Event::Token(token, life) => self.token_came(token, life, now),
            Event::NoToken(why) => self.no_token_came(why, now),
            Event::NoDevice => {
                self.has_device = false;
                self.wait(now);
            }
            Event::Registering if self.link != Link::Ready => self.link = Link::Registering(now),
            Event::Registered if self.has_device => {
                self.link = Link::Ready;
                self.token.was_taken();
                (self.rebuilds, self.fault) = (0, None);
            }
            Event::Unregistered if self.link == Link::Ready => self.link = Link::Lost(now),
            Event::TokenWillExpire => self.token.was_refused(now),
            Event::DeviceFault(code) => self.device_fault(code, now),
            _ => {}
        }
    }

    fn device_fault(&mut self, code: u32, now: i64) {
        if faults::is_about_token(code) {
            self.token.was_refused(now);
            // What another token mends is not worth a word.
            if self.token.failures() > 1 {
                self.fault = Some(code);
            }
        } else if faults::is_about_connection(code) {
            // One pair comes with every try of the SDK: only the first one starts the clock.
            if self.link == Link::Ready {
                self.link = Link::Lost(now);
            }
        } else if faults::is_about_microphone(code) {
            self.microphone_fault(code);
        } else {
            self.fault = Some(code);
        }
    }

    pub(super) fn microphone_fault(&mut self, code: u32) {
        self.microphone = if code == 31402 {
            Microphone::Missing
        } else {
            Microphone::Denied
        };
    }

    fn token_came(&mut self, token: String, life: i64, now: i64) {
        self.no_token = None;
        self.token.came(token.clone(), life, now);
        if self.owned != Some(true) {
            return;
        }
        if self.has_device {
            self.out.push(Command::UpdateToken(token));
        } else {
            self.build(now);
        }
    }

    fn no_token_came(&mut self, why: NoToken, now: i64) {
        self.token.failed(now);
        self.no_token = Some(why);
        if why != NoToken::Failed && !self.in_call() {
            self.destroy();
            self.link = Link::Off;
        }
    }

    /// Fetches a token when its clock says so.
    pub(super) fn keep_token(&mut self, now: i64) {
        let hopeless = matches!(self.no_token, Some(NoToken::SignedOut | NoToken::NotConnected));
        // The token of a broken device is fetched when it is made anew.
        if !hopeless && self.network && self.link != Link::Off && self.token.is_due(now, self.in_call()) {
            self.token.asked();
            self.out.push(Command::FetchToken);
        }
    }

    /// Makes a device as soon as there is all it takes.
    fn build(&mut self, now: i64) {
        if self.has_device || self.owned != Some(true) || self.script != Some(true) {
            return;
        }
        let Some(token) = self.token.fresh(now).map(str::to_owned) else {
            self.link = Link::Loading;
            return;
        };
        self.has_device = true;
        self.link = Link::Registering(now);
        self.out.push(Command::BuildDevice(token));
    }

    fn destroy(&mut self) {
        if std::mem::take(&mut self.has_device) {
            self.out.push(Command::DestroyDevice);
        }
    }

    /// Another device in place of one that no longer works; a call that goes on is not cut off for it.
    pub(super) fn rebuild(&mut self, now: i64) {
        if self.owned != Some(true) || self.in_call() {
            return;
        }
        self.destroy();
        self.link = Link::Loading;
        self.load();
        self.build(now);
    }

    /// Loads the script, unless it is there or on its way.
    fn load(&mut self) {
        if !self.loading && self.script != Some(true) {
            self.loading = true;
            self.out.push(Command::LoadScript);
        }
    }

    /// Tries again after a while, which grows from failure to failure.
    fn wait(&mut self, now: i64) {
        self.destroy();
        let pause = (WAIT.0 << self.rebuilds.min(5)).min(WAIT.1);
        self.rebuilds = self.rebuilds.saturating_add(1);
        self.link = Link::Waiting(now + pause);
    }

    /// Mends whatever is not as it should be, at once.
    fn mend(&mut self, now: i64) {
        if self.link != Link::Ready && self.link != Link::Off {
            self.rebuild(now);
        }
    }

    /// After a sleep nothing that was connected is to be trusted, and the token may have run out.
    pub(super) fn woke(&mut self, now: i64) {
        self.token.hurry();
        if self.link != Link::Off {
            self.rebuild(now);
        }
    }

    /// The person does not want to wait.
    pub(super) fn retry(&mut self, now: i64) {
        if self.owned != Some(true) {
            return;
        }
        (self.no_token, self.fault, self.rebuilds) = (None, None, 0);
        if matches!(self.microphone, Microphone::Denied | Microphone::Missing) {
            self.microphone = Microphone::Unknown;
        }
        self.token.hurry();
        if self.link != Link::Ready {
            self.rebuild(now);
        }
    }

    fn give_up(&mut self) {
        let had = self.owned == Some(true);
        self.owned = Some(false);
        self.destroy();
        self.link = Link::Off;
        self.calls.clear();
        if std::mem::take(&mut self.ringing) {
            self.out.push(Command::StopRing);
        }
        if had {
            // The tab that has taken over tells the server itself; this one's word ends here.
            self.out.push(Command::Presence(Presence::Gone));
            self.told = None;
        }
    }

    pub(super) fn tick_link(&mut self, now: i64) {
        match self.link {
            Link::Registering(since) if now - since > REGISTER_PATIENCE && !self.in_call() => self.wait(now),
            Link::Lost(since) if now - since > LOST_PATIENCE && !self.in_call() => self.wait(now),
            Link::Waiting(until) if now >= until => self.rebuild(now),
            _ => {}
        }
    }

    /// The device, freed of a call that it cannot let go of.
    pub(super) fn discard_device(&mut self, now: i64) {
        if !self.calls.iter().any(Call::is_live) {
            self.rebuild(now);
        }
    }

    pub(super) fn status(&self, now: i64) -> (Status, Option<String>) {
        let said = |status: Status, words: &str| (status, Some(words.to_owned()));
        match (self.owned, self.no_token) {
            (None, _) => return (Status::Connecting, None),
            (Some(false), _) => return (Status::OtherTab, None),
            (_, Some(NoToken::SignedOut)) => return said(Status::Offline, "You are signed out."),
            (_, Some(NoToken::NotConnected)) => return said(Status::NotConnected, "No number is connected any more."),
            _ => {}
        }
        if !self.network {
            return said(Status::Offline, "There is no internet connection.");
        }
        match self.link {
            Link::Ready => self.ready(),
            Link::Lost(since) if now - since <= DEBOUNCE => self.ready(),
            Link::Waiting(_) if self.script == Some(false) => {
                said(Status::Offline, "The phone could not be loaded. It is tried again.")
            }
            _ if self.fault.is_some_and(faults::is_about_token) => {
                (Status::Offline, self.fault.map(|code| faults::words(code).to_owned()))
            }
            Link::Waiting(_) => said(Status::Offline, "Twilio cannot be reached. It is tried again."),
            _ if self.rebuilds > 0 => said(Status::Offline, "Twilio cannot be reached. It is tried again."),
            _ if self.no_token == Some(NoToken::Failed) && self.token.failures() > 2 => {
                said(Status::Offline, "Sniko cannot be reached. It is tried again.")
            }
            _ => (Status::Connecting, None),
        }
    }

    fn ready(&self) -> (Status, Option<String>) {
        let said = |words: &str| (Status::NoMicrophone, Some(words.to_owned()));
        match self.microphone {
            Microphone::Denied => said("The browser may not use the microphone."),
            Microphone::Missing => said("No microphone can be used."),
            _ => (Status::Ready, self.fault.map(|code| faults::words(code).to_owned())),
        }
    }
}
