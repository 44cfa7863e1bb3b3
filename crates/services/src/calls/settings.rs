//! How the user wants his calls to be treated.

use domain::voice::VoiceSettings;

use super::{Calls, Fields, fields};
use crate::voice::dialling;
use crate::{Caller, ServiceError};

impl Calls {
    /// The caller's settings; the usual ones where he has made none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&self, caller: &Caller) -> Result<VoiceSettings, ServiceError> {
        Ok(self
            .parts
            .store
            .voice_settings(caller.user_id)
            .await?
            .unwrap_or_default())
    }

    /// Changes the settings that the form names.
    ///
    /// # Errors
    /// `Invalid` with a sentence for each field at fault: then nothing is changed. `Conflict` when nothing is connected.
    pub async fn save_settings(&self, caller: &Caller, form: &Fields) -> Result<VoiceSettings, ServiceError> {
        let own = self.connection(caller).await?.phone_number;
        let stored = self.settings(caller).await?;
        let may_forward =
            |to: &str, settings: &VoiceSettings| dialling::check(to, &own, settings).map(|dialable| dialable.number);
        let new = fields::settings(&stored, form, &may_forward).map_err(ServiceError::Invalid)?;
        self.keep(caller, new).await
    }

    /// Replaces the menu that callers hear.
    ///
    /// # Errors
    /// As for [`Self::save_settings`].
    pub async fn save_menu(&self, caller: &Caller, form: &Fields) -> Result<VoiceSettings, ServiceError> {
        let own = self.connection(caller).await?.phone_number;
        let mut new = self.settings(caller).await?;
        let may_forward =
            |to: &str, settings: &VoiceSettings| dialling::check(to, &own, settings).map(|dialable| dialable.number);
        new.menu = fields::menu(&new, form, &may_forward).map_err(ServiceError::Invalid)?;
        self.keep(caller, new).await
    }

    async fn keep(&self, caller: &Caller, new: VoiceSettings) -> Result<VoiceSettings, ServiceError> {
        let now = self.parts.clock.now();
        self.parts.store.set_voice_settings(caller.user_id, &new, now).await?;
        Ok(new)
    }
}
