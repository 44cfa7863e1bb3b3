//! A peer that behaves as a browser does, over the loopback interface.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use media::{Leg, Media, Shape, Sound, level};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::crypto::from_feature_flags;
use str0m::format::{Codec, FormatParams};
use str0m::media::{Direction, Frequency, MediaKind, MediaTime, Mid, TelephoneEvent};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

const FOUR: TelephoneEvent = TelephoneEvent {
    event: 4,
    end: true,
    volume: 10,
    duration: Duration::from_millis(100),
};

enum Order {
    Press,
    Restart,
    Answer(String),
}

/// Says a tone and keeps what it hears. It tries to connect as browsers do; the other end only answers.
struct Browser {
    rtc: Rtc,
    mid: Option<Mid>,
    socket: UdpSocket,
    hz: f64,
    heard: Vec<i16>,
    pending: Option<SdpPendingOffer>,
}

impl Browser {
    fn new(hz: f64) -> Self {
        let mut config = RtcConfig::new()
            .set_crypto_provider(Arc::new(from_feature_flags()))
            .clear_codecs()
            .enable_pcmu(true, false)
            .enable_opus(true, false);
        let format = FormatParams::parse_line("0-16");
        config
            .codec_config()
            .add_config(126.into(), None, Codec::Tele, Frequency::EIGHT_KHZ, None, format);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
        let mut rtc = config.build(Instant::now());
        rtc.add_local_candidate(Candidate::host(socket.local_addr().unwrap(), "udp").unwrap());
        Self {
            rtc,
            mid: None,
            socket,
            hz,
            heard: Vec::new(),
            pending: None,
        }
    }

    fn offer(&mut self) -> String {
        let mut change = self.rtc.sdp_api();
        if self.mid.is_none() {
            self.mid = Some(change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None));
        } else {
            change.ice_restart(true);
        }
        let (offer, pending) = change.apply().unwrap();
        self.pending = Some(pending);
        without_candidates(&offer.to_sdp_string())
    }

    fn accept(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
    }

    fn answer(&mut self, offer: &str) -> String {
        let offer = SdpOffer::from_sdp_string(offer).unwrap();
        let answer = self.rtc.sdp_api().accept_offer(offer).unwrap();
        without_candidates(&answer.to_sdp_string())
    }

    fn start(mut self) -> Running {
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let (orders, inbox) = channel();
        let (outbox, offers) = channel();
        Running {
            stop,
            orders,
            offers,
            thread: thread::spawn(move || {
                self.run(&stopping, &inbox, &outbox);
                self.heard
            }),
        }
    }

    fn run(&mut self, stopping: &AtomicBool, inbox: &Receiver<Order>, outbox: &Sender<String>) {
        let mut next = Instant::now();
        let mut clock = 0;
        let mut buffer = [0; 2048];
        while !stopping.load(Ordering::Relaxed) {
            self.poll();
            let mut press = false;
            match inbox.try_recv() {
                Ok(Order::Press) => press = true,
                Ok(Order::Restart) => outbox.send(self.offer()).unwrap(),
                Ok(Order::Answer(answer)) => self.accept(&answer),
                Err(_) => {}
            }
            let now = Instant::now();
            if now >= next {
                next += Duration::from_millis(20);
                self.speak(now, clock, press);
                clock += 160;
            } else if press {
                self.speak(now, clock, press);
            }
            if let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
                self.receive(source, &buffer[..length]);
            }
            self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
        }
    }

    fn speak(&mut self, now: Instant, clock: u64, press: bool) {
        let tone = |at: u64| (std::f64::consts::TAU * self.hz * at as f64 / 8000.0).sin() * 12_000.0;
        // Written a second time: the crate could be wrong with itself.
        let audio: Vec<u8> = (clock..clock + 160).map(|at| mu(tone(at))).collect();
        if !self.rtc.is_connected() {
            return;
        }
        let Some(writer) = self.mid.and_then(|mid| self.rtc.writer(mid)) else {
            return;
        };
        let time = MediaTime::new(clock, Frequency::EIGHT_KHZ);
        let (writer, audio) = if press {
            (writer.telephone_event(FOUR), Vec::new())
        } else {
            (writer, audio)
        };
        writer.write(0.into(), now, time, audio).unwrap();
    }

    fn receive(&mut self, source: SocketAddr, packet: &[u8]) {
        let receive = Receive {
            proto: Protocol::Udp,
            source,
            destination: self.socket.local_addr().unwrap(),
            contents: packet.try_into().unwrap(),
        };
        self.rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
    }

    fn poll(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(_) => return,
                Output::Transmit(packet) => {
                    self.socket.send_to(&packet.contents, packet.destination).unwrap();
                }
                Output::Event(Event::MediaAdded(media)) => self.mid = Some(media.mid),
                Output::Event(Event::MediaData(packet)) => {
                    self.heard.extend(packet.data.iter().map(|byte| linear(*byte)));
                }
                Output::Event(_) => {}
            }
        }
    }
}

struct Running {
    stop: Arc<AtomicBool>,
    orders: Sender<Order>,
    offers: Receiver<String>,
    thread: JoinHandle<Vec<i16>>,
}

impl Running {
    /// Everything it heard.
    fn stop(self) -> Vec<i16> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Twilio's library sends its descriptions before it knows its addresses.
fn without_candidates(sdp: &str) -> String {
    let kept = sdp.lines().filter(|line| !line.starts_with("a=candidate"));
    kept.map(|line| format!("{line}\r\n")).collect()
}

fn mu(sample: f64) -> u8 {
    let magnitude = sample.abs() / 32_768.0;
    let code = ((1.0 + 255.0 * magnitude).ln() / 256_f64.ln() * 127.0) as u8;
    !(code | if sample < 0.0 { 0x80 } else { 0 })
}

fn linear(byte: u8) -> i16 {
    let byte = !byte;
    let size = ((256_f64.powf(f64::from(byte & 0x7f) / 127.0) - 1.0) / 255.0 * 32_768.0) as i16;
    if byte & 0x80 == 0 { size } else { -size }
}

fn media() -> Media {
    Media::start(([127, 0, 0, 1], 0).into()).unwrap()
}

fn wait_for(what: &str, mut happened: impl FnMut() -> bool) {
    let start = Instant::now();
    while !happened() {
        assert!(start.elapsed() < Duration::from_secs(15), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn dial(media: &Media, hz: f64) -> (Leg, Running) {
    let mut browser = Browser::new(hz);
    let offer = browser.offer();
    let (leg, answer) = media.answer(&offer).unwrap();
    assert!(
        answer.contains("a=ice-lite") && answer.contains("a=setup:passive"),
        "{answer}"
    );
    assert!(!answer.contains("opus"), "{answer}");
    browser.accept(&answer);
    (leg, browser.start())
}

fn near(found: Option<f64>, hz: f64) -> bool {
    found.is_some_and(|found| (found - hz).abs() < 10.0)
}

fn last_second(heard: &[i16]) -> Option<f64> {
    level(&heard[heard.len().saturating_sub(8000)..]).dominant_hz
}

#[test]
fn a_browser_that_dials_hears_its_own_echo_and_its_keys_count_once() {
    let media = media();
    let (leg, browser) = dial(&media, 700.0);
    let echo = media.phone(Sound::Echo);
    media.bridge(&leg, &echo);
    let mut keys = leg.digits();
    wait_for("its echo", || near(leg.report().ear.dominant_hz, 700.0));
    browser.orders.send(Order::Press).unwrap();
    wait_for("the key", || leg.report().digits_pressed == "4");
    thread::sleep(Duration::from_millis(600));
    let report = leg.report();
    assert_eq!(report.digits_pressed, "4");
    assert_eq!(echo.report().digits_heard, "4");
    assert_eq!(keys.try_recv().unwrap(), '4');
    assert!(
        report.connected && report.packets_received > 10 && report.packets_sent > 10,
        "{report:?}"
    );
    assert!(near(last_second(&browser.stop()), 700.0));
}

#[test]
fn a_browser_that_is_called_talks_with_another_one() {
    let media = media();
    let (caller, calling) = dial(&media, 500.0);
    let (callee, offer) = media.offer().unwrap();
    assert!(
        offer.contains("a=setup:actpass") && offer.contains("a=ice-lite"),
        "{offer}"
    );
    let mut browser = Browser::new(1200.0);
    let answer = browser.answer(&offer);
    callee.accept_answer(&answer).unwrap();
    assert!(callee.accept_answer(&answer).is_err());
    let called = browser.start();
    media.bridge(&caller, &callee);
    let recorder = media.record(caller.id(), Some(callee.id()));
    wait_for("the caller in the ear", || near(callee.report().ear.dominant_hz, 500.0));
    wait_for("the callee in the ear", || {
        near(caller.report().ear.dominant_hz, 1200.0)
    });
    thread::sleep(Duration::from_millis(500));
    let recorded = recorder.stop();
    assert!(near(last_second(&recorded.channels[0]), 500.0));
    assert!(near(last_second(&recorded.channels[1]), 1200.0));
    assert!(near(last_second(&calling.stop()), 1200.0));
    assert!(near(last_second(&called.stop()), 500.0));
    caller.close();
    assert!(!caller.report().open);
    assert!(caller.report().packets_received > 0);
}

#[test]
fn after_a_restart_of_ice_the_same_session_goes_on() {
    let media = media();
    let (leg, browser) = dial(&media, 900.0);
    leg.hears(&[leg.id()]);
    wait_for("sound", || near(leg.report().mouth.dominant_hz, 900.0));
    browser.orders.send(Order::Restart).unwrap();
    let offer = browser.offers.recv_timeout(Duration::from_secs(5)).unwrap();
    let answer = leg.reoffer(&offer).unwrap();
    browser.orders.send(Order::Answer(answer)).unwrap();
    thread::sleep(Duration::from_millis(500));
    let before = leg.report().packets_received;
    wait_for("more packets", || leg.report().packets_received > before + 25);
    assert!(near(last_second(&browser.stop()), 900.0));
}

#[test]
fn a_frozen_network_lets_nothing_through_until_it_thaws() {
    let media = media();
    let (leg, browser) = dial(&media, 400.0);
    leg.hears(&[leg.id()]);
    wait_for("sound", || near(leg.report().mouth.dominant_hz, 400.0));
    media.shape(Shape {
        freeze: true,
        ..Shape::default()
    });
    thread::sleep(Duration::from_millis(500));
    media.shape(Shape {
        loss: 0.5,
        delay: Duration::from_millis(20),
        ..Shape::default()
    });
    thread::sleep(Duration::from_millis(1000));
    let sent = leg.report().packets_sent;
    let heard = browser.stop().len() as u64 / 160;
    assert!(heard + 30 < sent, "{heard} of {sent} packets arrived");
}

#[test]
fn what_is_no_offer_is_refused_and_a_phone_cannot_answer() {
    let media = media();
    for offer in [
        "",
        "v=0",
        "not sdp at all",
        "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
    ] {
        assert!(media.answer(offer).is_err(), "{offer:?}");
    }
    let phone = media.phone(Sound::Silence);
    assert!(phone.accept_answer("v=0").is_err() && phone.reoffer("v=0").is_err());
    let (leg, _) = media.offer().unwrap();
    assert!(leg.accept_answer("nothing").is_err());
    leg.close();
    assert!(leg.reoffer("v=0").is_err());
}

#[test]
fn the_port_is_free_again_when_the_last_handle_is_gone() {
    let media = media();
    let address = media.local_addr();
    let phone = media.phone(Sound::Silence);
    drop(media);
    phone.press("1");
    wait_for("the key", || phone.report().digits_pressed == "1");
    drop(phone);
    wait_for("the port", || UdpSocket::bind(address).is_ok());
}
