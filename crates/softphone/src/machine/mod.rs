//! What the phone is: events in, commands out, and a picture of itself.
//!
//! Nothing here waits. What takes time is asked for with a [`Command`] and comes back as an [`Event`], late, twice or never; every
//! wait has a clock that [`Event::Tick`] looks at.

mod actions;
mod call;
mod calls;
mod faults;
mod link;
mod packed;
mod quality;
mod shown;
#[cfg(test)]
mod tests;
mod token;

use domain::call::CallStatus;
use domain::phone::Presence;

pub use call::{Call, Ending, Hold, Key, Phase, lasted};
pub use faults::words as fault_words;
pub use quality::Quality;
pub use shown::{Microphone, Shown, Status};

use link::Link;
use token::TokenClock;

/// A gap between two ticks that only a sleeping machine explains: background tabs are still woken once a minute.
const SLEPT: i64 = 90_000;
/// How often the server hears that the phone is there.
const PRESENCE_EVERY: i64 = 30_000;

/// What the person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Calls a number, in any format; the last one where it is empty.
    Dial(String),
    /// Picks up.
    Answer(Key),
    /// Does not want the call.
    Decline(Key),
    /// Does not want to hear it ring.
    Silence(Key),
    /// Hangs up.
    End(Key),
    /// Turns the microphone of a call off or on.
    Mute(Key, bool),
    /// Lets the other party wait, or brings it back.
    Hold(Key, bool),
    /// Presses a key during a call.
    Digit(Key, char),
    /// Hands the other party to somebody else.
    Transfer(Key, String),
    /// Has read how a call ended.
    Dismiss(Key),
    /// Tries everything again at once.
    Retry,
    /// Has looked at the missed calls.
    Seen,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// This tab has the phone.
    Owned,
    /// Another tab has taken it.
    Lost,
    /// A second or so has passed.
    Tick,
    /// The page was shown again, or the machine woke up.
    Shown,
    /// The browser says whether there is a network.
    Network(bool),
    /// The page leaves.
    Leaving,
    /// Whether the microphone can be used.
    Microphone(Microphone),
    /// The SDK's script is there, or could not be loaded.
    Script(bool),
    /// A token, and how many milliseconds it lives.
    Token(String, i64),
    /// There is none.
    NoToken(NoToken),
    /// The device could not be made.
    NoDevice,
    /// It is being registered.
    Registering,
    /// It can ring.
    Registered,
    /// It cannot any more.
    Unregistered,
    /// The token ends soon.
    TokenWillExpire,
    /// The device reports an error.
    DeviceFault(u32),
    /// Somebody calls.
    Incoming(Key, Caller),
    /// Something happened to a call.
    Call(Key, CallEvent),
    /// The browser keeps the ring silent, or no more.
    RingBlocked(bool),
    /// The server's word on a call.
    Report(Report),
    /// The person's wish.
    Action(Action),
}

/// Why no token came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoToken {
    /// The session has ended.
    SignedOut,
    /// No number is connected.
    NotConnected,
    /// Not reached, or a fault: worth another try.
    Failed,
}

/// Who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// The number, or a word for a withheld one.
    pub from: String,
    /// The same as people write it.
    pub formatted: Option<String>,
    /// Twilio's id of our leg.
    pub sid: String,
    /// Our id of the call.
    pub call_id: Option<String>,
}

/// What happened to one call.
#[derive(Clone, Debug, PartialEq)]
pub enum CallEvent {
    /// Twilio knows it as this.
    Sid(String),
    /// It could not be begun.
    NotBegun(u32),
    /// The other side rings.
    Ringing,
    /// It was picked up, here or there.
    Accepted,
    /// It is over.
    Disconnected,
    /// The caller gave up, or another device answered.
    Cancelled,
    /// It was declined here.
    Rejected,
    /// It failed, or something about it.
    Fault(u32),
    /// The connection is lost.
    Reconnecting,
    /// It is back.
    Reconnected,
    /// Signalling broke; the SDK has given the call up if `true`.
    TransportClosed(bool),
    /// The microphone was turned off or on.
    Muted(bool),
    /// A warning was raised or taken back.
    Warning(String, bool),
    /// A second's measurement: score, and packets so far.
    Sample(Option<f64>, u32),
    /// The server has put the other party on hold or brought it back, or says why not.
    Held(bool, Option<String>),
    /// The server has handed the other party on, or says why not.
    Transferred(Option<String>),
}

/// What the server knows of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Our id.
    pub call_id: String,
    /// Twilio's id of its first leg.
    pub sid: Option<String>,
    /// What has come of it.
    pub status: CallStatus,
    /// The other party, as people write it.
    pub peer: String,
    /// Why it was not put through.
    pub reason: Option<String>,
    /// The other party waits.
    pub on_hold: bool,
    /// The server began it because the user had asked it to.
    pub errand: bool,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Load the SDK.
    LoadScript,
    /// Fetch a token.
    FetchToken,
    /// Make a device with this token, and register it.
    BuildDevice(String),
    /// Give the device another token.
    UpdateToken(String),
    /// Throw the device away.
    DestroyDevice,
    /// Call.
    Connect(Key, String),
    /// Pick up.
    Accept(Key),
    /// Decline.
    Reject(Key),
    /// Hang up.
    Disconnect(Key),
    /// Turn the microphone off or on.
    Mute(Key, bool),
    /// Send a key's tone.
    SendDigit(Key, char),
    /// Ask the server to put the other party on hold, or to bring it back.
    Hold(Key, String, bool),
    /// Ask the server to hand the other party on.
    Transfer(Key, String, String),
    /// Ask the server to end a call that we may not reach.
    EndAtServer(String),
    /// Ring, with a notification that names the caller.
    Ring(String),
    /// A short tone: somebody waits.
    Beep,
    /// Ring no more.
    StopRing,
    /// Tell the server how the phone is.
    Presence(Presence),
    /// Keep what was dialled for redialling.
    Remember(String),
}

/// The phone.
#[derive(Debug, Default)]
pub struct Phone {
    owned: Option<bool>,
    script: Option<bool>,
    loading: bool,
    token: TokenClock,
    no_token: Option<NoToken>,
    link: Link,
    /// How often in a row the device had to be made anew.
    rebuilds: u32,
    has_device: bool,
    network: bool,
    fault: Option<u32>,
    microphone: Microphone,
    ring_blocked: bool,
    ringing: bool,
    missed: u32,
    calls: Vec<Call>,
    next_key: Key,
    last_dialled: Option<String>,
    told: Option<(Presence, i64)>,
    ticked: i64,
    out: Vec<Command>,
}

impl Phone {
    /// A phone that knows what was dialled last, and how many calls were missed.
    #[must_use]
    pub fn new(last_dialled: Option<String>, missed: u32) -> Self {
        Self {
            network: true,
            last_dialled,
            missed,
            ..Self::default()
        }
    }

    /// A name for a call that comes in.
    pub fn draw_key(&mut self) -> Key {
        self.next_key += 1;
        self.next_key
    }

    /// Takes note of what has happened, and says what is to be done about it.
    pub fn handle(&mut self, event: Event, now: i64) -> Vec<Command> {
        match event {
            Event::Action(action) => self.act(action, now),
            Event::Call(key, event) => self.call_event(key, event, now),
            Event::Incoming(key, caller) => self.incoming(key, caller, now),
            Event::Report(report) => self.report(report),
            Event::Microphone(microphone) => self.microphone = microphone,
            Event::RingBlocked(blocked) => self.ring_blocked = blocked && self.ringing,
            Event::Tick | Event::Shown => self.tick(now),
            Event::Leaving => {
                if self.owned == Some(true) {
                    self.out.push(Command::Presence(Presence::Gone));
                    self.told = None;
                }
            }
            event => self.link_event(event, now),
        }
        if self.owned == Some(true) {
            self.keep_ringing();
            self.keep_token(now);
            self.keep_presence(now);
        }
        std::mem::take(&mut self.out)
    }

    fn tick(&mut self, now: i64) {
        let slept = self.ticked != 0 && now - self.ticked > SLEPT;
        self.ticked = now;
        if slept {
            self.woke(now);
        }
        self.tick_link(now);
        self.tick_calls(now);
    }

    fn in_call(&self) -> bool {
        self.calls.iter().any(Call::is_live)
    }

    fn call(&mut self, key: Key) -> Option<&mut Call> {
        self.calls.iter_mut().find(|call| call.key == key)
    }

    /// The server hears of every change, and every half minute that the phone is still there.
    fn keep_presence(&mut self, now: i64) {
        let presence = match self.link {
            Link::Ready if self.in_call() => Presence::Busy,
            Link::Ready => Presence::Ready,
            _ => return,
        };
        if self
            .told
            .is_none_or(|(told, at)| told != presence || now - at >= PRESENCE_EVERY)
        {
            self.told = Some((presence, now));
            self.out.push(Command::Presence(presence));
        }
    }

    fn keep_ringing(&mut self) {
        let caller = self
            .calls
            .iter()
            .find(|call| call.phase == Phase::Incoming && !call.silenced)
            .map(|call| call.name().to_owned());
        match (caller, self.ringing) {
            (Some(caller), false) => self.out.push(Command::Ring(caller)),
            (None, true) => {
                self.ring_blocked = false;
                self.out.push(Command::StopRing);
            }
            _ => return,
        }
        self.ringing = !self.ringing;
    }

    /// The picture.
    #[must_use]
    pub fn shown(&self, now: i64) -> Shown {
        let (status, detail) = self.status(now);
        Shown {
            status,
            block: self.block(status, detail.as_deref()),
            detail,
            signed_out: self.no_token == Some(NoToken::SignedOut),
            microphone: self.microphone,
            calls: self.calls.clone(),
            ring_blocked: self.ring_blocked,
            missed: self.missed,
        }
    }

    /// Why no call can be made.
    fn block(&self, status: Status, detail: Option<&str>) -> Option<String> {
        let because = match status {
            Status::Ready => {
                let busy = self.calls.iter().any(Call::is_current);
                return busy.then(|| "You are in a call.".to_owned());
            }
            Status::Connecting => "The phone is connecting. One moment.",
            Status::NoMicrophone => "Without a microphone nobody would hear you.",
            Status::OtherTab => "Another tab has the phone.",
            Status::NotConnected => "No number is connected.",
            Status::Offline => "The phone is offline.",
        };
        Some(detail.unwrap_or(because).to_owned())
    }
}
