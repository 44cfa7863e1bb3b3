//! What can be done to calls, and seen of them: for tests in Rust, and behind the control API.

use media::levels_of_wav;

use super::snapshot::{CallSnapshot, LegStats, Loudness};
use super::{Call, CallStatus, Command, Direction, Order, PhoneScript, RecordingStatus};
use crate::hook::{Knobs, Webhook};
use crate::shared::Shared;
use crate::simulator::Simulator;

impl Shared {
    /// A simulated phone calls a number of the account. `None` when the account has no such number.
    pub(crate) fn place_call(&self, account_sid: &str, from: &str, to: &str, script: PhoneScript) -> Option<String> {
        self.change(|world| {
            let account = world.account(account_sid)?;
            let number = account.numbers.iter().find(|number| number.value.phone_number == to)?;
            let mut call = Call::new(account_sid, from, to, Direction::Inbound);
            call.number_sid = Some(number.sid.clone());
            call.status = CallStatus::Ringing;
            let sid = world.book.add(call, None);
            world.book.order(Order::Incoming(sid.clone(), script));
            Some(sid)
        })
    }

    /// Of a leg that has or had somebody at its other end.
    pub(crate) fn leg_stats(&self, call_sid: &str) -> Option<LegStats> {
        let leg = self.world().book.past.get(call_sid).cloned()?;
        let report = leg.report();
        let world = self.world();
        let known = world
            .book
            .past
            .iter()
            .filter(|(_, other)| report.hears.contains(&other.id()));
        let mut calls: Vec<String> = known.map(|(sid, _)| sid.clone()).collect();
        calls.sort();
        drop(world);
        Some(LegStats::of(call_sid, report, calls))
    }

    /// The other party presses keys.
    pub(crate) fn press(&self, call_sid: &str, digits: &str) -> bool {
        let live = self.world().book.live.get(call_sid).cloned();
        let leg = live.and_then(|live| live.leg);
        leg.inspect(|leg| leg.press(digits)).is_some()
    }

    /// One for each channel.
    pub(crate) fn recording_levels(&self, recording_sid: &str) -> Option<Vec<Loudness>> {
        let wav = self.recording_wav(recording_sid)?;
        let levels = levels_of_wav(&wav).ok()?;
        Some(levels.into_iter().map(Loudness::from).collect())
    }

    pub(crate) fn recording_wav(&self, recording_sid: &str) -> Option<std::sync::Arc<[u8]>> {
        let mut world = self.world();
        let recording = world.book.recording_mut(recording_sid)?;
        (recording.value.status == RecordingStatus::Completed).then(|| recording.value.wav.clone())
    }
}

/// Calls. What names a call that does not exist returns nothing, or false.
impl Simulator {
    /// A simulated phone calls a number of the account; returns the call's SID.
    ///
    /// # Panics
    /// When the account has no such number.
    pub fn place_call(&self, account_sid: &str, from: &str, to: &str, script: PhoneScript) -> String {
        crate::simulator::known(to, self.shared.place_call(account_sid, from, to, script))
    }

    /// What a number's phone does from now on when it is called.
    pub fn script_phone(&self, number: &str, script: PhoneScript) {
        self.shared
            .change(|world| world.book.phones.set(number.to_owned(), script));
    }

    /// All calls, in the order in which they began.
    #[must_use]
    pub fn calls(&self) -> Vec<CallSnapshot> {
        CallSnapshot::all(&self.shared.world().book)
    }

    /// One call.
    #[must_use]
    pub fn call(&self, call_sid: &str) -> Option<CallSnapshot> {
        let world = self.shared.world();
        let call = world.book.call(call_sid)?;
        Some(CallSnapshot::of(&world.book, call))
    }

    /// The audio of a leg that was answered, also after its end.
    #[must_use]
    pub fn leg_stats(&self, call_sid: &str) -> Option<LegStats> {
        self.shared.leg_stats(call_sid)
    }

    /// The other party hangs up.
    pub fn hang_up(&self, call_sid: &str) -> bool {
        self.shared.world().book.tell(call_sid, Command::PartyLeft)
    }

    /// The other party presses keys.
    pub fn press(&self, call_sid: &str, digits: &str) -> bool {
        self.shared.press(call_sid, digits)
    }

    /// A phone that waits for a person is answered, or declines.
    pub fn answer(&self, call_sid: &str, answers: bool) -> bool {
        self.shared.world().book.tell(call_sid, Command::Answer(answers))
    }

    /// The WAV file of a completed recording.
    #[must_use]
    pub fn recording(&self, recording_sid: &str) -> Option<Vec<u8>> {
        self.shared.recording_wav(recording_sid).map(|wav| wav.to_vec())
    }

    /// How loud each channel of a recording is.
    #[must_use]
    pub fn recording_levels(&self, recording_sid: &str) -> Option<Vec<Loudness>> {
        self.shared.recording_levels(recording_sid)
    }

    /// The last 10,000 webhooks, oldest first.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.shared.world().book.hooks.after(0)
    }

    /// Forgets the webhooks.
    pub fn clear_webhooks(&self) {
        self.shared.change(|world| world.book.hooks.clear());
    }

    /// How webhooks go wrong from now on.
    pub fn disturb_webhooks(&self, knobs: Knobs) {
        self.shared.change(|world| world.book.knobs = knobs);
    }
}
