//! Twilio's reports of a call come in any order, late and twice: what is known in the end is the same.

use domain::call::{CallStatus, LegRole};
use store::Call;

use crate::harness::{Installation, World, in_order};
use crate::voice_line::{CALLER, Line, NUMBER, line, noted, sid, target_in};

/// A time on the test's clock, as Twilio writes it: `Mon, 21 Sep 2026 14:13:20 +0000` and so many seconds.
fn at(seconds: u32) -> String {
    format!("Mon, 21 Sep 2026 14:13:{:02} +0000", 20 + seconds)
}

/// One call, with what Twilio reports of it.
struct Story {
    parent: String,
    browser: String,
    xml: String,
}

/// The reports after the beginning.
const REPORTS: usize = 5;

impl Story {
    async fn begin(product: &Installation, line: &Line) -> Self {
        let mut story = Self::untold();
        story.xml = line.rings(product, &story.parent).await;
        story
    }

    fn untold() -> Self {
        Self {
            parent: sid("CA"),
            browser: sid("CA"),
            xml: String::new(),
        }
    }

    async fn tell(&self, product: &Installation, line: &Line, report: usize) {
        let (parent, browser) = (self.parent.as_str(), self.browser.as_str());
        let of_browser = |status, at, seconds| {
            [
                ("CallSid", browser),
                ("ParentCallSid", parent),
                ("CallStatus", status),
                ("Timestamp", at),
                ("CallDuration", seconds),
            ]
        };
        let to = || target_in(&self.xml, "statusCallback");
        match report {
            0 => line.status(product, &to(), &of_browser("ringing", &at(1), "")).await,
            1 => {
                line.status(product, &to(), &of_browser("in-progress", &at(5), ""))
                    .await
            }
            2 => {
                line.status(product, &to(), &of_browser("completed", &at(25), "20"))
                    .await
            }
            3 => {
                let rang = [
                    ("CallSid", parent),
                    ("CallStatus", "in-progress"),
                    ("DialCallStatus", "completed"),
                    ("DialCallSid", browser),
                    ("DialCallDuration", "20"),
                ];
                line.ask(product, &target_in(&self.xml, "action"), &rang).await;
            }
            _ => self.over(product, line).await,
        }
    }

    /// The end of the first leg, at an address that names no call.
    async fn over(&self, product: &Installation, line: &Line) {
        let stamp = at(26);
        let over = [
            ("CallSid", self.parent.as_str()),
            ("CallStatus", "completed"),
            ("Timestamp", &stamp),
            ("CallDuration", "26"),
            ("From", CALLER),
            ("To", NUMBER),
        ];
        line.status(product, "/webhooks/twilio/call-status", &over).await;
    }

    /// What is known in the end, without what is this call's alone.
    async fn known(&self, product: &Installation, line: &Line) -> String {
        let call: Call = line.call(product, &self.parent).await;
        let mut legs = product.parts.store.legs(call.id).await.unwrap();
        legs.sort_by_key(|leg| leg.state.role);
        let states: Vec<_> = legs.iter().map(|leg| leg.state).collect();
        let mut events: Vec<_> = noted(product, call.id)
            .await
            .iter()
            .map(|event| format!("{event:?}"))
            .collect();
        events.sort();
        format!("{:?} {states:#?} {events:#?}", call.summary)
    }
}

fn orders(items: &[usize]) -> Vec<Vec<usize>> {
    if items.len() < 2 {
        return vec![items.to_vec()];
    }
    (0..items.len())
        .flat_map(|first| {
            let mut rest = items.to_vec();
            let first = rest.remove(first);
            orders(&rest).into_iter().map(move |mut order| {
                order.insert(0, first);
                order
            })
        })
        .collect()
}

async fn scene() -> (World, Installation, Line) {
    let (world, product, line) = line().await;
    line.open_phone(&product).await;
    // So that what is told without a time is told when the browser hung up.
    world.clock.advance(25_000);
    (world, product, line)
}

#[tokio::test]
async fn in_every_order_and_twice_the_same_is_known() {
    let (_world, product, line) = scene().await;
    let reports: Vec<usize> = (0..REPORTS).collect();
    let plain = Story::begin(&product, &line).await;
    for report in &reports {
        plain.tell(&product, &line, *report).await;
    }
    let expected = plain.known(&product, &line).await;
    let call = line.call(&product, &plain.parent).await;
    assert_eq!(call.summary.status, CallStatus::Completed);
    assert_eq!(
        call.summary.duration_seconds,
        Some(21),
        "from the answer to the end of the last leg"
    );
    assert_eq!(call.summary.answered_by, Some(LegRole::Browser));

    for order in orders(&reports) {
        let story = Story::begin(&product, &line).await;
        for (place, report) in order.iter().enumerate() {
            story.tell(&product, &line, *report).await;
            // Some come again at once, some when all is over.
            if place % 2 == 0 {
                story.tell(&product, &line, *report).await;
            }
        }
        for report in &order[..2] {
            story.tell(&product, &line, *report).await;
        }
        assert_eq!(story.known(&product, &line).await, expected, "{order:?}");
    }
}

#[tokio::test]
async fn an_end_that_comes_before_the_beginning_is_not_forgotten() {
    let (_world, product, line) = scene().await;
    let first: Vec<usize> = (0..REPORTS - 1).collect();
    let plain = Story::begin(&product, &line).await;
    for report in first.iter().chain([&(REPORTS - 1)]) {
        plain.tell(&product, &line, *report).await;
    }
    let expected = plain.known(&product, &line).await;
    for order in orders(&first) {
        let mut story = Story::untold();
        story.over(&product, &line).await;
        story.xml = line.rings(&product, &story.parent).await;
        for report in &order {
            story.tell(&product, &line, *report).await;
        }
        story.over(&product, &line).await;
        assert_eq!(story.known(&product, &line).await, expected, "{order:?}");
    }
}

#[tokio::test]
async fn told_an_hour_late_a_call_is_what_it_was() {
    const HOUR: i64 = 60 * 60 * 1000;
    // The dial's own request is no report: Twilio makes it when it has to go on.
    for order in [[3, 0, 1, 2, 4], [3, 4, 2, 1, 0], [3, 2, 0, 4, 1]] {
        let (world, product, line) = scene().await;
        let story = Story::begin(&product, &line).await;
        for (place, report) in order.iter().enumerate() {
            if place > 0 {
                world.clock.advance(HOUR);
            }
            story.tell(&product, &line, *report).await;
            product.services.voice.tidy().await.unwrap();
        }
        let known = story.known(&product, &line).await;
        for report in order {
            story.tell(&product, &line, report).await;
        }
        assert_eq!(story.known(&product, &line).await, known, "{order:?}");
        let call = line.call(&product, &story.parent).await;
        assert_eq!(call.summary.status, CallStatus::Completed, "{order:?}");
        assert_eq!(call.summary.duration_seconds, Some(21), "{order:?}");
        assert_eq!(call.summary.answered_by, Some(LegRole::Browser), "{order:?}");
        in_order(&product.parts).await;
    }
}
