//! What a form changes in a number or an application. Fields that Twilio does not know are ignored, as it does.

use super::form::{boolean, friendly_name, method, one_of, sid, webhook};
use super::refusal::Refusal;
use crate::account::{ApplicationSettings, NumberSettings};
use crate::world::default_friendly_name;

type Form = [(String, String)];

/// The settings of a number after this form. `is_application` tells whether the account has a TwiML App of that SID.
pub(super) fn number(
    before: &NumberSettings,
    form: &Form,
    is_application: impl Fn(&str) -> bool,
) -> Result<NumberSettings, Refusal> {
    let mut after = before.clone();
    for (name, value) in form {
        match name.as_str() {
            "FriendlyName" if value.is_empty() => after.friendly_name = default_friendly_name(&after.phone_number),
            "FriendlyName" => after.friendly_name = friendly_name(value)?,
            "VoiceUrl" => after.voice_url = webhook(name, value)?,
            "VoiceMethod" => after.voice_method = method(name, value)?,
            "VoiceFallbackUrl" => after.voice_fallback_url = webhook(name, value)?,
            "VoiceFallbackMethod" => after.voice_fallback_method = method(name, value)?,
            "VoiceCallerIdLookup" => after.voice_caller_id_lookup = boolean(name, value)?,
            "VoiceReceiveMode" => after.voice_receive_mode = one_of(name, &["voice", "fax"], value)?,
            // Each of these two takes the other away.
            "VoiceApplicationSid" => {
                after.voice_application_sid = application(value, &is_application)?;
                after.trunk_sid.take_if(|_| !value.is_empty());
            }
            "TrunkSid" => {
                after.trunk_sid = sid(name, "TK", value)?;
                after.voice_application_sid.take_if(|_| !value.is_empty());
            }
            "SmsUrl" => after.sms_url = webhook(name, value)?,
            "SmsMethod" => after.sms_method = method(name, value)?,
            "SmsFallbackUrl" => after.sms_fallback_url = webhook(name, value)?,
            "SmsFallbackMethod" => after.sms_fallback_method = method(name, value)?,
            "SmsApplicationSid" => after.sms_application_sid = application(value, &is_application)?,
            "StatusCallback" => after.status_callback = webhook(name, value)?,
            "StatusCallbackMethod" => after.status_callback_method = method(name, value)?,
            "AddressSid" => after.address_sid = sid(name, "AD", value)?,
            "IdentitySid" => after.identity_sid = sid(name, "RI", value)?,
            "BundleSid" => after.bundle_sid = sid(name, "BU", value)?,
            "EmergencyAddressSid" => after.emergency_address_sid = sid(name, "AD", value)?,
            "EmergencyStatus" => after.emergency_status = one_of(name, &["Active", "Inactive"], value)?,
            "AccountSid" => return Err(Refusal::not_simulated("moving a number to another account")),
            _ => {}
        }
    }
    fallbacks(form, after.voice_url.is_some(), after.sms_url.is_some())?;
    Ok(after)
}

/// The settings of an application after this form.
pub(super) fn application_settings(before: &ApplicationSettings, form: &Form) -> Result<ApplicationSettings, Refusal> {
    let mut after = before.clone();
    for (name, value) in form {
        match name.as_str() {
            "FriendlyName" => after.friendly_name = friendly_name(value)?,
            "VoiceUrl" => after.voice_url = webhook(name, value)?,
            "VoiceMethod" => after.voice_method = method(name, value)?,
            "VoiceFallbackUrl" => after.voice_fallback_url = webhook(name, value)?,
            "VoiceFallbackMethod" => after.voice_fallback_method = method(name, value)?,
            "VoiceCallerIdLookup" => after.voice_caller_id_lookup = boolean(name, value)?,
            "StatusCallback" => after.status_callback = webhook(name, value)?,
            "StatusCallbackMethod" => after.status_callback_method = method(name, value)?,
            "SmsUrl" => after.sms_url = webhook(name, value)?,
            "SmsMethod" => after.sms_method = method(name, value)?,
            "SmsFallbackUrl" => after.sms_fallback_url = webhook(name, value)?,
            "SmsFallbackMethod" => after.sms_fallback_method = method(name, value)?,
            "SmsStatusCallback" => after.sms_status_callback = webhook(name, value)?,
            "MessageStatusCallback" => after.message_status_callback = webhook(name, value)?,
            "PublicApplicationConnectEnabled" => after.public_application_connect_enabled = boolean(name, value)?,
            _ => {}
        }
    }
    fallbacks(form, after.voice_url.is_some(), after.sms_url.is_some())?;
    Ok(after)
}

fn application(value: &str, is_application: impl Fn(&str) -> bool) -> Result<Option<String>, Refusal> {
    match value {
        "" => Ok(None),
        _ if is_application(value) => Ok(Some(value.to_owned())),
        _ => Err(Refusal::new(400, 21420, "ApplicationSid is not accessible")),
    }
}

/// A form that sets a fallback needs the main URL, in the form or from before.
fn fallbacks(form: &Form, has_voice_url: bool, has_sms_url: bool) -> Result<(), Refusal> {
    let sets = |wanted: &str| form.iter().any(|(name, value)| name == wanted && !value.is_empty());
    if sets("VoiceFallbackUrl") && !has_voice_url {
        return Err(Refusal::new(
            400,
            21405,
            "Cannot set VoiceFallbackUrl without setting Url",
        ));
    }
    if sets("SmsFallbackUrl") && !has_sms_url {
        return Err(Refusal::new(
            400,
            21406,
            "Cannot set SmsFallbackUrl without setting SmsUrl",
        ));
    }
    Ok(())
}
