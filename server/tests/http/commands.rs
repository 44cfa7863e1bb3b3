use std::process::Output;

use crate::harness::{KEYS, World, json};

pub async fn run(world: &World, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut program = world.program(arguments);
    program.envs(settings.iter().copied());
    // Awaited, so that the simulator can answer meanwhile.
    tokio::process::Command::from(program).output().await.unwrap()
}

pub fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[tokio::test]
async fn bad_settings_stop_the_start_and_all_are_named() {
    let world = World::new().await;
    let bad = [
        ("APP_URL", "nonsense"),
        ("DATABASE_URL", "mysql://x"),
        ("SMS_DEFAULT", "pigeon"),
        ("APP_KEYS", "k1:x"),
        ("LEPTOS_SITE_ADDR", "here"),
    ];
    for command in ["serve", "migrate", "doctor", "rotate-keys"] {
        let output = run(&world, &[command], &bad).await;
        assert!(!output.status.success());
        for (name, _) in bad {
            assert!(said(&output).contains(name), "{command}: {}", said(&output));
        }
    }
}

#[tokio::test]
async fn a_missing_or_wrong_key_refuses_to_start() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    json(ann.post("/twilio/credentials", &account.save()), 200).await;
    assert!(server.stop().await);
    let wrong = run(&world, &["serve"], &[("APP_KEYS", KEYS)]).await;
    assert!(
        !wrong.status.success() && said(&wrong).contains("APP_KEYS"),
        "{}",
        said(&wrong)
    );
    let file = world.folder.path().join("app_keys");
    let keys = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let missing = run(&world, &["serve"], &[]).await;
    assert!(
        !missing.status.success() && said(&missing).contains("is gone"),
        "{}",
        said(&missing)
    );
    assert!(!file.exists(), "no key is made over existing ciphertext");

    // The operator's own key from now on: both are known while the secrets are sealed anew, then the new one alone.
    let both = format!("{KEYS},{keys}");
    let rotated = run(&world, &["rotate-keys"], &[("APP_KEYS", &both)]).await;
    assert!(
        rotated.status.success() && said(&rotated).contains("rewrapped=2"),
        "{}",
        said(&rotated)
    );
    assert!(!said(&rotated).contains(&keys[keys.len() - 20..]));
    let cookie = ann.cookie.clone();
    let server = world.serve_with(&[("APP_KEYS", KEYS)]).await;
    json(server.get("/twilio/token").header("cookie", cookie), 200).await;
    let old = run(&world, &["serve"], &[("APP_KEYS", keys.trim())]).await;
    assert!(!old.status.success());
}

#[tokio::test]
async fn migrating_twice_is_migrating_once() {
    let world = World::new().await;
    for _ in 0..2 {
        let output = run(&world, &["migrate"], &[]).await;
        assert!(output.status.success(), "{}", said(&output));
    }
    assert!(world.database().exists());
}

#[tokio::test]
async fn stopping_ends_what_runs_and_keeps_what_was_saved() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let slow = simulator::Fault {
        method: None,
        path: "*".into(),
        skip: 0,
        times: None,
        effect: simulator::Effect::Delay(300),
    };
    world.simulator.inject(slow);
    let save = tokio::spawn(ann.post("/twilio/credentials", &account.save()).send());
    crate::harness::until("Save has begun", || !world.simulator.journal().is_empty()).await;
    let cookie = ann.cookie.clone();
    assert!(server.stop().await);
    assert_eq!(save.await.unwrap().unwrap().status(), 200);
    let again = world.serve().await;
    json(again.get("/twilio/credentials").header("cookie", cookie), 200).await;
}

#[tokio::test]
async fn the_env_file_is_read_and_a_line_of_it_is_never_repeated() {
    let world = World::new().await;
    let file = world.home.path().join(".env");
    std::fs::write(&file, "SIGN_UP=perhaps\nSMS_DEFAULT=pigeon\n").unwrap();
    let output = run(&world, &["migrate"], &[("SMS_DEFAULT", "twilio")]).await;
    assert!(!output.status.success() && said(&output).contains("SIGN_UP"));
    assert!(
        !said(&output).contains("SMS_DEFAULT"),
        "the environment comes first: {}",
        said(&output)
    );

    std::fs::write(&file, "TWILIO_AUTH_TOKEN hunter2 hunter2\n").unwrap();
    let output = run(&world, &["migrate"], &[]).await;
    assert!(!output.status.success() && said(&output).contains(".env"));
    assert!(!said(&output).contains("hunter2"), "{}", said(&output));
}

#[tokio::test]
async fn without_its_front_end_the_server_does_not_start() {
    let world = World::new().await;
    let settings = [("LEPTOS_HASH_FILES", "true"), ("LEPTOS_HASH_FILE", "/nowhere/hash.txt")];
    let output = run(&world, &["serve"], &settings).await;
    assert!(
        !output.status.success() && said(&output).contains("/nowhere/hash.txt"),
        "{}",
        said(&output)
    );
}

#[tokio::test]
async fn a_second_signal_stops_at_once_and_the_next_start_cleans_up() {
    let world = World::new().await;
    let mut server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let before = world.snapshot(&account);
    let hang = simulator::Fault::forever("POST", "/Keys.json", simulator::Effect::HangAfter);
    world.simulator.inject(hang);
    let save = tokio::spawn(ann.post("/twilio/credentials", &account.save()).send());
    let made = || !world.snapshot(&account).keys.is_empty();
    crate::harness::until("the key is made", made).await;
    server.signal("TERM");
    crate::harness::until("it stops", || server.log().contains("a second signal")).await;
    server.signal("TERM");
    crate::harness::until("it has stopped", || server.ended().is_some()).await;
    assert!(!server.ended().unwrap() && server.log().contains("stopped at once"));
    assert!(save.await.unwrap().is_err(), "nobody was answered");

    world.simulator.clear_faults();
    let again = world.serve().await;
    crate::harness::until("all is taken back", || world.snapshot(&account) == before).await;
    assert!(again.stop().await);
}
