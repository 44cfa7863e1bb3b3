//! The menu that callers hear before anything rings.

use domain::menu::{KEYS, Menu, MenuAction, SPOKEN_MAX};
use leptos::prelude::*;

use super::{FieldFault, Refused};
use crate::islands::SettingsForm;

/// Goes before the names of the fields in their ids.
const PREFIX: &str = "menu-";

/// What a menu may say to begin with.
const EXAMPLE: &str = "Welcome. To speak to somebody, press 1. To leave a message, press 2.";

/// A key's name in the form, and for people.
fn key_names(key: char) -> (String, String) {
    match key {
        '*' => ("star".to_owned(), "Key ✱ (star)".to_owned()),
        '#' => ("hash".to_owned(), "Key # (hash)".to_owned()),
        digit => (digit.to_string(), format!("Key {digit}")),
    }
}

/// What a key can do: the word in the form, and for people.
const ACTIONS: [(&str, &str); 6] = [
    ("", "Nothing"),
    ("ring", "Ring me"),
    ("voicemail", "Take a message"),
    ("forward", "Forward to a phone"),
    ("say", "Say something"),
    ("repeat", "Repeat the menu"),
];

/// The word in the form, and what goes with it: a number, or a text.
fn parts(action: Option<&MenuAction>) -> (&'static str, String, String) {
    match action {
        None => ("", String::new(), String::new()),
        Some(MenuAction::Ring) => ("ring", String::new(), String::new()),
        Some(MenuAction::Voicemail) => ("voicemail", String::new(), String::new()),
        Some(MenuAction::Forward { to }) => ("forward", to.clone(), String::new()),
        Some(MenuAction::Say { text }) => ("say", String::new(), text.clone()),
        Some(MenuAction::Repeat) => ("repeat", String::new(), String::new()),
    }
}

/// The menu, and whether there is one.
#[component]
pub fn MenuCard(
    /// As it is.
    menu: Option<Menu>,
    /// What was refused.
    refused: Refused,
) -> impl IntoView {
    let on = menu.is_some();
    let menu = menu.unwrap_or_else(|| Menu {
        greeting: EXAMPLE.to_owned(),
        choices: Vec::new(),
    });
    let greeting = refused.fault("greeting");
    let keys = KEYS.map(|key| {
        let (action, to, text) = parts(menu.action(key));
        view! { <KeyFields key_pressed=key action to text refused=refused.clone() /> }
    });
    view! {
        <section class="card" aria-labelledby="menu-title">
            <h2 id="menu-title">"Menu"</h2>
            <p>"Callers hear a greeting and choose with a key. Without a menu your browser rings at once."</p>
            <SettingsForm
                action="/settings/calls/menu".to_owned()
                prefix=PREFIX.to_owned()
                label="Save menu".to_owned()
            >
                <label class="check">
                    <input
                        id="menu-menu_on"
                        type="checkbox"
                        name="menu_on"
                        value="true"
                        checked=on
                        aria-describedby="menu-menu_on-fault"
                    />
                    <span>"Callers hear the menu"</span>
                </label>
                <FieldFault of="menu-menu_on".to_owned() name="menu_on".to_owned() text=refused.fault("menu_on") />
                <div class="menu-fields">
                    <div class="field">
                        <label for="menu-greeting">"Greeting"</label>
                        <p class="hint" id="menu-greeting-hint">
                            "Name the keys in it: callers hear nothing else."
                        </p>
                        <textarea
                            id="menu-greeting"
                            name="greeting"
                            rows="3"
                            maxlength=SPOKEN_MAX
                            aria-describedby="menu-greeting-fault menu-greeting-hint"
                            aria-invalid=greeting.as_ref().map(|_| "true")
                        >
                            {menu.greeting.clone()}
                        </textarea>
                        <FieldFault of="menu-greeting".to_owned() name="greeting".to_owned() text=greeting />
                    </div>
                    <div class="menu-keys">{keys.into_iter().collect_view()}</div>
                </div>
            </SettingsForm>
        </section>
    }
}

/// A key: what it does, and the number or text that goes with that.
#[component]
fn KeyFields(key_pressed: char, action: &'static str, to: String, text: String, refused: Refused) -> impl IntoView {
    let (name, label) = key_names(key_pressed);
    let field = |part: &str| format!("key_{name}_{part}");
    let (action_name, to_name, text_name) = (field("action"), field("to"), field("text"));
    let (action_id, to_id, text_id) = (
        format!("{PREFIX}{action_name}"),
        format!("{PREFIX}{to_name}"),
        format!("{PREFIX}{text_name}"),
    );
    let (action_fault, to_fault, text_fault) = (
        refused.fault(&action_name),
        refused.fault(&to_name),
        refused.fault(&text_name),
    );
    let options = ACTIONS.map(|(word, said)| {
        view! {
            <option value=word selected=word == action>
                {said}
            </option>
        }
    });
    view! {
        <div class="menu-key">
            <div class="field">
                <label for=action_id.clone()>{label.clone()}</label>
                <select
                    id=action_id.clone()
                    name=action_name.clone()
                    aria-describedby=format!("{action_id}-fault")
                    aria-invalid=action_fault.as_ref().map(|_| "true")
                >
                    {options.into_iter().collect_view()}
                </select>
                <FieldFault of=action_id name=action_name text=action_fault />
            </div>
            <div class="field for-forward">
                <label for=to_id.clone()>
                    "Phone to forward to"
                    <span class="unseen">{format!(" with {label}")}</span>
                </label>
                <input
                    id=to_id.clone()
                    name=to_name.clone()
                    type="tel"
                    maxlength="40"
                    autocomplete="off"
                    placeholder="+44 20 7183 8750"
                    value=to
                    aria-describedby=format!("{to_id}-fault")
                    aria-invalid=to_fault.as_ref().map(|_| "true")
                />
                <FieldFault of=to_id name=to_name text=to_fault />
            </div>
            <div class="field for-say">
                <label for=text_id.clone()>
                    "What is said"
                    <span class="unseen">{format!(" with {label}")}</span>
                </label>
                <textarea
                    id=text_id.clone()
                    name=text_name.clone()
                    rows="2"
                    maxlength=SPOKEN_MAX
                    aria-describedby=format!("{text_id}-fault")
                    aria-invalid=text_fault.as_ref().map(|_| "true")
                >
                    {text}
                </textarea>
                <FieldFault of=text_id name=text_name text=text_fault />
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_name_of_its_own() {
        let mut names: Vec<_> = KEYS.iter().map(|key| key_names(*key).0).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_alphanumeric())));
    }

    #[test]
    fn every_action_can_be_chosen_again() {
        let actions = [
            None,
            Some(MenuAction::Ring),
            Some(MenuAction::Voicemail),
            Some(MenuAction::Forward {
                to: "+442071838750".to_owned(),
            }),
            Some(MenuAction::Say {
                text: "We open at seven.".to_owned(),
            }),
            Some(MenuAction::Repeat),
        ];
        for (action, (word, _)) in actions.iter().zip(ACTIONS) {
            assert_eq!(parts(action.as_ref()).0, word);
        }
        assert_eq!(parts(actions[3].as_ref()).1, "+442071838750");
        assert_eq!(parts(actions[4].as_ref()).2, "We open at seven.");
    }
}
