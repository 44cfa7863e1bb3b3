#![doc = include_str!("../README.md")]

pub mod accounts;
pub mod audit;
pub mod calls;
mod clock;
pub mod connections;
mod error;
mod figures;
pub mod installation;
pub mod messages;
pub mod numbers;
pub mod operator;
pub mod people;
pub mod phone;
pub mod reconcile;
pub mod rejected;
pub mod sealing;
pub mod voice;

use std::sync::Arc;
use std::time::Duration;

use domain::id::{SessionId, UserId};
use store::Store;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use vault::Vault;

pub use clock::{Clock, Entropy, SystemClock};
pub use error::ServiceError;

/// Who asks: a signed-in user in one of his sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The user; every row is reached through him.
    pub user_id: UserId,
    /// His e-mail address.
    pub email: String,
    /// The session that the request came in.
    pub session_id: SessionId,
}

/// Who may sign up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Anyone.
    Open,
    /// Nobody.
    Closed,
}

/// What the use cases need to know of the installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Public base URL: webhooks are registered, and signatures checked, against it.
    pub app_url: Url,
    /// Who may sign up.
    pub sign_up: SignUp,
    /// How many days old an API key may be before it is replaced by itself; 0 for ever.
    pub api_key_roll_days: u32,
    /// Twilio's address, or a simulator's.
    pub endpoints: twilio::Endpoints,
    /// A page of the simulator for people, where one stands in for Twilio.
    pub simulator_url: Option<Url>,
    /// `host:port` that the Voice SDK signals to in place of Twilio's: a simulator.
    pub signalling_host: Option<String>,
}

/// The parts that the use cases work with.
#[derive(Clone)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Seals and opens secrets.
    pub vault: Arc<Vault>,
    /// Speaks to Twilio.
    pub twilio: twilio::Transport,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Draws identifiers and secrets.
    pub entropy: Entropy,
    /// The installation.
    pub settings: Arc<Settings>,
    /// How texts leave it.
    pub texts: Arc<messages::Setup>,
    /// Work that outlives the request that began it, waited for at shutdown.
    pub tasks: TaskTracker,
    /// Tells background work to stop at the next safe point.
    pub shutdown: CancellationToken,
}

/// Every use case. A clone is another handle on the same ones: each request takes several.
#[derive(Clone)]
pub struct Services(Arc<UseCases>);

impl std::ops::Deref for Services {
    type Target = UseCases;

    fn deref(&self) -> &UseCases {
        &self.0
    }
}

/// Every use case, each with the parts that it works with.
pub struct UseCases {
    /// Sign-up, sign-in, sessions.
    pub accounts: accounts::Accounts,
    /// A user's Twilio account: verify, save, disconnect, token.
    pub connections: connections::Connections,
    /// The call log, recordings, and how calls are to be treated.
    pub calls: calls::Calls,
    /// Texts.
    pub messages: messages::Messages,
    /// The browser's phone.
    pub phone: phone::Phone,
    /// Twilio's lists, for what was never told.
    pub reconciliation: reconcile::Reconciliation,
    /// How the installation fares: for operators.
    pub operator: operator::Operator,
    /// What belongs to a person: export and erasure.
    pub people: people::People,
    /// Requests to webhooks that were refused.
    pub rejected: rejected::Rejected,
    /// Running calls: what Twilio asks and reports, and what a person does with them.
    pub voice: voice::Voice,
    shutdown: CancellationToken,
}

/// How often sessions that have ended by themselves are forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(60 * 60);

impl Services {
    /// Wires the use cases to their parts.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let voice = voice::Voice::new(parts.clone());
        let calls = calls::Calls::new(parts.clone(), voice.clone());
        let messages = messages::Messages::new(parts.clone(), voice.clone(), calls.clone());
        let accounts = accounts::Accounts::new(parts.clone(), messages.clone());
        let connections = connections::Connections::new(parts.clone());
        let rejected = rejected::Rejected::new(parts.clone());
        let people = people::People::new(parts.clone(), accounts.clone(), connections.clone());
        Self(Arc::new(UseCases {
            operator: operator::Operator::new(parts.clone(), people.clone(), rejected.clone()),
            accounts,
            people,
            rejected,
            connections,
            shutdown: parts.shutdown.clone(),
            reconciliation: reconcile::Reconciliation::new(parts.clone(), voice.clone(), messages.clone()),
            calls,
            messages,
            phone: phone::Phone::new(parts),
            voice,
        }))
    }

    /// Before the first request of a start: leaves nothing held by a process that has died.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn recover(&self) -> Result<(), ServiceError> {
        self.connections.recover().await
    }

    /// Does what is due in the background, until `Parts::shutdown` is cancelled.
    pub async fn work(&self) {
        tokio::join!(
            self.connections.work(),
            self.connections.watch(),
            self.voice.work(),
            self.messages.work(),
            self.reconciliation.work(),
            self.rejected.work(),
            self.sweep()
        );
    }

    async fn sweep(&self) {
        let shutdown = &self.shutdown;
        while !shutdown.is_cancelled() {
            if let Err(error) = self.accounts.forget_ended_sessions().await {
                tracing::error!(error = %error.chain(), "ended sessions could not be forgotten");
            }
            if let Err(error) = self.rejected.forget().await {
                tracing::error!(error = %error.chain(), "old refused requests could not be forgotten");
            }
            tokio::select! {
                () = tokio::time::sleep(SWEEP_EVERY) => {}
                () = shutdown.cancelled() => {}
            }
        }
    }
}
