//! `Recordings`, of the account or of one call, and their sound.

use std::sync::Arc;

use serde_json::{Value, json};

use super::paging::page;
use super::refusal::Refusal;
use super::{Answer, Content, Request, field, render, times};
use crate::calls::{Recording, RecordingStatus};
use crate::clock::rfc2822;
use crate::world::{Stored, World};

pub(super) fn collection(
    world: &World,
    own: &str,
    request: &Request,
    of_call: Option<&str>,
) -> Result<Answer, Refusal> {
    match (request.method.as_str(), of_call) {
        ("GET", _) => {}
        ("POST", Some(_)) => return Err(Refusal::not_simulated("starting a recording in a call")),
        _ => return Err(Refusal::method_not_allowed()),
    }
    if let Some(sid) = of_call {
        let call = world.book.call(sid).filter(|call| call.value.account_sid == own);
        call.ok_or_else(|| Refusal::not_found(&request.path))?;
    }
    let query = &request.query;
    let wanted_call = of_call.or_else(|| field(query, "CallSid"));
    let deleted_too = field(query, "IncludeSoftDeleted") == Some("true");
    let created = times::Filter::of(query, "DateCreated")?;
    let all: Vec<_> = world
        .book
        .recordings
        .iter()
        .rev()
        .filter(|recording| recording.value.account_sid == own)
        .filter(|recording| wanted_call.is_none_or(|sid| recording.value.call_sid == sid))
        .filter(|recording| {
            field(query, "ConferenceSid").is_none_or(|sid| recording.value.conference_sid.as_deref() == Some(sid))
        })
        .filter(|recording| deleted_too || recording.value.status != RecordingStatus::Deleted)
        .filter(|recording| created.allows(Some(recording.created)))
        .collect();
    let page = page(&all, query)?;
    let items = page
        .items
        .iter()
        .map(|recording| show(recording, &request.base_url, of_call.is_some()))
        .collect();
    Ok(Answer::ok(page.v2010(&request.path, "recordings", items)))
}

pub(super) fn single(
    world: &mut World,
    own: &str,
    request: &Request,
    (of_call, sid): (Option<&str>, &str),
) -> Result<Answer, Refusal> {
    let recording = world
        .book
        .recording_mut(sid)
        .filter(|recording| recording.value.account_sid == own)
        .filter(|recording| of_call.is_none_or(|call| recording.value.call_sid == call))
        .ok_or_else(|| Refusal::not_found(&request.path))?;
    match request.method.as_str() {
        // Its metadata stay for 40 days.
        "GET" => Ok(Answer::ok(show(recording, &request.base_url, of_call.is_some()))),
        "DELETE" if recording.value.status == RecordingStatus::Deleted => Err(Refusal::not_found(&request.path)),
        "DELETE" => {
            recording.value.status = RecordingStatus::Deleted;
            recording.value.wav = Arc::default();
            recording.updated = crate::clock::now();
            Ok(Answer::deleted())
        }
        "POST" if of_call.is_some() => Err(Refusal::not_simulated("pausing a recording")),
        _ => Err(Refusal::method_not_allowed()),
    }
}

/// The WAV file, with one channel or as many as it has.
pub(super) fn media(world: &World, own: &str, request: &Request, sid: &str) -> Result<Answer, Refusal> {
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Err(Refusal::method_not_allowed());
    }
    let mut recordings = world.book.recordings.iter();
    let recording = recordings
        .find(|recording| recording.sid == sid && recording.value.account_sid == own)
        .filter(|recording| recording.value.status == RecordingStatus::Completed)
        .ok_or_else(|| Refusal::not_found(&request.path))?;
    let channels = field(&request.query, "RequestedChannels");
    let wav = match (channels, recording.value.channels) {
        (None, _) | (Some("1"), 1) | (Some("2"), 2) => Arc::clone(&recording.value.wav),
        (Some("1"), _) => mono(&recording.value.wav).ok_or_else(|| Refusal::not_found(&request.path))?,
        _ => {
            return Err(Refusal::new(400, 20422, "Invalid Parameter: RequestedChannels"));
        }
    };
    Ok(Answer {
        status: 200,
        content: Content::Wav(wav),
    })
}

/// Both channels in one.
fn mono(wav: &[u8]) -> Option<Arc<[u8]>> {
    let mut reader = hound::WavReader::new(wav).ok()?;
    let mut spec = reader.spec();
    let samples: Vec<i16> = reader.samples::<i16>().collect::<Result<_, _>>().ok()?;
    spec.channels = 1;
    let mut mixed = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut mixed, spec).ok()?;
    for pair in samples.chunks(2) {
        let sum: i32 = pair.iter().map(|sample| i32::from(*sample)).sum();
        let clipped = sum.clamp(i16::MIN.into(), i16::MAX.into());
        writer.write_sample(i16::try_from(clipped).unwrap_or_default()).ok()?;
    }
    writer.finalize().ok()?;
    Some(mixed.into_inner().into())
}

fn show(recording: &Stored<Recording>, base_url: &str, of_call: bool) -> Value {
    let value = &recording.value;
    let running = value.status == RecordingStatus::InProgress;
    let media_url = format!(
        "{base_url}/2010-04-01/Accounts/{}/Recordings/{}",
        value.account_sid, recording.sid
    );
    let fields = [
        ("call_sid", json!(value.call_sid)),
        ("conference_sid", json!(value.conference_sid)),
        ("channels", json!(value.channels)),
        ("source", json!(value.source)),
        ("status", json!(value.status.as_str())),
        ("start_time", json!(rfc2822(value.started))),
        (
            "duration",
            if running {
                json!("-1")
            } else {
                json!(value.seconds.to_string())
            },
        ),
        ("media_url", json!(media_url)),
    ];
    if of_call {
        let template = render::CALL_RECORDING.replace("{call}", &value.call_sid);
        render::about(&template, &value.account_sid, recording, &fields)
    } else {
        render::about(render::RECORDING, &value.account_sid, recording, &fields)
    }
}
