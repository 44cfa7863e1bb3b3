//! Just enough HTTP to ask our own programs on loopback; a client library would double the time to the first `cargo xtask`.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// An answer.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `name=value` of the first cookie that is set.
    pub cookie: Option<String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The same, or an error with what was said instead.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(
            self.status == status,
            "answered with {} instead of {status}: {}",
            self.status,
            self.body
        );
        Ok(self)
    }
}

/// `GET path`.
pub async fn get(address: SocketAddr, path: &str) -> Result<Answer> {
    send(address, &format!("GET {path}"), "", "").await
}

/// `GET path` as somebody who has signed in.
pub async fn get_as(address: SocketAddr, path: &str, cookie: &str) -> Result<Answer> {
    send(address, &format!("GET {path}"), &format!("Cookie: {cookie}\r\n"), "").await
}

/// `POST path` with a form; names and values must not need escaping.
pub async fn post_form(address: SocketAddr, path: &str, cookie: &str, form: &[(&str, &str)]) -> Result<Answer> {
    let body = form
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect::<Vec<_>>()
        .join("&");
    let headers = format!("Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    send(address, &format!("POST {path}"), &headers, &body).await
}

/// `POST path` with a form that is escaped already, and more headers, each with its end of line.
pub async fn post_encoded(address: SocketAddr, path: &str, headers: &str, body: &str) -> Result<Answer> {
    let headers = format!("{headers}Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n");
    send(address, &format!("POST {path}"), &headers, body).await
}

/// `POST path` with JSON.
pub async fn post_json(address: SocketAddr, path: &str, json: &str) -> Result<Answer> {
    send(
        address,
        &format!("POST {path}"),
        "Content-Type: application/json\r\n",
        json,
    )
    .await
}

/// Version 1.0, so that the answer comes in one piece and ends with the connection.
async fn send(address: SocketAddr, what: &str, headers: &str, body: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let length = body.len();
    let request = format!(
        "{what} HTTP/1.0\r\nHost: {address}\r\nAccept: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    parse(&String::from_utf8_lossy(&answer)).with_context(|| format!("no HTTP answer from {address}"))
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let cookie = lines
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
        .and_then(|(_, value)| value.split(';').next())
        .map(str::to_owned);
    Some(Answer {
        status,
        cookie,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_cookie_and_body_are_found() {
        let answer = parse("HTTP/1.0 201 Created\r\nSet-Cookie: s=1; Path=/\r\nX: y\r\n\r\n{\"a\": 1}");
        let found = answer.map(|answer| (answer.status, answer.cookie, answer.body));
        assert_eq!(found, Some((201, Some("s=1".into()), "{\"a\": 1}".into())));
        assert!(parse("no HTTP").is_none());
    }
}
