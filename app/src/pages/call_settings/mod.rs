//! Settings → Calls: what happens to calls, and the menu that callers hear.

mod menu;
mod rules;

use std::collections::BTreeSet;

use domain::phone::PhoneView;
use domain::voice::{VoiceSettings, field_sentence};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_query_map;

use super::frame::Settings;
use super::loaded;
use super::notice::DoneNote;
use super::refusal::RefusalNote;
use menu::MenuCard;
use rules::RulesCard;

/// What was refused in a form that a browser posted by itself: the address names the fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refused {
    code: String,
    fields: BTreeSet<String>,
}

impl Refused {
    /// Reads the address.
    pub(super) fn read() -> Self {
        use_query_map().with_untracked(|query| Self {
            code: query.get("error").unwrap_or_default(),
            fields: query
                .get("fields")
                .unwrap_or_default()
                .split(',')
                .map(str::to_owned)
                .collect(),
        })
    }

    /// The same for one of the forms.
    pub(super) fn of(&self, code: &str) -> Self {
        if self.code == code {
            self.clone()
        } else {
            Self::default()
        }
    }

    /// Whether a field is at fault.
    pub(super) fn names(&self, name: &str) -> bool {
        self.fields.contains(name)
    }

    /// What is wrong with a field.
    fn fault(&self, name: &str) -> Option<String> {
        let sentence = field_sentence(name).filter(|_| self.names(name));
        sentence.map(str::to_owned)
    }
}

/// The page.
#[component]
pub fn CallSettings() -> impl IntoView {
    let refused = Refused::read();
    loaded(
        |services, caller| async move {
            let settings = services.calls.settings(&caller).await?;
            let phone = services.phone.view(&caller).await?;
            Ok((settings, phone))
        },
        move |(settings, phone): (VoiceSettings, Option<PhoneView>)| {
            let menu = settings.menu.clone();
            view! {
                <Title text="Calls" />
                <Settings>
                    <div class="page-head">
                        <h1>"Calls"</h1>
                    </div>
                    <DoneNote />
                    <RefusalNote />
                    <RulesCard
                        settings
                        country=phone.map(|phone| phone.country)
                        refused=refused.of("invalid_call_settings")
                    />
                    <MenuCard menu refused=refused.of("invalid_menu") />
                </Settings>
            }
            .into_any()
        },
    )
}

/// What is wrong with a field: said by the server, or later by the browser's part, which finds it by its name.
#[component]
pub(super) fn FieldFault(
    /// The id of the field.
    of: String,
    /// The field's name in the form.
    name: String,
    /// The sentence.
    text: Option<String>,
) -> impl IntoView {
    view! {
        <p class="fault" id=format!("{of}-fault") data-fault=name>
            {text}
        </p>
    }
}
