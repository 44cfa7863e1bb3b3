//! Parties in one mixer, frame by frame, without network or waiting.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::Engine;
use crate::media::LegId;
use crate::party::Voice;
use crate::{Clip, Level, Sound, beep, level};

struct Room {
    engine: Engine,
    now: Instant,
}

fn room() -> Room {
    let engine = Engine::new(SocketAddr::from(([127, 0, 0, 1], 9)));
    Room {
        now: engine.next_frame,
        engine,
    }
}

impl Room {
    fn phone(&mut self, sound: Sound) -> LegId {
        self.engine.add(Voice::Phone(sound))
    }

    fn party(&mut self, id: LegId) -> &mut crate::party::Party {
        self.engine.parties.get_mut(&id).unwrap()
    }

    fn hears(&mut self, id: LegId, others: &[LegId]) {
        self.party(id).hears = others.to_vec();
    }

    fn pass(&mut self, milliseconds: u64) {
        for _ in 0..milliseconds / 20 {
            self.engine.advance(self.now);
            self.now += Duration::from_millis(20);
        }
    }

    fn ear(&mut self, id: LegId) -> Level {
        level(&Vec::from(self.party(id).ear_meter.clone()))
    }

    fn hears_pitch(&mut self, id: LegId, hz: f64) -> bool {
        self.ear(id).dominant_hz.is_some_and(|found| (found - hz).abs() < 5.0)
    }
}

#[test]
fn in_a_conference_everybody_hears_the_others_and_not_himself() {
    let mut room = room();
    let [low, middle, high] = [500.0, 900.0, 1700.0].map(|hz| room.phone(Sound::Tone(hz)));
    let listener = room.phone(Sound::Silence);
    room.hears(low, &[middle]);
    room.hears(middle, &[low, high]);
    room.hears(listener, &[low, middle, high]);
    room.pass(400);
    assert!(room.hears_pitch(low, 900.0));
    assert!(room.ear(middle).rms > room.ear(low).rms * 1.3);
    assert!(room.ear(listener).rms > room.ear(middle).rms);
    assert_eq!(room.ear(high), Level::default());
}

#[test]
fn an_echo_gives_back_what_it_hears_and_two_of_them_stay_finite() {
    let mut room = room();
    let caller = room.phone(Sound::Tone(700.0));
    let [one, other] = [(); 2].map(|()| room.phone(Sound::Echo));
    room.hears(caller, &[one, other]);
    room.hears(one, &[caller, other]);
    room.hears(other, &[caller, one]);
    room.pass(10_000);
    assert!(room.hears_pitch(caller, 700.0));
    // A sum that is cut off at the top would be a square and have a level near one.
    assert!(room.ear(caller).rms < 0.9, "{:?}", room.ear(caller));
}

#[test]
fn prompts_follow_each_other_and_tell_when_they_are_through() {
    let mut room = room();
    let phone = room.phone(Sound::Silence);
    let mut first = room.party(phone).prompt(beep(), String::new());
    let mut second = room.party(phone).prompt(Clip::once(vec![0; 801]), String::new());
    room.pass(380);
    assert!(room.hears_pitch(phone, 1000.0));
    assert!(first.try_recv().is_err());
    room.pass(20);
    assert!(first.try_recv().is_ok());
    room.pass(100);
    assert!(second.try_recv().is_err());
    room.pass(20);
    assert!(second.try_recv().is_ok());
    room.pass(400);
    assert_eq!(room.ear(phone), Level::default());
}

#[tokio::test]
async fn a_stopped_prompt_says_so_and_a_repeated_one_never_ends() {
    let mut room = room();
    let phone = room.phone(Sound::Silence);
    let repeated = room.party(phone).prompt(crate::hold_music(), String::new());
    let empty = room.party(phone).prompt(Clip::repeated(Vec::new()), String::new());
    room.pass(20_000);
    assert!(room.ear(phone).dominant_hz.is_some());
    room.party(phone).stop_prompts();
    assert!(repeated.await.is_err() && empty.await.is_err());
    let nothing = room.party(phone).prompt(Clip::repeated(Vec::new()), String::new());
    room.pass(20);
    assert!(nothing.await.is_ok());
}

#[test]
fn keys_reach_those_who_listen_and_those_who_hear() {
    let mut room = room();
    let presser = room.phone(Sound::Silence);
    let hearer = room.phone(Sound::Silence);
    let stranger = room.phone(Sound::Silence);
    room.hears(hearer, &[presser]);
    let mut keys = room.party(presser).listen();
    room.party(presser).press("1w#");
    room.pass(700);
    assert_eq!(keys.try_recv().unwrap(), '1');
    assert!(keys.try_recv().is_err());
    room.pass(200);
    assert_eq!(keys.try_recv().unwrap(), '#');
    assert_eq!(room.party(presser).pressed, "1#");
    assert_eq!(room.party(hearer).heard, "1#");
    assert_eq!(room.party(stranger).heard, "");
    assert!(room.ear(hearer).rms > 0.05);
    room.engine.close(presser);
    assert!(matches!(
        keys.try_recv(),
        Err(tokio::sync::mpsc::error::TryRecvError::Disconnected)
    ));
}

#[test]
fn a_recording_holds_each_party_on_its_channel_and_nothing_while_it_rests() {
    let mut room = room();
    let left = room.phone(Sound::Tone(600.0));
    let right = room.phone(Sound::Tone(1300.0));
    let id = room.engine.record(vec![left, right]);
    room.pass(1000);
    room.engine.tapes.get_mut(&id).unwrap().paused = true;
    room.pass(1000);
    room.engine.tapes.get_mut(&id).unwrap().paused = false;
    room.engine.close(right);
    room.pass(500);
    let tape = room.engine.tapes.remove(&id).unwrap();
    assert_eq!(tape.length(), Duration::from_millis(1500));
    assert!((level(&tape.channels[0]).dominant_hz.unwrap() - 600.0).abs() < 3.0);
    assert!((level(&tape.channels[1][..8000]).dominant_hz.unwrap() - 1300.0).abs() < 3.0);
    assert_eq!(level(&tape.channels[1][8000..]), Level::default());
}

#[test]
fn a_line_carries_voices_and_keys_between_its_ends() {
    let mut room = room();
    let here = room.phone(Sound::Tone(500.0));
    let there = room.phone(Sound::Tone(900.0));
    let near = room.phone(Sound::Silence);
    let far = room.phone(Sound::Ear(near));
    room.party(near).set_sound(Sound::Ear(far));
    room.hears(here, &[near]);
    room.hears(near, &[here]);
    room.hears(there, &[far]);
    room.hears(far, &[there]);
    let mut keys = room.party(far).listen();
    room.pass(400);
    assert!(room.hears_pitch(here, 900.0) && room.hears_pitch(there, 500.0));
    room.party(here).press("5");
    room.pass(400);
    assert_eq!(keys.try_recv().unwrap(), '5');
    assert_eq!(room.party(there).heard, "5");
    assert_eq!(room.party(here).heard, "");
    room.engine.close(near);
    room.pass(600);
    assert_eq!(room.ear(there), Level::default());
}

#[test]
fn who_has_left_is_heard_no_more_but_remembered() {
    let mut room = room();
    let speaker = room.phone(Sound::Tone(500.0));
    let listener = room.phone(Sound::Silence);
    room.hears(listener, &[speaker]);
    room.pass(400);
    room.engine.close(speaker);
    room.pass(400);
    assert_eq!(room.ear(listener), Level::default());
    assert_eq!(room.party(speaker).sent, 20);
    for _ in 0..600 {
        let phone = room.phone(Sound::Silence);
        room.engine.close(phone);
    }
    assert_eq!(room.engine.parties.len(), 501);
}

#[test]
fn packets_that_are_none_are_dropped() {
    let mut room = room();
    for packet in [&b""[..], b"\0", b"GET / HTTP/1.1\r\n\r\n", &[0x80; 11], &[0xff; 2048]] {
        room.engine
            .receive(room.now, SocketAddr::from(([127, 0, 0, 1], 7)), packet);
    }
    room.pass(20);
}
