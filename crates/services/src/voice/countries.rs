//! The names of countries, as people read them.

/// A code (ISO 3166-1 alpha-2, with the few others that numbers have) and a name a line.
const NAMES: &str = include_str!("countries.txt");

/// Every country that numbers can belong to, by its code, with its name.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAMES.lines().filter_map(|line| line.split_once(' '))
}

/// The country's name; the code itself where there is none.
#[must_use]
pub fn name(code: &str) -> &str {
    all().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_a_name() {
        assert_eq!(name("GB"), "United Kingdom");
        assert_eq!(name("??"), "??");
        assert!(all().count() > 240);
    }
}
