//! Starts the program as an operator does, and speaks to it as browsers and scripts do.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode, header};
use serde_json::Value;
use simulator::{AccountSeed, AccountSnapshot, NumberSeed, SimulatedAccount, Simulator};
use tempfile::TempDir;

use crate::described;
use crate::postgres::Database;
pub use crate::user::User;

/// How long anything may take before a test says that it never happens.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A key of 32 bytes, for installations that bring their own.
pub const KEYS: &str = "k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=";

/// What survives the program: its data, the folder it is started in, and Twilio.
pub struct World {
    pub simulator: Simulator,
    pub folder: TempDir,
    /// Holds `Leptos.toml`; a developer's `.env` is elsewhere.
    pub home: TempDir,
    /// Where the rows are, if not in a file in `folder`.
    postgres: Option<Database>,
}

impl World {
    pub async fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let leptos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Leptos.toml");
        std::fs::copy(leptos, home.path().join("Leptos.toml")).unwrap();
        Self {
            simulator: Simulator::start("127.0.0.1:0".parse().unwrap()).await.unwrap(),
            folder: tempfile::tempdir().unwrap(),
            home,
            postgres: None,
        }
    }

    /// On a database of its own, on the PostgreSQL that there is; none where there is none.
    pub async fn on_postgres() -> Option<Self> {
        let database = Database::new().await?;
        Some(Self {
            postgres: Some(database),
            ..Self::new().await
        })
    }

    /// Where the program finds its database.
    pub fn database_url(&self) -> String {
        match &self.postgres {
            Some(database) => database.url.clone(),
            None => format!("sqlite://{}", self.database().display()),
        }
    }

    pub fn database(&self) -> PathBuf {
        self.folder.path().join("sniko.db")
    }

    /// The program, with nothing of the developer's own settings.
    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sniko"));
        let ours = [
            "APP_",
            "DATABASE_URL",
            "LEPTOS_",
            "LOG_FORMAT",
            "METRICS_TOKEN",
            "SIGN_UP",
            "SMS_",
            "TRUSTED_PROXIES",
            "TWILIO_",
            "RUST_LOG",
        ];
        for (name, _) in std::env::vars().filter(|(name, _)| ours.iter().any(|prefix| name.starts_with(prefix))) {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.home.path())
            .env("APP_URL", "http://127.0.0.1:3000")
            .env("DATABASE_URL", self.database_url())
            .env("LEPTOS_SITE_ADDR", "127.0.0.1:0")
            // The front end is not built here.
            .env("LEPTOS_HASH_FILES", "false")
            .env("TWILIO_API_URL", self.simulator.base_url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if self.postgres.is_some() {
            // Beside a file, the program keeps its own.
            command.env("APP_KEYS", KEYS);
        }
        command
    }

    pub async fn serve(&self) -> Server {
        Server::start(self.program(&["serve"])).await
    }

    /// With other settings.
    pub async fn serve_with(&self, settings: &[(&str, &str)]) -> Server {
        let mut program = self.program(&["serve"]);
        program.envs(settings.iter().copied());
        Server::start(program).await
    }

    /// A simulated account with one number that serves something else.
    pub fn account(&self) -> TestAccount {
        let SimulatedAccount { sid, auth_token } = self.simulator.add_account(AccountSeed::default());
        let number = self.simulator.add_number(
            &sid,
            NumberSeed {
                phone_number: "+442071838750".into(),
                voice_url: Some("https://example.com/voice".into()),
                ..NumberSeed::default()
            },
        );
        TestAccount {
            sid,
            auth_token,
            number,
        }
    }

    pub fn snapshot(&self, account: &TestAccount) -> AccountSnapshot {
        self.simulator.snapshot(&account.sid)
    }

    /// Leaves nothing behind on the PostgreSQL.
    pub async fn end(self) {
        if let Some(database) = self.postgres {
            database.drop().await;
        }
    }
}

/// Runs a test on SQLite, and on PostgreSQL where there is one.
pub async fn on_each_database(test: impl AsyncFn(&World)) {
    test(&World::new().await).await;
    if let Some(world) = World::on_postgres().await {
        // A failed test shows its output, and with it where it failed.
        eprintln!("passed on SQLite, now on PostgreSQL");
        test(&world).await;
        world.end().await;
    }
}

/// A simulated account as its owner knows it.
#[derive(Clone, Debug)]
pub struct TestAccount {
    pub sid: String,
    pub auth_token: String,
    pub number: String,
}

impl TestAccount {
    pub fn pair(&self) -> Vec<(&str, &str)> {
        vec![("account_sid", &self.sid), ("auth_token", &self.auth_token)]
    }

    pub fn save(&self) -> Vec<(&str, &str)> {
        let mut form = self.pair();
        form.extend([("phone_number_sid", self.number.as_str()), ("take_over", "true")]);
        form
    }
}

/// The running program.
pub struct Server {
    child: Child,
    said: Arc<Mutex<String>>,
    pub url: String,
    http: reqwest::Client,
}

impl Server {
    pub async fn start(mut program: Command) -> Self {
        let mut child = program.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (lines, kept) = (BufReader::new(child.stderr.take().unwrap()).lines(), Arc::clone(&said));
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let mut server = Self {
            child,
            said,
            url: String::new(),
            http,
        };
        let mut url = None;
        until("the server is ready", || {
            assert!(
                server.child.try_wait().unwrap().is_none(),
                "it ended:\n{}",
                server.log()
            );
            url = server
                .log()
                .lines()
                .find_map(|line| Some(format!("http://{}", address(line)?)));
            url.is_some()
        })
        .await;
        server.url = url.unwrap();
        server
    }

    /// What it wrote to its log so far.
    pub fn log(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// The log, once it has the line of this answer's request.
    pub async fn log_with(&self, answer: &Response) -> String {
        let id = answer.headers()["x-request-id"].to_str().unwrap();
        until("the request is in the log", || {
            self.log()
                .lines()
                .any(|line| line.contains(id) && line.contains("answered"))
        })
        .await;
        self.log()
    }

    /// Ends it as a power cut does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// How much memory it uses, in bytes, where the system tells.
    pub fn memory(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.trim()
            .strip_suffix(" kB")?
            .parse::<u64>()
            .ok()
            .map(|kilobytes| kilobytes * 1024)
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap();
        assert!(sent.success());
    }

    /// Whether it ended well, once it has ended.
    pub fn ended(&mut self) -> Option<bool> {
        self.child.try_wait().unwrap().map(|status| status.success())
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) -> bool {
        // As at a terminal: after SIGTERM it waits for its proxy to go elsewhere.
        self.signal("INT");
        let mut ended = None;
        until("the server stops", || {
            ended = self.ended();
            ended.is_some()
        })
        .await;
        ended.unwrap()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A form as a script sends it.
    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.request(Method::POST, path).form(form)
    }

    /// A new user.
    pub async fn user(&self) -> User {
        let email = format!("{}@example.com", services::Entropy.hex::<8>());
        let password = "correct horse battery";
        let answer = self
            .post("/auth/sign-up", &[("email", &email), ("password", password)])
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::CREATED);
        let cookie = session_cookie(&answer);
        User {
            url: self.url.clone(),
            http: self.http.clone(),
            email,
            cookie,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address in the line that says that the server is ready, in either form of the log.
fn address(line: &str) -> Option<String> {
    if let Ok(object) = serde_json::from_str::<Value>(line) {
        let address = object["address"].as_str().filter(|_| object["message"] == "ready");
        return address.map(str::to_owned);
    }
    let rest = line.split_once(" ready address=")?.1;
    rest.split_whitespace().next().map(str::to_owned)
}

/// What a browser adds to its own site's form post.
pub fn browser(request: RequestBuilder, origin: &str) -> RequestBuilder {
    request
        .header(header::ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
        .header(header::ORIGIN, origin)
        .header("sec-fetch-site", "same-origin")
}

pub fn location(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}

/// `name=value` of the cookie that the answer sets.
pub fn session_cookie(answer: &Response) -> String {
    let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Sends, and expects this status and JSON, as docs/openapi.json describes it.
pub async fn json(request: RequestBuilder, status: u16) -> Value {
    let (client, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let answer = client.execute(request).await.unwrap();
    let (is, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(is, status, "{text}");
    let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("not JSON: {text}"));
    described::check(method.as_str(), &path, status, &body);
    body
}

/// Sends, and expects a refusal in the contract's shape with this code.
pub async fn refusal(request: RequestBuilder, status: u16, code: &str) -> Value {
    let body = json(request, status).await;
    assert_eq!(body["code"], code, "{body}");
    assert!(
        body["message"].as_str().is_some_and(|sentence| sentence.ends_with('.')),
        "{body}"
    );
    assert_eq!(body["request_id"].as_str().map(str::len), Some(36), "{body}");
    body
}

/// Waits until something is so.
pub async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let waiting = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"));
}
