//! What surrounds the pages: header, footer, and the settings area.

use std::sync::Arc;

use axum::http::request::Parts;
use domain::phone::PhoneView;
use leptos::prelude::*;
use leptos_router::hooks::use_location;
use services::{Caller, Services};
use tokio::sync::OnceCell;

use super::{caller, reading};
use crate::islands::{MissedCalls, Phone, SubmitButton};

/// The user's phone, which is read once for a page however many parts of it show it.
#[derive(Clone, Default)]
pub struct PhoneOfPage(Arc<OnceCell<Option<PhoneView>>>);

impl PhoneOfPage {
    async fn view(self, services: Services, caller: Caller) -> Option<PhoneView> {
        // Without it the page is as good; the page itself says where something is wrong.
        let read = async || services.phone.view(&caller).await.ok().flatten();
        self.0.get_or_init(read).await.clone()
    }
}

/// The mark and the name.
#[component]
pub fn Logo() -> impl IntoView {
    view! {
        <a class="logo" href="/">
            <img src="/favicon.svg" width="28" height="28" alt="" />
            <span>"Sniko"</span>
        </a>
    }
}

/// Name, navigation, and who is signed in.
#[component]
pub fn SiteHeader() -> impl IntoView {
    let visitor = match caller() {
        Some(caller) => view! {
            <nav class="site-nav" aria-label="Main">
                <CallsLink />
                <TextsLink />
                <a href="/twilio/setup" aria-current=current(&["/twilio/", "/settings/", "/operator"])>
                    "Settings"
                </a>
            </nav>
            <div class="account">
                <span class="email">{caller.email}</span>
                <form class="inline" method="post" action="/auth/sign-out" data-turbo="false">
                    <SubmitButton
                        label="Sign out".to_owned()
                        busy_label="Signing out…".to_owned()
                        class="button quiet small".to_owned()
                    />
                </form>
            </div>
        }
        .into_any(),
        None => view! {
            <nav class="site-nav end" aria-label="Main">
                <a href="/sign-in">"Sign in"</a>
                <a class="button small" href="/sign-up">
                    "Create account"
                </a>
            </nav>
        }
        .into_any(),
    };
    view! {
        <header class="site-header">
            <Logo />
            {visitor}
        </header>
    }
}

/// The way to the call log, with the number of missed calls.
#[component]
fn CallsLink() -> impl IntoView {
    let missed = use_context::<Services>().zip(caller()).map(|(services, caller)| {
        let phone = reading(expect_context::<PhoneOfPage>().view(services, caller));
        Suspend::new(async move {
            let count = phone.await.map_or(0, |phone| phone.missed);
            view! { <MissedCalls count /> }
        })
    });
    view! {
        <a href="/calls" aria-current=current(&["/calls"])>
            "Calls"
            {missed}
        </a>
    }
}

/// The way to the texts, with the number of unread ones, which the browser's part keeps up to date.
#[component]
fn TextsLink() -> impl IntoView {
    let unread = use_context::<Services>().zip(caller()).map(|(services, caller)| {
        let unread = reading(async move { services.messages.unread(&caller).await });
        Suspend::new(async move {
            // Without it the page is as good; the page itself says where something is wrong.
            let count = unread.await.unwrap_or_default();
            view! {
                <span class="texts-count" data-part="unread">
                    {(count > 0)
                        .then(|| {
                            view! { <span>{format!("({count}")} <span class="unseen">" unread"</span> ")"</span> }
                        })}
                </span>
            }
        })
    });
    view! {
        <a href="/messages" data-texts aria-current=current(&["/messages"])>
            "Texts"
            {unread}
        </a>
    }
}

/// Marks the link to the part of the site that the page belongs to.
fn current(beginnings: &[&str]) -> Option<&'static str> {
    let parts = use_context::<Parts>()?;
    let path = parts.uri.path();
    beginnings
        .iter()
        .any(|beginning| path.starts_with(beginning))
        .then_some("true")
}

/// The end of every page.
#[component]
pub fn SiteFooter() -> impl IntoView {
    view! {
        <footer class="site-footer">
            <p>"Sniko works with your own Twilio account. Twilio bills you for calls and texts; Sniko adds nothing."</p>
            <p>
                <a href="/developers">"For developers"</a>
            </p>
        </footer>
    }
}

/// The phone's place, for whoever has a number. It is kept while one page follows another.
#[component]
pub fn PhonePlace() -> impl IntoView {
    use_context::<Services>().zip(caller()).map(|(services, caller)| {
        let view = reading(expect_context::<PhoneOfPage>().view(services, caller));
        Suspend::new(async move {
            view.await.map(|view| {
                let number = view.number.clone();
                view! {
                    <div id="phone" data-turbo-permanent data-number=number>
                        <Phone view />
                    </div>
                }
            })
        })
    })
}

/// The way to the operators' page, for operators.
#[component]
fn OperatorLink(
    /// The page's address.
    here: String,
) -> impl IntoView {
    let current = here.starts_with("/operator").then_some("page");
    use_context::<Services>().zip(caller()).map(|(services, caller)| {
        let is_operator = reading(async move { services.operator.is(&caller).await });
        Suspend::new(async move {
            // Without it the page is as good; the page itself says where something is wrong.
            let is_operator = is_operator.await.unwrap_or_default();
            is_operator.then(|| {
                view! {
                    <li>
                        <a href="/operator" aria-current=current>
                            "Operator"
                        </a>
                    </li>
                }
            })
        })
    })
}

/// The settings area: its navigation beside one of its pages.
#[component]
pub fn Settings(
    /// The page.
    children: Children,
) -> impl IntoView {
    let here = use_location().pathname.get_untracked();
    let link = |href: &'static str, label: &'static str| {
        let current = here.starts_with(href).then_some("page");
        view! {
            <li>
                <a href=href aria-current=current>
                    {label}
                </a>
            </li>
        }
    };
    view! {
        <div class="settings">
            <nav class="settings-nav" aria-labelledby="settings-title">
                <p id="settings-title">"Settings"</p>
                <ul>
                    {link("/twilio/setup", "Twilio Setup")} {link("/settings/calls", "Calls")}
                    {link("/settings/texts", "Texts")} {link("/settings/refused", "Refused requests")}
                    {link("/settings/sessions", "Sessions")} {link("/settings/account", "Account")}
                    <OperatorLink here=here.clone() />
                </ul>
            </nav>
            <div class="page">{children()}</div>
        </div>
    }
}
