//! The requests, each another one, as Twilio and a browser would send them.

use std::ops::Range;

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use crate::signed::signature;

/// Calls whose reports are sent one after the other before the next calls have their turn: those of one call are then
/// seldom on their way at the same time.
const BLOCK: u32 = 256;
/// People who call and are texted.
const PEOPLE: u32 = 10_000;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Reports on incoming calls, three on each
    Status,
    /// The report of each call's end, so that each is about another call
    Ended,
    /// Reports on legs of calls that the address names, four on each; the calls come in before the clock starts
    Named,
    /// Calls that come in
    Twiml,
    /// The calls that [`Kind::Named`] is about
    #[value(skip)]
    Parent,
    /// Reports on texts, two on each: of those that `texts sent` has made (crates/store/examples)
    Sms,
    /// Reports that somebody else has signed
    Refused,
    /// The browser phone's token
    Token,
    /// A page
    Page,
    /// Nothing
    Empty,
}

impl Kind {
    /// The SID of what the request with this number is about, for those about something that is then stored.
    pub fn sid(self, number: u32) -> String {
        match self {
            Self::Sms => sid("SM", self.thing(number).0),
            _ => sid("CA", self.space() | self.thing(number).0),
        }
    }

    /// The number of the thing that a request is about, and which of several requests about it this is.
    fn thing(self, number: u32) -> (u32, u32) {
        place(number, self.words().len() as u32)
    }

    /// What is told of each thing, one after the other.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Status | Self::Refused => &["ringing", "in-progress", "completed"],
            Self::Named => &["initiated", "ringing", "in-progress", "completed"],
            Self::Twiml | Self::Parent => &["ringing"],
            Self::Sms => &["sent", "delivered"],
            Self::Ended | Self::Token | Self::Page | Self::Empty => &["completed"],
        }
    }

    /// Its calls have SIDs of their own, and so many of them.
    fn space(self) -> u32 {
        let nibble = match self {
            Self::Status => 1,
            Self::Ended => 2,
            Self::Twiml => 3,
            Self::Parent => 4,
            Self::Named => 5,
            _ => 6,
        };
        nibble << 28
    }
}

/// For whom, and where.
#[derive(Clone, Debug, clap::Args)]
pub struct Tenant {
    /// The public address that signatures are made for, without a slash at its end
    #[arg(long, default_value = "http://127.0.0.1")]
    base: String,
    /// The account
    #[arg(long, default_value = "AC51e0c0de51e0c0de51e0c0de51e0c0de")]
    account: String,
    /// Its token
    #[arg(long, default_value = "51e0c0de51e0c0de51e0c0de51e0c0de")]
    auth_token: String,
    /// Its number
    #[arg(long, default_value = "+14155550100")]
    to: String,
    /// `name=value` of a session
    #[arg(long, default_value = "")]
    cookie: String,
    /// The page
    #[arg(long, default_value = "/twilio/setup")]
    page: String,
}

/// Requests as they travel, one behind the other.
#[derive(Default)]
pub struct Requests {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Requests {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// One of them.
    pub fn get(&self, at: usize) -> Option<&[u8]> {
        let begin = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        self.bytes.get(begin..*self.ends.get(at)?)
    }

    fn push(&mut self, request: &str) {
        self.bytes.extend_from_slice(request.as_bytes());
        self.ends.push(self.bytes.len());
    }
}

/// The calls that [`Kind::Named`] with these numbers is about, as numbers of [`Kind::Parent`].
pub fn parents(numbers: &Range<u32>) -> Range<u32> {
    let first = Kind::Named.thing(numbers.start).0;
    first..first + numbers.len() as u32 / 4 + BLOCK
}

/// Makes those with these numbers, of which the first begins a block; the same number is the same request every time.
/// `calls` are the ids of the [`parents`].
pub fn make(kind: Kind, tenant: &Tenant, numbers: Range<u32>, calls: &[String]) -> Result<Requests> {
    let mut requests = Requests::default();
    let now = DateTimePrinter::new().timestamp_to_string(&Timestamp::now())?;
    let first = parents(&numbers).start;
    for number in numbers {
        let request = match kind {
            Kind::Token => tenant.get("/twilio/token"),
            Kind::Page => tenant.get(&tenant.page),
            Kind::Empty => tenant.get("/empty"),
            Kind::Sms => tenant.text(number),
            Kind::Named => {
                let (call, _) = kind.thing(number);
                let id = calls.get((call - first) as usize).context("too few calls came in")?;
                tenant.call(
                    kind,
                    number,
                    &now,
                    &format!("/webhooks/twilio/call-status/{id}?leg=browser"),
                )?
            }
            Kind::Twiml | Kind::Parent => tenant.call(kind, number, &now, "/twiml/inbound")?,
            Kind::Status | Kind::Ended | Kind::Refused => {
                tenant.call(kind, number, &now, "/webhooks/twilio/call-status")?
            }
        };
        requests.push(&request);
    }
    Ok(requests)
}

/// The number of the thing that a request is about, and which of several requests about it this is.
fn place(number: u32, each: u32) -> (u32, u32) {
    let block = BLOCK * each;
    let within = number % block;
    (number / block * BLOCK + within % BLOCK, within / BLOCK)
}

/// A form that is put together, and where it goes.
struct Post<'a> {
    target: &'a str,
    form: Vec<(&'static str, String)>,
    token: &'a str,
}

impl Tenant {
    fn get(&self, target: &str) -> String {
        let Self { cookie, .. } = self;
        format!(
            "GET {target} HTTP/1.1\r\nHost: bench\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nAccept: text/html,*/*\r\n\
             Cookie: {cookie}\r\n\r\n"
        )
    }

    fn post(&self, post: &Post<'_>) -> String {
        let pairs = post.form.iter().map(|(name, value)| (*name, value.as_str()));
        let signature = signature(post.token, &format!("{}{}", self.base, post.target), pairs.clone());
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        format!(
            "POST {} HTTP/1.1\r\nHost: bench\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n\
             Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {}\r\n\
             X-Twilio-Signature: {signature}\r\n\r\n{body}",
            post.target,
            body.len()
        )
    }

    fn call(&self, kind: Kind, number: u32, now: &str, target: &str) -> Result<String> {
        let (call, step) = kind.thing(number);
        let word = *kind.words().get(step as usize).context("a word")?;
        let mut form = self.call_form(kind, number, word);
        if !matches!(kind, Kind::Twiml | Kind::Parent) {
            form.push(("Timestamp", now.to_owned()));
            form.push(("CallbackSource", "call-progress-events".to_owned()));
            form.push(("SequenceNumber", step.to_string()));
        }
        if word == "completed" {
            form.push(("CallDuration", "12".to_owned()));
            form.push(("Duration", "1".to_owned()));
        }
        if kind == Kind::Named {
            form.push(("ParentCallSid", Kind::Parent.sid(call)));
        }
        let token = match kind {
            Kind::Refused => "0123456789abcdef0123456789abcdef",
            _ => &self.auth_token,
        };
        Ok(self.post(&Post { target, form, token }))
    }

    /// What stands in every request about a call.
    fn call_form(&self, kind: Kind, number: u32, word: &str) -> Vec<(&'static str, String)> {
        let from = format!("+1415556{:04}", kind.thing(number).0 % PEOPLE);
        let direction = if kind == Kind::Named {
            "outbound-dial"
        } else {
            "inbound"
        };
        let mut form = vec![
            ("AccountSid", self.account.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
            ("CallSid", kind.sid(number)),
            ("CallStatus", word.to_owned()),
            ("Called", self.to.clone()),
            ("Caller", from.clone()),
            ("Direction", direction.to_owned()),
            ("From", from),
            ("To", self.to.clone()),
        ];
        let places = [
            ("CalledCity", "SAN FRANCISCO"),
            ("CalledCountry", "US"),
            ("CalledState", "CA"),
            ("CalledZip", "94103"),
            ("CallerCity", "OAKLAND"),
            ("CallerCountry", "US"),
            ("CallerState", "CA"),
            ("CallerZip", "94607"),
            ("FromCity", "OAKLAND"),
            ("FromCountry", "US"),
            ("FromState", "CA"),
            ("FromZip", "94607"),
            ("StirVerstat", "TN-Validation-Passed-A"),
            ("ToCity", "SAN FRANCISCO"),
            ("ToCountry", "US"),
            ("ToState", "CA"),
            ("ToZip", "94103"),
        ];
        form.extend(places.map(|(name, value)| (name, value.to_owned())));
        form
    }

    fn text(&self, number: u32) -> String {
        let (text, step) = Kind::Sms.thing(number);
        let word = Kind::Sms.words().get(step as usize).copied().unwrap_or_default();
        let sid = Kind::Sms.sid(number);
        let form = vec![
            ("AccountSid", self.account.clone()),
            ("ApiVersion", "2010-04-01".to_owned()),
            ("From", self.to.clone()),
            ("MessageSid", sid.clone()),
            ("MessageStatus", word.to_owned()),
            ("SmsSid", sid),
            ("SmsStatus", word.to_owned()),
            ("To", format!("+1415556{:04}", text % PEOPLE)),
        ];
        self.post(&Post {
            target: "/webhooks/sms/twilio",
            form,
            token: &self.auth_token,
        })
    }
}

fn sid(prefix: &str, number: u32) -> String {
    format!("{prefix}{number:032x}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use clap::Parser as _;
    use secrecy::SecretString;
    use twilio::webhook::Params;

    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        tenant: Tenant,
    }

    fn tenant() -> Tenant {
        Line::parse_from(["bench", "--base", "https://phone.example"]).tenant
    }

    fn text_of(requests: &Requests, at: usize) -> String {
        String::from_utf8(requests.get(at).unwrap().to_vec()).unwrap()
    }

    /// Whether our own check accepts it.
    fn is_accepted(request: &str) -> bool {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        let target = head.split(' ').nth(1).unwrap();
        let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        assert_eq!(header("Content-Length: "), body.len().to_string());
        let token = SecretString::from(tenant().auth_token);
        let params = Params::parse(body.as_bytes());
        let url = format!("https://phone.example{target}");
        twilio::signature::validate(&[&token], header("X-Twilio-Signature: "), &url, params.pairs())
    }

    #[test]
    fn every_kind_of_webhook_has_a_signature_that_our_own_check_accepts() {
        let calls = vec!["0190-id".to_owned(); 1024];
        for kind in [Kind::Status, Kind::Ended, Kind::Named, Kind::Twiml, Kind::Sms] {
            let requests = make(kind, &tenant(), 0..3, &calls).unwrap();
            assert!((0..3).all(|at| is_accepted(&text_of(&requests, at))), "{kind:?}");
        }
        let forged = make(Kind::Refused, &tenant(), 0..1, &[]).unwrap();
        assert!(!is_accepted(&text_of(&forged, 0)));
    }

    #[test]
    fn no_two_requests_are_alike() {
        let calls = vec!["0190-id".to_owned(); 1024];
        for kind in [
            Kind::Status,
            Kind::Ended,
            Kind::Named,
            Kind::Twiml,
            Kind::Sms,
            Kind::Refused,
        ] {
            let requests = make(kind, &tenant(), 0..2000, &calls).unwrap();
            let all: BTreeSet<_> = (0..requests.len()).map(|at| requests.get(at).unwrap()).collect();
            assert_eq!(all.len(), 2000, "{kind:?}");
            assert!(requests.get(2000).is_none());
        }
    }

    #[test]
    fn each_call_is_reported_from_its_beginning_to_its_end() {
        let told: Vec<_> = (0..BLOCK * 6).map(|number| place(number, 3)).collect();
        for call in 0..BLOCK * 2 {
            let steps: Vec<_> = told
                .iter()
                .filter(|(of, _)| *of == call)
                .map(|(_, step)| *step)
                .collect();
            assert_eq!(steps, [0, 1, 2], "{call}");
        }
        let last = make(Kind::Status, &tenant(), BLOCK * 2..BLOCK * 2 + 1, &[]).unwrap();
        assert!(text_of(&last, 0).contains("CallStatus=completed") && text_of(&last, 0).contains("CallDuration=12"));
    }
}
