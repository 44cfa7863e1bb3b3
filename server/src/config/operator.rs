//! What the operator sees: the log, and who may read the figures.

use secrecy::SecretString;

use super::Reader;
use super::texts::secret;

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people: a line each, with colours on a terminal.
    #[default]
    Text,
    /// For programs: a JSON object each.
    Json,
}

impl LogFormat {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("must be text or json".to_owned()),
        }
    }

    /// As it is set. What is wrong with it is said with all other faults, when the log is there to say it.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Self {
        let mut reader = Reader {
            read,
            faults: Vec::new(),
        };
        reader.optional("LOG_FORMAT", Self::parse).unwrap_or_default()
    }
}

/// What is set about the operator.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Lets whoever sends it along read `/metrics` from elsewhere.
    pub metrics_token: Option<SecretString>,
}

impl<R: Fn(&str) -> Option<String>> Reader<R> {
    /// What is wrong with it is noted.
    pub(super) fn operator(&mut self) -> Operator {
        self.optional("LOG_FORMAT", LogFormat::parse);
        Operator {
            metrics_token: self.optional("METRICS_TOKEN", secret),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_for_people_unless_it_is_set_otherwise() {
        let of = |text: Option<&str>| LogFormat::read(|name| text.filter(|_| name == "LOG_FORMAT").map(str::to_owned));
        assert_eq!(of(None), LogFormat::Text);
        assert_eq!(of(Some("json")), LogFormat::Json);
        assert_eq!(of(Some("xml")), LogFormat::Text);
    }

    #[test]
    fn a_bad_format_and_a_short_token_are_named() {
        let faults = super::super::tests::load_from(&[("LOG_FORMAT", "xml"), ("METRICS_TOKEN", "short")]).unwrap_err();
        let text = faults.to_string();
        assert!(text.contains("LOG_FORMAT") && text.contains("METRICS_TOKEN"), "{text}");
        assert!(!text.contains("short,"), "{text}");
    }
}
