//! The process dies at any moment between storing a text and hearing of it: it is never lost, and never sent twice.

use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use domain::message::{MessageStatus, MessageView};
use messaging::{Memory, Provider};
use services::Caller;
use simulator::{Effect, Fault};
use tokio::runtime::Builder;

use crate::harness::{World, until};
use crate::messages_line::{LEASE, PEER, by_twilio, connected, text};

/// Work that is given up after so many steps: none when it was.
struct Dies<F> {
    work: F,
    steps: u32,
}

impl<F: Future + Unpin> Future for Dies<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.steps == 0 {
            return Poll::Ready(None);
        }
        self.steps -= 1;
        Pin::new(&mut self.work).poll(context).map(Some)
    }
}

/// Whether the work came to its end.
async fn dies_after<F: Future>(steps: u32, work: F) -> bool {
    let work = pin!(work);
    Dies { work, steps }.await.is_some()
}

/// After a start, whatever was left is finished.
async fn settled(world: &World, caller: &Caller, message: &MessageView) -> MessageView {
    let product = world.start().await;
    for _ in 0..4 {
        world.clock.advance(LEASE);
        product.post().await;
    }
    product.found(caller, message).await
}

/// One text, with a worker that dies after so many steps; whether it came to its end.
async fn case(steps: u32, lose_answer: bool) -> bool {
    let memory = Memory::default();
    let mut world = World::new().await;
    world.texts = Some(Provider::new(memory.clone()));
    let (product, line) = connected(&world).await;
    let sent = product.text(&line.caller, PEER, "Hello").await;
    if lose_answer {
        memory.then_lose_answer();
    }
    let ended = dies_after(steps, product.services.messages.work_once()).await;
    drop(product);
    let found = settled(&world, &line.caller, &sent).await;
    let times = memory.sent().len();
    match found.status {
        // Nobody had asked the provider, or nobody knows.
        MessageStatus::Unknown => assert_eq!(times, 0, "after {steps}: {found:?}"),
        _ => {
            assert!(found.status >= MessageStatus::Accepted, "after {steps}: {found:?}");
            assert_eq!(times, 1, "after {steps}: {found:?}");
        }
    }
    ended
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_at_any_await_neither_loses_a_text_nor_sends_it_twice() {
    for lose_answer in [false, true] {
        let mut steps = 0;
        while !case(steps, lose_answer).await {
            steps += 1;
            assert!(steps < 500, "it never ends");
        }
        assert!(steps > 3, "{steps}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_dies_at_any_await_stores_the_text_once_or_not_at_all() {
    for steps in 0..200 {
        let memory = Memory::default();
        let mut world = World::new().await;
        world.texts = Some(Provider::new(memory.clone()));
        let (product, line) = connected(&world).await;
        let request = text(PEER, "Hello");
        let messages = &product.services.messages;
        let ended = dies_after(steps, messages.send(&line.caller, &request, Some("key"))).await;
        // The program asks again, as it should.
        let sent = messages.send(&line.caller, &request, Some("key")).await.unwrap();
        let found = settled(&world, &line.caller, &sent).await;
        assert!(found.status >= MessageStatus::Accepted, "after {steps}: {found:?}");
        assert_eq!(memory.sent().len(), 1, "after {steps}");
        if ended {
            return;
        }
    }
    panic!("it never ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_while_twilio_is_asked_finds_what_twilio_has() {
    for (effect, at_twilio) in [(Effect::HangBefore, 0), (Effect::HangAfter, 1)] {
        let name = format!("{effect:?}");
        let world = std::sync::Arc::new(World::patient().await);
        let (product, line) = connected(&world).await;
        let sent = product.text(&line.caller, PEER, "Hello").await;
        drop(product);
        world.simulator.inject(Fault::forever("POST", "/Messages.json", effect));
        let process = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let there = std::sync::Arc::clone(&world);
        process.spawn(async move {
            let product = there.start().await;
            let _ = product.services.messages.work_once().await;
        });
        let hangs = || {
            let journal = world.simulator.journal();
            journal
                .iter()
                .any(|entry| entry.ended.is_none() && !entry.faults.is_empty())
        };
        until("a request hangs", hangs).await;
        process.shutdown_background();
        world.simulator.clear_faults();
        let found = settled(&world, &line.caller, &sent).await;
        assert_eq!(world.simulator.messages().len(), at_twilio, "{name}");
        if at_twilio == 1 {
            assert!(found.status >= MessageStatus::Accepted, "{name}: {found:?}");
        } else {
            assert_eq!(found.status, MessageStatus::Unknown, "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_after_twilio_took_the_text_is_looked_up() {
    for effect in [Effect::DropAfter, Effect::HangAfter] {
        let (world, product, line) = by_twilio().await;
        let sent = product.text(&line.caller, PEER, "Hello").await;
        world.simulator.inject(Fault::forever("POST", "/Messages.json", effect));
        product.post().await;
        world.simulator.clear_faults();
        let found = settled(&world, &line.caller, &sent).await;
        assert!(found.status >= MessageStatus::Accepted, "{found:?}");
        assert_eq!(world.simulator.messages().len(), 1);
        assert_eq!(
            found.provider_sid.as_deref(),
            Some(world.simulator.messages()[0].sid.as_str())
        );
    }
}
