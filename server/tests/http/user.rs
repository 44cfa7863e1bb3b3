//! A signed-in user, by his cookie.

use reqwest::{Method, RequestBuilder, StatusCode, header};

use crate::harness::{browser, location};

/// A signed-in user.
pub struct User {
    pub url: String,
    pub http: reqwest::Client,
    pub email: String,
    pub cookie: String,
}

impl User {
    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .header(header::COOKIE, &self.cookie)
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        self.request(Method::POST, path).form(form)
    }

    pub fn delete(&self, path: &str) -> RequestBuilder {
        self.request(Method::DELETE, path)
    }

    /// A page as a browser asks for it.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).header(header::ACCEPT, "text/html").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// A form as a browser posts it; where it is sent then.
    pub async fn submit(&self, path: &str, form: &[(&str, &str)]) -> String {
        let answer = browser(self.post(path, form), &self.url).send().await.unwrap();
        location(&answer)
    }
}
