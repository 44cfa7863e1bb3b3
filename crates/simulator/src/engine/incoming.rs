//! A phone calls one of the accounts' numbers.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::leg::Leg;
use super::party::Party;
use super::pending::{Pending, Reporter};
use crate::account::{ApplicationSettings, NumberSettings};
use crate::calls::{CallStatus, Command, Instructions, PhoneScript};
use crate::hook::Courier;
use crate::shared::Shared;
use crate::twiml::{Callback, Target};

/// Where a number's, or an application's, calls go.
#[derive(Debug, Default)]
pub(super) struct Destination {
    pub(super) voice: Option<Target>,
    pub(super) fallback: Option<Target>,
    pub(super) callback: Option<Callback>,
}

impl Destination {
    pub(super) fn of_application(settings: &ApplicationSettings) -> Self {
        Self {
            voice: target(settings.voice_url.as_ref(), settings.voice_method),
            fallback: target(settings.voice_fallback_url.as_ref(), settings.voice_fallback_method),
            callback: at_the_end(settings.status_callback.as_ref(), settings.status_callback_method),
        }
    }

    fn of_number(settings: &NumberSettings) -> Self {
        Self {
            voice: target(settings.voice_url.as_ref(), settings.voice_method),
            fallback: target(settings.voice_fallback_url.as_ref(), settings.voice_fallback_method),
            callback: at_the_end(settings.status_callback.as_ref(), settings.status_callback_method),
        }
    }

    pub(super) fn instructions(self, extra: Vec<(String, String)>) -> Option<Instructions> {
        let target = self.voice?;
        Some(Instructions::Ask {
            target,
            extra,
            fallback: self.fallback,
        })
    }
}

fn target(url: Option<&String>, method: crate::account::HttpMethod) -> Option<Target> {
    let url = url.filter(|url| !url.is_empty())?.clone();
    Some(Target { url, method })
}

/// A number's and an application's callback is told the end of a call, and nothing else.
fn at_the_end(url: Option<&String>, method: crate::account::HttpMethod) -> Option<Callback> {
    let target = target(url, method)?;
    let events = vec!["completed".to_owned()];
    Some(Callback { target, events })
}

pub(super) async fn call(shared: Arc<Shared>, sid: String, script: PhoneScript) {
    let party = Party::phone(&shared, script);
    enter(&shared, &sid, |_| party).await;
}

/// Plays what the called number says. The caller is made with the way to tell his call something.
pub(super) async fn enter(
    shared: &Arc<Shared>,
    sid: &str,
    party: impl FnOnce(UnboundedSender<Command>) -> Party + Send,
) {
    let (destination, application) = destination(shared, sid);
    let courier = Courier::start(shared);
    let reporter = Reporter::new(destination.callback.clone(), courier);
    shared.change(|world| {
        if let Some(call) = world.book.call_mut(sid) {
            call.value.application_sid = application;
        }
        world.book.set_status(sid, CallStatus::Ringing);
    });
    let pending = Pending::new(shared, sid, reporter);
    let party = party(pending.sender.clone());
    let mut leg = Leg::new(pending, party);
    leg.lose_patience();
    match destination.instructions(Vec::new()) {
        Some(instructions) => leg.run(instructions).await,
        None => {
            leg.notice(21205, "the number has no voice URL");
            leg.unanswered = CallStatus::Failed;
            leg.end();
        }
    }
}

/// As documented, an application takes the place of the number's own settings.
fn destination(shared: &Shared, sid: &str) -> (Destination, Option<String>) {
    let world = shared.world();
    let nowhere = || (Destination::default(), None);
    let Some(call) = world.book.call(sid) else {
        return nowhere();
    };
    // By its SID: two accounts may have been given the same number.
    let account = world.account(&call.value.account_sid);
    let numbers = account
        .into_iter()
        .flat_map(|account| account.numbers.iter().map(move |number| (account, number)));
    let called = numbers
        .into_iter()
        .find(|(_, number)| Some(&number.sid) == call.value.number_sid.as_ref());
    let Some((account, number)) = called else {
        return nowhere();
    };
    let settings = &number.value;
    if settings.trunk_sid.is_some() {
        return nowhere();
    }
    match &settings.voice_application_sid {
        Some(application_sid) => {
            let mut applications = account.applications.iter();
            let application = applications.find(|application| application.sid == *application_sid);
            let destination = application.map(|application| Destination::of_application(&application.value));
            (destination.unwrap_or_default(), Some(application_sid.clone()))
        }
        None => (Destination::of_number(settings), None),
    }
}
