//! Where the keys come from that secrets are sealed with.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::{ExposeSecret, SecretString};
use services::Entropy;
use url::Url;
use vault::Vault;

use super::{Reader, data_folder};

/// The source of the key ring.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// Set by the operator.
    Given(SecretString),
    /// A file that is made at the first start; only for an installation that nobody but its own machine can reach.
    Development(PathBuf),
}

/// Finds the source and checks what is given.
pub(super) fn source<R: Fn(&str) -> Option<String>>(
    reader: &mut Reader<R>,
    app_url: Option<&Url>,
    database_url: Option<&str>,
) -> Option<KeySource> {
    let (name, keys) = match (reader.text("APP_KEYS"), reader.text("APP_KEYS_FILE")) {
        (Some(_), Some(_)) => {
            reader.fault("APP_KEYS", "and APP_KEYS_FILE are both set; set one of them");
            return None;
        }
        (Some(keys), None) => ("APP_KEYS", keys),
        (None, Some(path)) => match fs::read_to_string(&path) {
            Ok(keys) => ("APP_KEYS_FILE", keys),
            Err(error) => {
                reader.fault("APP_KEYS_FILE", format!("cannot be read: {error}"));
                return None;
            }
        },
        (None, None) => return development(reader, app_url?, database_url?),
    };
    if let Err(error) = Vault::from_keys(keys.trim()) {
        reader.fault(name, format!("cannot be used: {error}"));
        return None;
    }
    Some(KeySource::Given(SecretString::from(keys.trim().to_owned())))
}

fn development<R: Fn(&str) -> Option<String>>(
    reader: &mut Reader<R>,
    app_url: &Url,
    database_url: &str,
) -> Option<KeySource> {
    let loopback = match app_url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    if app_url.scheme() == "http" && loopback {
        return Some(KeySource::Development(data_folder(database_url).join("app_keys")));
    }
    reader.fault(
        "APP_KEYS",
        "is not set. Make a key with: echo \"k1:$(openssl rand -base64 32)\"",
    );
    None
}

impl KeySource {
    /// The key ring, made where there is none yet and nothing was ever sealed.
    ///
    /// # Errors
    /// With a sentence for the operator.
    pub fn ring(&self, anything_sealed: bool) -> anyhow::Result<Vault> {
        if let Some(vault) = self.existing(anything_sealed)? {
            return Ok(vault);
        }
        if let Self::Development(path) = self {
            make(path).with_context(|| format!("making the key file {}", path.display()))?;
        }
        self.existing(true)?.context("there is no key")
    }

    /// The key ring; none where a development key is still to be made.
    ///
    /// # Errors
    /// With a sentence for the operator.
    pub fn existing(&self, anything_sealed: bool) -> anyhow::Result<Option<Vault>> {
        let path = match self {
            Self::Given(keys) => return Ok(Some(Vault::from_keys(keys.expose_secret())?)),
            Self::Development(path) => path,
        };
        match fs::read_to_string(path) {
            Ok(keys) => {
                let vault =
                    Vault::from_keys(keys.trim()).with_context(|| format!("the key file {}", path.display()))?;
                Ok(Some(vault))
            }
            Err(error) if error.kind() == ErrorKind::NotFound && !anything_sealed => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => anyhow::bail!(
                "the key file {} is gone, and without it the secrets in the database cannot be opened. Put it back, or \
                 set APP_KEYS",
                path.display()
            ),
            Err(error) => Err(error).with_context(|| format!("reading the key file {}", path.display())),
        }
    }
}

fn make(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(Vault::generate_keys(Entropy.bytes(), "development").as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_development_key_is_made_once_and_never_over_ciphertext() {
        let folder = tempfile::tempdir().unwrap();
        let source = KeySource::Development(folder.path().join("deep").join("app_keys"));
        assert!(source.ring(true).unwrap_err().to_string().contains("is gone"));
        assert!(source.existing(false).unwrap().is_none(), "looking makes no key");
        let sealed = source.ring(false).unwrap().canary().unwrap();
        source.ring(true).unwrap().check_canary(&sealed).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let KeySource::Development(path) = &source else {
                unreachable!()
            };
            assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
