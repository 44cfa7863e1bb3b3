//! What an operator reads, for programs: times in RFC 3339, everything else in words and numbers.

use domain::time::UnixMillis;
use serde::Serialize;
use services::calls::rfc3339;
use services::operator::{Engine, JobView, LeftoverView, OperatorView, OutOfOrderView, Person};
use services::rejected::RefusedView;

/// How the installation fares.
#[derive(Serialize)]
pub struct OperatorJson {
    version: &'static str,
    database: &'static str,
    app_url: String,
    active_key: String,
    sign_up_open: bool,
    installed_at: Option<String>,
    connections: ConnectionsJson,
    waiting: WaitingJson,
    jobs: Vec<JobJson>,
    out_of_order: Vec<OutOfOrderJson>,
    leftovers: Vec<LeftoverJson>,
    refused: Vec<RefusedJson>,
    refused_unseen: u64,
    people_count: i64,
    people: PeopleJson,
}

#[derive(Serialize)]
struct ConnectionsJson {
    connected: u32,
    out_of_order: u32,
    in_work: u32,
    left_behind: u32,
    held: i64,
}

#[derive(Serialize)]
struct WaitingJson {
    calls_live: u32,
    texts_waiting: u32,
    texts_unsettled: u32,
    texts_unknown: i64,
    texts_held: i64,
    texts_due: u32,
    texts_due_since: Option<String>,
    recordings_to_delete: i64,
    recordings_due_since: Option<String>,
    lists_due: u32,
    lists_due_since: Option<String>,
    checks_due: u32,
}

#[derive(Serialize)]
struct JobJson {
    connection: String,
    email: String,
    state: &'static str,
    left: Vec<String>,
    attempts: i64,
    next_attempt_at: Option<String>,
    held: bool,
    updated_at: String,
}

#[derive(Serialize)]
struct OutOfOrderJson {
    connection: String,
    email: String,
    sentences: Vec<String>,
    since: String,
}

#[derive(Serialize)]
struct LeftoverJson {
    email: String,
    sid: String,
    state: String,
    why: Option<String>,
    first_seen_at: String,
}

#[derive(Serialize)]
struct RefusedJson {
    account_sid: Option<String>,
    path: String,
    sentence: String,
    times: i64,
    first_at: String,
    last_at: String,
}

#[derive(Serialize)]
struct PeopleJson {
    items: Vec<PersonJson>,
    next: Option<String>,
}

#[derive(Serialize)]
struct PersonJson {
    id: String,
    email: String,
    created_at: String,
    operator: bool,
    connected: bool,
    last_seen_at: Option<String>,
}

impl From<OperatorView> for OperatorJson {
    fn from(view: OperatorView) -> Self {
        Self {
            version: view.version,
            database: match view.engine {
                Engine::Sqlite => "sqlite",
                Engine::Postgres => "postgres",
            },
            connections: connections(&view),
            waiting: waiting(&view),
            app_url: view.app_url,
            active_key: view.active_key,
            sign_up_open: view.sign_up_open,
            installed_at: view.figures.installed_at.map(rfc3339),
            jobs: view.jobs.into_iter().map(job).collect(),
            out_of_order: view.out_of_order.into_iter().map(out_of_order).collect(),
            leftovers: view.leftovers.into_iter().map(leftover).collect(),
            refused: view.refused.into_iter().map(refused).collect(),
            refused_unseen: view.refused_unseen,
            people_count: view.people_count,
            people: PeopleJson {
                items: view.people.into_iter().map(person).collect(),
                next: view.next_people.map(|id| id.to_string()),
            },
        }
    }
}

const fn connections(view: &OperatorView) -> ConnectionsJson {
    ConnectionsJson {
        connected: view.backlog.connections_connected,
        out_of_order: view.backlog.connections_out_of_order,
        in_work: view.backlog.connections_in_work,
        left_behind: view.backlog.connections_left_behind,
        held: view.figures.connections_held,
    }
}

fn waiting(view: &OperatorView) -> WaitingJson {
    let (backlog, figures) = (&view.backlog, &view.figures);
    // What is new is due without a time since when.
    let since = |oldest: Option<UnixMillis>| oldest.filter(|oldest| oldest.0 > 0).map(rfc3339);
    WaitingJson {
        calls_live: backlog.calls_live,
        texts_waiting: backlog.texts_waiting,
        texts_unsettled: backlog.texts_unsettled,
        texts_unknown: figures.texts_unknown,
        texts_held: figures.texts_held,
        texts_due: backlog.send_text.count,
        texts_due_since: since(backlog.send_text.oldest),
        recordings_to_delete: figures.recordings_to_delete,
        recordings_due_since: since(backlog.delete_recording.oldest),
        lists_due: backlog.reconcile.count,
        lists_due_since: since(backlog.reconcile.oldest),
        checks_due: backlog.check_connection.count,
    }
}

fn job(job: JobView) -> JobJson {
    JobJson {
        connection: job.id.to_string(),
        email: job.email,
        state: job.state.as_str(),
        left: job.left,
        attempts: job.attempts,
        next_attempt_at: job.next_attempt_at.map(rfc3339),
        held: job.is_held,
        updated_at: rfc3339(job.updated_at),
    }
}

fn out_of_order(found: OutOfOrderView) -> OutOfOrderJson {
    OutOfOrderJson {
        connection: found.id.to_string(),
        email: found.email,
        sentences: found.sentences,
        since: rfc3339(found.since),
    }
}

fn leftover(found: LeftoverView) -> LeftoverJson {
    LeftoverJson {
        email: found.email,
        sid: found.sid,
        state: found.state,
        why: found.why,
        first_seen_at: rfc3339(found.first_seen_at),
    }
}

fn refused(view: RefusedView) -> RefusedJson {
    RefusedJson {
        account_sid: view.account_sid,
        path: view.path,
        sentence: view.sentence,
        times: view.times,
        first_at: rfc3339(view.first_at),
        last_at: rfc3339(view.last_at),
    }
}

fn person(person: Person) -> PersonJson {
    PersonJson {
        id: person.id.to_string(),
        email: person.email,
        created_at: rfc3339(person.created_at),
        operator: person.is_operator,
        connected: person.is_connected,
        last_seen_at: person.last_seen_at.map(rfc3339),
    }
}
