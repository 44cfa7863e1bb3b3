//! What an operator reads.

use domain::connection::{ConnectionState, StepState};
use domain::id::{ConnectionId, UserId};
use domain::time::UnixMillis;
use store::{Backlog, Engine, Figures, Person};

use super::Operator;
use crate::rejected::RefusedView;
use crate::{Caller, ServiceError, SignUp};

/// Lines of each list.
const LINES: i64 = 50;
/// People on a page.
const PEOPLE: i64 = 100;

/// How the installation fares.
#[derive(Clone, Debug)]
pub struct OperatorView {
    /// The program's version.
    pub version: &'static str,
    /// Which database it is.
    pub engine: Engine,
    /// The public address.
    pub app_url: String,
    /// The name of the key that seals.
    pub active_key: String,
    /// Whether anybody may sign up.
    pub sign_up_open: bool,
    /// What waits.
    pub backlog: Backlog,
    /// What is held or of unknown fate.
    pub figures: Figures,
    /// Connections that somebody is, or should be, at work on.
    pub jobs: Vec<JobView>,
    /// Connections in use that are not in order at Twilio.
    pub out_of_order: Vec<OutOfOrderView>,
    /// What carried our name in users' accounts although no row explained it.
    pub leftovers: Vec<LeftoverView>,
    /// What was refused in nobody's name.
    pub refused: Vec<RefusedView>,
    /// How many refused requests this server has not looked into, because there were too many at once.
    pub refused_unseen: u64,
    /// How many people there are.
    pub people_count: i64,
    /// Some of them.
    pub people: Vec<Person>,
    /// After whom the next page begins.
    pub next_people: Option<UserId>,
}

/// A connection that is being made, taken back or removed.
#[derive(Clone, Debug)]
pub struct JobView {
    /// Which.
    pub id: ConnectionId,
    /// Whose.
    pub email: String,
    /// Where it is.
    pub state: ConnectionState,
    /// What is still there, and why.
    pub left: Vec<String>,
    /// How often it was tried in vain.
    pub attempts: i64,
    /// When it is tried next.
    pub next_attempt_at: Option<UnixMillis>,
    /// Whether somebody is at work on it.
    pub is_held: bool,
    /// When it last changed.
    pub updated_at: UnixMillis,
}

/// A connection in use that is not in order at Twilio.
#[derive(Clone, Debug)]
pub struct OutOfOrderView {
    /// Which.
    pub id: ConnectionId,
    /// Whose.
    pub email: String,
    /// What is wrong, in sentences.
    pub sentences: Vec<String>,
    /// Since when.
    pub since: UnixMillis,
}

/// Something of ours that nobody knew of.
#[derive(Clone, Debug)]
pub struct LeftoverView {
    /// In whose account.
    pub email: String,
    /// What.
    pub sid: String,
    /// Where it is.
    pub state: String,
    /// Why it could not be removed, where that is so.
    pub why: Option<String>,
    /// When it was found.
    pub first_seen_at: UnixMillis,
}

impl Operator {
    /// How the installation fares, and the people after that one.
    ///
    /// # Errors
    /// `NotFound` for everybody but operators.
    pub async fn view(&self, caller: &Caller, after: Option<UserId>) -> Result<OperatorView, ServiceError> {
        self.only(caller).await?;
        let store = &self.parts.store;
        let now = self.parts.clock.now();
        let (backlog, figures, people_count) =
            tokio::try_join!(store.backlog(now), store.figures(now), store.count_people())?;
        let (people, out_of_order, leftovers) = tokio::try_join!(
            store.list_people(after, PEOPLE),
            store.connections_out_of_order(LINES),
            store.found_leftovers(LINES)
        )?;
        let full = people.len() == PEOPLE.unsigned_abs() as usize;
        let settings = &self.parts.settings;
        Ok(OperatorView {
            version: env!("CARGO_PKG_VERSION"),
            engine: store.engine(),
            app_url: settings.app_url.as_str().trim_end_matches('/').to_owned(),
            active_key: self.parts.vault.active_key_id().to_owned(),
            sign_up_open: settings.sign_up == SignUp::Open,
            backlog,
            figures,
            jobs: self.jobs(now).await?,
            out_of_order: out_of_order.into_iter().map(out_of_order_view).collect(),
            leftovers: leftovers
                .into_iter()
                .map(|found| LeftoverView {
                    email: found.email,
                    sid: found.sid,
                    state: found.state,
                    why: found.problem.map(|problem| problem.message),
                    first_seen_at: found.first_seen_at,
                })
                .collect(),
            refused: self.rejected.of_nobody().await?,
            refused_unseen: self.rejected.dropped(),
            people_count,
            next_people: people.last().filter(|_| full).map(|person| person.id),
            people,
        })
    }

    async fn jobs(&self, now: UnixMillis) -> Result<Vec<JobView>, ServiceError> {
        let mut jobs = Vec::new();
        for job in self.parts.store.connections_at_work(LINES).await? {
            let mut left: Vec<String> = job.problem.map(|problem| problem.message).into_iter().collect();
            for step in self.parts.store.steps(job.id).await? {
                if step.state != StepState::LeftBehind {
                    continue;
                }
                let sid = step.sid.unwrap_or_else(|| step.kind.as_str().to_owned());
                let why = step.problem.map(|problem| problem.message).unwrap_or_default();
                left.push(format!("{sid}: {why}"));
            }
            jobs.push(JobView {
                id: job.id,
                email: job.email,
                state: job.state,
                left,
                attempts: job.attempts,
                next_attempt_at: job.next_attempt_at,
                is_held: job.lease_until.is_some_and(|until| now < until),
                updated_at: job.updated_at,
            });
        }
        Ok(jobs)
    }
}

fn out_of_order_view(found: store::OutOfOrder) -> OutOfOrderView {
    let mut sentences = Vec::new();
    if let Some(health) = found.health {
        sentences.extend(health.problem.map(|problem| problem.message));
        sentences.extend(health.missing);
        sentences.extend(health.changes);
    }
    if sentences.is_empty() {
        sentences.push("Its addresses at Twilio are not those that they should be.".to_owned());
    }
    OutOfOrderView {
        id: found.id,
        email: found.email,
        sentences,
        since: found.since,
    }
}
