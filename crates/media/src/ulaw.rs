//! G.711 µ-law: 8 bits for 14.

const BIAS: i32 = 0x84;
const LOUDEST: i32 = 32_635;

pub(crate) fn encode(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(LOUDEST) + BIAS;
    // The highest bit that is set is one of 7 to 14.
    let exponent = 24 - magnitude.leading_zeros();
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    !(sign | (exponent << 4) as u8 | mantissa as u8)
}

pub(crate) fn decode(byte: u8) -> i16 {
    let byte = !byte;
    let exponent = (byte >> 4) & 0x07;
    let mantissa = i32::from(byte & 0x0f);
    let magnitude = (((mantissa << 3) + BIAS) << exponent) - BIAS;
    let sample = if byte & 0x80 == 0 { magnitude } else { -magnitude };
    crate::clamp(sample)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn the_bytes_of_the_standard_are_met() {
        assert_eq!((encode(0), decode(0xff), decode(0x7f)), (0xff, 0, 0));
        assert_eq!((encode(i16::MAX), encode(i16::MIN)), (0x80, 0x00));
        assert_eq!((decode(0x80), decode(0x00)), (32_124, -32_124));
    }

    #[test]
    fn every_byte_survives_and_every_sample_stays_within_its_step() {
        for byte in 0..=u8::MAX {
            // 0x7f is the negative zero.
            assert_eq!(encode(decode(byte)), if byte == 0x7f { 0xff } else { byte });
        }
        for sample in i16::MIN..=i16::MAX {
            let error = (i32::from(decode(encode(sample))) - i32::from(sample)).abs();
            assert!(
                error <= 8 + i32::from(sample).abs() / 16 || sample.unsigned_abs() > 32_635,
                "{sample}"
            );
        }
    }
}
