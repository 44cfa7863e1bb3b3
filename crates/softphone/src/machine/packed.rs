//! Pictures and wishes on their way between tabs, as one line of text.
//!
//! A general format would weigh more in the browser than all else here. Fields stand one after the other, each behind its length in bytes,
//! so that a field may hold anything; both tabs run the same build, and a line that does not fit is not read.

use super::call::Ending;
use super::{Action, Call, Hold, Microphone, Phase, Quality, Shown, Status};

/// Stands between a field's length and the field.
const COLON: char = ':';

/// Writes fields.
#[derive(Default)]
struct Writer(String);

impl Writer {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(&text.len().to_string());
        self.0.push(COLON);
        self.0.push_str(text);
        self
    }

    fn number(&mut self, number: i64) -> &mut Self {
        self.text(&number.to_string())
    }

    fn flag(&mut self, flag: bool) -> &mut Self {
        self.number(flag.into())
    }

    /// Nothing is told apart from an empty text.
    fn maybe(&mut self, text: Option<&str>) -> &mut Self {
        self.flag(text.is_some()).text(text.unwrap_or_default())
    }

    fn moment(&mut self, moment: Option<i64>) -> &mut Self {
        self.number(moment.unwrap_or(-1))
    }
}

/// Reads them.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn new(line: &'a str) -> Self {
        Self(line)
    }

    fn field(&mut self) -> Option<&'a str> {
        let (length, rest) = self.0.split_once(COLON)?;
        let (field, rest) = rest.split_at_checked(length.parse().ok()?)?;
        self.0 = rest;
        Some(field)
    }

    fn text(&mut self) -> Option<String> {
        self.field().map(str::to_owned)
    }

    fn number(&mut self) -> Option<i64> {
        self.field()?.parse().ok()
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.number()? != 0)
    }

    fn maybe(&mut self) -> Option<Option<String>> {
        let there = self.flag()?;
        let text = self.text()?;
        Some(there.then_some(text))
    }

    fn moment(&mut self) -> Option<Option<i64>> {
        Some(Some(self.number()?).filter(|moment| *moment >= 0))
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(usize::try_from(self.number()?).ok()?).copied()
    }

    fn key(&mut self) -> Option<u32> {
        u32::try_from(self.number()?).ok()
    }
}

const STATUSES: [Status; 6] = [
    Status::Offline,
    Status::Connecting,
    Status::Ready,
    Status::NoMicrophone,
    Status::OtherTab,
    Status::NotConnected,
];
const MICROPHONES: [Microphone; 5] = [
    Microphone::Unknown,
    Microphone::Unasked,
    Microphone::Allowed,
    Microphone::Denied,
    Microphone::Missing,
];
const PHASES: [Phase; 8] = [
    Phase::Dialling,
    Phase::Ringing,
    Phase::Incoming,
    Phase::Waiting,
    Phase::Answering,
    Phase::Open,
    Phase::Reconnecting,
    Phase::Ended,
];
const HOLDS: [Hold; 4] = [Hold::Off, Hold::Holding, Hold::On, Hold::Resuming];

impl Shown {
    /// The picture as a line.
    #[must_use]
    pub fn packed(&self) -> String {
        let mut line = Writer::default();
        line.number(self.status as i64)
            .maybe(self.detail.as_deref())
            .maybe(self.block.as_deref())
            .flag(self.signed_out)
            .number(self.microphone as i64)
            .flag(self.ring_blocked)
            .number(self.missed.into())
            .number(self.calls.len() as i64);
        for call in &self.calls {
            pack_call(&mut line, call);
        }
        line.0
    }

    /// The picture from a line.
    #[must_use]
    pub fn unpacked(line: &str) -> Option<Self> {
        let mut line = Reader::new(line);
        let mut shown = Self {
            status: line.one_of(&STATUSES)?,
            detail: line.maybe()?,
            block: line.maybe()?,
            signed_out: line.flag()?,
            microphone: line.one_of(&MICROPHONES)?,
            ring_blocked: line.flag()?,
            missed: line.key()?,
            calls: Vec::new(),
        };
        for _ in 0..line.number()? {
            shown.calls.push(unpack_call(&mut line)?);
        }
        Some(shown)
    }
}

fn pack_call(line: &mut Writer, call: &Call) {
    line.number(call.key.into())
        .number(call.phase as i64)
        .flag(call.inbound)
        .text(&call.peer)
        .maybe(call.formatted.as_deref())
        .maybe(call.call_id.as_deref())
        .maybe(call.sid.as_deref())
        .flag(call.errand)
        .moment(call.since)
        .flag(call.muted)
        .number(call.hold as i64)
        .text(&call.digits)
        .flag(call.silenced)
        .moment(call.ending)
        .maybe(call.transfer.as_deref())
        .maybe(call.problem.as_deref());
    for number in call.quality.numbers() {
        line.number(number);
    }
    line.flag(call.end.is_some());
    if let Some(end) = &call.end {
        line.number(end.at).text(&end.words).flag(end.bad).flag(end.missed);
    }
}

fn unpack_call(line: &mut Reader<'_>) -> Option<Call> {
    let mut call = Call::new(line.key()?, line.one_of(&PHASES)?, String::new());
    call.inbound = line.flag()?;
    call.peer = line.text()?;
    call.formatted = line.maybe()?;
    call.call_id = line.maybe()?;
    call.sid = line.maybe()?;
    call.errand = line.flag()?;
    call.since = line.moment()?;
    call.muted = line.flag()?;
    call.hold = line.one_of(&HOLDS)?;
    call.digits = line.text()?;
    call.silenced = line.flag()?;
    call.ending = line.moment()?;
    call.transfer = line.maybe()?;
    call.problem = line.maybe()?;
    call.quality = Quality::of_numbers([
        line.number()?,
        line.number()?,
        line.number()?,
        line.number()?,
        line.number()?,
    ]);
    if line.flag()? {
        call.end = Some(Ending {
            at: line.number()?,
            words: line.text()?,
            bad: line.flag()?,
            missed: line.flag()?,
        });
    }
    Some(call)
}

impl Action {
    /// The wish as a line.
    #[must_use]
    pub fn packed(&self) -> String {
        let (kind, key, text) = match self {
            Self::Dial(to) => ("dial", 0, to.clone()),
            Self::Answer(key) => ("answer", *key, String::new()),
            Self::Decline(key) => ("decline", *key, String::new()),
            Self::Silence(key) => ("silence", *key, String::new()),
            Self::End(key) => ("end", *key, String::new()),
            Self::Mute(key, on) => ("mute", *key, on.to_string()),
            Self::Hold(key, on) => ("hold", *key, on.to_string()),
            Self::Digit(key, digit) => ("digit", *key, digit.to_string()),
            Self::Transfer(key, to) => ("transfer", *key, to.clone()),
            Self::Dismiss(key) => ("dismiss", *key, String::new()),
            Self::Retry => ("retry", 0, String::new()),
            Self::Seen => ("seen", 0, String::new()),
        };
        let mut line = Writer::default();
        line.text(kind).number(key.into()).text(&text);
        line.0
    }

    /// The wish from a line.
    #[must_use]
    pub fn unpacked(line: &str) -> Option<Self> {
        let mut line = Reader::new(line);
        let kind = line.text()?;
        let (key, text) = (line.key()?, line.text()?);
        Some(match kind.as_str() {
            "dial" => Self::Dial(text),
            "answer" => Self::Answer(key),
            "decline" => Self::Decline(key),
            "silence" => Self::Silence(key),
            "end" => Self::End(key),
            "mute" => Self::Mute(key, text == "true"),
            "hold" => Self::Hold(key, text == "true"),
            "digit" => Self::Digit(key, text.chars().next()?),
            "transfer" => Self::Transfer(key, text),
            "dismiss" => Self::Dismiss(key),
            "retry" => Self::Retry,
            "seen" => Self::Seen,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wish_comes_back() {
        for action in [
            Action::Dial("+1 (555)".into()),
            Action::Answer(1),
            Action::Decline(2),
            Action::Silence(3),
            Action::End(4),
            Action::Mute(5, true),
            Action::Mute(5, false),
            Action::Hold(6, true),
            Action::Digit(7, '#'),
            Action::Transfer(8, "é".into()),
            Action::Dismiss(9),
            Action::Retry,
            Action::Seen,
        ] {
            assert_eq!(Action::unpacked(&action.packed()), Some(action));
        }
    }

    #[test]
    fn every_picture_comes_back() {
        let mut shown = Shown::default();
        for (status, microphone) in STATUSES.into_iter().zip(MICROPHONES.into_iter().cycle()) {
            (shown.status, shown.microphone) = (status, microphone);
            for (phase, hold) in PHASES.into_iter().zip(HOLDS.into_iter().cycle()) {
                let mut call = Call::new(shown.calls.len() as u32, phase, "+44 (0)".into());
                call.hold = hold;
                call.since = Some(17);
                call.problem = Some(String::new());
                call.quality.warn("low-mos", true);
                call.quality.sample(Some(4.1), 7, 99);
                if phase == Phase::Ended {
                    call.finish("They are busy.", true, 5);
                }
                shown.calls.push(call);
            }
            shown.detail = Some("Why".into());
            assert_eq!(Shown::unpacked(&shown.packed()), Some(shown.clone()));
        }
    }

    #[test]
    fn a_field_holds_whatever_came_in_a_call() {
        for peer in ["a\u{1f}b", "1:2", ":", "", "\0", "ß😀\u{1f}"] {
            let shown = Shown {
                calls: vec![Call::new(1, Phase::Open, peer.into())],
                ..Shown::default()
            };
            assert_eq!(Shown::unpacked(&shown.packed()), Some(shown));
        }
    }

    #[test]
    fn what_does_not_fit_is_not_read() {
        let line = Shown {
            calls: vec![Call::new(1, Phase::Open, "Zoë".into())],
            ..Shown::default()
        }
        .packed();
        for end in 0..line.len() {
            assert_eq!(line.get(..end).and_then(Shown::unpacked), None, "{end}");
        }
        for line in [
            "",
            "9",
            "2:99",
            "99999999999999999999:9",
            "-1:9",
            "4:dial",
            "3:fly1:11:x",
            "5:digit1:10:",
        ] {
            assert_eq!(
                (Shown::unpacked(line), Action::unpacked(line)),
                (None, None),
                "{line:?}"
            );
        }
    }
}
