//! The whole wizard as a browser without JavaScript goes through it: pages, form posts, redirects.

use reqwest::header;
use simulator::{Effect, Fault};

use crate::harness::{World, browser, location, session_cookie};

const PASSWORD: &str = "correct horse battery";

#[tokio::test]
async fn the_whole_wizard_without_javascript() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let before = world.snapshot(&account);

    let page = ann.page("/twilio/setup").await;
    assert!(page.contains("action=\"/twilio/verify\""));
    let swapped = [
        ("account_sid", account.auth_token.as_str()),
        ("auth_token", account.sid.as_str()),
    ];
    assert!(
        ann.submit("/twilio/verify", &swapped)
            .await
            .starts_with("/twilio/setup/credentials?error=")
    );
    let page = ann.page("/twilio/setup/credentials?error=invalid_credentials").await;
    assert!(
        !page.contains(&account.auth_token),
        "what was typed into the wrong field is not shown"
    );

    assert_eq!(
        ann.submit("/twilio/verify", &account.pair()).await,
        "/twilio/setup/number"
    );
    let page = ann.page("/twilio/setup/number").await;
    assert!(page.contains("+44 20 7183 8750") && page.contains("https://example.com/voice"));
    let chosen = [("phone_number_sid", account.number.as_str())];
    assert_eq!(
        ann.submit("/twilio/credentials", &chosen).await,
        "/twilio/setup/number?error=number_in_use"
    );
    assert_eq!(world.snapshot(&account), before);
    let taken = [("phone_number_sid", account.number.as_str()), ("take_over", "true")];
    let connected = ann.submit("/twilio/credentials", &taken).await;
    assert_eq!(connected, "/twilio/setup?done=connected");
    let page = ann.page(&connected).await;
    assert!(page.contains("Connected") && page.contains("/twilio/disconnect"));

    let not_confirmed = ann.submit("/twilio/disconnect", &[("confirmation", "yes")]).await;
    assert_eq!(not_confirmed, "/twilio/setup?error=not_confirmed");
    assert_eq!(
        ann.submit("/twilio/disconnect", &[("confirmation", "disconnect")])
            .await,
        "/twilio/setup?done=disconnected"
    );
    assert_eq!(world.snapshot(&account), before);
}

#[tokio::test]
async fn a_step_that_failed_is_told_by_the_checklist() {
    let world = World::new().await;
    let server = world.serve().await;
    let (ann, account) = (server.user().await, world.account());
    let before = world.snapshot(&account);
    ann.submit("/twilio/verify", &account.pair()).await;
    world
        .simulator
        .inject(Fault::forever("POST", "/Keys.json", Effect::status(400, 20400)));
    let chosen = [("phone_number_sid", account.number.as_str()), ("take_over", "true")];
    let page = ann.submit("/twilio/credentials", &chosen).await;
    assert!(page.starts_with("/twilio/setup?error="), "{page}");
    let page = ann.page(&page).await;
    assert!(
        page.contains("Taken back") && page.contains("Twilio error 20400"),
        "{page}"
    );
    assert_eq!(world.snapshot(&account), before);
    world.simulator.clear_faults();
    let connected = ann.submit("/twilio/credentials", &chosen).await;
    assert_eq!(connected, "/twilio/setup?done=connected");
}

#[tokio::test]
async fn signing_in_leads_back_to_where_one_was() {
    let world = World::new().await;
    let server = world.serve().await;
    let ann = server.user().await;
    let sign_in = async |form: &[(&str, &str)]| {
        browser(server.post("/auth/sign-in", form), &server.url)
            .send()
            .await
            .unwrap()
    };
    let right = [("email", ann.email.as_str()), ("password", PASSWORD)];
    let answer = sign_in(&right).await;
    assert_eq!(location(&answer), "/twilio/setup");
    assert!(session_cookie(&answer).starts_with("sniko="));
    let with_next = |next: &'static str| [right[0], right[1], ("next", next)];
    assert_eq!(
        location(&sign_in(&with_next("/settings/sessions")).await),
        "/settings/sessions"
    );
    for evil in ["https://evil.example", "//evil.example", "/\\evil.example"] {
        assert_eq!(location(&sign_in(&with_next(evil)).await), "/twilio/setup", "{evil}");
    }
    let wrong = [
        right[0],
        ("password", "wrong horse battery"),
        ("next", "/settings/sessions"),
    ];
    let page = location(&sign_in(&wrong).await);
    assert_eq!(
        page,
        "/sign-in?error=wrong_email_or_password&next=%2Fsettings%2Fsessions"
    );
    let page = server
        .get(&page)
        .header(header::ACCEPT, "text/html")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("The e-mail address or the password is wrong."));
    assert!(page.contains("value=\"/settings/sessions\""));
    let out = browser(ann.post("/auth/sign-out", &[]), &server.url)
        .send()
        .await
        .unwrap();
    assert_eq!(location(&out), "/");
}

#[tokio::test]
async fn a_form_of_nobody_leads_to_sign_in() {
    let world = World::new().await;
    let server = world.serve().await;
    let account = world.account();
    let answer = browser(server.post("/twilio/verify", &account.pair()), &server.url)
        .send()
        .await
        .unwrap();
    assert_eq!(location(&answer), "/sign-in?next=%2Ftwilio%2Fsetup%2Fcredentials");
    assert!(world.simulator.journal().is_empty());
}
