//! The handle of one party.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use crate::media::{LegId, Shared};
use crate::party::{Party, Voice};
use crate::peer::Peer;
use crate::{Clip, Error, Level, Sound, keypad, level};

/// One party of a call. Dropping it changes nothing: a party leaves by [`Leg::close`].
#[derive(Clone, Debug)]
pub struct Leg {
    pub(crate) id: LegId,
    pub(crate) shared: Arc<Shared>,
}

/// What passed through a party.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LegReport {
    /// What it says: the last quarter of a second.
    pub mouth: Level,
    /// What it hears: the last quarter of a second.
    pub ear: Level,
    /// Packets that came from it; a phone's are counted as if there were some.
    pub packets_received: u64,
    /// Packets that went to it.
    pub packets_sent: u64,
    /// The keys it pressed.
    pub digits_pressed: String,
    /// The keys it heard.
    pub digits_heard: String,
    /// A browser's audio has found its way; a phone's always has.
    pub connected: bool,
    /// Whom it hears.
    pub hears: Vec<LegId>,
    /// It has not left.
    pub open: bool,
}

impl Leg {
    /// Its name in the mixer.
    #[must_use]
    pub fn id(&self) -> LegId {
        self.id
    }

    fn with<T: Default>(&self, change: impl FnOnce(&mut Party) -> T) -> T {
        self.shared
            .engine()
            .parties
            .get_mut(&self.id)
            .map(change)
            .unwrap_or_default()
    }

    fn browser<T>(&self, change: impl FnOnce(&mut Peer) -> Result<T, Error>) -> Result<T, Error> {
        match self.shared.engine().parties.get_mut(&self.id) {
            Some(Party {
                voice: Voice::Browser(peer),
                ..
            }) => change(peer),
            _ => Err(Error::NotABrowser),
        }
    }

    /// The browser's answer to the offer that this party began with.
    ///
    /// # Errors
    /// When it does not fit, or comes twice.
    pub fn accept_answer(&self, answer: &str) -> Result<(), Error> {
        self.browser(|peer| peer.accept_answer(answer))
    }

    /// Another offer within the same session: the browser found a new way. Returns the answer.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn reoffer(&self, offer: &str) -> Result<String, Error> {
        self.browser(|peer| peer.reoffer(offer))
    }

    /// The offer of a browser that begins a new session for the same call. Returns the answer.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn replace(&self, offer: &str) -> Result<String, Error> {
        let (mut fresh, answer) = self.shared.answer(offer)?;
        self.browser(|peer| {
            fresh.take_over(peer);
            *peer = fresh;
            Ok(answer)
        })
    }

    /// From now on it hears these, and nobody else. Everybody but itself makes a conference.
    pub fn hears(&self, others: &[LegId]) {
        self.with(|party| {
            if !matches!(party.voice, Voice::Gone) {
                party.hears = others.to_vec();
            }
        });
    }

    /// Plays something into the ear, after what is being played there. `Ok` comes when it is through, an error when it was
    /// stopped or the party has left.
    pub fn prompt(&self, clip: Clip) -> oneshot::Receiver<()> {
        self.play(clip, String::new())
    }

    /// Plays the tones of keys into the ear; `w` is half a second.
    pub fn send_digits(&self, digits: &str) -> oneshot::Receiver<()> {
        self.play(Clip::once(keypad::sound(digits)), keypad::keys(digits))
    }

    fn play(&self, clip: Clip, keys: String) -> oneshot::Receiver<()> {
        let mut engine = self.shared.engine();
        engine
            .parties
            .get_mut(&self.id)
            .map_or_else(|| oneshot::channel().1, |party| party.prompt(clip, keys))
    }

    /// Ends what is being played into the ear and forgets what was to follow.
    pub fn stop_prompt(&self) {
        self.with(Party::stop_prompts);
    }

    /// Presses keys, one after the other, as the party itself does; `w` is half a second.
    pub fn press(&self, digits: &str) {
        self.with(|party| party.press(digits));
    }

    /// The keys that are pressed from now on. It ends when the party leaves.
    #[must_use]
    pub fn digits(&self) -> mpsc::UnboundedReceiver<char> {
        let mut engine = self.shared.engine();
        match engine.parties.get_mut(&self.id) {
            Some(party) if !matches!(party.voice, Voice::Gone) => party.listen(),
            _ => mpsc::unbounded_channel().1,
        }
    }

    /// Gives a phone another voice.
    pub fn set_sound(&self, sound: Sound) {
        self.with(|party| party.set_sound(sound));
    }

    /// How long it has said nothing.
    #[must_use]
    pub fn silent_for(&self) -> Duration {
        let engine = self.shared.engine();
        let last = engine.parties.get(&self.id).map(|party| party.last_sound);
        last.map_or(Duration::ZERO, |last| Instant::now().saturating_duration_since(last))
    }

    /// What passed through it so far. Also when it has left, for as long as it is remembered.
    #[must_use]
    pub fn report(&self) -> LegReport {
        let (mut report, mouth, ear) = self.with(|party| {
            let report = LegReport {
                packets_received: party.received,
                packets_sent: party.sent,
                digits_pressed: party.pressed.clone(),
                digits_heard: party.heard.clone(),
                connected: match &party.voice {
                    Voice::Browser(peer) => peer.connected(),
                    Voice::Phone(_) => true,
                    Voice::Gone => false,
                },
                hears: party.hears.clone(),
                open: !matches!(party.voice, Voice::Gone),
                ..LegReport::default()
            };
            (
                report,
                Vec::from(party.mouth_meter.clone()),
                Vec::from(party.ear_meter.clone()),
            )
        });
        // Outside of the lock: the audio must not wait for it.
        report.mouth = level(&mouth);
        report.ear = level(&ear);
        report
    }

    /// Leaves the call.
    pub fn close(&self) {
        self.shared.engine().close(self.id);
    }
}
