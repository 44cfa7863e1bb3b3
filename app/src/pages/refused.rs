//! Requests of Twilio's that were refused, and what can be done about it.

use leptos::prelude::*;
use leptos_meta::Title;
use services::rejected::{RefusedView, WayOut};

use super::frame::Settings;
use super::loaded;
use super::moment::Moment;

/// What was refused for the reader's account in the last 30 days.
#[component]
pub fn Refused() -> impl IntoView {
    loaded(
        |services, caller| async move { services.rejected.list(&caller).await },
        |refused| {
            let list = if refused.is_empty() {
                view! {
                    <div class="empty">
                        <strong>"Nothing was refused in the last 30 days."</strong>
                        <p>"Whatever Twilio sent for your account was accepted."</p>
                    </div>
                }
                .into_any()
            } else {
                view! { <RefusedList refused /> }.into_any()
            };
            view! {
                <Title text="Refused requests" />
                <Settings>
                    <div class="page-head">
                        <h1>"Refused requests"</h1>
                    </div>
                    <section class="card">
                        <p>
                            "Sniko accepts only what Twilio has signed for your account. What came in its name and was refused is listed here, without what it said."
                        </p>
                        {list}
                    </section>
                </Settings>
            }
            .into_any()
        },
    )
}

/// Refused requests, those that are alike in one line.
#[component]
pub fn RefusedList(
    /// The newest first.
    refused: Vec<RefusedView>,
) -> impl IntoView {
    let lines = refused.into_iter().map(|line| {
        let often = match line.times {
            1 => "once".to_owned(),
            times => format!("{times} times"),
        };
        view! {
            <li class="refused">
                <p class="refused-what">
                    <strong>{kind(&line.path)}</strong>
                    " "
                    <code>{line.path}</code>
                    " "
                    <span class="badge">{often}</span>
                </p>
                <p>{line.sentence}</p>
                {way_out(line.way_out)}
                <p class="fine">
                    {line.account_sid.map(|sid| format!("{sid}, "))} "last " <Moment at=line.last_at />
                    {(line.times > 1).then(|| view! { ", first " <Moment at=line.first_at /> })}
                </p>
            </li>
        }
    });
    view! { <ul class="refused-list">{lines.collect_view()}</ul> }
}

/// What a webhook is about, as people call it.
fn kind(path: &str) -> &'static str {
    match path {
        "/twiml/inbound" | "/webhooks/twilio/voice" | "/webhooks/twilio/dtmf" => "What to do with a call",
        "/webhooks/twilio/call-status" => "How far a call is",
        "/webhooks/twilio/recording" => "How far a recording is",
        "/webhooks/sms/twilio" => "Texts",
        _ => "Something else",
    }
}

fn way_out(way_out: WayOut) -> Option<AnyView> {
    Some(match way_out {
        WayOut::ReplaceToken => view! {
            <p>
                "If it goes on, copy the primary Auth Token from the Twilio console and save it under "
                <a href="/twilio/setup#token-title">"Replace token"</a> "."
            </p>
        }
        .into_any(),
        WayOut::Address => view! {
            <p>
                "Whoever runs this installation has to set " <code>"APP_URL"</code>
                " to the address that Twilio asks, or to have the proxy in front of it pass on path and query as they are."
            </p>
        }
        .into_any(),
        WayOut::Check => view! {
            <p>
                "If calls or texts are missing, compare your account with what it should be under "
                <a href="/twilio/setup?check=now">"Twilio Setup"</a> "."
            </p>
        }
        .into_any(),
        WayOut::Connect => view! {
            <p>
                "Connect it again under " <a href="/twilio/setup">"Twilio Setup"</a>
                ", or take Sniko's address out of the number or the App in the Twilio console."
            </p>
        }
        .into_any(),
        WayOut::Nothing => return None,
    })
}

/// A line on the setup page where something was refused within a day.
#[component]
pub fn RefusedLately() -> impl IntoView {
    let read = use_context::<services::Services>().zip(super::caller());
    read.map(|(services, caller)| {
        let lately = super::reading(async move { services.rejected.lately(&caller).await });
        Suspend::new(async move {
            // Without it the page is as good.
            let count = lately.await.unwrap_or_default();
            (count > 0).then(|| {
                view! {
                    <p class="refused-lately">
                        <a class="badge warn" href="/settings/refused">
                            {match count {
                                1 => "A request of Twilio's was refused in the last day".to_owned(),
                                count => format!("{count} requests of Twilio's were refused in the last day"),
                            }}
                        </a>
                    </p>
                }
            })
        })
    })
}
