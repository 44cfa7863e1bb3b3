//! `/healthz` and `/readyz`: alive is not the same as ready.

use crate::harness::{Server, World, refusal, until};
use crate::webhooks::in_database;

async fn status(server: &Server, path: &str) -> u16 {
    server.get(path).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_server_is_ready_once_it_says_so() {
    let world = World::new().await;
    let server = world.serve().await;
    assert_eq!(
        (status(&server, "/healthz").await, status(&server, "/readyz").await),
        (200, 200)
    );
}

#[tokio::test]
async fn without_its_database_a_server_lives_and_is_not_ready() {
    let world = World::new().await;
    let server = world.serve().await;
    in_database(&world, "ALTER TABLE installation RENAME TO gone").await;
    refusal(server.get("/readyz"), 503, "not_ready").await;
    assert_eq!(status(&server, "/healthz").await, 200);
    in_database(&world, "ALTER TABLE gone RENAME TO installation").await;
    assert_eq!(status(&server, "/readyz").await, 200, "it is ready again by itself");
}

#[tokio::test]
async fn a_server_that_stops_is_not_ready_and_answers_nevertheless() {
    let world = World::new().await;
    let mut server = world.serve().await;
    server.signal("TERM");
    until("it stops", || server.log().contains("stopping")).await;
    refusal(server.get("/readyz"), 503, "not_ready").await;
    assert_eq!(status(&server, "/healthz").await, 200);
    until("it has stopped", || server.ended().is_some()).await;
    assert_eq!(server.ended(), Some(true));
}
