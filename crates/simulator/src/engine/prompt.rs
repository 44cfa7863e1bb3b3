//! What a caller hears: Say, Play and Pause.

use media::Clip;

use super::Interrupt;
use super::fetch::Page;
use super::leg::Leg;
use crate::twiml::{Play, Prompt, Target};

/// More than any prompt has.
const LARGEST_SOUND: usize = 16 << 20;

impl Leg {
    pub(super) async fn prompt(&mut self, page: Option<&Page>, prompt: &Prompt) -> Result<(), Interrupt> {
        match prompt {
            Prompt::Pause(time) => self.wait(tokio::time::sleep(*time)).await,
            Prompt::Play(Play::Digits(digits)) => {
                self.doing(format!("plays digits {digits}"));
                let played = self.audio().send_digits(digits);
                self.wait(played).await.map(drop)
            }
            Prompt::Say(say) => {
                self.said(&say.text);
                self.clip(&media::speech(&say.text), say.times).await
            }
            Prompt::Play(Play::Url { url, times }) => {
                self.doing(format!("plays {url}"));
                match self.wait(self_contained(self, page, url)).await? {
                    Ok(clip) => self.clip(&clip, *times).await,
                    Err(sentence) => {
                        self.notice(13420, format!("Play: {sentence}"));
                        Ok(())
                    }
                }
            }
        }
    }

    pub(super) fn said(&self, text: &str) {
        self.shared.change(|world| {
            if let Some(call) = world.book.call_mut(&self.sid) {
                call.value.said.push(text.to_owned());
                call.value.doing = format!("hears \u{201c}{text}\u{201d}");
            }
        });
    }

    /// `times` 0 is for ever.
    async fn clip(&mut self, clip: &Clip, times: u32) -> Result<(), Interrupt> {
        let mut played = 0;
        while times == 0 || played < times {
            let through = self.audio().prompt(clip.clone());
            let ended = self.wait(through).await;
            if ended.is_err() {
                self.audio().stop_prompt();
            }
            if ended?.is_err() {
                return Ok(());
            }
            played += 1;
        }
        Ok(())
    }
}

/// The sound at an address: a recording of our own, or a WAV file elsewhere. It borrows nothing of the leg.
fn self_contained(leg: &Leg, page: Option<&Page>, url: &str) -> impl Future<Output = Result<Clip, String>> + use<> {
    let own = own_recording(leg, url);
    let target = Target {
        url: url.to_owned(),
        method: crate::account::HttpMethod::Get,
    };
    let target = page.map_or(Ok(target.clone()), |page| page.resolve(&target));
    let client = leg.shared.client.clone();
    async move {
        if let Some(wav) = own {
            return Clip::from_wav(&wav).map_err(|error| error.to_string());
        }
        let target = target.map_err(|fault| fault.sentence)?;
        let answer = client
            .get(&target.url)
            .send()
            .await
            .map_err(|error| error.to_string())?;
        let answer = answer.error_for_status().map_err(|error| error.to_string())?;
        let bytes = answer.bytes().await.map_err(|error| error.to_string())?;
        if bytes.len() > LARGEST_SOUND {
            return Err("the file is too large".to_owned());
        }
        Clip::from_wav(&bytes).map_err(|error| error.to_string())
    }
}

/// `…/2010-04-01/Accounts/{AC}/Recordings/{RE}` at any host, of the call's own account.
fn own_recording(leg: &Leg, url: &str) -> Option<std::sync::Arc<[u8]>> {
    let (_, path) = url.split_once(&format!("/2010-04-01/Accounts/{}/Recordings/", leg.account_sid))?;
    let sid = path.split(['?', '#', '.']).next()?;
    let mut world = leg.shared.world();
    let recording = world.book.recording_mut(sid)?;
    Some(recording.value.wav.clone()).filter(|wav| !wav.is_empty())
}
