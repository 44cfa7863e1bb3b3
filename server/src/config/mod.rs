//! The settings: read from the environment, all faults named at once.

mod keys;
mod operator;
mod texts;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use leptos::config::LeptosOptions;
use leptos::config::errors::LeptosConfigError;
use secrecy::{ExposeSecret as _, SecretString};
use services::SignUp;
use twilio::Endpoints;
use url::Url;

use crate::http::address::Proxies;

pub use keys::KeySource;
pub use operator::{LogFormat, Operator};
pub use texts::{SystemAccount, TextProvider, Texts};

/// Everything an operator may set, checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// Public base URL, without a slash at its end.
    pub app_url: Url,
    /// `sqlite:` or `postgres:`; may hold a password.
    pub database_url: SecretString,
    /// Where the keys come from that secrets are sealed with.
    pub keys: KeySource,
    /// Who may sign up.
    pub sign_up: SignUp,
    /// How many days old an API key may be before it is replaced by itself; 0 for ever.
    pub api_key_roll_days: u32,
    /// The proxies that say where a request comes from.
    pub trusted_proxies: Proxies,
    /// One base URL in place of Twilio's: a simulator.
    pub twilio_api_url: Option<Url>,
    /// `host:port` that the Voice SDK signals to in place of Twilio's: a simulator.
    pub twilio_signalling_host: Option<String>,
    /// Who sends texts.
    pub texts: Texts,
    /// What the operator sees.
    pub operator: Operator,
    /// What Leptos needs: addresses, folders, file names.
    pub leptos: LeptosOptions,
}

impl Config {
    /// Whether browsers reach us by https: then cookies are `Secure` and HSTS is sent.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.app_url.scheme() == "https"
    }

    /// Twilio, or what stands in for it.
    #[must_use]
    pub fn endpoints(&self) -> Endpoints {
        self.twilio_api_url
            .clone()
            .map_or_else(Endpoints::twilio, Endpoints::single)
    }

    /// The page of the simulator that stands in for Twilio, if one does.
    #[must_use]
    pub fn simulator_url(&self) -> Option<Url> {
        self.twilio_api_url.clone().filter(|_| !self.endpoints().is_real())
    }

    /// The file of an embedded database.
    #[must_use]
    pub fn database_file(&self) -> Option<PathBuf> {
        database_file(self.database_url.expose_secret())
    }
}

fn database_file(database_url: &str) -> Option<PathBuf> {
    let path = database_url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    Some(PathBuf::from(path.split('?').next().unwrap_or_default()))
}

/// The folder of an embedded database, else `data`: where what belongs to it is kept.
fn data_folder(database_url: &str) -> PathBuf {
    let file = database_file(database_url);
    match file.as_deref().map(Path::parent) {
        Some(Some(folder)) if folder != Path::new("") => folder.to_owned(),
        Some(_) => PathBuf::from("."),
        None => PathBuf::from("data"),
    }
}

/// Why the settings cannot be used, one sentence each.
#[derive(Debug, thiserror::Error)]
#[error("the settings cannot be used:{}", .0.iter().map(|fault| format!("\n  - {fault}")).collect::<String>())]
pub struct Faults(pub Vec<String>);

/// Reads and checks all settings; `read` looks a variable up, `leptos` is what Leptos found by itself.
///
/// # Errors
/// Every fault at once.
pub fn load(
    read: impl Fn(&str) -> Option<String>,
    leptos: Result<LeptosOptions, LeptosConfigError>,
) -> Result<Config, Faults> {
    let mut reader = Reader {
        read,
        faults: Vec::new(),
    };
    let (mut leptos, leptos_fault) = match leptos {
        Ok(leptos) => (leptos, None),
        Err(error) => (LeptosOptions::builder().output_name("").build(), Some(error)),
    };
    let app_url = reader.parsed("APP_URL", "http://127.0.0.1:3000", app_url);
    let database_url = reader.parsed("DATABASE_URL", "sqlite://data/sniko.db", database_url);
    let site_addr = reader.parsed("LEPTOS_SITE_ADDR", &leptos.site_addr.to_string(), |text| {
        text.parse::<SocketAddr>()
            .map_err(|_| "must be an address and a port, such as 127.0.0.1:3000".to_owned())
    });
    // Leptos reads that variable too, and its word for it is no help.
    if let (Some(error), Some(_)) = (leptos_fault, site_addr) {
        reader.fault(
            "Leptos.toml",
            format!("cannot be used: {error}. It belongs into the folder that the server is started in"),
        );
    }
    let sign_up = reader.parsed("SIGN_UP", "open", |text| match text {
        "open" => Ok(SignUp::Open),
        "closed" => Ok(SignUp::Closed),
        _ => Err("must be open or closed".to_owned()),
    });
    let trusted_proxies = reader.parsed("TRUSTED_PROXIES", "127.0.0.0/8,::1", str::parse);
    let api_key_roll_days = reader.parsed("API_KEY_ROLL_DAYS", "90", roll_days);
    let twilio_api_url = reader.optional("TWILIO_API_URL", base_url);
    let twilio_signalling_host = reader.optional("TWILIO_SIGNALLING_HOST", signalling_host);
    let texts = reader.texts();
    let operator = reader.operator();
    let keys = keys::source(&mut reader, app_url.as_ref(), database_url.as_deref());
    let needed = (
        app_url,
        database_url,
        site_addr,
        sign_up,
        trusted_proxies,
        api_key_roll_days,
        keys,
        texts,
    );
    match needed {
        (
            Some(app_url),
            Some(database_url),
            Some(site_addr),
            Some(sign_up),
            Some(trusted_proxies),
            Some(api_key_roll_days),
            Some(keys),
            Some(texts),
        ) if reader.faults.is_empty() => {
            leptos.site_addr = site_addr;
            Ok(Config {
                app_url,
                database_url: SecretString::from(database_url),
                keys,
                sign_up,
                trusted_proxies,
                api_key_roll_days,
                twilio_api_url,
                twilio_signalling_host,
                texts,
                operator,
                leptos,
            })
        }
        _ => Err(Faults(reader.faults)),
    }
}

/// Looks variables up and collects what is wrong with them.
struct Reader<R> {
    read: R,
    faults: Vec<String>,
}

impl<R: Fn(&str) -> Option<String>> Reader<R> {
    /// The variable's text; an empty one counts as not set, as in an `.env` file that was copied and not filled in.
    fn text(&self, name: &str) -> Option<String> {
        (self.read)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    fn fault(&mut self, name: &str, fault: impl std::fmt::Display) {
        self.faults.push(format!("{name} {fault}"));
    }

    fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(name)?;
        parse(&text).map_err(|fault| self.fault(name, fault)).ok()
    }

    fn parsed<T>(&mut self, name: &str, default: &str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(name).unwrap_or_else(|| default.to_owned());
        parse(&text).map_err(|fault| self.fault(name, fault)).ok()
    }
}

fn app_url(text: &str) -> Result<Url, String> {
    let url = base_url(text)?;
    if url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a user name, a query or a fragment".to_owned());
    }
    if url.path() != "/" {
        return Err("must not have a path: the site is at the root of its host".to_owned());
    }
    Ok(url)
}

fn roll_days(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(days) if days <= 3650 => Ok(days),
        _ => Err("must be a number of days from 1 to 3650, or 0 for never".to_owned()),
    }
}

fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
    if matches!(url.scheme(), "http" | "https") && url.has_host() {
        Ok(url)
    } else {
        Err("must begin with https:// or http://".to_owned())
    }
}

fn database_url(text: &str) -> Result<String, String> {
    if ["sqlite:", "postgres:", "postgresql:"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        Ok(text.to_owned())
    } else {
        Err("must begin with sqlite: or postgres:".to_owned())
    }
}

fn signalling_host(text: &str) -> Result<String, String> {
    let url = Url::parse(&format!("wss://{text}")).map_err(|error| format!("is not host:port: {error}"))?;
    let bare = url.path().len() <= 1 && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if bare {
        Ok(text.to_owned())
    } else {
        Err("must be host:port and nothing else".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    pub(super) fn load_from(pairs: &[(&str, &str)]) -> Result<Config, Faults> {
        let map: HashMap<String, String> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        load(
            |name| map.get(name).cloned(),
            Ok(LeptosOptions::builder().output_name("sniko").build()),
        )
    }

    #[test]
    fn without_settings_it_is_a_development_installation() {
        let config = load_from(&[]).unwrap();
        assert_eq!(config.app_url.as_str(), "http://127.0.0.1:3000/");
        assert!(matches!(&config.keys, KeySource::Development(path) if path == Path::new("data/app_keys")));
        assert!(config.endpoints().is_real() && !config.app_url.scheme().contains("https"));
    }

    #[test]
    fn every_fault_is_named_at_once_and_no_secret_is_repeated() {
        let faults = load_from(&[
            ("APP_URL", "phone.example.com"),
            ("DATABASE_URL", "mysql://root:hunter2@db/sniko"),
            ("LEPTOS_SITE_ADDR", "here"),
            ("SIGN_UP", "maybe"),
            ("API_KEY_ROLL_DAYS", "-1"),
            ("SMS_DEFAULT", "pigeon"),
            ("TRUSTED_PROXIES", "proxy.example.com"),
            ("TWILIO_API_URL", "ftp://x"),
            ("TWILIO_ACCOUNT_SID", "AC1"),
            ("TWILIO_FROM_NUMBER", "555"),
            ("TWILIO_MESSAGING_SERVICE_SID", "MG1"),
            ("TWILIO_SYSTEM_FALLBACK", "all"),
            ("TWILIO_SIGNALLING_HOST", "host/path"),
            ("APP_KEYS", "k1:not-base64!"),
        ])
        .unwrap_err();
        let text = faults.to_string();
        for name in [
            "APP_URL",
            "DATABASE_URL",
            "LEPTOS_SITE_ADDR",
            "SIGN_UP",
            "API_KEY_ROLL_DAYS",
            "SMS_DEFAULT",
            "TRUSTED_PROXIES",
            "TWILIO_API_URL",
            "TWILIO_ACCOUNT_SID",
            "TWILIO_AUTH_TOKEN",
            "TWILIO_FROM_NUMBER",
            "TWILIO_MESSAGING_SERVICE_SID",
            "TWILIO_SYSTEM_FALLBACK",
            "TWILIO_SIGNALLING_HOST",
            "APP_KEYS",
        ] {
            assert!(text.contains(name), "{name} in {text}");
        }
        assert!(!text.contains("hunter2") && !text.contains("not-base64"), "{text}");
    }

    #[test]
    fn a_password_in_the_databases_address_is_not_shown() {
        let settings = [
            ("DATABASE_URL", "postgres://sniko:hunter2@db/sniko"),
            ("APP_KEYS", "k1:QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="),
        ];
        let shown = format!("{:?}", load_from(&settings).unwrap());
        assert!(!shown.contains("hunter2") && !shown.contains("QUFB"), "{shown}");
    }

    #[test]
    fn the_public_address_is_a_host_and_nothing_more() {
        for url in [
            "https://phone.example.com/sniko",
            "https://a:b@phone.example.com",
            "https://phone.example.com/?x",
        ] {
            let faults = load_from(&[("APP_URL", url)]).unwrap_err();
            assert!(
                faults.0.iter().any(|fault| fault.starts_with("APP_URL")),
                "{url}: {faults}"
            );
        }
    }

    #[test]
    fn a_missing_leptos_file_is_named_beside_the_others() {
        let faults = load(
            |name| (name == "SIGN_UP").then(|| "maybe".to_owned()),
            Err(LeptosConfigError::ConfigNotFound),
        )
        .unwrap_err();
        let text = faults.to_string();
        assert!(text.contains("Leptos.toml") && text.contains("SIGN_UP"), "{text}");
    }

    #[test]
    fn keys_are_never_made_for_an_installation_in_use() {
        let faults = load_from(&[("APP_URL", "https://phone.example.com")]).unwrap_err();
        assert!(faults.0.iter().any(|fault| fault.starts_with("APP_KEYS")), "{faults}");
    }

    #[test]
    fn the_data_folder_is_the_databases() {
        assert_eq!(data_folder("sqlite://data/sniko.db"), Path::new("data"));
        assert_eq!(
            data_folder("sqlite:///var/lib/sniko/a.db?x=y"),
            Path::new("/var/lib/sniko")
        );
        assert_eq!(data_folder("sqlite:sniko.db"), Path::new("."));
        assert_eq!(data_folder("postgres://db/sniko"), Path::new("data"));
    }
}
