//! Texts from the pages' forms, in a browser without JavaScript.

use crate::calls::{CALLER, Line};
use crate::harness::World;
use crate::messages::list;

#[tokio::test]
async fn a_browser_without_javascript_writes_to_somebody() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    let user = &line.user;
    let form = [("to", "020 7946 0018"), ("body", "Hello"), ("key", "f2a4")];
    let thread = "/messages/%2B442079460018";
    for _ in 0..2 {
        assert_eq!(user.submit("/messages/send", &form).await, thread);
    }
    assert_eq!(list(user, "").await.len(), 1, "sent twice, it is one text");
    let again = [("to", CALLER), ("body", "Again")];
    assert_eq!(user.submit("/api/messages", &again).await, thread);

    let empty = [("to", CALLER), ("body", ""), ("next", thread)];
    assert!(
        user.submit("/messages/send", &empty)
            .await
            .starts_with(&format!("{thread}?error="))
    );
    // What was typed is not lost with a refusal.
    let late = |keep| {
        let words = ("body", "Not on that day");
        [
            ("to", CALLER),
            words,
            ("send_at", "2020-01-01T09:30"),
            ("next", thread),
            ("keep", keep),
        ]
    };
    for (keep, kept) in [("false", false), ("true", true)] {
        let refused = user.submit("/messages/send", &late(keep)).await;
        assert_eq!(refused, format!("{thread}?error=invalid_message"));
        assert_eq!(user.page(&refused).await.contains("Not on that day"), kept);
    }
    assert_eq!(list(user, "").await.len(), 2, "and nothing was sent");
    let draft = [("to", CALLER), ("body", "I was about to say"), ("next", thread)];
    assert_eq!(user.submit("/messages/draft", &draft).await, thread);
    let name = [("peer", CALLER), ("name", "Ada"), ("next", thread)];
    assert_eq!(user.submit("/messages/name", &name).await, thread);
    assert_eq!(user.submit("/messages/seen", &[("peer", CALLER)]).await, "/messages");
    let settings = [("notify_sign_in", "false")];
    assert_eq!(
        user.submit("/settings/texts", &settings).await,
        "/settings/texts?done=saved"
    );
}
