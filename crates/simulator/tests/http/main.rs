//! The simulator as its users meet it: over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr
)]

mod authentication;
mod calls;
mod conformance;
mod control;
mod faults;
mod journal;
mod messages;
mod program;
mod resources;
mod schema;

use reqwest::{Client, Method, Response};
use serde_json::Value;
use simulator::{AccountSeed, NumberSeed, SimulatedAccount, Simulator};

/// A simulator with one account that has one number, and a client.
struct Harness {
    simulator: Simulator,
    account: SimulatedAccount,
    number: String,
    client: Client,
}

async fn harness() -> Harness {
    let simulator = Simulator::start(([127, 0, 0, 1], 0).into()).await.unwrap();
    let account = simulator.add_account(AccountSeed::default());
    let seed = NumberSeed {
        phone_number: "+14155550100".to_owned(),
        ..NumberSeed::default()
    };
    let number = simulator.add_number(&account.sid, seed);
    // Redirects are looked at, not followed.
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    Harness {
        simulator,
        account,
        number,
        client,
    }
}

impl Harness {
    /// The address of something within the account.
    fn within(&self, rest: &str) -> String {
        format!(
            "{}/2010-04-01/Accounts/{}{rest}",
            self.simulator.base_url(),
            self.account.sid
        )
    }

    async fn try_send(&self, method: Method, url: &str, form: &[(&str, &str)]) -> reqwest::Result<Response> {
        let request = self
            .client
            .request(method, url)
            .basic_auth(&self.account.sid, Some(&self.account.auth_token));
        if form.is_empty() {
            request.send().await
        } else {
            request.form(form).send().await
        }
    }

    /// Status and JSON body (`null` when empty) of a request with the Auth Token.
    async fn send(&self, method: Method, url: &str, form: &[(&str, &str)]) -> (u16, Value) {
        parts(self.try_send(method, url, form).await.unwrap()).await
    }

    async fn get(&self, rest: &str) -> (u16, Value) {
        self.send(Method::GET, &self.within(rest), &[]).await
    }

    async fn post(&self, rest: &str, form: &[(&str, &str)]) -> (u16, Value) {
        self.send(Method::POST, &self.within(rest), form).await
    }

    async fn delete(&self, rest: &str) -> (u16, Value) {
        self.send(Method::DELETE, &self.within(rest), &[]).await
    }

    async fn as_user(&self, rest: &str, user: &str, password: &str) -> (u16, Value) {
        let request = self.client.get(self.within(rest)).basic_auth(user, Some(password));
        parts(request.send().await.unwrap()).await
    }

    fn number_path(&self) -> String {
        format!("/IncomingPhoneNumbers/{}.json", self.number)
    }
}

async fn parts(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    (
        status,
        if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).unwrap()
        },
    )
}

/// Status and Twilio's code.
fn refused((status, body): (u16, Value)) -> (u16, u64) {
    (status, body["code"].as_u64().unwrap_or_default())
}
