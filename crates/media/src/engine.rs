//! Everything that happens in one frame.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::media::LegId;
use crate::party::{Party, Voice};
use crate::recorder::Tape;
use crate::shape::{Edge, Packet};
use crate::{FRAME, Frame, Sound};

const FRAME_TIME: Duration = Duration::from_millis(20);
/// When the machine was busy for longer than this, time is not made up for.
const LATEST: Duration = Duration::from_millis(300);
/// How many parties that have left are remembered.
const REMEMBERED: usize = 500;

pub(crate) struct Engine {
    pub(crate) parties: BTreeMap<LegId, Party>,
    pub(crate) tapes: HashMap<u64, Tape>,
    pub(crate) edge: Edge,
    address: SocketAddr,
    last_id: u64,
    next_frame: Instant,
}

impl Engine {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            parties: BTreeMap::new(),
            tapes: HashMap::new(),
            edge: Edge::default(),
            address,
            last_id: 0,
            next_frame: Instant::now(),
        }
    }

    pub(crate) fn add(&mut self, voice: Voice) -> LegId {
        let id = LegId(self.next_id());
        self.parties.insert(id, Party::new(voice));
        id
    }

    pub(crate) fn record(&mut self, legs: Vec<LegId>) -> u64 {
        let id = self.next_id();
        self.tapes.insert(id, Tape::new(legs));
        id
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn close(&mut self, id: LegId) {
        if let Some(party) = self.parties.get_mut(&id) {
            party.leave();
        }
        for party in self.parties.values_mut() {
            party.hears.retain(|heard| *heard != id);
        }
        let gone: Vec<LegId> = self
            .parties
            .iter()
            .filter(|(_, party)| matches!(party.voice, Voice::Gone))
            .map(|(id, _)| *id)
            .collect();
        for id in gone.iter().take(gone.len().saturating_sub(REMEMBERED)) {
            self.parties.remove(id);
        }
    }

    /// A packet came in.
    pub(crate) fn receive(&mut self, now: Instant, source: SocketAddr, packet: &[u8]) {
        let address = self.address;
        let taken = self.parties.values_mut().any(|party| match &mut party.voice {
            Voice::Browser(peer) => peer.receive(now, source, address, packet),
            Voice::Phone(_) | Voice::Gone => false,
        });
        if !taken {
            tracing::trace!(%source, "a packet for nobody");
        }
    }

    /// Lets time pass; returns what is to be sent.
    pub(crate) fn advance(&mut self, now: Instant) -> Vec<Packet> {
        self.poll(now);
        if now.saturating_duration_since(self.next_frame) > LATEST {
            self.next_frame = now;
        }
        let mut spoken = false;
        while self.next_frame <= now {
            self.frame(now);
            self.next_frame += FRAME_TIME;
            spoken = true;
        }
        if spoken {
            self.poll(now);
        }
        self.edge.due(now)
    }

    fn poll(&mut self, now: Instant) {
        let mut out = Vec::new();
        let mut pressed = Vec::new();
        for (id, party) in &mut self.parties {
            if let Voice::Browser(peer) = &mut party.voice {
                let came = peer.advance(now, &mut out);
                party.received += came.packets;
                pressed.extend(came.keys.into_iter().map(|key| (*id, key)));
            }
        }
        for packet in out {
            self.edge.send(now, packet);
        }
        for (id, key) in pressed {
            self.pressed(id, key);
        }
    }

    /// A key went down: its owner's listeners learn of it, and everybody who hears him hears it.
    fn pressed(&mut self, id: LegId, key: char) {
        let mut pressing = vec![id];
        let mut at = 0;
        while let Some(id) = pressing.get(at).copied() {
            at += 1;
            for (other, party) in &mut self.parties {
                if *other == id {
                    party.note_pressed(key);
                } else if party.hears.contains(&id) {
                    party.note_heard(key);
                }
            }
            // At the other end of a line it is pressed again.
            let passed_on = self.parties.iter().filter(|(line, party)| match &party.voice {
                Voice::Phone(Sound::Ear(end)) => {
                    let hears = self.parties.get(end).is_some_and(|end| end.hears.contains(&id));
                    hears && !pressing.contains(line)
                }
                _ => false,
            });
            let passed_on: Vec<LegId> = passed_on.map(|(line, _)| *line).collect();
            pressing.extend(passed_on);
        }
    }

    fn frame(&mut self, now: Instant) {
        let keys: Vec<(LegId, char)> = self
            .parties
            .iter_mut()
            .filter_map(|(id, party)| party.next_key().map(|key| (*id, key)))
            .collect();
        for (id, key) in keys {
            self.pressed(id, key);
        }
        let here = self
            .parties
            .iter()
            .filter(|(_, party)| !matches!(party.voice, Voice::Gone));
        let ears: HashMap<LegId, Frame> = here.map(|(id, party)| (*id, party.ear)).collect();
        let mut mouths: HashMap<LegId, Frame> = HashMap::new();
        for (id, party) in &mut self.parties {
            if !matches!(party.voice, Voice::Gone) {
                party.speak(now, &ears);
                mouths.insert(*id, party.mouth);
            }
        }
        for party in self.parties.values_mut() {
            if !matches!(party.voice, Voice::Gone) {
                let hears = party.hears.clone();
                party.hear(now, hears.iter().filter_map(|id| mouths.get(id).copied()));
            }
        }
        for tape in self.tapes.values_mut().filter(|tape| !tape.paused && !tape.is_full()) {
            for (leg, channel) in tape.legs.iter().zip(&mut tape.channels) {
                channel.extend(mouths.get(leg).unwrap_or(&[0; FRAME]));
            }
        }
    }
}

#[cfg(test)]
mod tests;
