//! Every page and its address.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{Route, Router, Routes};
use leptos_router::path;

use crate::pages::account::Account;
use crate::pages::call_settings::CallSettings;
use crate::pages::calls::{Calls, OneCall};
use crate::pages::developers::Developers;
use crate::pages::frame::{PhoneOfPage, PhonePlace, SiteFooter, SiteHeader};
use crate::pages::home::Home;
use crate::pages::message::NotFound;
use crate::pages::messages::{Messages, OneThread};
use crate::pages::operator::Operator;
use crate::pages::refused::Refused;
use crate::pages::sessions::Sessions;
use crate::pages::setup::{CredentialsStep, CurrentStep, NumberStep, SaveStep};
use crate::pages::sign_in::{SignIn, SignUp};
use crate::pages::text_settings::TextSettingsPage;
use crate::pages::trouble::TroubleNote;

/// The pages. Each is rendered whole before the first byte leaves, so that it can still set the status or redirect.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(PhoneOfPage::default());
    view! {
        <Title formatter=document_title />
        <a class="skip" href="#main">
            "Skip to the content"
        </a>
        <SiteHeader />
        <main id="main">
            <TroubleNote />
            <Router>
                <Routes fallback=NotFound>
                    <Route path=path!("/") view=Home ssr=SsrMode::Async />
                    <Route path=path!("/sign-in") view=SignIn ssr=SsrMode::Async />
                    <Route path=path!("/sign-up") view=SignUp ssr=SsrMode::Async />
                    <Route path=path!("/developers") view=Developers ssr=SsrMode::Async />
                    <Route path=path!("/calls") view=Calls ssr=SsrMode::Async />
                    <Route path=path!("/calls/:id") view=OneCall ssr=SsrMode::Async />
                    <Route path=path!("/messages") view=Messages ssr=SsrMode::Async />
                    <Route path=path!("/messages/:peer") view=OneThread ssr=SsrMode::Async />
                    <Route path=path!("/settings/calls") view=CallSettings ssr=SsrMode::Async />
                    <Route path=path!("/settings/texts") view=TextSettingsPage ssr=SsrMode::Async />
                    <Route path=path!("/settings/sessions") view=Sessions ssr=SsrMode::Async />
                    <Route path=path!("/settings/account") view=Account ssr=SsrMode::Async />
                    <Route path=path!("/settings/refused") view=Refused ssr=SsrMode::Async />
                    <Route path=path!("/operator") view=Operator ssr=SsrMode::Async />
                    <Route path=path!("/twilio/setup") view=CurrentStep ssr=SsrMode::Async />
                    <Route path=path!("/twilio/setup/credentials") view=CredentialsStep ssr=SsrMode::Async />
                    <Route path=path!("/twilio/setup/number") view=NumberStep ssr=SsrMode::Async />
                    <Route path=path!("/twilio/setup/save") view=SaveStep ssr=SsrMode::Async />
                </Routes>
            </Router>
        </main>
        <SiteFooter />
        <PhonePlace />
    }
}

/// What the browser shows of a page. Leptos writes it as it is, so nothing in it may end the element: names come from outside.
fn document_title(page: String) -> String {
    let page = page.replace('<', "‹");
    if page.is_empty() {
        "Sniko".to_owned()
    } else {
        format!("{page} – Sniko")
    }
}

#[cfg(test)]
mod tests {
    use super::document_title;

    #[test]
    fn a_title_cannot_end_its_element() {
        assert_eq!(document_title(String::new()), "Sniko");
        assert_eq!(document_title("Calls".to_owned()), "Calls – Sniko");
        assert!(!document_title("</title><script>".to_owned()).contains('<'));
    }
}
