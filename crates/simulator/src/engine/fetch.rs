//! Where a call's TwiML comes from: an address, its fallback, or a REST request.

use std::sync::Arc;

use url::Url;

use super::leg::Leg;
use super::params::pair;
use super::{Interrupt, Next};
use crate::calls::{Instructions, Played};
use crate::hook::{Purpose, request};
use crate::twiml::{self, Document, Fault, Target};

/// A document and where it came from, for the relative addresses in it.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) document: Document,
    pub(super) from: Option<Target>,
}

impl Page {
    /// An address in the document, made absolute.
    pub(super) fn resolve(&self, target: &Target) -> Result<Target, Fault> {
        let invalid = || Fault::new(11100, format!("Invalid URL format: {}", target.url));
        let url = match (&self.from, Url::parse(&target.url)) {
            (_, Ok(url)) => url,
            (Some(from), Err(_)) => {
                let base = Url::parse(&from.url).map_err(|_| invalid())?;
                base.join(&target.url).map_err(|_| invalid())?
            }
            (None, Err(_)) => return Err(invalid()),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid());
        }
        // As it stands there: a parser would change what is signed.
        let written = if Url::parse(&target.url).is_ok() {
            target.url.clone()
        } else {
            url.to_string()
        };
        Ok(Target {
            url: written,
            method: target.method,
        })
    }

    /// Where a verb goes: its action, or the document that it stands in.
    pub(super) fn action(&self, action: Option<&Target>, extra: Vec<(String, String)>) -> Result<Instructions, Fault> {
        let target = match (action, &self.from) {
            (Some(action), _) => self.resolve(action)?,
            (None, Some(from)) => from.clone(),
            (None, None) => {
                return Err(Fault::new(
                    11100,
                    "a relative address in TwiML that has none of its own",
                ));
            }
        };
        Ok(Instructions::Ask {
            target,
            extra,
            fallback: None,
        })
    }
}

impl Leg {
    /// The document that the call is to play. `Ok(None)`: there is none, and the call is to end.
    pub(super) async fn fetch(&mut self, instructions: Instructions) -> Result<Option<Page>, Interrupt> {
        let (target, extra) = match instructions {
            Instructions::Twiml(text) => {
                let document = twiml::read(&text).map_err(|(code, sentence)| Fault::new(code, sentence));
                return Ok(self.opened(document, None, text));
            }
            Instructions::Ask {
                target,
                extra,
                fallback,
            } => {
                if fallback.is_some() {
                    self.fallback = fallback;
                }
                (target, extra)
            }
        };
        self.doing(format!("asks {}", target.url));
        let (result, text) = self.ask(target.clone(), extra.clone()).await?;
        let fault = match result {
            Ok(document) => return Ok(self.opened(Ok(document), Some(target), text)),
            Err(fault) => fault,
        };
        let Some(fallback) = self.fallback.clone().filter(|fallback| *fallback != target) else {
            return Ok(self.opened(Err(fault), Some(target), text));
        };
        self.notice(fault.code, fault.sentence.clone());
        let (failed, _) = target.url.split_once('#').unwrap_or((&target.url, ""));
        let mut extra = extra;
        extra.push(pair("ErrorCode", fault.code.to_string()));
        extra.push(pair("ErrorUrl", failed));
        let (result, text) = self.ask(fallback.clone(), extra).await?;
        Ok(self.opened(result, Some(fallback), text))
    }

    /// The request is made to its end even when the caller hangs up meanwhile.
    async fn ask(
        &mut self,
        target: Target,
        extra: Vec<(String, String)>,
    ) -> Result<(Result<Document, Fault>, String), Interrupt> {
        let hook = self.hook(Purpose::Voice, target, extra);
        let url = hook.target.url.clone();
        let shared = Arc::clone(&self.shared);
        let asking = tokio::spawn(async move { request(&shared, &hook).await });
        let answer = self.wait(asking).await?;
        Ok(match answer {
            Ok(Ok(answer)) => (
                twiml::read_answer(answer.status, &answer.content_type, &answer.body, &url),
                String::from_utf8_lossy(&answer.body).into_owned(),
            ),
            Ok(Err(fault)) => (Err(fault), String::new()),
            Err(_) => (Err(Fault::new(11200, "HTTP retrieval failure")), String::new()),
        })
    }

    fn opened(&self, document: Result<Document, Fault>, from: Option<Target>, text: String) -> Option<Page> {
        let url = from.as_ref().map(|from| from.url.clone()).unwrap_or_default();
        self.shared.change(|world| {
            let (url, twiml) = (world.redact(&url), world.redact(&text));
            if let Some(call) = world.book.call_mut(&self.sid) {
                call.value.played.push(Played { url, twiml });
            }
        });
        match document {
            Ok(document) => {
                for (code, sentence) in &document.warnings {
                    self.notice(*code, sentence.clone());
                }
                Some(Page { document, from })
            }
            Err(fault) => {
                self.notice(fault.code, fault.sentence);
                None
            }
        }
    }

    /// Where a verb goes next, or the end with a notice when that is no address.
    pub(super) fn goto(&self, page: &Page, action: Option<&Target>, extra: Vec<(String, String)>) -> Next {
        match page.action(action, extra) {
            Ok(instructions) => Next::Goto(instructions),
            Err(fault) => {
                self.notice(fault.code, fault.sentence);
                Next::End
            }
        }
    }

    /// As [`Self::goto`], when the call has ended meanwhile: the request is made, and its answer is not played.
    pub(super) fn last_action(&self, page: &Page, action: Option<&Target>, extra: Vec<(String, String)>) {
        if let Ok(Instructions::Ask { target, extra, .. }) = page.action(action, extra) {
            let mut hook = self.hook(Purpose::LastAction, target, extra);
            for (_, value) in hook.params.iter_mut().filter(|(name, _)| name == "CallStatus") {
                "completed".clone_into(value);
            }
            self.reporter.courier.send(hook);
        }
    }
}
