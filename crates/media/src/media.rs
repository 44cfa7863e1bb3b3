//! What callers use: the mixer with its thread.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use str0m::crypto::{CryptoProvider, from_feature_flags};

use crate::engine::Engine;
use crate::party::Voice;
use crate::peer::Peer;
use crate::{Error, Leg, Recorder, Shape, Sound};

/// How long the thread sleeps when no packet comes.
const TICK: Duration = Duration::from_millis(5);
/// More than any packet of ours.
const LARGEST_PACKET: usize = 2048;

/// The name of a party.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct LegId(pub(crate) u64);

impl std::fmt::Display for LegId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The mixer. Its thread ends with the last handle: of it, of a leg or of a recorder.
#[derive(Clone, Debug)]
pub struct Media {
    shared: Arc<Shared>,
}

pub(crate) struct Shared {
    engine: Mutex<Engine>,
    crypto: Arc<CryptoProvider>,
    /// Where browsers send their packets to.
    address: SocketAddr,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Media")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Shared {
    /// Held for well below a millisecond at a time.
    pub(crate) fn engine(&self) -> MutexGuard<'_, Engine> {
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn answer(&self, offer: &str) -> Result<(Peer, String), Error> {
        Peer::answer(Arc::clone(&self.crypto), self.address, offer)
    }
}

impl Media {
    /// Listens for UDP packets on one port; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken, or the address is not this machine's.
    pub fn start(address: SocketAddr) -> io::Result<Self> {
        Self::start_as(address, address.ip())
    }

    /// As [`Media::start`], when browsers reach this machine at another address.
    ///
    /// # Errors
    /// When the port is taken, or the address is not this machine's.
    pub fn start_as(address: SocketAddr, advertised: IpAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_read_timeout(Some(TICK))?;
        let address = SocketAddr::new(advertised, socket.local_addr()?.port());
        let shared = Arc::new(Shared {
            engine: Mutex::new(Engine::new(address)),
            crypto: Arc::new(from_feature_flags()),
            address,
        });
        let weak = Arc::downgrade(&shared);
        thread::Builder::new()
            .name("media".to_owned())
            .spawn(move || run(&weak, &socket))?;
        Ok(Self { shared })
    }

    /// Where browsers send their packets to.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.shared.address
    }

    /// Takes a browser's offer; returns the answer for it.
    ///
    /// # Errors
    /// When the offer cannot be read, or has no audio that is understood here.
    pub fn answer(&self, offer: &str) -> Result<(Leg, String), Error> {
        let (peer, answer) = self.shared.answer(offer)?;
        Ok((self.add(Voice::Browser(Box::new(peer))), answer))
    }

    /// Makes an offer for a browser, which says yes with [`Leg::accept_answer`].
    ///
    /// # Errors
    /// When the own address cannot be offered.
    pub fn offer(&self) -> Result<(Leg, String), Error> {
        let (peer, offer) = Peer::offer(Arc::clone(&self.shared.crypto), self.shared.address)?;
        Ok((self.add(Voice::Browser(Box::new(peer))), offer))
    }

    /// A simulated phone.
    #[must_use]
    pub fn phone(&self, sound: Sound) -> Leg {
        self.add(Voice::Phone(sound))
    }

    fn add(&self, voice: Voice) -> Leg {
        Leg {
            id: self.shared.engine().add(voice),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Both hear each other and nobody else.
    pub fn bridge(&self, one: &Leg, other: &Leg) {
        one.hears(&[other.id]);
        other.hears(&[one.id]);
    }

    /// Records what one party says, or two of them side by side.
    #[must_use]
    pub fn record(&self, left: LegId, right: Option<LegId>) -> Recorder {
        Recorder {
            id: self
                .shared
                .engine()
                .record(std::iter::once(left).chain(right).collect()),
            shared: Arc::clone(&self.shared),
        }
    }

    /// Makes the network to all browsers better or worse.
    pub fn shape(&self, shape: Shape) {
        self.shared.engine().edge.shape = shape;
    }
}

fn run(shared: &Weak<Shared>, socket: &UdpSocket) {
    let mut buffer = [0; LARGEST_PACKET];
    loop {
        let came = socket.recv_from(&mut buffer);
        let Some(shared) = shared.upgrade() else {
            return;
        };
        let now = Instant::now();
        let mut engine = shared.engine();
        match came {
            Ok((length, source)) => engine.receive(now, source, &buffer[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            // An earlier packet did not arrive.
            Err(error) => {
                tracing::debug!(%error, "the network reports an error");
                thread::sleep(TICK);
            }
        }
        let packets = engine.advance(now);
        drop(engine);
        for (to, packet) in packets {
            if let Err(error) = socket.send_to(&packet, to) {
                tracing::debug!(%error, %to, "a packet cannot be sent");
            }
        }
    }
}
