//! Connections, bounded in number and in time: whoever opens many, or reads or says little, holds neither them nor anybody else up.

mod answer;
mod stream;
mod table;

use std::convert::Infallible;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderValue, Response, header};
use futures::FutureExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use super::address::Proxies;
use super::metrics::Open;
use answer::Answer;
use stream::Watched;
use table::{Entry, Table};

/// The pause after a connection could not be accepted, as when all file descriptors are in use.
const PAUSE: Duration = Duration::from_millis(100);
/// Largest head of a request, and what is kept of an answer for a client that is slow to read it, in bytes.
const BUFFER_MAX: usize = 32 * 1024;
/// Most header lines of a request.
const HEADERS_MAX: usize = 64;
/// Most connections, where the system has as many files to give.
const CONNECTIONS_MAX: usize = 8192;
/// Files that are left for the database, for Twilio's connections and for what is served from the disk.
const FILES_KEPT: u64 = 256;

/// The phases of a server's end.
#[derive(Clone, Default)]
pub struct Ending {
    /// It leaves: every answer closes its connection, so that a proxy goes elsewhere with the next request.
    pub leaving: CancellationToken,
    /// It stops: no new connection is taken, and each that is open ends with its answer.
    pub stop: CancellationToken,
}

/// How many connections the system's limit on open files allows; the limit is raised as far as it may be.
pub fn most() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit on open files could not be raised");
        1024
    });
    // Where even that is little, half of it.
    let left = files.saturating_sub(FILES_KEPT).max(files / 2);
    usize::try_from(left).map_or(CONNECTIONS_MAX, |left| left.min(CONNECTIONS_MAX))
}

/// Serves until `ending.stop` is cancelled; returns when what runs then has been answered.
pub async fn serve(listener: TcpListener, router: Router, proxies: Arc<Proxies>, most: usize, ending: Ending) {
    let mut http1 = http1::Builder::new();
    // How long a head may take is seen to in `table`: hyper's own limit takes a connection that waits for a next request for one
    // whose head does not come.
    http1.max_buf_size(BUFFER_MAX).max_headers(HEADERS_MAX);
    let server = Server {
        http1,
        router,
        table: Arc::new(Table::new(most, proxies)),
        running: TaskTracker::new(),
        ending,
    };
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.ending.stop.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => server.take(stream, peer),
            Err(error) if error.kind() == ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(%error, "a connection cannot be accepted");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    // Those that the system has accepted for us already would be cut off otherwise.
    while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
        server.take(stream, peer);
    }
    drop(listener);
    server.running.close();
    server.running.wait().await;
}

struct Server {
    http1: http1::Builder,
    router: Router,
    table: Arc<Table>,
    running: TaskTracker,
    ending: Ending,
}

impl Server {
    /// Serves one connection in a task of its own.
    fn take(&self, stream: TcpStream, peer: SocketAddr) {
        let Some(entry) = self.table.admit(peer.ip()) else {
            return;
        };
        // Only a little slower without.
        let _ = stream.set_nodelay(true);
        let (router, leaving, answering) = (self.router.clone(), self.ending.leaving.clone(), Arc::clone(&entry));
        let service = service_fn(move |request| answer(router.clone(), request, peer, &answering, leaving.clone()));
        let io = TokioIo::new(Watched::new(stream, Arc::clone(&entry)));
        let connection = self.http1.serve_connection(io, service);
        let (table, stop, open) = (Arc::clone(&self.table), self.ending.stop.clone(), Open::connection());
        self.running.spawn(async move {
            let _open = open;
            tokio::pin!(connection);
            let mut stopping = false;
            loop {
                tokio::select! {
                    ended = &mut connection => {
                        if let Err(error) = ended {
                            tracing::debug!(%error, "a connection ended early");
                        }
                        break;
                    }
                    () = entry.over(stopping) => break,
                    () = stop.cancelled(), if !stopping => {
                        stopping = true;
                        connection.as_mut().graceful_shutdown();
                    }
                }
            }
            table.remove(&entry);
        });
    }
}

/// Has a request answered. The connection is at work until the answer's last byte has been handed over.
fn answer(
    router: Router,
    request: Request<Incoming>,
    peer: SocketAddr,
    entry: &Arc<Entry>,
    leaving: CancellationToken,
) -> impl Future<Output = Result<Response<Answer>, Infallible>> + use<> {
    let work = entry.begin();
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    async move {
        let mut response = router.oneshot(request).await?;
        if leaving.is_cancelled() {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        Ok(response.map(|body| Answer::new(body, work)))
    }
}
