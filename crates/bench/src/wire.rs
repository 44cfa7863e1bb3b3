//! A connection that stays open, and the answers that come on it. A client library would use as much of the processor as
//! the server that is measured.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Most headers of an answer.
const HEADERS: usize = 64;

/// A connection.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    read: Vec<u8>,
}

/// Where an answer's body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Length(usize),
    Chunked,
}

/// An answer.
pub struct Answer<'a> {
    /// Its status.
    pub status: u16,
    /// Its body, with the marks of its chunks where it has some.
    pub body: &'a [u8],
}

impl Connection {
    /// One that is opened when it is first used.
    pub fn to(address: SocketAddr) -> Self {
        Self {
            address,
            stream: None,
            read: Vec::with_capacity(64 * 1024),
        }
    }

    /// Asks, and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks off, or what comes is no answer. It is opened anew next time.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect(self.address).await?;
                stream.set_nodelay(true)?;
                stream
            }
        };
        stream.write_all(request).await?;
        self.read.clear();
        let (head, status, stays) = loop {
            let more = stream.read_buf(&mut self.read).await?;
            ensure!(more > 0, "the connection was closed before an answer");
            if let Some(found) = head(&self.read)? {
                break found;
            }
        };
        let (begin, end) = head;
        while !is_whole(self.read.get(begin..).unwrap_or_default(), end)? {
            let more = stream.read_buf(&mut self.read).await?;
            ensure!(more > 0, "the connection was closed in the middle of an answer");
        }
        if stays {
            self.stream = Some(stream);
        }
        Ok(Answer {
            status,
            body: self.read.get(begin..).unwrap_or_default(),
        })
    }
}

/// Where the body begins and ends, the status, and whether the connection stays open; none while the head is not whole.
type Head = ((usize, End), u16, bool);

fn head(bytes: &[u8]) -> Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(begin) = answer.parse(bytes).context("no HTTP answer")? else {
        return Ok(None);
    };
    let status = answer.code.context("an answer without a status")?;
    let (mut end, mut stays) = (End::Length(0), true);
    for header in answer.headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            end = End::Length(std::str::from_utf8(header.value)?.parse()?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            end = End::Chunked;
        } else if header.name.eq_ignore_ascii_case("connection") && header.value.eq_ignore_ascii_case(b"close") {
            stays = false;
        }
    }
    Ok(Some(((begin, end), status, stays)))
}

fn is_whole(body: &[u8], end: End) -> Result<bool> {
    let mut rest = match end {
        End::Length(length) => return Ok(body.len() >= length),
        End::Chunked => body,
    };
    loop {
        match httparse::parse_chunk_size(rest) {
            Ok(httparse::Status::Complete((begin, length))) => {
                // Behind each chunk comes the end of its line; behind the last, which is empty, that of the trailers.
                let length = usize::try_from(length)? + 2;
                match rest.get(begin + length..) {
                    Some(_) if length == 2 => return Ok(true),
                    Some(next) => rest = next,
                    None => return Ok(false),
                }
            }
            Ok(httparse::Status::Partial) => return Ok(false),
            Err(error) => bail!("a chunk of no size: {error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let answer = b"HTTP/1.1 204 No Content\r\nX: y\r\n\r\n";
        assert_eq!(head(answer).unwrap(), Some(((answer.len(), End::Length(0)), 204, true)));
        assert_eq!(head(&answer[..20]).unwrap(), None);
        let closing = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\n";
        assert_eq!(
            head(closing).unwrap(),
            Some(((closing.len(), End::Length(3)), 200, false))
        );
        assert!(!is_whole(b"ab", End::Length(3)).unwrap() && is_whole(b"abc", End::Length(3)).unwrap());
        assert!(head(b"nonsense\r\n\r\n").is_err());
    }

    #[test]
    fn an_answer_in_chunks_ends_with_an_empty_one() {
        let body = b"3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n";
        assert!(is_whole(body, End::Chunked).unwrap());
        for length in 0..body.len() {
            assert!(!is_whole(&body[..length], End::Chunked).unwrap(), "{length}");
        }
        assert!(is_whole(b"zz\r\n", End::Chunked).is_err());
    }
}
