//! Pages under load: what one of them waits for, another must not hold.

use futures::future::join_all;
use reqwest::header;

use crate::calls::Line;
use crate::harness::World;

/// More than there are connections to the database.
const AT_ONCE: usize = 40;

#[tokio::test]
async fn pages_asked_for_at_once_are_all_drawn() {
    let world = World::new().await;
    let server = world.serve().await;
    let line = Line::connected(&world, &server).await;
    for path in ["/twilio/setup", "/calls", "/messages"] {
        let pages = (0..AT_ONCE).map(|_| async {
            let answer = line
                .user
                .get(path)
                .header(header::ACCEPT, "text/html")
                .send()
                .await
                .unwrap();
            (
                answer.status().as_u16(),
                answer.text().await.unwrap().contains("</html>"),
            )
        });
        let drawn = join_all(pages).await;
        assert!(drawn.iter().all(|page| *page == (200, true)), "{path}: {drawn:?}");
    }
    assert!(!server.log().contains("pool timed out"), "{}", server.log());
}
