//! The setup wizard: Settings → Twilio Setup. A step has an address; what is reachable is decided by the state on the server.

mod connection;
mod credentials;
mod explain;
mod health;
mod left_behind;
mod number;
mod readiness;
mod recheck;
mod save;
mod search;
mod test_call;
mod test_text;
mod webhooks;

use domain::connection::ConnectionState;
use domain::problem::Problem;
use domain::setup::{Health, Setup};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;
use services::{Caller, ServiceError, Services};

use super::frame::Settings;
use super::notice::{DoneNote, done};
use super::refusal::refusal;
use super::refused::RefusedLately;
use super::{loaded, redirect};
use crate::components::icon::{Glyph, Icon};
use connection::ConnectionPage;
use credentials::Credentials;
use left_behind::LeftBehindNote;
use number::Numbers;
use readiness::Ready;
use save::Save;

/// A step of the wizard, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Credentials,
    Number,
    Save,
    Connected,
}

impl Step {
    /// Where the person is, whatever tab asks.
    fn current(setup: &Setup) -> Self {
        if setup.connection.is_some() && !is_running(setup) {
            Self::Connected
        } else if setup.progress.is_some() {
            Self::Save
        } else if setup.draft.is_some() {
            Self::Number
        } else {
            Self::Credentials
        }
    }

    /// Whether he may look at it: nothing can be chosen anew while something is being made or removed.
    fn is_reachable(self, setup: &Setup) -> bool {
        let current = Self::current(setup);
        if current == Self::Connected || is_running(setup) {
            return self == current;
        }
        match self {
            Self::Credentials => true,
            Self::Number => setup.draft.is_some(),
            Self::Save => setup.progress.is_some(),
            Self::Connected => false,
        }
    }
}

/// Whether something is being made or removed right now.
fn is_running(setup: &Setup) -> bool {
    setup.progress.as_ref().is_some_and(|progress| {
        matches!(
            progress.state,
            ConnectionState::Provisioning | ConnectionState::TakingBack | ConnectionState::Disconnecting
        )
    })
}

/// The step that the person is at; once connected, the connection.
#[component]
pub fn CurrentStep() -> impl IntoView {
    step_page(None)
}

/// Verify the account.
#[component]
pub fn CredentialsStep() -> impl IntoView {
    step_page(Some(Step::Credentials))
}

/// Choose a number.
#[component]
pub fn NumberStep() -> impl IntoView {
    step_page(Some(Step::Number))
}

/// Watch it being connected, or read why it was not.
#[component]
pub fn SaveStep() -> impl IntoView {
    step_page(Some(Step::Save))
}

fn step_page(wanted: Option<Step>) -> AnyView {
    let checks = use_query_map().with_untracked(|query| query.get("check").is_some());
    loaded(
        move |services, caller| read(services, caller, checks),
        move |Read { setup, health, ready }| {
            let step = wanted.unwrap_or_else(|| Step::current(&setup));
            if step.is_reachable(&setup) {
                view! { <Wizard step setup health ready /> }.into_any()
            } else {
                redirect("/twilio/setup");
                ().into_any()
            }
        },
    )
}

/// What there is, and, where asked for and connected, how it is at Twilio at this moment.
struct Read {
    setup: Setup,
    health: Option<Checked>,
    ready: Option<Ready>,
}

async fn read(services: Services, caller: Caller, checks: bool) -> Result<Read, ServiceError> {
    let setup = services.connections.setup(&caller).await?;
    let checks = checks && Step::current(&setup) == Step::Connected;
    if !checks {
        return Ok(Read {
            setup,
            health: None,
            ready: None,
        });
    }
    let health = told(services.connections.check(&caller).await)?;
    let ready = told(services.messages.readiness(&caller).await)?;
    Ok(Read {
        // Again: the look has kept what it found, and may have set something back.
        setup: services.connections.setup(&caller).await?,
        health: Some(health),
        ready: ready.transpose(),
    })
}

/// The page is there where Twilio is not, and says why it does not know.
fn told<T>(found: Result<T, ServiceError>) -> Result<Result<T, Problem>, ServiceError> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(error @ ServiceError::Internal(_)) => Err(error),
        Err(error) => Ok(Err(error.problem())),
    }
}

/// A re-check's findings, or why there are none.
type Checked = Result<Health, Problem>;

#[component]
fn Wizard(step: Step, setup: Setup, health: Option<Checked>, ready: Option<Ready>) -> impl IntoView {
    let simulator = setup.simulator_url.clone();
    let left_behind = setup.left_behind.clone();
    let steps = (step != Step::Connected).then(|| view! { <StepList step setup=setup.clone() /> });
    let body = match (step, setup) {
        (
            Step::Number,
            Setup {
                draft: Some(draft),
                progress,
                ..
            },
        ) => {
            let query = use_query_map().with_untracked(|query| query.get("q"));
            let chosen = progress.map(|progress| progress.phone_number_sid);
            view! { <Numbers draft query chosen refusal=refusal() /> }.into_any()
        }
        (
            Step::Save,
            Setup {
                progress: Some(progress),
                draft,
                ..
            },
        ) => view! { <Save progress draft /> }.into_any(),
        (
            Step::Connected,
            Setup {
                connection: Some(connection),
                ..
            },
        ) => view! { <ConnectionPage connection health ready simulator_url=simulator.clone() /> }.into_any(),
        (_, setup) => view! { <Credentials setup /> }.into_any(),
    };
    view! {
        <Title text="Twilio Setup" />
        <Settings>
            <div class="page-head">
                <h1>"Twilio Setup"</h1>
                {simulator
                    .map(|url| {
                        view! {
                            <a class="badge simulator" href=url target="_blank" rel="noopener">
                                "Simulator"
                                <Icon glyph=Glyph::External />
                            </a>
                        }
                    })}
            </div>
            {steps}
            <RefusedLately />
            {if left_behind.is_empty() {
                view! { <DoneNote /> }.into_any()
            } else {
                view! { <LeftBehindNote left_behind tried=done().as_deref() == Some("removed") /> }.into_any()
            }}
            {body}
        </Settings>
    }
}

/// The steps, those behind as links.
#[component]
fn StepList(step: Step, setup: Setup) -> impl IntoView {
    let steps = [
        (Step::Credentials, "Account", "/twilio/setup/credentials"),
        (Step::Number, "Number", "/twilio/setup/number"),
        (Step::Save, "Save and connect", "/twilio/setup/save"),
    ];
    let lines = steps.into_iter().enumerate().map(|(index, (this, label, href))| {
        let behind = this < step;
        let mark = if behind {
            view! { <Icon glyph=Glyph::Check /> }.into_any()
        } else {
            (index + 1).into_any()
        };
        let text = if this != step && this.is_reachable(&setup) {
            view! { <a href=href>{label}</a> }.into_any()
        } else {
            label.into_any()
        };
        view! {
            <li class:behind=behind aria-current=(this == step).then_some("step")>
                <span class="mark" aria-hidden="true">
                    {mark}
                </span>
                <span>{text} {behind.then(|| view! { <span class="unseen">" (done)"</span> })}</span>
            </li>
        }
    });
    view! {
        <nav aria-label="Steps">
            <ol class="step-list">{lines.collect_view()}</ol>
        </nav>
    }
}

#[cfg(test)]
mod tests {
    use domain::setup::{AccountFacts, Draft, Progress};
    use domain::time::UnixMillis;

    use super::*;

    fn setup(state: Option<ConnectionState>, verified: bool) -> Setup {
        let account = AccountFacts {
            sid: "AC0123456789abcdef0123456789abcdef".into(),
            friendly_name: "Bakery".into(),
            kind: "Full".into(),
            status: "active".into(),
        };
        Setup {
            refused: None,
            draft: verified.then(|| Draft {
                account,
                auth_token_last4: "cdef".into(),
                phone_numbers: Vec::new(),
                verified_at: UnixMillis(0),
            }),
            progress: state.map(|state| Progress {
                state,
                phone_number: String::new(),
                phone_number_sid: String::new(),
                steps: Vec::new(),
                problem: None,
                started_at: UnixMillis(0),
                updated_at: UnixMillis(0),
            }),
            connection: None,
            left_behind: Vec::new(),
            app_url: "https://example.com".into(),
            simulator_url: None,
            app_url_fault: None,
        }
    }

    #[test]
    fn nothing_verified_leads_to_the_credentials() {
        let setup = setup(None, false);
        assert_eq!(Step::current(&setup), Step::Credentials);
        assert!(!Step::Number.is_reachable(&setup));
        assert!(!Step::Save.is_reachable(&setup));
    }

    #[test]
    fn a_verified_account_leads_to_the_numbers_and_back() {
        let setup = setup(None, true);
        assert_eq!(Step::current(&setup), Step::Number);
        assert!(Step::Credentials.is_reachable(&setup));
    }

    #[test]
    fn while_something_is_made_or_removed_nothing_else_is_reachable() {
        for state in [
            ConnectionState::Provisioning,
            ConnectionState::TakingBack,
            ConnectionState::Disconnecting,
        ] {
            let setup = setup(Some(state), true);
            assert_eq!(Step::current(&setup), Step::Save);
            assert!(!Step::Credentials.is_reachable(&setup) && !Step::Number.is_reachable(&setup));
        }
    }

    #[test]
    fn after_a_failure_another_number_can_be_chosen() {
        let setup = setup(Some(ConnectionState::Failed), true);
        assert_eq!(Step::current(&setup), Step::Save);
        assert!(Step::Number.is_reachable(&setup) && Step::Credentials.is_reachable(&setup));
    }
}
