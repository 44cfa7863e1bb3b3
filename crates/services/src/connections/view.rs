//! What the wizard is shown. Only reads; never asks Twilio, never shows a secret.

use domain::connection::{ConnectionState, StepKind};
use domain::id::UserId;
use domain::setup::{
    AccountFacts, Connected, ConnectionView, Draft, LeftBehind, NumberChoice, Progress, Setup, StepView,
};
use store::{Connection, DraftRow, LeftBehindStep, Step};
use twilio::PhoneNumberWebhooks;

use super::leftovers::SHOWN;
use super::{Connections, not_connected, wanted};
use crate::{Caller, ServiceError, numbers};

/// How many notes are shown of a connection.
const NOTES_SHOWN: i64 = 10;

impl Connections {
    /// Everything the wizard needs to draw itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup(&self, caller: &Caller) -> Result<Setup, ServiceError> {
        let user = caller.user_id;
        let store = &self.parts.store;
        let (draft, newest, left_behind) = tokio::try_join!(
            store.draft(user),
            store.newest_connection(user),
            store.list_left_behind(user)
        )?;
        let steps = match &newest {
            Some(newest) => store.steps(newest.id).await?,
            None => Vec::new(),
        };
        let refused = draft.as_ref().and_then(|draft| draft.refused.clone());
        let draft = draft.and_then(draft_view);
        let choices = draft.as_ref().map_or(&[][..], |draft| &draft.phone_numbers);
        let progress = newest
            .as_ref()
            .and_then(|newest| self.progress_view(newest, steps.clone(), choices));
        let connection = match &newest {
            Some(newest) if newest.state == ConnectionState::Connected => {
                Some(self.connection_view(newest, &steps).await?)
            }
            _ => None,
        };
        Ok(Setup {
            refused,
            draft,
            progress,
            connection,
            left_behind: self.left_behind_view(left_behind).await?,
            app_url: self.parts.settings.app_url.as_str().trim_end_matches('/').to_owned(),
            simulator_url: self.parts.settings.simulator_url.as_ref().map(ToString::to_string),
            app_url_fault: self.app_url_fault(),
        })
    }

    /// How far the newest connection is, unless it is in use or gone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn progress(&self, caller: &Caller) -> Result<Option<Progress>, ServiceError> {
        let store = &self.parts.store;
        let Some(newest) = store.newest_connection(caller.user_id).await? else {
            return Ok(None);
        };
        let steps = store.steps(newest.id).await?;
        let choices = match store.draft(caller.user_id).await? {
            Some(draft) if newest.phone_number.is_empty() => draft.phone_numbers,
            _ => Vec::new(),
        };
        Ok(self.progress_view(&newest, steps, &choices))
    }

    /// The connection in use.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub async fn credentials(&self, caller: &Caller) -> Result<Connected, ServiceError> {
        connected(&self.in_use(caller).await?.ok_or_else(not_connected)?)
    }

    /// Forgets what was verified and the attempt that failed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start_over(&self, caller: &Caller) -> Result<(), ServiceError> {
        self.parts.store.discard_draft(caller.user_id).await?;
        self.parts
            .store
            .dismiss_failed(caller.user_id, self.parts.clock.now())
            .await?;
        Ok(())
    }

    /// The caller's connection in use.
    pub(super) async fn in_use(&self, caller: &Caller) -> Result<Option<Connection>, ServiceError> {
        let current = self.parts.store.current_connection(caller.user_id).await?;
        Ok(current.filter(|connection| connection.state == ConnectionState::Connected))
    }

    /// What of the user's connections is still at Twilio although it should not be.
    pub(super) async fn left_behind(&self, user: UserId) -> Result<Vec<LeftBehind>, ServiceError> {
        let steps = self.parts.store.list_left_behind(user).await?;
        self.left_behind_view(steps).await
    }

    async fn left_behind_view(&self, steps: Vec<LeftBehindStep>) -> Result<Vec<LeftBehind>, ServiceError> {
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        let install_id = self.install_id().await?;
        Ok(steps
            .into_iter()
            .map(|step| {
                let marker = wanted::marker(&install_id, step.connection_id);
                let sid = step
                    .sid
                    .unwrap_or_else(|| wanted::fallback_name(step.kind, &step.phone_number_sid, &marker));
                let why = step.problem.map(|problem| problem.message).unwrap_or_default();
                LeftBehind { sid, why }
            })
            .collect())
    }

    fn progress_view(&self, connection: &Connection, steps: Vec<Step>, choices: &[NumberChoice]) -> Option<Progress> {
        // What could not be removed on request is listed by itself; what could not be taken back has a story to tell.
        let told = match connection.state {
            ConnectionState::Connected | ConnectionState::Removed => false,
            ConnectionState::LeftBehind => connection.problem.is_some(),
            _ => true,
        };
        let chosen = choices.iter().find(|choice| choice.sid == connection.phone_number_sid);
        let phone_number = match chosen {
            Some(choice) if connection.phone_number.is_empty() => choice.formatted.clone(),
            _ => numbers::formatted(&connection.phone_number),
        };
        told.then(|| Progress {
            state: connection.state,
            phone_number,
            phone_number_sid: connection.phone_number_sid.clone(),
            steps: steps.into_iter().map(|step| self.step_view(step)).collect(),
            problem: connection.problem.clone(),
            started_at: connection.created_at,
            updated_at: connection.updated_at,
        })
    }

    fn step_view(&self, step: Step) -> StepView {
        let settings = &self.parts.settings;
        let console_url = match (&step.sid, &settings.simulator_url) {
            (None, _) => None,
            (Some(_), Some(simulator)) => Some(simulator.to_string()),
            (Some(sid), None) => Some(console_url(step.kind, sid)),
        };
        StepView {
            kind: step.kind,
            state: step.state,
            console_url,
            sid: step.sid,
            started_at: step.started_at,
            finished_at: step.finished_at,
            problem: step.problem,
        }
    }

    async fn connection_view(&self, connection: &Connection, steps: &[Step]) -> Result<ConnectionView, ServiceError> {
        let store = &self.parts.store;
        let (watch, notes, leftovers) = tokio::try_join!(
            store.watch(connection.id),
            store.list_notes(connection.id, NOTES_SHOWN),
            store.list_leftovers(connection.user_id, SHOWN)
        )?;
        let snapshot = steps.iter().find(|step| step.kind == StepKind::PhoneNumber);
        let before: PhoneNumberWebhooks = snapshot
            .and_then(|step| step.snapshot.as_deref())
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        Ok(ConnectionView {
            connected: connected(connection)?,
            formatted: numbers::formatted(&connection.phone_number),
            account: connection.account.clone().unwrap_or_else(|| AccountFacts {
                sid: connection.account_sid.clone(),
                friendly_name: String::new(),
                kind: String::new(),
                status: String::new(),
            }),
            auth_token_last4: connection.auth_token_last4.clone(),
            auth_token_saved_at: connection.auth_token_saved_at,
            connected_at: connection.connected_at.unwrap_or(connection.updated_at),
            pointing: wanted::pointing(&before, &self.urls.phone_number()),
            steps: steps.iter().cloned().map(|step| self.step_view(step)).collect(),
            key: self.key_age(connection, &watch).await?,
            health: watch.health,
            notes,
            leftovers,
            read_at: self.parts.clock.now(),
        })
    }
}

/// The SIDs of a connection in use.
pub(super) fn connected(connection: &Connection) -> Result<Connected, ServiceError> {
    let sid = |sid: &Option<String>| {
        sid.clone()
            .ok_or_else(|| ServiceError::internal("a connection without its SIDs"))
    };
    Ok(Connected {
        account_sid: connection.account_sid.clone(),
        phone_number: connection.phone_number.clone(),
        phone_number_sid: connection.phone_number_sid.clone(),
        application_sid: sid(&connection.application_sid)?,
        api_key_sid: sid(&connection.api_key_sid)?,
        status: ConnectionState::Connected.as_str().to_owned(),
    })
}

fn draft_view(row: DraftRow) -> Option<Draft> {
    Some(Draft {
        account: row.account?,
        auth_token_last4: row.auth_token_last4?,
        phone_numbers: row.phone_numbers,
        verified_at: row.verified_at?,
    })
}

/// The page of Twilio's console that shows it.
fn console_url(kind: StepKind, sid: &str) -> String {
    match kind {
        StepKind::Verify => "https://console.twilio.com/".to_owned(),
        StepKind::Application => format!("https://www.twilio.com/console/voice/twiml/apps/{sid}"),
        StepKind::ApiKey => format!("https://www.twilio.com/console/project/api-keys/{sid}"),
        StepKind::PhoneNumber => format!("https://www.twilio.com/console/phone-numbers/{sid}"),
    }
}
