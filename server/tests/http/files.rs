//! The front end's files: found, compressed ahead of time, and kept by browsers for as long as they are the same.

use reqwest::header;

use crate::harness::{Server, World, refusal};

const HASHED: &str = "pkg/sniko.0123456789abcdef0123.css";

/// A site folder with one hashed file, one without a hash, and a compressed copy of the first.
async fn serve(world: &World) -> Server {
    let site = world.home.path().join("site");
    std::fs::create_dir_all(site.join("pkg")).unwrap();
    std::fs::write(site.join(HASHED), "body{}").unwrap();
    std::fs::write(site.join(format!("{HASHED}.br")), "as brotli").unwrap();
    std::fs::write(site.join(format!("{HASHED}.gz")), "as gzip").unwrap();
    std::fs::write(site.join("robots.txt"), "User-agent: *").unwrap();
    world.serve_with(&[("LEPTOS_SITE_ROOT", site.to_str().unwrap())]).await
}

#[tokio::test]
async fn hashed_files_are_kept_for_ever_and_others_for_an_hour() {
    let world = World::new().await;
    let server = serve(&world).await;
    for (path, keep) in [
        (HASHED, "public, max-age=31536000, immutable"),
        ("robots.txt", "public, max-age=3600"),
    ] {
        let answer = server.get(&format!("/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let headers = answer.headers();
        assert_eq!(headers[header::CACHE_CONTROL], keep, "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert!(headers.contains_key(header::CONTENT_SECURITY_POLICY) && headers.contains_key("x-request-id"));

        let date = headers[header::LAST_MODIFIED].clone();
        let again = server.get(&format!("/{path}")).header(header::IF_MODIFIED_SINCE, date);
        let again = again.send().await.unwrap();
        assert_eq!(again.status(), 304, "{path}");
        assert_eq!(again.headers()[header::CACHE_CONTROL], keep, "{path}");
    }
    let gone = server.get("/pkg/sniko.fedcba9876543210fedc.css").send().await.unwrap();
    assert_eq!(gone.status(), 404);
    assert_eq!(
        gone.headers()[header::CACHE_CONTROL],
        "no-store",
        "what is missing now may be there later"
    );
}

#[tokio::test]
async fn a_browser_gets_the_smallest_copy_that_it_can_read() {
    let world = World::new().await;
    let server = serve(&world).await;
    for (accepts, encoding, text) in [
        ("gzip, deflate, br, zstd", Some("br"), "as brotli"),
        ("gzip", Some("gzip"), "as gzip"),
        ("identity", None, "body{}"),
    ] {
        let answer = server
            .get(&format!("/{HASHED}"))
            .header(header::ACCEPT_ENCODING, accepts)
            .send()
            .await
            .unwrap();
        let headers = answer.headers();
        assert_eq!(headers[header::CONTENT_TYPE], "text/css");
        assert_eq!(
            headers
                .get(header::CONTENT_ENCODING)
                .map(|value| value.to_str().unwrap()),
            encoding
        );
        assert_eq!(answer.text().await.unwrap(), text);
    }
}

#[tokio::test]
async fn folders_are_not_listed_and_files_are_only_read() {
    let world = World::new().await;
    let server = serve(&world).await;
    refusal(server.get("/pkg"), 404, "not_found").await;
    refusal(server.get("/pkg/"), 404, "not_found").await;
    refusal(server.post("/robots.txt", &[]), 404, "not_found").await;
}
