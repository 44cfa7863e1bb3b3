//! One party of a call: a mouth and an ear.

use std::collections::{HashMap, VecDeque};
use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use crate::level::{AUDIBLE, WINDOW, rms};
use crate::media::LegId;
use crate::peer::Peer;
use crate::sound::tone_sample;
use crate::{Clip, FRAME, Frame, Sound, clamp, keypad};

/// An echo is softer, or two of them would never end.
const ECHO: f64 = 0.6;
const TONE: f64 = 0.4;

pub(crate) enum Voice {
    /// Boxed: a session is large.
    Browser(Box<Peer>),
    Phone(Sound),
    /// Has left.
    Gone,
}

/// Something that is played into an ear.
struct Prompt {
    clip: Clip,
    keys: String,
    done: oneshot::Sender<()>,
}

pub(crate) struct Party {
    pub(crate) voice: Voice,
    pub(crate) hears: Vec<LegId>,
    pub(crate) mouth: Frame,
    pub(crate) ear: Frame,
    pub(crate) mouth_meter: VecDeque<i16>,
    pub(crate) ear_meter: VecDeque<i16>,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    pub(crate) pressed: String,
    pub(crate) heard: String,
    pub(crate) last_sound: Instant,
    listeners: Vec<mpsc::UnboundedSender<char>>,
    prompts: VecDeque<Prompt>,
    /// Where in the first prompt, or in its own clip, it is.
    prompt_at: usize,
    sound_at: u64,
    /// Keys that are still to be pressed, and the frames until the next one.
    to_press: VecDeque<keypad::Step>,
    pause: u32,
    /// Tones of keys on their way to the ear.
    tones: VecDeque<i16>,
}

impl Party {
    pub(crate) fn new(voice: Voice) -> Self {
        Self {
            voice,
            hears: Vec::new(),
            mouth: [0; FRAME],
            ear: [0; FRAME],
            mouth_meter: VecDeque::new(),
            ear_meter: VecDeque::new(),
            received: 0,
            sent: 0,
            pressed: String::new(),
            heard: String::new(),
            last_sound: Instant::now(),
            listeners: Vec::new(),
            prompts: VecDeque::new(),
            prompt_at: 0,
            sound_at: 0,
            to_press: VecDeque::new(),
            pause: 0,
            tones: VecDeque::new(),
        }
    }

    pub(crate) fn set_sound(&mut self, sound: Sound) {
        if let Voice::Phone(voice) = &mut self.voice {
            *voice = sound;
            self.sound_at = 0;
        }
    }

    pub(crate) fn listen(&mut self) -> mpsc::UnboundedReceiver<char> {
        let (sender, receiver) = mpsc::unbounded_channel();
        self.listeners.push(sender);
        receiver
    }

    pub(crate) fn prompt(&mut self, clip: Clip, keys: String) -> oneshot::Receiver<()> {
        let (done, receiver) = oneshot::channel();
        if !matches!(self.voice, Voice::Gone) {
            self.prompts.push_back(Prompt { clip, keys, done });
        }
        receiver
    }

    pub(crate) fn stop_prompts(&mut self) {
        self.prompts.clear();
        self.prompt_at = 0;
    }

    pub(crate) fn press(&mut self, digits: &str) {
        self.to_press.extend(keypad::steps(digits));
    }

    /// Leaves. What was counted stays readable.
    pub(crate) fn leave(&mut self) {
        self.voice = Voice::Gone;
        self.hears.clear();
        self.listeners.clear();
        self.to_press.clear();
        self.stop_prompts();
    }

    /// The key that goes down in this frame.
    pub(crate) fn next_key(&mut self) -> Option<char> {
        if self.pause > 0 {
            self.pause -= 1;
            return None;
        }
        let step = self.to_press.pop_front()?;
        self.pause = step.frames() - 1;
        match step {
            keypad::Step::Press(key) => Some(key),
            keypad::Step::Wait => None,
        }
    }

    pub(crate) fn note_pressed(&mut self, key: char) {
        self.pressed.push(key);
        self.listeners.retain(|listener| listener.send(key).is_ok());
    }

    /// The tone of a key reaches the ear.
    pub(crate) fn note_heard(&mut self, key: char) {
        self.heard.push(key);
        self.tones.extend(keypad::tone(key));
    }

    /// The next 20 ms of the mouth.
    pub(crate) fn speak(&mut self, now: Instant, ears: &HashMap<LegId, Frame>) {
        self.mouth = match &mut self.voice {
            Voice::Browser(peer) => peer.speak(),
            Voice::Phone(sound) => {
                self.received += 1;
                let at = self.sound_at;
                self.sound_at += FRAME as u64;
                spoken(sound, at, &self.ear, ears)
            }
            Voice::Gone => [0; FRAME],
        };
        meter(&mut self.mouth_meter, &self.mouth);
        if rms(&self.mouth) >= AUDIBLE {
            self.last_sound = now;
        }
    }

    /// The next 20 ms of the ear: what the others say, the prompt, and keys.
    pub(crate) fn hear(&mut self, now: Instant, others: impl Iterator<Item = Frame>) {
        let mut sum = [0_i32; FRAME];
        for frame in others {
            add(&mut sum, frame.into_iter());
        }
        self.play(&mut sum);
        let tones = self.tones.len().min(FRAME);
        add(&mut sum, self.tones.drain(..tones));
        self.ear = sum.map(clamp);
        meter(&mut self.ear_meter, &self.ear);
        let sent = match &mut self.voice {
            Voice::Browser(peer) => peer.hear(now, &self.ear),
            Voice::Phone(_) => true,
            Voice::Gone => false,
        };
        self.sent += u64::from(sent);
    }

    fn play(&mut self, sum: &mut [i32; FRAME]) {
        let mut filled = 0;
        while filled < FRAME
            && let Some(prompt) = self.prompts.front_mut()
        {
            self.heard.push_str(&std::mem::take(&mut prompt.keys));
            let rest = prompt.clip.samples.get(self.prompt_at..).unwrap_or_default();
            let taken = rest.len().min(FRAME - filled);
            add(&mut sum[filled..], rest[..taken].iter().copied());
            filled += taken;
            self.prompt_at += taken;
            if self.prompt_at < prompt.clip.samples.len() {
                continue;
            }
            self.prompt_at = 0;
            if (!prompt.clip.repeat || prompt.clip.samples.is_empty())
                && let Some(prompt) = self.prompts.pop_front()
            {
                // Nobody may be waiting for it.
                let _ = prompt.done.send(());
            }
        }
    }
}

fn spoken(sound: &Sound, at: u64, ear: &Frame, ears: &HashMap<LegId, Frame>) -> Frame {
    match sound {
        Sound::Silence => [0; FRAME],
        Sound::Echo => ear.map(|sample| (f64::from(sample) * ECHO) as i16),
        Sound::Ear(other) => ears.get(other).copied().unwrap_or([0; FRAME]),
        Sound::Tone(hz) => std::array::from_fn(|sample| tone_sample(*hz, TONE, at + sample as u64)),
        Sound::Clip(clip) => std::array::from_fn(|sample| {
            let length = clip.samples.len().max(1);
            let at = usize::try_from(at).unwrap_or_default() + sample;
            let at = if clip.repeat { at % length } else { at };
            clip.samples.get(at).copied().unwrap_or_default()
        }),
    }
}

fn add(sum: &mut [i32], samples: impl Iterator<Item = i16>) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += i32::from(sample);
    }
}

fn meter(ring: &mut VecDeque<i16>, frame: &Frame) {
    ring.extend(frame);
    let surplus = ring.len().saturating_sub(WINDOW);
    ring.drain(..surplus);
}
