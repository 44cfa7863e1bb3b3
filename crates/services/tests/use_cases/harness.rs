//! One installation against one simulator: the real use cases, a real database, real HTTP, and a clock that stands still.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use domain::id::{SessionId, UserId};
use domain::time::UnixMillis;
use services::connections::SaveRequest;
use services::messages::{Setup, SystemAccount};
use services::{Caller, Clock, Entropy, Parts, Services, Settings, SignUp};
use simulator::{AccountSeed, AccountSnapshot, NumberSeed, SimulatedAccount, Simulator};
use sqlx::Connection as _;
use store::{Store, User};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use vault::Vault;

/// A PostgreSQL on which everything runs instead of on files of SQLite, where it is set.
const POSTGRES: &str = "SNIKO_TEST_POSTGRES_URL";

/// How long a request to Twilio may take in a test: a hanging one costs that much.
const PATIENCE: Duration = Duration::from_millis(400);

/// A clock that only tests move.
#[derive(Debug)]
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        UnixMillis(self.0.load(Ordering::Relaxed))
    }
}

/// What survives a restart: the database file, the keys, and Twilio.
pub struct World {
    pub simulator: Simulator,
    pub folder: TempDir,
    pub clock: Arc<TestClock>,
    /// Who sends texts in place of Twilio.
    pub texts: Option<messaging::Provider>,
    /// The account for messages of the system itself.
    pub system: Option<SystemAccount>,
    /// The public address that the product is started with.
    pub app_url: String,
    database_url: String,
    keys: String,
    patience: Duration,
}

impl World {
    /// On PostgreSQL where there is one, else on SQLite.
    pub async fn new() -> Self {
        let world = Self::on_file().await;
        match std::env::var(POSTGRES) {
            Ok(server) => Self {
                database_url: new_schema(&server).await,
                ..world
            },
            Err(_) => world,
        }
    }

    /// On SQLite, for tests that look into the file.
    pub async fn on_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            simulator: Simulator::start("127.0.0.1:0".parse().unwrap()).await.unwrap(),
            database_url: format!("sqlite://{}", folder.path().join("sniko.db").display()),
            folder,
            clock: Arc::new(TestClock(AtomicI64::new(1_790_000_000_000))),
            keys: Vault::generate_keys(Entropy.bytes(), "test"),
            patience: PATIENCE,
            texts: None,
            system: None,
            app_url: "https://phone.example.com".into(),
        }
    }

    /// The same with requests to Twilio that may take for ever.
    pub async fn patient() -> Self {
        Self::with_patience(Duration::from_secs(60)).await
    }

    /// The same with requests to Twilio that may take so long.
    pub async fn with_patience(patience: Duration) -> Self {
        Self {
            patience,
            ..Self::new().await
        }
    }

    /// The key ring, as `APP_KEYS`.
    pub fn keys(&self) -> &str {
        &self.keys
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("sniko.db")
    }

    /// Whether it is on PostgreSQL.
    pub fn is_postgres(&self) -> bool {
        self.database_url.starts_with("postgres")
    }

    /// Runs a statement past the product.
    pub async fn sql(&self, statement: &str) {
        sqlx::any::install_default_drivers();
        let mut connection = sqlx::AnyConnection::connect(&self.database_url).await.unwrap();
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Starts the product on this world's database, which must be in order.
    pub async fn start(&self) -> Installation {
        let product = self.start_unchecked().await;
        in_order(&product.parts).await;
        product
    }

    /// Starts the product whatever is wrong with what is stored.
    pub async fn start_unchecked(&self) -> Installation {
        let store = Store::connect(&self.database_url).await.unwrap();
        store.migrate().await.unwrap();
        let endpoints = twilio::Endpoints::single(self.simulator.base_url().parse().unwrap());
        let twilio = twilio::Transport::with_timeouts(endpoints.clone(), self.patience, self.patience)
            .unwrap()
            .with_retry_policy(twilio::retry::Policy {
                max_attempts: 2,
                base_delay: Duration::from_millis(1),
                max_delay: Duration::from_millis(1),
                max_retry_after: Duration::from_millis(1),
            });
        let sender = messaging::Provider::new(messaging::Twilio::new(twilio.clone()));
        let parts = Parts {
            store,
            texts: Arc::new(Setup {
                provider: self.texts.clone().unwrap_or(sender),
                system: self.system.clone(),
            }),
            vault: Arc::new(Vault::from_keys(&self.keys).unwrap()),
            twilio,
            clock: self.clock.clone(),
            entropy: Entropy,
            settings: Arc::new(Settings {
                app_url: self.app_url.parse().unwrap(),
                sign_up: SignUp::Open,
                api_key_roll_days: 90,
                endpoints,
                simulator_url: None,
                signalling_host: None,
            }),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
        };
        services::installation::open(&parts).await.unwrap();
        let services = Services::new(parts.clone());
        services.recover().await.unwrap();
        Installation { services, parts }
    }

    /// A simulated account with a free number and one that serves something else.
    pub fn account(&self) -> TestAccount {
        let SimulatedAccount { sid, auth_token } = self.simulator.add_account(AccountSeed::default());
        let free = self.simulator.add_number(
            &sid,
            NumberSeed {
                phone_number: "+14155550100".into(),
                friendly_name: "Front desk".into(),
                ..NumberSeed::default()
            },
        );
        let used = self.simulator.add_number(
            &sid,
            NumberSeed {
                phone_number: "+442071838750".into(),
                friendly_name: "London".into(),
                voice_url: Some("https://example.com/voice".into()),
                voice_fallback_url: Some("https://example.com/fallback".into()),
                sms_url: Some("https://example.com/sms".into()),
                status_callback: Some("https://example.com/status".into()),
                ..NumberSeed::default()
            },
        );
        TestAccount {
            sid,
            auth_token,
            free,
            used,
        }
    }

    pub fn snapshot(&self, account: &TestAccount) -> AccountSnapshot {
        self.simulator.snapshot(&account.sid)
    }

    /// The requests so far, as `GET /2010-04-01/…`.
    pub fn requests(&self) -> Vec<String> {
        self.simulator
            .journal()
            .iter()
            .map(|entry| format!("{} {}", entry.method, entry.path_only()))
            .collect()
    }
}

/// What most tests begin with: a world, the product in it, a user, and an account of his.
pub async fn scene() -> (World, Installation, Caller, TestAccount) {
    scene_in(World::new().await).await
}

/// The same in that world.
pub async fn scene_in(world: World) -> (World, Installation, Caller, TestAccount) {
    let product = world.start().await;
    let (ann, account) = (product.user().await, world.account());
    (world, product, ann, account)
}

/// The same with the number that served something else connected, and the account as it was before. Where a busy machine makes
/// Twilio seem slow, another world is tried.
pub async fn connected() -> (World, Installation, Caller, TestAccount, AccountSnapshot) {
    for _ in 0..10 {
        let (world, product, ann, account) = scene().await;
        let before = world.snapshot(&account);
        let save = account.save(&account.used);
        if product.services.connections.save(&ann, save).await.is_ok() {
            return (world, product, ann, account, before);
        }
    }
    panic!("nothing could be connected in ten worlds");
}

/// What is asked of Twilio, again where a busy machine makes it seem slow.
pub async fn patiently<T>(ask: impl AsyncFn() -> Result<T, services::ServiceError>) -> T {
    for _ in 0..20 {
        match ask().await {
            Err(services::ServiceError::Upstream(_)) => {}
            answer => return answer.unwrap(),
        }
    }
    panic!("Twilio did not answer twenty times");
}

/// The address of a schema of its own on that server.
async fn new_schema(server: &str) -> String {
    sqlx::any::install_default_drivers();
    let name = format!("world_{}", Entropy.hex::<8>());
    let mut connection = sqlx::AnyConnection::connect(server).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE SCHEMA {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let separator = if server.contains('?') { '&' } else { '?' };
    format!("{server}{separator}options=-c%20search_path%3D{name}")
}

/// A simulated account as its owner knows it.
#[derive(Clone, Debug)]
pub struct TestAccount {
    pub sid: String,
    pub auth_token: String,
    pub free: String,
    pub used: String,
}

impl TestAccount {
    /// Save with the pair sent along, taking the number over.
    pub fn save(&self, number: &str) -> SaveRequest {
        SaveRequest {
            account_sid: Some(self.sid.clone()),
            auth_token: Some(self.auth_token.clone()),
            phone_number_sid: number.to_owned(),
            take_over: true,
        }
    }
}

/// The running product.
pub struct Installation {
    pub services: Services,
    pub parts: Parts,
}

impl Installation {
    /// A signed-in user.
    pub async fn user(&self) -> Caller {
        let id = UserId(Entropy.uuid());
        let email = format!("{id}@example.com");
        let user = User {
            id,
            email: email.clone(),
            password_hash: String::new(),
            voice_identity: format!("user_{}", Entropy.hex::<16>()),
        };
        self.parts.store.add_user(&user, self.parts.clock.now()).await.unwrap();
        Caller {
            user_id: id,
            email,
            session_id: SessionId(Entropy.uuid()),
        }
    }

    /// Lets time pass until every waiting removal is due, and does what is due.
    pub async fn settle(&self, clock: &TestClock) {
        clock.advance(7 * 60 * 60 * 1000);
        self.services.connections.work_once().await.unwrap();
        in_order(&self.parts).await;
    }
}

/// What is stored agrees with itself, whatever came before.
pub async fn in_order(parts: &Parts) {
    assert_eq!(services::audit::audit(parts).await.unwrap(), Vec::<String>::new());
}

/// The code that a refusal carries.
pub fn code<T: std::fmt::Debug>(result: Result<T, services::ServiceError>) -> String {
    result.unwrap_err().problem().code
}

/// Waits until something is so.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
