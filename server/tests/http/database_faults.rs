//! The database is locked for long, or its disk is full: callers hear something polite, Twilio is told to come again, pages
//! can be read, and what was acknowledged is kept.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use sqlx::{AnyConnection, Connection as _, query};

use crate::calls::{CALLER, Line};
use crate::harness::{Server, World, json};
use crate::webhooks_kept::{Request, calls};

/// Afterwards Twilio speaks to the caller itself, of an error of the application.
/// <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>
const TWILIO_WAITS: Duration = Duration::from_secs(15);

#[tokio::test]
async fn a_database_that_is_locked_for_long_costs_an_apology_and_nothing_else() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let (cookie, account) = (line.user.cookie.clone(), line.account.clone());
    let before = line.rings(CALLER).await;

    sqlx::any::install_default_drivers();
    let url = format!("sqlite://{}", world.database().display());
    let mut other = AnyConnection::connect(&url).await.unwrap();
    query("BEGIN IMMEDIATE").execute(&mut other).await.unwrap();
    let call = crate::calls::sid("CA");
    let (rings, over) = (Request::rings(&account, &call), Request::over(&account, &call));
    let (said, reported) = tokio::join!(rings.answered(&server), over.answered(&server));
    assert_eq!(said.0, StatusCode::OK);
    assert!(said.1.contains("<Say>") && said.1.contains("went wrong"), "{}", said.1);
    assert_eq!(
        reported.0,
        StatusCode::INTERNAL_SERVER_ERROR,
        "Twilio reports again what is not acknowledged"
    );
    assert_eq!(calls(&server, &cookie).await.len(), 1, "the log can be read meanwhile");
    query("ROLLBACK").execute(&mut other).await.unwrap();

    assert_eq!(over.answered(&server).await.0, StatusCode::NO_CONTENT);
    let log = calls(&server, &cookie).await;
    assert_eq!(log.len(), 2);
    assert!(log.iter().any(|call| call["provider_sid"] == before.as_str()));
    world.is_in_order().await;
    assert!(server.stop().await);
}

#[tokio::test]
async fn a_table_that_is_locked_for_long_costs_an_apology_and_nothing_else() {
    let Some(world) = World::on_postgres().await else {
        return;
    };
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let (cookie, account) = (line.user.cookie.clone(), line.account.clone());
    line.rings(CALLER).await;
    let mut other = AnyConnection::connect(&world.database_url()).await.unwrap();
    for table in ["calls", "webhook_inbox"] {
        // Whoever reads may, whoever writes waits.
        let lock = sqlx::AssertSqlSafe(format!("LOCK TABLE {table} IN EXCLUSIVE MODE"));
        query("BEGIN").execute(&mut other).await.unwrap();
        query(lock).execute(&mut other).await.unwrap();
        let call = crate::calls::sid("CA");
        let (rings, over) = (Request::rings(&account, &call), Request::over(&account, &call));
        let before = calls(&server, &cookie).await.len();
        let begun = Instant::now();
        let (said, reported) = tokio::join!(rings.answered(&server), over.answered(&server));
        let took = begun.elapsed();
        assert!(took < TWILIO_WAITS, "{table}: {took:?}");
        assert_eq!(said.0, StatusCode::OK);
        assert!(
            said.1.contains("<Say>") && said.1.contains("went wrong"),
            "{table}: {}",
            said.1
        );
        assert_eq!(reported.0, StatusCode::INTERNAL_SERVER_ERROR, "{table}");
        assert_eq!(
            calls(&server, &cookie).await.len(),
            before,
            "the log can be read meanwhile"
        );
        query("ROLLBACK").execute(&mut other).await.unwrap();

        assert_eq!(over.answered(&server).await.0, StatusCode::NO_CONTENT, "{table}");
        assert_eq!(calls(&server, &cookie).await.len(), before + 1, "{table}");
        world.is_in_order().await;
    }
    other.close().await.unwrap();
    assert!(server.stop().await);
    world.end().await;
}

/// The program, which may write no file larger than that.
fn limited(world: &World, kilobytes: u64) -> Command {
    let program = world.program(&["serve"]);
    let mut shell = Command::new("sh");
    // The signal that a file has grown too large would end the program; without it, writing fails as on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" serve", kilobytes * 2);
    shell.args(["-c", &script]).arg(program.get_program());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
        .current_dir(world.home.path())
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    shell
}

#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let (cookie, account) = (line.user.cookie.clone(), line.account.clone());
    assert!(server.stop().await);
    let size = std::fs::metadata(world.database()).unwrap().len();

    let full = Server::start(limited(&world, size / 1024 + 64)).await;
    let mut kept = Vec::new();
    let mut refused = 0;
    // Each takes some pages of the log, which may be as large as the file.
    for _ in 0..400 {
        let call = crate::calls::sid("CA");
        let (status, xml) = Request::rings(&account, &call).answered(&full).await;
        assert_eq!(status, StatusCode::OK);
        if xml.contains("went wrong") {
            refused += 1;
        } else {
            kept.push(call);
        }
        if refused == 3 {
            break;
        }
    }
    assert_eq!(refused, 3, "the disk was never full");
    let listed = calls(&full, &cookie).await;
    assert!(!listed.is_empty() && full.get("/healthz").send().await.unwrap().status().is_success());
    full.kill();

    let server = world.serve().await;
    let mut cursor = String::new();
    let mut stored = Vec::new();
    loop {
        let path = format!("/api/calls?limit=100&cursor={cursor}");
        let page = json(server.get(&path).header("cookie", &cookie), 200).await;
        let items = page["items"].as_array().unwrap();
        stored.extend(
            items
                .iter()
                .map(|call| call["provider_sid"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    stored.sort();
    kept.sort();
    assert_eq!(stored, kept);
    world.is_in_order().await;
    let doctor = world.program(&["doctor"]).output().unwrap();
    let said = String::from_utf8(doctor.stdout).unwrap();
    assert!(
        said.lines()
            .any(|line| line.starts_with("ok") && line.contains("database")),
        "{said}"
    );
}
