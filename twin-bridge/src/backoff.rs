//! How long to wait after a failure. Pure: chance comes in as a number.

/// Doubles from `min_ms` with each failure up to `max_ms`, and takes between half and all of it by `chance` (0 to 1), so
/// that many senders do not come back in step.
pub(crate) fn delay_ms(failures: u32, min_ms: u64, max_ms: u64, chance: f64) -> u64 {
    let doubled = min_ms.saturating_mul(1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(u64::MAX));
    let full = doubled.clamp(min_ms.min(max_ms), max_ms);
    let half = full / 2;
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a wait, in ms"
    )]
    let extra = ((full - half) as f64 * chance.clamp(0.0, 1.0)) as u64;
    half + extra
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_to_a_limit_and_never_leave_it() {
        let cases = [
            (1, 0.0, 50),
            (1, 1.0, 100),
            (2, 1.0, 200),
            (3, 0.0, 200),
            (5, 1.0, 1000),
            (64, 1.0, 1000),
            (65, 0.5, 750),
            (u32::MAX, 1.0, 1000),
            (0, 1.0, 100),
        ];
        for (failures, chance, expected) in cases {
            assert_eq!(delay_ms(failures, 100, 1000, chance), expected, "{failures} {chance}");
        }
        assert_eq!(delay_ms(3, 0, 0, 1.0), 0);
        assert_eq!(delay_ms(1, 500, 100, 1.0), 100);
        assert_eq!(delay_ms(9, u64::MAX, u64::MAX, f64::NAN), u64::MAX / 2);
    }
}
