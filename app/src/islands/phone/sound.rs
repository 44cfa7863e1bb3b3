//! Microphones and loudspeakers: which there are, which are chosen, and whether the microphone may be used.

use std::cell::{Cell, RefCell};

use js_sys::{Array, Promise};
use leptos::task::spawn_local;
use softphone::bindings::{self, Device, parsed, quoted, text};
use softphone::machine::{Event, Microphone};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AnalyserNode, AudioContext, MediaStream, MediaStreamTrack};

use super::desk::{Desk, desk, tell};
use super::{ring, store};

#[wasm_bindgen]
extern "C" {
    /// Absent outside secure contexts.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "mediaDevices"], js_name = getUserMedia)]
    async fn get_user_media(constraints: &JsValue) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["navigator", "mediaDevices"], js_name = enumerateDevices)]
    async fn enumerate_devices() -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["navigator", "mediaDevices"], js_name = addEventListener)]
    fn on_devices(event: &str, handler: &JsValue) -> Result<(), JsValue>;

    #[wasm_bindgen(catch, js_namespace = ["navigator", "permissions"], js_name = query)]
    async fn query_permission(what: &JsValue) -> Result<Permission, JsValue>;

    type Permission;

    #[wasm_bindgen(method, getter)]
    fn state(this: &Permission) -> String;

    #[wasm_bindgen(method, setter, js_name = onchange)]
    fn set_onchange(this: &Permission, handler: &JsValue);
}

/// A microphone or loudspeaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// `audioinput` or `audiooutput`.
    pub kind: String,
    pub id: String,
    pub label: String,
}

/// Watches whether the microphone may be used, and what is plugged in.
pub(super) fn watch() {
    spawn_local(async {
        ask_state().await;
    });
}

async fn ask_state() {
    thread_local! {
        static WATCHES: Cell<bool> = const { Cell::new(false) };
    }
    // Not every browser answers; then the first call tells.
    let Ok(permission) = query_permission(&parsed(r#"{"name":"microphone"}"#)).await else {
        return;
    };
    tell_state(&permission).await;
    if WATCHES.replace(true) {
        return;
    }
    let heard = Closure::<dyn FnMut()>::new(|| spawn_local(ask_state()));
    permission.set_onchange(heard.as_ref());
    // Without media devices there is nothing to plug in.
    let _ = on_devices("devicechange", heard.as_ref());
    heard.forget();
    // The browser forgets permissions that nobody holds.
    std::mem::forget(permission);
}

async fn tell_state(permission: &Permission) {
    let microphone = match permission.state().as_str() {
        "denied" => Microphone::Denied,
        "granted" if choices().await.iter().all(|choice| choice.kind != "audioinput") => Microphone::Missing,
        "granted" => Microphone::Allowed,
        _ => Microphone::Unasked,
    };
    tell(Event::Microphone(microphone));
}

/// What is plugged in. Names are known once the microphone has been allowed.
pub(super) async fn choices() -> Vec<Choice> {
    let Ok(devices) = enumerate_devices().await else {
        return Vec::new();
    };
    let choice = |device: JsValue| {
        Some(Choice {
            kind: text(&device, "kind")?,
            id: text(&device, "deviceId")?,
            label: text(&device, "label")?,
        })
    };
    devices.unchecked_into::<Array>().iter().filter_map(choice).collect()
}

/// The options of a call, with the chosen microphone.
pub(super) fn call_options(to: Option<&str>) -> JsValue {
    let microphone = store::read("microphone").unwrap_or_default();
    parsed(&bindings::call_options(to, &microphone, is_plain()))
}

/// Whether the microphone's sound is left as it is: right for a headset in a quiet room, and for instruments.
pub(super) fn is_plain() -> bool {
    store::read("plain").is_some_and(|plain| plain == "1")
}

fn forget(promise: Result<Promise, JsValue>) {
    if let Ok(promise) = promise {
        spawn_local(async move {
            // A device that was unplugged: the usual one goes on.
            let _ = JsFuture::from(promise).await;
        });
    }
}

/// Lets voices be heard where they were chosen to be.
pub(super) fn apply_speaker(device: &Device) {
    let chosen = store::read("speaker").filter(|id| !id.is_empty());
    if let (Some(audio), Some(id)) = (device.audio(), chosen) {
        forget(audio.speakers().set(&id));
    }
}

/// Chooses a device; a call that goes on changes to it at once.
pub(super) fn choose(what: &str, id: &str) {
    store::write(what, id);
    let Some(desk) = desk() else {
        return;
    };
    let device = desk.device.borrow().clone();
    let Some(audio) = device.as_ref().and_then(Device::audio) else {
        return;
    };
    let usual = if id.is_empty() { "default" } else { id };
    match what {
        "speaker" => forget(audio.speakers().set(usual)),
        "microphone" if !desk.calls.borrow().is_empty() => forget(audio.set_input_device(usual)),
        _ => {}
    }
}

/// After a call the chosen microphone is not kept open, or the browser would show that it listens.
pub(super) fn let_microphone_go(desk: &Desk) {
    let device = desk.device.borrow().clone();
    if let Some(audio) = device.as_ref().and_then(Device::audio)
        && desk.calls.borrow().is_empty()
    {
        forget(audio.unset_input_device());
    }
}

thread_local! {
    static METER: RefCell<Option<Meter>> = const { RefCell::new(None) };
}

/// Opens the chosen microphone, to show how loud it is; the browser may ask.
pub(super) async fn open_meter() -> bool {
    let meter = Meter::open().await;
    let opened = meter.is_some();
    METER.set(meter);
    opened
}

/// How loud it is, from 0 to 1, as an ear would say.
pub(super) fn level() -> f64 {
    METER.with_borrow_mut(|meter| meter.as_mut().map_or(0.0, Meter::level))
}

/// Lets the microphone go.
pub(super) fn close_meter() {
    METER.set(None);
}

/// A microphone that is listened to.
struct Meter {
    stream: MediaStream,
    context: AudioContext,
    analyser: AnalyserNode,
    samples: Vec<f32>,
}

impl Meter {
    async fn open() -> Option<Self> {
        let id = store::read("microphone").unwrap_or_default();
        let constraints = match id.as_str() {
            "" => r#"{"audio":true}"#.to_owned(),
            id => format!(r#"{{"audio":{{"deviceId":{{"ideal":{}}}}}}}"#, quoted(id)),
        };
        match get_user_media(&parsed(&constraints)).await {
            Ok(stream) => {
                tell(Event::Microphone(Microphone::Allowed));
                Self::of(stream.unchecked_into())
            }
            Err(error) => {
                let denied = text(&error, "name").is_some_and(|name| name == "NotAllowedError");
                let why = if denied {
                    Microphone::Denied
                } else {
                    Microphone::Missing
                };
                tell(Event::Microphone(why));
                None
            }
        }
    }

    fn of(stream: MediaStream) -> Option<Self> {
        let context = AudioContext::new().ok()?;
        let analyser = context.create_analyser().ok()?;
        analyser.set_fft_size(512);
        let source = context.create_media_stream_source(&stream).ok()?;
        source.connect_with_audio_node(&analyser).ok()?;
        Some(Self {
            stream,
            context,
            analyser,
            samples: vec![0.0; 512],
        })
    }

    fn level(&mut self) -> f64 {
        self.analyser.get_float_time_domain_data(&mut self.samples);
        let power: f32 = self.samples.iter().map(|sample| sample * sample).sum();
        let rms = f64::from(power / self.samples.len() as f32).sqrt();
        // From -60 dB, a quiet room, to 0 dB.
        ((20.0 * rms.max(1e-6).log10() + 60.0) / 60.0).clamp(0.0, 1.0)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        for track in self.stream.get_tracks() {
            track.unchecked_into::<MediaStreamTrack>().stop();
        }
        if let Ok(closed) = self.context.close() {
            forget(Ok(closed));
        }
    }
}

/// Plays a few notes where voices are heard.
pub(super) fn play_test() {
    ring::play("test");
}
