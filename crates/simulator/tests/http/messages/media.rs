//! Pictures, in both directions.

use simulator::{Capabilities, MessageStatus};

use super::{OWN, PHONE, silent, stage};
use crate::refused;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[tokio::test]
async fn a_picture_from_a_phone_is_fetched_by_redirect() {
    let stage = stage(silent).await;
    let (account, simulator) = (&stage.harness.account, &stage.harness.simulator);
    let files: [(&str, &[u8]); 2] = [("image/png", PNG), ("text/vcard", b"BEGIN:VCARD")];
    let sid = simulator.text(&account.sid, PHONE, OWN, "", &files);
    assert!(sid.starts_with("MM"));
    let asked = stage.app.first("/sms").await;
    assert_eq!(
        [asked.param("NumMedia"), asked.param("MediaContentType1")],
        ["2", "text/vcard"]
    );
    let url = asked.param("MediaUrl0").to_owned();
    assert_eq!(stage.harness.client.get(&url).send().await.unwrap().status(), 401);
    let answer = stage.harness.try_send(reqwest::Method::GET, &url, &[]).await.unwrap();
    assert_eq!(answer.status(), 307);
    let storage = answer.headers()["location"].to_str().unwrap().to_owned();
    assert!(storage.starts_with(&simulator.base_url()));
    let file = stage.harness.client.get(&storage).send().await.unwrap();
    assert_eq!(file.headers()["content-type"], "image/png");
    assert_eq!(file.bytes().await.unwrap(), PNG);
    let (_, list) = stage.harness.get(&format!("/Messages/{sid}/Media.json")).await;
    assert_eq!(list["media_list"].as_array().unwrap().len(), 2);
    let one = format!(
        "/Messages/{sid}/Media/{}",
        list["media_list"][0]["sid"].as_str().unwrap()
    );
    assert_eq!(stage.harness.delete(&format!("{one}.json")).await.0, 204);
    assert_eq!(refused(stage.harness.get(&one).await), (404, 20404));
    assert_eq!(stage.harness.client.get(&storage).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn a_picture_to_a_phone_is_fetched_before_it_is_sent() {
    let stage = stage(|asked| match asked.path.as_str() {
        "/picture" => "raw:not really a picture".to_owned(),
        _ => String::new(),
    })
    .await;
    let url = stage.app.url("/picture");
    let (status, text) = stage.send("look", &[("MediaUrl", &url), ("MediaUrl", &url)]).await;
    assert_eq!((status, text["num_media"].as_str()), (201, Some("2")));
    let sid = text["sid"].as_str().unwrap();
    let text = stage.reaches(sid, MessageStatus::Delivered).await;
    assert_eq!((text.media.len(), text.media[0].content_type.as_str()), (2, "text/xml"));
    stage.app.fail("/picture", &[404]);
    let sid = stage.sent("", &[("MediaUrl", &url)]).await;
    assert_eq!(stage.reaches(&sid, MessageStatus::Failed).await.error_code, Some(11200));
}

#[tokio::test]
async fn not_every_number_sends_pictures() {
    let stage = stage(silent).await;
    stage.harness.simulator.edit_number(&stage.harness.number, |number| {
        number.capabilities = Capabilities::default();
    });
    let url = stage.app.url("/picture");
    assert_eq!(refused(stage.send("look", &[("MediaUrl", &url)]).await), (400, 21612));
    assert_eq!(
        refused(stage.send("look", &[("MediaUrl", "file:///x")]).await),
        (400, 21620)
    );
    let many = vec![("MediaUrl", url.as_str()); 11];
    assert_eq!(refused(stage.send("look", &many).await), (400, 21623));
}
