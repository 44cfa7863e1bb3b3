//! A bad network, where packets leave.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shape {
    /// The part of the audio packets that is lost: 0 to 1.
    pub loss: f64,
    /// Added to everything.
    pub delay: Duration,
    /// Up to this much more for each audio packet, which lets them overtake each other.
    pub jitter: Duration,
    /// Nothing leaves at all.
    pub freeze: bool,
}

/// A packet and where it goes.
pub(crate) type Packet = (SocketAddr, Vec<u8>);

/// Holds packets back as long as the shape says.
#[derive(Debug, Default)]
pub(crate) struct Edge {
    pub(crate) shape: Shape,
    waiting: BTreeMap<(Instant, u64), Packet>,
    count: u64,
}

impl Edge {
    pub(crate) fn send(&mut self, now: Instant, packet: Packet) {
        self.count += 1;
        // RTP and RTCP; connectivity checks and DTLS have their own ranges (RFC 7983).
        let audio = matches!(packet.1.first(), Some(128..=191));
        if self.shape.freeze || audio && self.chance(1) < self.shape.loss {
            return;
        }
        let jitter = if audio {
            self.shape.jitter.mul_f64(self.chance(2))
        } else {
            Duration::ZERO
        };
        let due = now + self.shape.delay + jitter;
        self.waiting.insert((due, self.count), packet);
    }

    /// What leaves now.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<Packet> {
        let later = self.waiting.split_off(&(now, u64::MAX));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }

    /// 0 to 1, spread evenly, the same in every run.
    fn chance(&self, salt: u64) -> f64 {
        let mut bits = (self.count ^ salt << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits ^= bits >> 32;
        bits = bits.wrapping_mul(0xd6e8_feb8_6659_fd93);
        bits ^= bits >> 32;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;
    use std::time::{Duration, Instant};

    use super::{Edge, Shape};

    const RTP: u8 = 128;
    const CHECK: u8 = 0;

    fn sent(shape: Shape, first: u8, count: usize, after: Duration) -> usize {
        let mut edge = Edge {
            shape,
            ..Edge::default()
        };
        let now = Instant::now();
        let to = SocketAddr::from(([127, 0, 0, 1], 9));
        for _ in 0..count {
            edge.send(now, (to, vec![first]));
        }
        edge.due(now + after).len()
    }

    #[test]
    fn about_as_much_audio_is_lost_as_was_asked_for_and_nothing_else() {
        let shape = Shape {
            loss: 0.3,
            ..Shape::default()
        };
        let arrived = sent(shape, RTP, 10_000, Duration::ZERO);
        assert!((6800..7200).contains(&arrived), "{arrived}");
        assert_eq!(sent(shape, CHECK, 1000, Duration::ZERO), 1000);
        assert_eq!(sent(Shape::default(), RTP, 1000, Duration::ZERO), 1000);
    }

    #[test]
    fn packets_wait_for_their_delay_and_audio_for_its_jitter() {
        let shape = Shape {
            delay: Duration::from_millis(100),
            jitter: Duration::from_millis(100),
            ..Shape::default()
        };
        assert_eq!(sent(shape, RTP, 100, Duration::from_millis(99)), 0);
        assert!((30..70).contains(&sent(shape, RTP, 100, Duration::from_millis(150))));
        assert_eq!(sent(shape, RTP, 100, Duration::from_millis(200)), 100);
        assert_eq!(sent(shape, CHECK, 100, Duration::from_millis(100)), 100);
    }

    #[test]
    fn nothing_leaves_a_frozen_network() {
        let shape = Shape {
            freeze: true,
            ..Shape::default()
        };
        assert_eq!(sent(shape, CHECK, 10, Duration::from_secs(9)), 0);
    }
}
