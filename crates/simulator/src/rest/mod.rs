//! The REST API: who asks, for what, and what he gets. No I/O, so that an effect happens whole or not at all.

mod applications;
mod authenticate;
mod call_form;
mod calls;
mod conferences;
mod form;
mod keys;
mod media;
mod message_form;
mod messages;
mod numbers;
mod paging;
mod recordings;
pub(crate) mod refusal;
mod render;
mod services;
mod settings;
mod target;
mod times;

use std::sync::Arc;

use serde_json::Value;

use self::authenticate::authenticate;
pub(crate) use self::authenticate::user_name;
use self::refusal::Refusal;
use self::target::{Resource, Target};
use crate::account::AccountStatus;
use crate::world::World;

/// One request, read to its end.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    /// `None` when there is a body that is not a form.
    pub(crate) form: Option<Vec<(String, String)>>,
    pub(crate) authorization: Option<String>,
    /// The `Range` header, which matters for sound alone.
    pub(crate) range: Option<String>,
    /// For the absolute addresses of the newer APIs.
    pub(crate) base_url: String,
}

/// One answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content: Content,
}

/// What an answer carries.
#[derive(Clone, Debug)]
pub(crate) enum Content {
    Empty,
    Json(Value),
    /// A WAV file, of which a part may be asked for.
    Wav(Arc<[u8]>),
    /// A file of a text.
    Media {
        content_type: String,
        bytes: Arc<[u8]>,
    },
    /// To another address.
    Redirect(String),
}

impl Answer {
    fn ok(body: impl Into<Value>) -> Self {
        Self {
            status: 200,
            content: Content::Json(body.into()),
        }
    }

    fn created(body: impl Into<Value>) -> Self {
        Self {
            status: 201,
            content: Content::Json(body.into()),
        }
    }

    fn deleted() -> Self {
        Self {
            status: 204,
            content: Content::Empty,
        }
    }
}

/// Carries a request out.
pub(crate) fn answer(world: &mut World, request: &Request) -> Answer {
    route(world, request).unwrap_or_else(|refusal| Answer {
        status: refusal.status,
        content: Content::Json(refusal.body()),
    })
}

fn route(world: &mut World, request: &Request) -> Result<Answer, Refusal> {
    // Who was sent here has been let in before.
    if let Some(token) = request.path.strip_prefix("/media-storage/") {
        return media::stored(world, request, token);
    }
    let caller = authenticate(world, request.authorization.as_deref())?;
    let target = Target::of(&request.path)?;
    let reads = request.method == "GET";
    let account = world.account(&caller.account_sid).ok_or_else(Refusal::unauthorized)?;
    if account.test_credentials {
        let own_path = target.account_sid.as_ref() == Some(&account.sid);
        if matches!(target.resource, Resource::Messages) && request.method == "POST" && own_path {
            let form = request.form.as_deref().ok_or_else(Refusal::unsupported_media_type)?;
            return messages::rehearse(world, &caller.account_sid, form);
        }
        return Err(match (&target.resource, reads) {
            (Resource::Numbers | Resource::Calls, false) => Refusal::not_simulated("what test credentials may do"),
            _ => Refusal::new(403, 20008, "Resource not accessible with Test Account Credentials"),
        });
    }
    if target
        .account_sid
        .as_ref()
        .is_some_and(|sid| *sid != caller.account_sid)
    {
        return Err(Refusal::not_found(&request.path));
    }
    if account.status == AccountStatus::Suspended && !reads {
        return Err(Refusal::new(403, 20005, "Account not active"));
    }
    if caller.by_key && target.needs_more_than_a_standard_key() {
        return Err(Refusal::unauthorized());
    }
    let form = request.form.as_deref().ok_or_else(Refusal::unsupported_media_type)?;
    let own = caller.account_sid.as_str();
    match &target.resource {
        Resource::Calls => return calls::collection(world, own, request, form),
        Resource::Call(sid) => return calls::single(world, own, request, sid, form),
        Resource::Recordings(call) => return recordings::collection(world, own, request, call.as_deref()),
        Resource::Recording(call, sid) => return recordings::single(world, own, request, (call.as_deref(), sid)),
        Resource::RecordingMedia(sid) => return recordings::media(world, own, request, sid),
        Resource::Messages => return messages::collection(world, own, request, form),
        Resource::Message(sid) => return messages::single(world, own, request, sid, form),
        Resource::MediaList(message) => return media::collection(world, own, request, message),
        Resource::Media(message, sid) => return media::single(world, own, request, (message, sid)),
        Resource::MediaContent(message, sid) => return media::content(world, own, request, (message, sid)),
        Resource::Conferences => return conferences::collection(world, own, request),
        Resource::Conference(sid) => return conferences::single(world, own, request, sid, form),
        Resource::Participants(conference) => return conferences::participants(world, own, request, conference),
        Resource::Participant(conference, who) => {
            return conferences::participant(world, own, request, (conference, who), form);
        }
        _ => {}
    }
    let account = world.account_mut(own).ok_or_else(Refusal::unauthorized)?;
    match &target.resource {
        Resource::Account => match request.method.as_str() {
            "GET" => Ok(Answer::ok(render::account(account))),
            "POST" => Err(Refusal::not_simulated("changing an account")),
            _ => Err(Refusal::method_not_allowed()),
        },
        Resource::Numbers => numbers::collection(account, request),
        Resource::Number(sid) => numbers::single(account, request, sid, form),
        Resource::Applications => applications::collection(account, request, form),
        Resource::Application(sid) => applications::single(account, request, sid, form),
        Resource::Keys(version) => keys::collection(account, request, *version, form),
        Resource::Key(version, sid) => keys::single(world, &caller.account_sid, request, (*version, sid), form),
        Resource::Services => services::collection(account, request, form),
        Resource::Service(sid) => services::single(account, request, sid, form),
        Resource::Pool(service) => services::pool(account, request, service, form),
        Resource::PoolNumber(service, number) => services::pool_number(account, request, (service, number)),
        Resource::Unsimulated(name) => Err(Refusal::not_simulated(name)),
        _ => Err(Refusal::not_found(&request.path)),
    }
}

/// The value of a query or form field; of several the last, as for settings.
fn field<'a>(fields: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    fields
        .iter()
        .rev()
        .find(|(name, _)| name == wanted)
        .map(|(_, value)| value.as_str())
}
