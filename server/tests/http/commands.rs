use std::process::Output;

use crate::harness::{KEYS, World, json};

fn run(world: &World, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    world
        .program(arguments)
        .envs(settings.iter().copied())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
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
    ];
    for command in ["serve", "migrate", "doctor", "rotate-keys"] {
        let output = run(&world, &[command], &bad);
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
    let wrong = run(&world, &["serve"], &[("APP_KEYS", KEYS)]);
    assert!(
        !wrong.status.success() && said(&wrong).contains("APP_KEYS"),
        "{}",
        said(&wrong)
    );
    let file = world.folder.path().join("app_keys");
    let keys = std::fs::read_to_string(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let missing = run(&world, &["serve"], &[]);
    assert!(
        !missing.status.success() && said(&missing).contains("is gone"),
        "{}",
        said(&missing)
    );
    assert!(!file.exists(), "no key is made over existing ciphertext");

    // The operator's own key from now on: both are known while the secrets are sealed anew, then the new one alone.
    let both = format!("{KEYS},{keys}");
    let rotated = run(&world, &["rotate-keys"], &[("APP_KEYS", &both)]);
    assert!(
        rotated.status.success() && said(&rotated).contains("rewrapped=2"),
        "{}",
        said(&rotated)
    );
    assert!(!said(&rotated).contains(&keys[keys.len() - 20..]));
    let cookie = ann.cookie.clone();
    let server = world.serve_with(&[("APP_KEYS", KEYS)]).await;
    json(server.get("/twilio/token").header("cookie", cookie), 200).await;
    let old = run(&world, &["serve"], &[("APP_KEYS", keys.trim())]);
    assert!(!old.status.success());
}

#[tokio::test]
async fn the_doctor_tells_what_is_right_and_what_is_not() {
    let world = World::new().await;
    let server = world.serve().await;
    let healthy = run(&world, &["doctor"], &[("APP_URL", &server.url)]);
    assert!(healthy.status.success(), "{}", said(&healthy));
    assert_eq!(said(&healthy).matches("ok     ").count(), 6, "{}", said(&healthy));
    let ill = run(
        &world,
        &["doctor"],
        &[
            ("APP_URL", "http://127.0.0.1:9"),
            ("TWILIO_API_URL", "http://127.0.0.1:9"),
        ],
    );
    assert!(!ill.status.success());
    assert_eq!(said(&ill).matches("FAULT  ").count(), 2, "{}", said(&ill));
}

#[tokio::test]
async fn migrating_twice_is_migrating_once() {
    let world = World::new().await;
    for _ in 0..2 {
        let output = run(&world, &["migrate"], &[]);
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
