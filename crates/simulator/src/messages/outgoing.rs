//! Texts on their way: from state to state, each told to the program.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, LOCATION};

use super::incoming::receive;
use super::{Media, MessageStatus, Outcome, params};
use crate::hook::{Courier, Hook, Purpose};
use crate::shared::Shared;
use crate::world::Stored;
use crate::{clock, sid};

/// How often a text that waits for its time is looked at.
const LOOKS: Duration = Duration::from_millis(100);
/// Documented, of pictures.
const LARGEST_MEDIA: usize = 5 << 20;
const MOST_REDIRECTS: usize = 10;

/// Sends a text that exists already.
pub(crate) async fn send(shared: Arc<Shared>, message_sid: String) {
    let journey = Journey {
        courier: Courier::start(&shared),
        shared,
        message_sid,
    };
    // `None` when the text was taken back, or is gone.
    let _ = journey.go().await;
}

struct Journey {
    shared: Arc<Shared>,
    courier: Courier,
    message_sid: String,
}

impl Journey {
    async fn go(&self) -> Option<()> {
        self.wait_for_its_time().await?;
        if self.status()? == MessageStatus::Accepted {
            self.step(MessageStatus::Queued, None).await?;
        }
        if let Err(code) = self.fetch_media().await {
            return self.step(MessageStatus::Failed, Some(code)).await;
        }
        let outcome = {
            let world = self.shared.world();
            let message = world.texts.message(&self.message_sid)?;
            world.texts.behaviour.outcome(&message.value.to)
        };
        if outcome == Outcome::Queued {
            return None;
        }
        self.step(MessageStatus::Sending, None).await?;
        if let Outcome::Failed(code) = outcome {
            return self.step(MessageStatus::Failed, Some(code)).await;
        }
        if outcome == Outcome::Sending {
            return None;
        }
        self.step(MessageStatus::Sent, None).await?;
        match outcome {
            Outcome::Undelivered(code) => self.step(MessageStatus::Undelivered, Some(code)).await,
            Outcome::Delivered => {
                self.step(MessageStatus::Delivered, None).await?;
                self.arrive();
                Some(())
            }
            _ => None,
        }
    }

    fn status(&self) -> Option<MessageStatus> {
        let world = self.shared.world();
        world
            .texts
            .message(&self.message_sid)
            .map(|message| message.value.status)
    }

    async fn wait_for_its_time(&self) -> Option<()> {
        while self.status()? == MessageStatus::Scheduled {
            let send_at = self.shared.world().texts.message(&self.message_sid)?.value.send_at;
            if send_at.is_none_or(|time| time <= clock::now()) {
                self.move_on(MessageStatus::Accepted, None)?;
                return Some(());
            }
            tokio::time::sleep(LOOKS).await;
        }
        if self.status()? == MessageStatus::Canceled {
            self.tell();
            return None;
        }
        Some(())
    }

    async fn step(&self, status: MessageStatus, error: Option<u32>) -> Option<()> {
        let delay = self.shared.world().texts.behaviour.delay_ms;
        tokio::time::sleep(Duration::from_millis(delay)).await;
        self.move_on(status, error)
    }

    fn move_on(&self, status: MessageStatus, error: Option<u32>) -> Option<()> {
        self.shared
            .change(|world| world.texts.set_status(&self.message_sid, status, error))
            .then(|| self.tell())
    }

    fn tell(&self) {
        let hook = {
            let world = self.shared.world();
            world.texts.message(&self.message_sid).and_then(|message| {
                Some(Hook {
                    account_sid: message.value.account_sid.clone(),
                    call_sid: message.sid.clone(),
                    purpose: Purpose::MessageStatus,
                    target: message.value.callback.clone()?,
                    params: params::of_status(message),
                })
            })
        };
        if let Some(hook) = hook {
            self.courier.send(hook);
        }
    }

    /// At a number of a simulated account.
    fn arrive(&self) {
        self.shared.change(|world| {
            let message = world.texts.message(&self.message_sid)?.value.clone();
            let account_sid = world.number_called(&message.to)?.0.sid.clone();
            let copies = message
                .media
                .iter()
                .map(|media| Stored::new(sid::new("ME"), media.value.clone()));
            let media = copies.collect();
            receive(world, &account_sid, (&message.from, &message.to), &message.body, media)
        });
    }

    /// Twilio's code when one of them is not to be had.
    async fn fetch_media(&self) -> Result<(), u32> {
        let urls = {
            let world = self.shared.world();
            let message = world.texts.message(&self.message_sid);
            message
                .map(|message| message.value.media_urls.clone())
                .unwrap_or_default()
        };
        for url in urls {
            let media = fetch(&self.shared.client, &url).await?;
            self.shared.change(|world| {
                if let Some(message) = world.texts.message_mut(&self.message_sid) {
                    message.value.media.push(Stored::new(sid::new("ME"), media));
                }
            });
        }
        Ok(())
    }
}

async fn fetch(client: &reqwest::Client, url: &str) -> Result<Media, u32> {
    const FAILED: u32 = 11200;
    let mut url = url::Url::parse(url).map_err(|_| FAILED)?;
    for _ in 0..=MOST_REDIRECTS {
        let response = client.get(url.clone()).send().await.map_err(|_| FAILED)?;
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        if response.status().is_redirection() {
            let location = header(LOCATION).ok_or(FAILED)?;
            url = url.join(location).map_err(|_| FAILED)?;
            continue;
        }
        if !response.status().is_success() {
            return Err(FAILED);
        }
        let kind = header(CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or(kind).trim().to_owned());
        let kind = kind.filter(|kind| kind.contains('/')).ok_or(12300_u32)?;
        let bytes = response.bytes().await.map_err(|_| FAILED)?;
        if bytes.len() > LARGEST_MEDIA {
            return Err(30019);
        }
        return Ok(Media {
            content_type: kind,
            bytes: bytes.to_vec().into(),
            token: sid::new(""),
        });
    }
    Err(FAILED)
}
