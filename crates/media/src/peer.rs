//! A browser's end, over WebRTC.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::crypto::CryptoProvider;
use str0m::format::{Codec, CodecExtra, FormatParams};
use str0m::media::{Direction, Frequency, MediaData, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

use crate::shape::Packet;
use crate::{Error, FRAME, Frame, keypad, ulaw};

/// What browsers number them: PCMU is fixed, telephone-event at 8 kHz is Chrome's.
const PCMU: u8 = 0;
const TELEPHONE_EVENT: u8 = 126;
/// Audio is played once this much has come: 60 ms.
const CUSHION: usize = 3 * FRAME;
/// More than this is late: 240 ms.
const LATEST: usize = 12 * FRAME;
/// A session that has this many errors in a row is left alone until the next tick.
const MOST_ERRORS: usize = 50;

pub(crate) struct Peer {
    rtc: Rtc,
    mid: Option<Mid>,
    offered: Option<SdpPendingOffer>,
    heard: VecDeque<i16>,
    playing: bool,
    events: keypad::Events,
    /// RTP time of the next packet. It only ever grows, whatever is being said.
    clock: u64,
}

/// What came in.
#[derive(Default)]
pub(crate) struct Came {
    pub(crate) packets: u64,
    pub(crate) keys: Vec<char>,
}

impl Peer {
    pub(crate) fn answer(
        crypto: Arc<CryptoProvider>,
        address: SocketAddr,
        offer: &str,
    ) -> Result<(Self, String), Error> {
        let mut peer = Self::new(session(crypto, address)?);
        let answer = peer.reoffer(offer)?;
        Ok((peer, answer))
    }

    pub(crate) fn offer(crypto: Arc<CryptoProvider>, address: SocketAddr) -> Result<(Self, String), Error> {
        let mut peer = Self::new(session(crypto, address)?);
        let mut change = peer.rtc.sdp_api();
        // No event tells about media that this side added.
        peer.mid = Some(change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None));
        let (offer, pending) = change
            .apply()
            .ok_or_else(|| Error::Description("nothing to offer".to_owned()))?;
        peer.offered = Some(pending);
        Ok((peer, offer.to_sdp_string()))
    }

    fn new(rtc: Rtc) -> Self {
        Self {
            rtc,
            mid: None,
            offered: None,
            heard: VecDeque::new(),
            playing: false,
            events: keypad::Events::default(),
            clock: 0,
        }
    }

    pub(crate) fn accept_answer(&mut self, answer: &str) -> Result<(), Error> {
        let answer = SdpAnswer::from_sdp_string(answer).map_err(description)?;
        let pending = self.offered.take().ok_or(Error::NothingOffered)?;
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(description)
    }

    /// The first offer, or another one in the same session: a restart of ICE.
    pub(crate) fn reoffer(&mut self, offer: &str) -> Result<String, Error> {
        let offer = SdpOffer::from_sdp_string(offer).map_err(description)?;
        let answer = self.rtc.sdp_api().accept_offer(offer).map_err(description)?;
        Ok(answer.to_sdp_string())
    }

    /// RTP time goes on where another session of the same browser left off.
    pub(crate) fn take_over(&mut self, other: &Self) {
        self.clock = other.clock;
    }

    pub(crate) fn connected(&self) -> bool {
        self.rtc.is_connected()
    }

    /// Whether the packet was for this session.
    pub(crate) fn receive(&mut self, now: Instant, source: SocketAddr, destination: SocketAddr, packet: &[u8]) -> bool {
        let Ok(contents) = packet.try_into() else {
            return false;
        };
        let input = Input::Receive(
            now,
            Receive {
                proto: Protocol::Udp,
                source,
                destination,
                contents,
            },
        );
        let mine = self.rtc.is_alive() && self.rtc.accepts(&input);
        if mine && let Err(error) = self.rtc.handle_input(input) {
            tracing::debug!(%error, "a packet was of no use");
        }
        mine
    }

    /// Lets time pass, and takes what has come in and what is to go out.
    pub(crate) fn advance(&mut self, now: Instant, out: &mut Vec<Packet>) -> Came {
        let mut came = Came::default();
        if !self.rtc.is_alive() {
            return came;
        }
        if let Err(error) = self.rtc.handle_input(Input::Timeout(now)) {
            tracing::debug!(%error, "a session cannot go on");
        }
        let mut errors = 0;
        while errors < MOST_ERRORS && self.rtc.is_alive() {
            match self.rtc.poll_output() {
                Ok(Output::Timeout(_)) => break,
                Ok(Output::Transmit(packet)) => out.push((packet.destination, packet.contents.to_vec())),
                Ok(Output::Event(event)) => self.event(event, &mut came),
                Err(error) => {
                    // After a key Chrome sends empty packets of its payload type. The session lives on.
                    errors += 1;
                    tracing::debug!(%error, "a packet was of no use");
                }
            }
        }
        came
    }

    fn event(&mut self, event: Event, came: &mut Came) {
        match event {
            Event::MediaAdded(media) => self.mid = Some(media.mid),
            Event::MediaData(packet) => self.packet(&packet, came),
            _ => {}
        }
    }

    fn packet(&mut self, packet: &MediaData, came: &mut Came) {
        came.packets += 1;
        if let CodecExtra::Tele(event) = packet.codec_extra {
            came.keys.extend(self.events.key(event.event, packet.time.numer()));
        } else if packet.params.spec().codec == Codec::PCMU {
            self.heard.extend(packet.data.iter().map(|byte| ulaw::decode(*byte)));
            if self.heard.len() > LATEST {
                self.heard.drain(..self.heard.len() - CUSHION);
            }
        }
    }

    /// The next 20 ms of what the browser says.
    pub(crate) fn speak(&mut self) -> Frame {
        let mut frame = [0; FRAME];
        self.playing = self.heard.len() >= if self.playing { FRAME } else { CUSHION };
        if self.playing {
            for (sample, heard) in frame.iter_mut().zip(self.heard.drain(..FRAME)) {
                *sample = heard;
            }
        }
        frame
    }

    /// Sends 20 ms of audio; false when there is no way yet.
    pub(crate) fn hear(&mut self, now: Instant, frame: &Frame) -> bool {
        let time = MediaTime::new(self.clock, Frequency::EIGHT_KHZ);
        self.clock += FRAME as u64;
        if !self.connected() {
            return false;
        }
        let encoded: Vec<u8> = frame.iter().map(|sample| ulaw::encode(*sample)).collect();
        let Some(writer) = self.mid.and_then(|mid| self.rtc.writer(mid)) else {
            return false;
        };
        match writer.write(PCMU.into(), now, time, encoded) {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(%error, "audio cannot be sent");
                false
            }
        }
    }
}

fn session(crypto: Arc<CryptoProvider>, address: SocketAddr) -> Result<Rtc, Error> {
    let mut config = RtcConfig::new()
        .set_crypto_provider(crypto)
        .set_ice_lite(true)
        .clear_codecs()
        .enable_pcmu(true, false);
    config.codec_config().add_config(
        TELEPHONE_EVENT.into(),
        None,
        Codec::Tele,
        Frequency::EIGHT_KHZ,
        None,
        FormatParams::parse_line("0-16"),
    );
    let mut rtc = config.build(Instant::now());
    let candidate = Candidate::host(address, "udp").map_err(description)?;
    rtc.add_local_candidate(candidate);
    Ok(rtc)
}

fn description(error: impl std::fmt::Display) -> Error {
    Error::Description(error.to_string())
}
