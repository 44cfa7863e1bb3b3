//! What the system tells its users by itself.

use domain::call::Direction;
use domain::id::{MessageId, UserId};
use domain::message::MessageOrigin;
use domain::segments::segments;
use store::{MessageFilter, NewMessage};
use tracing::Instrument as _;

use super::Messages;
use crate::ServiceError;
use crate::accounts::Visitor;

/// Most notices to one user within a day: nobody is to spend the operator's money by signing in.
const A_DAY: usize = 10;
/// Texts of his that are looked through for them.
const LATELY: u32 = 100;
const DAY: i64 = 24 * 60 * 60 * 1000;
/// Longest name of a browser in a notice, in characters.
const BROWSER_MAX: usize = 40;

impl Messages {
    /// Tells the user that somebody has signed in as him in a browser that is not known, if he wants to know. The sign-in
    /// does not wait for it.
    pub(crate) fn tell_of_sign_in(&self, user: UserId, visitor: &Visitor) {
        let (messages, visitor) = (self.clone(), visitor.clone());
        let work = async move {
            if let Err(error) = messages.told_of_sign_in(user, &visitor).await {
                tracing::error!(%user, error = %error.chain(), "a user could not be told of a sign-in");
            }
        };
        self.parts.tasks.spawn(work.in_current_span());
    }

    async fn told_of_sign_in(&self, user: UserId, visitor: &Visitor) -> Result<(), ServiceError> {
        let store = &self.parts.store;
        let settings = store.text_settings(user).await?;
        let (true, Some(to)) = (settings.notify_sign_in, settings.notify_number) else {
            return Ok(());
        };
        let Some(outlet) = self.systems_outlet() else {
            tracing::warn!(%user, "a notice is wanted, but there is no account for messages of the system");
            return Ok(());
        };
        let now = self.parts.clock.now();
        let outbound = MessageFilter {
            peer: None,
            direction: Some(Direction::Outbound),
        };
        let lately = store.list_messages(user, &outbound, None, LATELY).await?.messages;
        let notices = lately
            .iter()
            .filter(|message| message.origin == MessageOrigin::System && now.since(message.created_at) < DAY);
        if notices.count() >= A_DAY || store.opted_out(user, &outlet.sender, &to).await?.is_some() {
            return Ok(());
        }
        let body = self.sign_in_words(visitor);
        let new = NewMessage {
            id: MessageId(self.parts.entropy.uuid()),
            user_id: user,
            origin: MessageOrigin::System,
            from: outlet.from(),
            to,
            sender: outlet.sender,
            account_sid: outlet.account_sid,
            provider: self.provider().name().to_owned(),
            segments: segments(&body).count,
            body,
            media: Vec::new(),
            send_at: None,
            clears_draft: false,
        };
        store.add_message(&new, None, now).await?;
        self.wake.notify_one();
        Ok(())
    }

    fn sign_in_words(&self, visitor: &Visitor) -> String {
        let host = self.parts.settings.app_url.host_str().unwrap_or_default();
        format!(
            "New sign-in to your account at {host}: {}, from {}. If this was not you, sign this browser out under Settings.",
            browser(&visitor.user_agent),
            visitor.address
        )
    }
}

/// What people call it.
fn browser(user_agent: &str) -> String {
    const KNOWN: [(&str, &str); 5] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    if let Some((_, name)) = KNOWN.iter().find(|(mark, _)| user_agent.contains(mark)) {
        return (*name).to_owned();
    }
    let plain: String = user_agent
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .take(BROWSER_MAX)
        .collect();
    if plain.trim().is_empty() {
        "an unknown browser".to_owned()
    } else {
        plain.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_has_the_name_that_people_know() {
        assert_eq!(
            browser("Mozilla/5.0 (X11) Chrome/130.0 Safari/537.36 Edg/130.0"),
            "Edge"
        );
        assert_eq!(browser("Mozilla/5.0 (X11) Chrome/130.0 Safari/537.36"), "Chrome");
        assert_eq!(browser("curl/8.5.0"), "curl850");
        assert_eq!(browser("http://evil.example/\r\n"), "httpevilexample");
        assert_eq!(browser(""), "an unknown browser");
    }
}
