//! What is said of many times.

/// The smallest value that so many of a hundred do not exceed; of values in order. Nothing is as slow as no answer.
pub fn percentile(ordered: &[u32], percent: usize) -> u32 {
    let place = (ordered.len() * percent).div_ceil(100).saturating_sub(1);
    ordered.get(place).copied().unwrap_or(u32::MAX)
}

/// So many in a second; zero in no time.
pub fn rate(number: usize, seconds: f64) -> f64 {
    if seconds > 0.0 { number as f64 / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let hundred: Vec<u32> = (1..=100).collect();
        assert_eq!(
            [50, 99, 100].map(|percent| percentile(&hundred, percent)),
            [50, 99, 100]
        );
        assert_eq!(percentile(&[7], 99), 7);
        assert_eq!(percentile(&[1, 2, 3], 50), 2);
        assert_eq!(percentile(&[], 50), u32::MAX);
    }

    #[test]
    fn a_rate_is_what_comes_in_a_second() {
        assert!((rate(10, 2.0) - 5.0).abs() < 1e-9);
        assert!(rate(10, 0.0).abs() < 1e-9);
    }
}
