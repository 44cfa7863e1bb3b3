//! The part of the world that is about calls.

use std::collections::HashMap;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::conference::{Conference, ConferenceStatus};
use super::instructions::{Command, Order};
use super::phone::Phones;
use super::recording::Recording;
use super::{Call, CallStatus};
use crate::clock;
use crate::engine::Room;
use crate::hook::{HookLog, Knobs};
use crate::sid;
use crate::world::Stored;

/// Calls that have ended are forgotten, oldest first, when there are more than so many.
const CAPACITY: usize = 5_000;

/// A call that runs.
#[derive(Clone, Debug)]
pub(crate) struct Live {
    pub(crate) commands: UnboundedSender<Command>,
    pub(crate) leg: Option<media::Leg>,
}

#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) calls: Vec<Stored<Call>>,
    pub(crate) recordings: Vec<Stored<Recording>>,
    pub(crate) conferences: Vec<Stored<Conference>>,
    pub(crate) phones: Phones,
    pub(crate) live: HashMap<String, Live>,
    /// Of calls that nobody has begun to run.
    inboxes: HashMap<String, UnboundedReceiver<Command>>,
    /// Conferences that run, by SID.
    pub(crate) rooms: HashMap<String, Room>,
    /// Legs that have ended, for their figures.
    pub(crate) past: HashMap<String, media::Leg>,
    pub(crate) hooks: HookLog,
    pub(crate) knobs: Knobs,
    orders: Option<UnboundedSender<Order>>,
}

impl Book {
    pub(crate) fn serve(&mut self, orders: UnboundedSender<Order>) {
        self.orders = Some(orders);
    }

    /// Nobody hears it when the simulator stops.
    pub(crate) fn order(&self, order: Order) {
        if let Some(orders) = &self.orders {
            let _ = orders.send(order);
        }
    }

    /// Whether the call runs and has been told.
    pub(crate) fn tell(&self, call_sid: &str, command: Command) -> bool {
        self.live
            .get(call_sid)
            .is_some_and(|live| live.commands.send(command).is_ok())
    }

    /// The way to tell a call something, and where it hears it: once, for who runs it.
    pub(crate) fn inbox(&mut self, call_sid: &str) -> Option<(UnboundedSender<Command>, UnboundedReceiver<Command>)> {
        let commands = self.live.get(call_sid)?.commands.clone();
        Some((commands, self.inboxes.remove(call_sid)?))
    }

    /// Keeps a call, which can be told things from now on, and returns its SID.
    pub(crate) fn add(&mut self, call: Call, call_sid: Option<String>) -> String {
        if self.calls.len() >= CAPACITY
            && let Some(at) = self.calls.iter().position(|call| call.value.status.is_final())
        {
            let gone = self.calls.remove(at);
            self.past.remove(&gone.sid);
        }
        let call_sid = call_sid.unwrap_or_else(|| sid::new("CA"));
        let (commands, inbox) = unbounded_channel();
        self.live.insert(call_sid.clone(), Live { commands, leg: None });
        self.inboxes.insert(call_sid.clone(), inbox);
        self.calls.push(Stored::new(call_sid.clone(), call));
        call_sid
    }

    pub(crate) fn call(&self, call_sid: &str) -> Option<&Stored<Call>> {
        self.calls.iter().rev().find(|call| call.sid == call_sid)
    }

    pub(crate) fn call_mut(&mut self, call_sid: &str) -> Option<&mut Stored<Call>> {
        self.calls.iter_mut().rev().find(|call| call.sid == call_sid)
    }

    /// Moves a call on. A final state is never left.
    pub(crate) fn set_status(&mut self, call_sid: &str, status: CallStatus) {
        let Some(call) = self.call_mut(call_sid).filter(|call| !call.value.status.is_final()) else {
            return;
        };
        let now = clock::now();
        call.updated = now;
        call.value.status = status;
        if status == CallStatus::InProgress {
            call.value.answered.get_or_insert(now);
        }
        if status.is_final() {
            call.value.ended = Some(now);
            call.value.doing.clear();
        }
    }

    pub(crate) fn recording_mut(&mut self, recording_sid: &str) -> Option<&mut Stored<Recording>> {
        self.recordings
            .iter_mut()
            .rev()
            .find(|recording| recording.sid == recording_sid)
    }

    pub(crate) fn conference_mut(&mut self, conference_sid: &str) -> Option<&mut Stored<Conference>> {
        self.conferences
            .iter_mut()
            .rev()
            .find(|conference| conference.sid == conference_sid)
    }

    /// The conference of that name that is not over.
    pub(crate) fn open_conference(&mut self, account_sid: &str, name: &str) -> Option<&mut Stored<Conference>> {
        self.conferences.iter_mut().rev().find(|conference| {
            let value = &conference.value;
            value.account_sid == account_sid && value.name == name && value.status != ConferenceStatus::Completed
        })
    }

    pub(crate) fn reset(&mut self) {
        for live in self.live.values() {
            let _ = live.commands.send(Command::HangUp);
        }
        self.order(Order::Reset);
        self.calls.clear();
        self.recordings.clear();
        self.conferences.clear();
        self.past.clear();
        self.inboxes.clear();
        self.phones = Phones::default();
        self.knobs = Knobs::default();
        self.hooks.clear();
    }
}
