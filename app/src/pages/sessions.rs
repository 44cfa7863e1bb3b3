//! Where the person is signed in.

use leptos::prelude::*;
use leptos_meta::Title;

use super::forms::PostButton;
use super::frame::Settings;
use super::moment::Moment;
use super::{caller, loaded};

/// The signed-in browsers, each of which can be signed out.
#[component]
pub fn Sessions() -> impl IntoView {
    let own = caller().map(|caller| caller.session_id);
    loaded(
        |services, caller| async move { services.accounts.sessions(&caller).await },
        move |mut sessions| {
            // One's own first; the order of the others stays.
            sessions.sort_by_key(|session| Some(session.id) != own);
            let others = sessions.len() > 1;
            let lines = sessions.into_iter().map(move |session| {
                let end = if Some(session.id) == own {
                    view! { <span class="badge good">"This browser"</span> }.into_any()
                } else {
                    let fields = vec![("session_id", session.id.to_string())];
                    view! {
                        <PostButton
                            action="/auth/sessions/revoke"
                            label="Sign out"
                            busy_label="Signing out…"
                            look="quiet small"
                            fields
                        />
                    }
                    .into_any()
                };
                view! {
                    <li class="session">
                        <div>
                            <p>
                                <strong>{browser(&session.user_agent)}</strong>
                            </p>
                            <p class="fine">
                                {session.address} ", signed in " <Moment at=session.created_at /> ", last seen "
                                <Moment at=session.last_seen_at />
                            </p>
                        </div>
                        {end}
                    </li>
                }
            });
            view! {
                <Title text="Sessions" />
                <Settings>
                    <div class="page-head">
                        <h1>"Sessions"</h1>
                    </div>
                    <section class="card">
                        <p>"Every browser in which you are signed in. Sign out what you do not know."</p>
                        <ul class="sessions">{lines.collect_view()}</ul>
                        {others
                            .then(|| {
                                view! {
                                    <PostButton
                                        action="/auth/sessions/revoke"
                                        label="Sign out all others"
                                        busy_label="Signing out…"
                                        look="quiet"
                                        fields=vec![("others", "true".to_owned())]
                                    />
                                }
                            })}
                    </section>
                </Settings>
            }
            .into_any()
        },
    )
}

/// A browser and its system as people call them; else what it calls itself, shortened.
fn browser(user_agent: &str) -> String {
    let first = |names: &[(&'static str, &'static str)]| {
        names
            .iter()
            .find(|(mark, _)| user_agent.contains(mark))
            .map(|(_, name)| *name)
    };
    // The order matters: each of them also carries the marks of those that follow.
    let name = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ]);
    match (name, system) {
        (Some(name), Some(system)) => format!("{name} on {system}"),
        (Some(name), None) => name.to_owned(),
        _ if user_agent.is_empty() => "Unknown browser".to_owned(),
        _ => user_agent.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_called_by_its_own_name() {
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
        assert_eq!(browser(chrome), "Chrome on Linux");
        assert_eq!(browser(&format!("{chrome} Edg/130.0.0.0")), "Edge on Linux");
        assert_eq!(browser("curl/8.5.0"), "curl");
    }

    #[test]
    fn an_unknown_one_is_shown_shortened() {
        assert_eq!(browser(&"x".repeat(300)).len(), 60);
        assert_eq!(browser(""), "Unknown browser");
    }
}
