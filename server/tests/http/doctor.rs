//! `sniko doctor`: what is right, what is not, and the way out.

use serde_json::Value;

use crate::calls::Line;
use crate::commands::{run, said};
use crate::harness::{KEYS, World, on_each_database};
use crate::webhooks::in_database;

/// The lines with this sign, by what they are about.
fn lines<'a>(said: &'a str, sign: &str) -> Vec<&'a str> {
    let lines = said.lines().filter_map(|line| line.strip_prefix(sign));
    lines
        .filter_map(|line| Some(line.trim_start().split_once(": ")?.0))
        .collect()
}

#[tokio::test]
async fn the_doctor_tells_what_is_right_and_what_is_not() {
    let world = World::new().await;
    let server = world.serve().await;
    let healthy = run(&world, &["doctor"], &[("APP_URL", &server.url)]).await;
    assert!(healthy.status.success(), "{}", said(&healthy));
    let checks = [
        "settings",
        "files",
        "database",
        "keys",
        "integrity",
        "rows",
        "secrets",
        "disk",
        "connections",
        "jobs",
        "Twilio",
        "clock",
        "texts",
        "public URL",
        "webhooks",
    ];
    assert_eq!(lines(&said(&healthy), "ok"), checks, "{}", said(&healthy));
    assert!(said(&healthy).contains("this installation"), "{}", said(&healthy));

    let away = "http://127.0.0.1:9";
    let ill = run(&world, &["doctor"], &[("APP_URL", away), ("TWILIO_API_URL", away)]).await;
    assert!(!ill.status.success());
    assert_eq!(lines(&said(&ill), "FAULT"), ["Twilio", "public URL"], "{}", said(&ill));
}

#[tokio::test]
async fn the_doctor_makes_nothing() {
    let world = World::new().await;
    let output = run(&world, &["doctor"], &[("APP_URL", "http://127.0.0.1:9")]).await;
    assert!(said(&output).contains("ok     database: none yet"), "{}", said(&output));
    assert!(said(&output).contains("ok     keys: none yet"), "{}", said(&output));
    assert_eq!(std::fs::read_dir(world.folder.path()).unwrap().count(), 0);

    let wrong = {
        let server = world.serve().await;
        assert!(server.stop().await);
        run(&world, &["doctor"], &[("APP_KEYS", KEYS)]).await
    };
    assert!(
        !wrong.status.success() && said(&wrong).contains("FAULT  keys:"),
        "{}",
        said(&wrong)
    );
}

#[tokio::test]
async fn an_address_that_leads_to_somebody_else_is_told() {
    let world = World::new().await;
    let ours = world.serve().await;
    let other_world = World::new().await;
    let other = other_world.serve().await;
    let output = run(&world, &["doctor"], &[("APP_URL", &other.url)]).await;
    assert_eq!(lines(&said(&output), "FAULT"), ["public URL"], "{}", said(&output));
    assert!(
        said(&output).contains("another installation of Sniko"),
        "{}",
        said(&output)
    );
    // Something that answers, and is no Sniko.
    let output = run(
        &world,
        &["doctor"],
        &[("APP_URL", &world.simulator.base_url().to_string())],
    )
    .await;
    assert!(
        lines(&said(&output), "FAULT").contains(&"public URL"),
        "{}",
        said(&output)
    );
    drop(ours);
}

#[tokio::test]
async fn a_schema_of_another_version_is_told_with_the_way_out() {
    let world = World::new().await;
    assert!(world.serve().await.stop().await);
    in_database(
        &world,
        "UPDATE _sqlx_migrations SET version = 99999 WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
    )
    .await;
    let newer = run(&world, &["doctor"], &[]).await;
    assert!(said(&newer).contains("newer than this program"), "{}", said(&newer));
    in_database(&world, "DELETE FROM _sqlx_migrations WHERE version > 1").await;
    let older = run(&world, &["doctor"], &[]).await;
    assert!(said(&older).contains("run `sniko migrate`"), "{}", said(&older));
    assert_eq!(lines(&said(&older), "FAULT")[0], "database");
}

#[tokio::test]
async fn what_nobody_has_done_is_a_notice() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    line.missed(crate::calls::CALLER).await;
    assert!(server.stop().await);
    in_database(&world, "UPDATE connections SET state = 'left_behind'").await;
    let output = run(&world, &["doctor"], &[]).await;
    assert_eq!(lines(&said(&output), "notice"), ["connections"], "{}", said(&output));
    assert!(said(&output).contains("left something behind"), "{}", said(&output));
}

#[tokio::test]
async fn rows_that_disagree_are_named() {
    let world = World::new().await;
    let server = world.serve().await;
    Line::connected(&world, &server).await;
    assert!(server.stop().await);
    in_database(&world, "UPDATE connections SET api_key_sid = NULL").await;
    let output = run(&world, &["doctor"], &[]).await;
    assert!(lines(&said(&output), "FAULT").contains(&"rows"), "{}", said(&output));
    assert!(
        said(&output).contains("a connected account has all that it needs"),
        "{}",
        said(&output)
    );
}

#[tokio::test]
async fn secrets_that_do_not_open_are_named_with_the_way_out() {
    on_each_database(async |world| {
        let server = world.serve().await;
        Line::connected(world, &server).await;
        let whole = run(world, &["doctor"], &[("APP_URL", &server.url)]).await;
        assert!(said(&whole).contains("ok     secrets: all 2 open"), "{}", said(&whole));
        assert!(server.stop().await);
        // Sealed by us, for another place.
        in_database(world, "UPDATE connections SET auth_token = api_key_secret").await;
        let moved = run(world, &["doctor"], &[]).await;
        assert!(lines(&said(&moved), "FAULT").contains(&"secrets"), "{}", said(&moved));
        assert!(
            said(&moved).contains("1 of 2 do not open: the Auth Token of connection ")
                && said(&moved).contains("its user enters the Auth Token again"),
            "{}",
            said(&moved)
        );
        let another = ("APP_KEYS", "k9:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE=");
        let keys = run(world, &["doctor"], &[another]).await;
        assert!(lines(&said(&keys), "FAULT").contains(&"keys"), "{}", said(&keys));
        assert!(lines(&said(&keys), "-").contains(&"secrets"), "{}", said(&keys));
    })
    .await;
}

#[tokio::test]
async fn programs_are_told_as_json() {
    let world = World::new().await;
    let server = world.serve().await;
    let output = run(&world, &["doctor", "--json"], &[("APP_URL", &server.url)]).await;
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = found.as_array().unwrap();
    assert!(
        found.len() > 10 && found.iter().all(|finding| finding["state"] == "ok"),
        "{found:?}"
    );
    let ill = run(&world, &["doctor", "--json"], &[("APP_URL", "http://127.0.0.1:9")]).await;
    assert!(!ill.status.success());
    let found: Value = serde_json::from_slice(&ill.stdout).unwrap();
    let of = |check: &str| {
        found
            .as_array()
            .unwrap()
            .iter()
            .find(|finding| finding["check"] == check)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (&of("public URL")["state"], &of("webhooks")["state"]),
        (&"fault".into(), &"skipped".into())
    );
}
