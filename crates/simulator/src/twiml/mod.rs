//! TwiML: what an answer to a webhook tells a call to do. No I/O.

mod answer;
mod message;
mod nouns;
mod read;
mod verbs;
mod xml;

pub(crate) use self::answer::{Fault, read_answer};
pub(crate) use self::message::{MessageDocument, MessageVerb, Reply, read_message_answer};
pub(crate) use self::read::read;
pub(crate) use self::verbs::{
    Callback, ConferenceNoun, Dial, Document, Gather, Noun, Play, Prompt, Record, Say, Target, Verb,
};
