//! How a call sounds, in words, from what the SDK measures.

/// How long a call may be silent after it was picked up, in milliseconds.
const PATIENCE: i64 = 5_000;

/// What is measured while a call is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quality {
    /// The mean opinion score of the last second, in tenths: 44 is as good as it gets.
    mos: Option<u8>,
    /// Warnings of the SDK that have not been taken back.
    warnings: u16,
    /// Packets so far.
    received: u32,
    /// When the last packet came.
    heard_at: Option<i64>,
    /// Nothing has come for a while.
    silent: bool,
}

/// The SDK's warnings, each a bit: <https://www.twilio.com/docs/voice/sdks/javascript/twiliocall#warning-event>.
const WARNINGS: [&str; 9] = [
    "ice-connectivity-lost",
    "low-bytes-received",
    "low-bytes-sent",
    "constant-audio-input-level",
    "high-packet-loss",
    "high-packets-lost-fraction",
    "high-jitter",
    "high-rtt",
    "low-mos",
];
const LOST: u16 = 1;
const NOT_HEARING: u16 = 1 << 1;
const NOT_HEARD: u16 = 1 << 2;
const NO_VOICE: u16 = 1 << 3;
const LOSS: u16 = 1 << 4 | 1 << 5;
const JITTER: u16 = 1 << 6;
const DELAY: u16 = 1 << 7;
const LOW: u16 = 1 << 8;

impl Quality {
    pub(super) fn warn(&mut self, name: &str, raised: bool) {
        let Some(bit) = WARNINGS.iter().position(|known| *known == name) else {
            return;
        };
        if raised {
            self.warnings |= 1 << bit;
        } else {
            self.warnings &= !(1 << bit);
        }
    }

    pub(super) fn sample(&mut self, mos: Option<f64>, received: u32, now: i64) {
        // Out of range is no measurement.
        self.mos = mos
            .filter(|mos| (1.0..=5.0).contains(mos))
            .map(|mos| (mos * 10.0).round() as u8);
        if received > self.received {
            self.heard_at = Some(now);
        }
        self.received = received;
    }

    /// Looks at the clock: `since` is when the call was picked up.
    pub(super) fn tick(&mut self, since: i64, now: i64) {
        self.silent = now - self.heard_at.unwrap_or(since).max(since) > PATIENCE;
    }

    /// All of it, for another tab.
    pub(super) fn numbers(&self) -> [i64; 5] {
        [
            self.mos.map_or(-1, i64::from),
            self.warnings.into(),
            self.received.into(),
            self.heard_at.unwrap_or(-1),
            self.silent.into(),
        ]
    }

    /// The same, back again.
    pub(super) fn of_numbers([mos, warnings, received, heard_at, silent]: [i64; 5]) -> Self {
        Self {
            mos: u8::try_from(mos).ok(),
            warnings: u16::try_from(warnings).unwrap_or_default(),
            received: u32::try_from(received).unwrap_or_default(),
            heard_at: Some(heard_at).filter(|at| *at >= 0),
            silent: silent != 0,
        }
    }

    /// Full bars of four.
    #[must_use]
    pub fn bars(&self) -> u8 {
        if self.silent || self.warnings & (LOST | NOT_HEARING) != 0 {
            return 0;
        }
        let by_score = match self.mos {
            None | Some(41..) => 4,
            Some(38..) => 3,
            Some(32..) => 2,
            Some(_) => 1,
        };
        let by_warning = match self.warnings & (LOSS | JITTER | DELAY | LOW) {
            0 => 4,
            warnings if warnings & LOW != 0 => 1,
            _ => 2,
        };
        by_score.min(by_warning)
    }

    /// The bars as a word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.bars() {
            0 => "No sound",
            1 => "Bad",
            2 => "Weak",
            3 => "Good",
            _ => "Very good",
        }
    }

    /// What is wrong and what may help.
    #[must_use]
    pub fn advice(&self, muted: bool) -> Option<&'static str> {
        let has = |bits| self.warnings & bits != 0;
        if has(LOST) {
            Some("The sound's connection is lost. It is being restored.")
        } else if self.silent || has(NOT_HEARING) {
            Some("No sound arrives. A firewall may block it, or their line is dead.")
        } else if has(NOT_HEARD) {
            Some("Your sound does not go out. They may not hear you.")
        } else if has(NO_VOICE) && !muted {
            Some("Your microphone gives no sound. Is it switched off? Choose another one in Devices.")
        } else if has(LOSS) {
            Some("Parts of the sound get lost. Move closer to your Wi-Fi, or use a cable.")
        } else if has(JITTER) || has(LOW) {
            Some("The connection is unsteady. Stop downloads, or use a cable.")
        } else if has(DELAY) {
            Some("The sound is late. Leave pauses when you speak.")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_call_has_four_bars_and_no_advice() {
        let mut quality = Quality::default();
        quality.sample(Some(4.39), 50, 1_000);
        quality.tick(0, 1_500);
        assert_eq!((quality.bars(), quality.word()), (4, "Very good"));
        assert_eq!(quality.advice(false), None);
    }

    #[test]
    fn scores_become_bars() {
        for (mos, bars) in [(4.2, 4), (3.9, 3), (3.4, 2), (2.0, 1)] {
            let mut quality = Quality::default();
            quality.sample(Some(mos), 50, 0);
            assert_eq!(quality.bars(), bars, "{mos}");
        }
        let mut quality = Quality::default();
        quality.sample(Some(f64::NAN), 50, 0);
        assert_eq!(quality.bars(), 4, "no measurement");
    }

    #[test]
    fn a_call_without_packets_says_so_and_recovers() {
        let mut quality = Quality::default();
        quality.tick(0, 4_000);
        assert_eq!(quality.bars(), 4);
        quality.tick(0, 6_000);
        assert_eq!(quality.word(), "No sound");
        assert!(quality.advice(false).is_some());
        quality.sample(Some(4.2), 1, 6_500);
        quality.tick(0, 7_000);
        assert_eq!(quality.word(), "Very good");
        quality.sample(Some(4.2), 1, 9_000);
        quality.tick(0, 12_000);
        assert_eq!(quality.word(), "No sound", "it went silent again");
    }

    #[test]
    fn warnings_are_raised_and_taken_back_one_by_one() {
        let mut quality = Quality::default();
        for name in WARNINGS.into_iter().chain(["unheard-of"]) {
            quality.warn(name, true);
            quality.warn(name, true);
        }
        assert_eq!(quality.bars(), 0);
        for name in WARNINGS {
            assert!(quality.advice(false).is_some(), "{name}");
            quality.warn(name, false);
        }
        assert_eq!((quality.bars(), quality.advice(false)), (4, None));
    }

    #[test]
    fn a_muted_microphone_is_not_called_silent() {
        let mut quality = Quality::default();
        quality.warn("constant-audio-input-level", true);
        assert!(quality.advice(false).is_some());
        assert_eq!(quality.advice(true), None);
    }
}
