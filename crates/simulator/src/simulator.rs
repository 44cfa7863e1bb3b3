//! The handle that tests and the program hold.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::Router;
use media::Media;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::account::{
    AccountSeed, AccountSnapshot, AccountStatus, ApplicationSettings, NumberSeed, NumberSettings, SimulatedAccount,
};
use crate::connection::{Connection, CuttableListener};
use crate::fault::{ActiveFault, Fault};
use crate::hook::client as hook_client;
use crate::journal::Entry;
use crate::shared::Shared;
use crate::world::{Key, Stored, World};
use crate::{control, engine, serve, sid};

/// How long requests that are being answered may take to end when the simulator stops.
const GRACE: Duration = Duration::from_secs(2);

/// A running simulator. It stops when it is dropped, or at [`Simulator::stop`].
///
/// Methods that name an account or something in it panic when there is no such thing: a test that asks for it is wrong.
#[derive(Debug)]
pub struct Simulator {
    pub(crate) shared: Arc<Shared>,
    server: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts on a loopback address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is not a loopback address or cannot be listened on.
    pub async fn start(address: SocketAddr) -> anyhow::Result<Self> {
        ensure!(
            address.ip().is_loopback(),
            "{address} can be reached from other machines, and the simulator shows its Auth Tokens to everybody"
        );
        Self::start_anywhere(address).await
    }

    /// As [`Simulator::start`], on any address. Whoever reaches it can read and change everything in it.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start_anywhere(address: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let local = listener.local_addr()?;
        let media = start_media(local)?;
        let client = hook_client().context("webhooks cannot be sent")?;
        let shared = Arc::new(Shared::new(format!("http://{local}"), media, client));
        engine::start(&shared);
        let router: Router<()> = control::routes().fallback(serve::rest).with_state(Arc::clone(&shared));
        let stopping = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            let service = router.into_make_service_with_connect_info::<Connection>();
            // Serving never fails; it ends when it is told to.
            let _ = axum::serve(CuttableListener(listener), service)
                .with_graceful_shutdown(async move { stopping.stopped().await })
                .await;
        });
        Ok(Self {
            shared,
            server: Some(server),
        })
    }

    /// `http://127.0.0.1:PORT`, for every product: in place of each `https://{product}.twilio.com`.
    #[must_use]
    pub fn base_url(&self) -> String {
        self.shared.base_url.clone()
    }

    /// Stops listening and ends every connection.
    pub async fn stop(mut self) {
        self.shared.stopping.send_replace(true);
        if let Some(mut server) = self.server.take()
            && tokio::time::timeout(GRACE, &mut server).await.is_err()
        {
            server.abort();
        }
    }

    /// Adds an account.
    pub fn add_account(&self, seed: AccountSeed) -> SimulatedAccount {
        self.shared.change(|world| world.add_account(seed))
    }

    /// Adds a number and returns its SID.
    pub fn add_number(&self, account_sid: &str, seed: NumberSeed) -> String {
        self.within(account_sid, |world| world.add_number(account_sid, seed))
    }

    /// Adds a TwiML App that the customer made himself, and returns its SID.
    pub fn add_application(&self, account_sid: &str, settings: ApplicationSettings) -> String {
        self.within(account_sid, |world| {
            let application = Stored::new(sid::new("AP"), settings);
            let sid = application.sid.clone();
            world.account_mut(account_sid)?.applications.push(application);
            Some(sid)
        })
    }

    /// Adds an API key that the customer made himself, and returns its SID and secret.
    pub fn add_key(&self, account_sid: &str, friendly_name: &str) -> (String, String) {
        self.within(account_sid, |world| {
            let secret = sid::new_key_secret();
            let key = Key {
                friendly_name: friendly_name.to_owned(),
                secret: secret.clone(),
            };
            let key = Stored::new(sid::new("SK"), key);
            let sid = key.sid.clone();
            world.account_mut(account_sid)?.keys.push(key);
            Some((sid, secret))
        })
    }

    /// The account with everything in it, for comparing.
    #[must_use]
    pub fn snapshot(&self, account_sid: &str) -> AccountSnapshot {
        known(
            account_sid,
            self.shared
                .world()
                .account(account_sid)
                .map(crate::world::Account::snapshot),
        )
    }

    /// The settings of a number.
    #[must_use]
    pub fn number(&self, number_sid: &str) -> NumberSettings {
        known(
            number_sid,
            self.shared
                .world()
                .number_mut(number_sid)
                .map(|number| number.value.clone()),
        )
    }

    /// Changes a number as its owner does in Twilio's console, without a request in the journal.
    pub fn edit_number(&self, number_sid: &str, edit: impl FnOnce(&mut NumberSettings)) {
        self.within(number_sid, |world| {
            world.number_mut(number_sid).map(|number| edit(&mut number.value))
        });
    }

    /// Deletes a TwiML App as its owner does in the console.
    pub fn delete_application(&self, application_sid: &str) {
        self.within(application_sid, |world| {
            world.delete_application(application_sid).then_some(())
        });
    }

    /// Deletes an API key as its owner does in the console.
    pub fn delete_key(&self, key_sid: &str) {
        self.within(key_sid, |world| world.delete_key(key_sid).then_some(()));
    }

    /// Replaces the Auth Token, at once, and returns the new one.
    pub fn rotate_auth_token(&self, account_sid: &str) -> String {
        self.within(account_sid, |world| world.rotate_auth_token(account_sid))
    }

    /// Suspends, closes or reopens an account.
    pub fn set_status(&self, account_sid: &str, status: AccountStatus) {
        self.within(account_sid, |world| {
            world.account_mut(account_sid).map(|account| account.status = status)
        });
    }

    /// Switches a fault on and returns its number.
    pub fn inject(&self, fault: Fault) -> u64 {
        self.shared.change(|world| world.faults.inject(fault))
    }

    /// The faults that are on.
    #[must_use]
    pub fn faults(&self) -> Vec<ActiveFault> {
        self.shared.world().faults.active().to_vec()
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.shared.change(|world| world.faults.clear());
    }

    /// The last 10,000 requests, oldest first. [`crate::longest_chain`] tells how many were made one after the other.
    #[must_use]
    pub fn journal(&self) -> Vec<Entry> {
        self.shared.world().journal.after(0)
    }

    /// Forgets the requests, and how many there were at once.
    pub fn clear_journal(&self) {
        self.shared.change(|world| world.journal.clear());
        self.shared.forget_most_in_flight();
    }

    /// The most requests that were in progress at one moment.
    #[must_use]
    pub fn max_concurrency(&self) -> usize {
        self.shared.most_in_flight()
    }

    /// From now on `POST /_simulator/reset` comes back to the accounts as they are now; before, to none.
    pub fn mark_initial(&self) {
        self.shared.world().mark_initial();
    }

    fn within<T>(&self, sid: &str, change: impl FnOnce(&mut World) -> Option<T>) -> T {
        known(sid, self.shared.change(change))
    }
}

/// Audio takes the UDP port of the same number when it is free: one number to remember, and one to let through.
fn start_media(local: SocketAddr) -> anyhow::Result<Media> {
    // Who listens everywhere is reached from this machine at least.
    let advertised = match local.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        one => one,
    };
    Media::start_as(local, advertised)
        .or_else(|_| Media::start_as(SocketAddr::new(local.ip(), 0), advertised))
        .context("no UDP port for audio")
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.shared.stopping.send_replace(true);
    }
}

#[allow(
    clippy::panic,
    reason = "a test that names something which does not exist must not pass by comparing nothing"
)]
pub(crate) fn known<T>(sid: &str, found: Option<T>) -> T {
    found.unwrap_or_else(|| panic!("the simulator knows no {sid}"))
}
