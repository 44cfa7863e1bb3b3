//! What the server gives every server function and page through Leptos' context, beside [`services::Services`].

/// The signed-in caller, if any.
#[derive(Clone, Debug)]
pub struct Session(pub Option<services::Caller>);

/// What is known of the request itself.
#[derive(Clone, Debug)]
pub struct RequestFacts {
    /// The id that logs and error answers carry.
    pub request_id: String,
    /// The browser's own word, with control characters removed, at most 300 bytes.
    pub user_agent: String,
    /// The peer's address.
    pub address: String,
}
