//! Music of one's own for somebody on hold.

use std::sync::Arc;

use crate::engine::params;
use crate::hook::{Hook, Purpose, request};
use crate::shared::Shared;
use crate::twiml::{self, Play, Prompt, Target, Verb};

/// What `HoldUrl` says is to be heard, in one piece that repeats.
pub(super) async fn hold_music(
    shared: &Arc<Shared>,
    conference_sid: &str,
    call_sid: &str,
    target: Target,
) -> Option<media::Clip> {
    let hook = {
        let world = shared.world();
        let room = world.book.rooms.get(conference_sid)?;
        Hook {
            account_sid: room.account_sid.clone(),
            call_sid: call_sid.to_owned(),
            purpose: Purpose::Voice,
            target,
            params: params::of_call(&world, call_sid),
        }
    };
    let url = hook.target.url.clone();
    let answer = request(shared, &hook).await.ok()?;
    let document = twiml::read_answer(answer.status, &answer.content_type, &answer.body, &url).ok()?;
    let mut samples = Vec::new();
    for verb in &document.verbs {
        match verb {
            Verb::Prompt(Prompt::Say(say)) => samples.extend_from_slice(&media::speech(&say.text).samples),
            Verb::Prompt(Prompt::Pause(time)) => samples.extend_from_slice(&media::silence(*time).samples),
            // Files from elsewhere are the usual music. Assumed to be good enough.
            Verb::Prompt(Prompt::Play(Play::Url { .. })) => samples.extend_from_slice(&media::hold_music().samples),
            _ => {}
        }
    }
    (!samples.is_empty()).then(|| media::Clip::repeated(samples))
}
