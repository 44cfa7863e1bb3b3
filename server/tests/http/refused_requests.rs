//! What was refused is told its owner, and only him.

use std::time::Duration;

use reqwest::{Method, header};
use secrecy::SecretString;

use crate::calls::{CALLER, Line, OWN, sid};
use crate::harness::{PATIENCE, World, on_each_database};

/// The reader's page, once that stands on it: it is looked into a second later, and stored within five.
async fn page_with(line: &Line<'_>, words: &str) -> String {
    until_async(words, async || {
        let page = line.user.page("/settings/refused").await;
        page.contains(words).then_some(page)
    })
    .await
}

#[tokio::test]
async fn why_a_webhook_was_refused_is_read_on_a_page() {
    on_each_database(async |world: &World| {
        let server = world.serve().await;
        let line = Line::connected(world, &server).await;
        let other = server.user().await;
        assert!(
            line.user
                .page("/settings/refused")
                .await
                .contains("Nothing was refused in the last 30 days.")
        );
        let form = [
            ("AccountSid", line.account.sid.as_str()),
            ("CallSid", &sid("CA")),
            ("From", CALLER),
            ("To", OWN),
        ];
        let pairs: Vec<_> = form
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let token = SecretString::from(line.account.auth_token.clone());
        let target = "/twiml/inbound?x=%3Cscript%3E";
        for (host, url) in [
            ("phone.example.com", format!("https://phone.example.com{target}")),
            ("<script>alert(1)</script>", format!("https://evil.example{target}")),
        ] {
            let post = server
                .request(Method::POST, target)
                .form(&pairs)
                .header("x-forwarded-host", host)
                .header("x-twilio-signature", twilio::signature::sign(&token, &url, &pairs));
            assert_eq!(post.send().await.unwrap().status(), 403);
        }
        let bare = server
            .request(Method::POST, "/twiml/inbound")
            .form(&pairs)
            .send()
            .await
            .unwrap();
        assert_eq!(bare.status(), 403);
        let page = page_with(&line, "There was no signature.").await;
        assert!(page.contains("Twilio signed for https://phone.example.com, but APP_URL says http://127.0.0.1:3000."));
        assert!(page.contains("another Auth Token") && page.contains("APP_URL"));
        for said in ["alert(1)", "x=%3C", CALLER, &pairs[1].1] {
            assert!(!page.contains(said), "{said}");
        }
        // A link on the setup page leads there.
        assert!(
            line.user
                .page("/twilio/setup")
                .await
                .contains("href=\"/settings/refused\"")
        );
        let others = other
            .get("/settings/refused")
            .header(header::ACCEPT, "text/html")
            .send()
            .await
            .unwrap();
        assert!(
            others
                .text()
                .await
                .unwrap()
                .contains("Nothing was refused in the last 30 days.")
        );
    })
    .await;
}

/// Waits until something is there.
async fn until_async<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"))
}
