//! The little of the Voice SDK that the phone uses: <https://www.twilio.com/docs/voice/sdks/javascript>.
//!
//! The SDK is an unmodified script that leaves the global `Twilio`; it is looked up when a function is called, so that the page loads
//! without it. Nothing here may be called before the script is there.

use js_sys::{JSON, Promise, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast as _, JsValue};

#[wasm_bindgen]
extern "C" {
    /// Registers with Twilio, makes and receives calls.
    #[derive(Clone)]
    pub type Device;

    /// Connects to nothing yet.
    #[wasm_bindgen(catch, constructor, js_namespace = Twilio)]
    pub fn new(token: &str, options: &JsValue) -> Result<Device, JsValue>;

    /// May never settle: what counts are the events.
    #[wasm_bindgen(catch, method)]
    pub fn register(this: &Device) -> Result<Promise, JsValue>;

    /// Changes the token, also during a call.
    #[wasm_bindgen(catch, method, js_name = updateToken)]
    pub fn update_token(this: &Device, token: &str) -> Result<(), JsValue>;

    /// Calls; the promise gives the [`Call`].
    #[wasm_bindgen(catch, method)]
    pub fn connect(this: &Device, options: &JsValue) -> Result<Promise, JsValue>;

    /// Ends everything. It is of no use afterwards.
    #[wasm_bindgen(catch, method)]
    pub fn destroy(this: &Device) -> Result<(), JsValue>;

    /// Microphones and loudspeakers.
    #[wasm_bindgen(method, getter)]
    pub fn audio(this: &Device) -> Option<Audio>;

    /// One call.
    #[derive(Clone)]
    #[wasm_bindgen(js_namespace = Twilio)]
    pub type Call;

    /// Picks up.
    #[wasm_bindgen(catch, method)]
    pub fn accept(this: &Call, options: &JsValue) -> Result<(), JsValue>;

    /// Declines.
    #[wasm_bindgen(catch, method)]
    pub fn reject(this: &Call) -> Result<(), JsValue>;

    /// Hangs up.
    #[wasm_bindgen(catch, method)]
    pub fn disconnect(this: &Call) -> Result<(), JsValue>;

    /// Turns the microphone off or on.
    #[wasm_bindgen(catch, method)]
    pub fn mute(this: &Call, on: bool) -> Result<(), JsValue>;

    /// Sends keys' tones.
    #[wasm_bindgen(catch, method, js_name = sendDigits)]
    pub fn send_digits(this: &Call, digits: &str) -> Result<(), JsValue>;

    /// `pending`, `connecting`, `ringing`, `open`, `reconnecting`, `closed`.
    #[wasm_bindgen(method)]
    pub fn status(this: &Call) -> String;

    /// `CallSid`, `From`, `To` and others.
    #[wasm_bindgen(method, getter)]
    pub fn parameters(this: &Call) -> JsValue;

    /// What our TwiML sent along.
    #[wasm_bindgen(method, getter, js_name = customParameters)]
    pub fn custom_parameters(this: &Call) -> js_sys::Map;

    /// Microphones and loudspeakers of a device.
    pub type Audio;

    /// Whether the SDK rings by itself.
    #[wasm_bindgen(method)]
    pub fn incoming(this: &Audio, on: bool) -> bool;

    /// Changes the microphone.
    #[wasm_bindgen(catch, method, js_name = setInputDevice)]
    pub fn set_input_device(this: &Audio, id: &str) -> Result<Promise, JsValue>;

    /// Lets the chosen microphone go.
    #[wasm_bindgen(catch, method, js_name = unsetInputDevice)]
    pub fn unset_input_device(this: &Audio) -> Result<Promise, JsValue>;

    /// Where voices are heard.
    #[wasm_bindgen(method, getter, js_name = speakerDevices)]
    pub fn speakers(this: &Audio) -> Outputs;

    /// Some loudspeakers.
    pub type Outputs;

    /// Chooses one.
    #[wasm_bindgen(catch, method)]
    pub fn set(this: &Outputs, id: &str) -> Result<Promise, JsValue>;

    /// What both kinds of objects do: they tell.
    type Emitter;

    #[wasm_bindgen(method)]
    fn on(this: &Emitter, event: &str, handler: &JsValue);
}

/// Hears an event of a [`Device`] or a [`Call`], with its first two arguments.
pub fn hear(emitter: &JsValue, event: &str, handler: Box<dyn FnMut(JsValue, JsValue)>) {
    // Freed together with the object that holds it.
    let handler = Closure::wrap(handler).into_js_value();
    emitter.unchecked_ref::<Emitter>().on(event, &handler);
}

/// What the phone asks of the SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options<'a> {
    /// A simulator's `host:port`, in place of Twilio's.
    pub signalling_host: Option<&'a str>,
    /// The product's version, for Twilio's own records.
    pub version: &'a str,
}

/// The options of a device, as JSON.
///
/// Our own ring is played by the page, which can silence it; the SDK still needs all fifteen sounds, or it fetches its own
/// from Twilio. `closeProtection` asks before a page with a call is left.
#[must_use]
pub fn device_options(options: &Options<'_>) -> String {
    let sounds: String = "0123456789sh"
        .chars()
        .map(|key| format!("\"dtmf{key}\":\"/sounds/1/dtmf{key}.wav\","))
        .collect();
    let simulator = options.signalling_host.map(|host| {
        // Private options of the SDK: an end-to-end test fails if they stop working.
        format!(",\"chunderw\":{},\"publishEvents\":false", quoted(host))
    });
    format!(
        concat!(
            r#"{{"allowIncomingWhileBusy":true,"appName":"Sniko","appVersion":{version},"closeProtection":true,"#,
            r#""codecPreferences":["opus","pcmu"],"enableImprovedSignalingErrorPrecision":true,"logLevel":"error","#,
            r#""maxCallSignalingTimeoutMs":30000,"tokenRefreshMs":30000,"sounds":{{{sounds}"#,
            r#""incoming":"/sounds/1/incoming.wav","outgoing":"/sounds/1/outgoing.wav","#,
            r#""disconnect":"/sounds/1/disconnect.wav"}}{simulator}}}"#,
        ),
        version = quoted(options.version),
        sounds = sounds,
        simulator = simulator.unwrap_or_default(),
    )
}

/// The options of one call, as JSON: whom to call, and with which microphone.
#[must_use]
pub fn call_options(to: Option<&str>, microphone: &str, plain_sound: bool) -> String {
    let params = to.map(|to| format!(r#""params":{{"To":{}}},"#, quoted(to)));
    let id = match microphone {
        "" => String::new(),
        // A wish, so that another one is taken where it was unplugged.
        id => format!(r#","deviceId":{{"ideal":{}}}"#, quoted(id)),
    };
    let processed = !plain_sound;
    format!(
        r#"{{{}"rtcConstraints":{{"audio":{{"echoCancellation":{processed},"noiseSuppression":{processed},"autoGainControl":{processed}{id}}}}}}}"#,
        params.unwrap_or_default(),
    )
}

/// JSON as a value of the browser's.
#[must_use]
pub fn parsed(json: &str) -> JsValue {
    JSON::parse(json).unwrap_or(JsValue::UNDEFINED)
}

/// A text as JSON.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c < ' ' => quoted.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A property, as a text.
#[must_use]
pub fn text(of: &JsValue, name: &str) -> Option<String> {
    Reflect::get(of, &name.into()).ok()?.as_string()
}

/// A property, as a number.
#[must_use]
pub fn number(of: &JsValue, name: &str) -> Option<f64> {
    Reflect::get(of, &name.into()).ok()?.as_f64()
}

/// The code of an error of the SDK; 31000, which says nothing, for any other.
#[must_use]
pub fn code(error: &JsValue) -> u32 {
    number(error, "code").map_or(31000, |code| code as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_within_its_quotes() {
        assert_eq!(quoted("a\"b\\c\n\u{1}é"), "\"a\\\"b\\\\c\\u000a\\u0001é\"");
        assert_eq!(
            call_options(Some("\",\"x\":\""), "", false),
            r#"{"params":{"To":"\",\"x\":\""},"rtcConstraints":{"audio":{"echoCancellation":true,"noiseSuppression":true,"autoGainControl":true}}}"#
        );
    }

    #[test]
    fn production_carries_no_trace_of_the_simulator_and_no_address_of_others() {
        let options = device_options(&Options {
            signalling_host: None,
            version: "1",
        });
        assert!(!options.contains("chunderw") && !options.contains("publishEvents") && !options.contains("http"));
        assert_eq!(options.matches("/sounds/1/").count(), 15);
        let simulated = device_options(&Options {
            signalling_host: Some("localhost:4010"),
            version: "1",
        });
        assert!(
            simulated.ends_with(r#","chunderw":"localhost:4010","publishEvents":false}"#),
            "{simulated}"
        );
        for json in [options, simulated] {
            assert_eq!(json.matches('{').count(), json.matches('}').count());
        }
    }

    #[test]
    fn a_chosen_microphone_is_a_wish() {
        let options = call_options(None, "abc", true);
        assert!(options.contains(r#""deviceId":{"ideal":"abc"}"#) && options.contains(r#""echoCancellation":false"#));
    }
}
