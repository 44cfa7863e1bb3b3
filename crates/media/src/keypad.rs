//! The keys of a phone: their tones, and their events in RTP (RFC 4733).

use crate::{FRAME, sound};

/// 160 ms, as a browser presses.
const TONE: usize = 8 * FRAME;
/// 80 ms.
const GAP: usize = 4 * FRAME;
/// `w` waits for half a second.
const WAIT: usize = 25 * FRAME;
const KEYS: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D',
];

/// One step of something like `12w#`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    Press(char),
    Wait,
}

impl Step {
    /// How many frames pass until the next one.
    pub(crate) fn frames(self) -> u32 {
        let samples = match self {
            Self::Press(_) => TONE + GAP,
            Self::Wait => WAIT,
        };
        (samples / FRAME) as u32
    }
}

/// Reads `12w#`; what is neither a key nor `w` is left out. `W` waits a whole second.
pub(crate) fn steps(digits: &str) -> Vec<Step> {
    digits
        .chars()
        .flat_map(|character| match character {
            'w' => vec![Step::Wait],
            'W' => vec![Step::Wait; 2],
            other if KEYS.contains(&other.to_ascii_uppercase()) => vec![Step::Press(other.to_ascii_uppercase())],
            _ => Vec::new(),
        })
        .collect()
}

/// The sound of `12w#`.
pub(crate) fn sound(digits: &str) -> Vec<i16> {
    let mut sound = Vec::new();
    for step in steps(digits) {
        match step {
            Step::Press(key) => {
                sound.extend(tone(key));
                sound.resize(sound.len() + GAP, 0);
            }
            Step::Wait => sound.resize(sound.len() + WAIT, 0),
        }
    }
    sound
}

/// The keys in `12w#`.
pub(crate) fn keys(digits: &str) -> String {
    steps(digits)
        .into_iter()
        .filter_map(|step| match step {
            Step::Press(key) => Some(key),
            Step::Wait => None,
        })
        .collect()
}

/// The two pitches of a key.
pub(crate) fn tone(key: char) -> Vec<i16> {
    let (low, high) = match key {
        '1' => (697.0, 1209.0),
        '2' => (697.0, 1336.0),
        '3' => (697.0, 1477.0),
        'A' => (697.0, 1633.0),
        '4' => (770.0, 1209.0),
        '5' => (770.0, 1336.0),
        '6' => (770.0, 1477.0),
        'B' => (770.0, 1633.0),
        '7' => (852.0, 1209.0),
        '8' => (852.0, 1336.0),
        '9' => (852.0, 1477.0),
        'C' => (852.0, 1633.0),
        '*' => (941.0, 1209.0),
        '#' => (941.0, 1477.0),
        'D' => (941.0, 1633.0),
        _ => (941.0, 1336.0),
    };
    sound::chord(low, high, 0.2, TONE)
}

/// A browser repeats each event in every packet while the key is down, and the last packet three times: one event is one
/// start in RTP time.
#[derive(Debug, Default)]
pub(crate) struct Events {
    last: Option<(u8, u64)>,
}

impl Events {
    /// The key, when this packet is the first of its event.
    pub(crate) fn key(&mut self, event: u8, started: u64) -> Option<char> {
        // Packets that were overtaken belong to an event that is known.
        if self.last.is_some_and(|(_, last)| started <= last) {
            return None;
        }
        self.last = Some((event, started));
        KEYS.get(usize::from(event)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::{Events, Step, keys, sound, steps};
    use crate::level;

    #[test]
    fn waits_and_small_letters_are_understood_and_the_rest_is_left_out() {
        use Step::{Press, Wait};
        assert_eq!(steps("1w#,a \u{0}"), [Press('1'), Wait, Press('#'), Press('A')]);
        assert_eq!(keys("12wW#x"), "12#");
        assert_eq!(sound("1w").len(), 1280 + 640 + 4000);
    }

    #[test]
    fn a_key_sounds_with_its_two_pitches() {
        let hz = level(&sound("5")).dominant_hz.unwrap();
        assert!((hz - 770.0).abs() < 5.0 || (hz - 1336.0).abs() < 5.0, "{hz}");
    }

    #[test]
    fn ten_packets_of_one_event_are_one_key() {
        let mut events = Events::default();
        let pressed: Vec<char> = [
            (1, 800),
            (1, 800),
            (1, 800),
            (1, 4000),
            (11, 8000),
            (1, 4000),
            (99, 9000),
        ]
        .into_iter()
        .filter_map(|(event, started)| events.key(event, started))
        .collect();
        assert_eq!(pressed, ['1', '1', '#']);
    }
}
