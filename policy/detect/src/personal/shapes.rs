//! Shapes of numbers: how many letters and digits stand together, and whether letters are among them.
//!
//! Dozens of forms may begin at each number of a text. A few of them have its shape at all.

/// No written form is longer.
pub(super) const FORM_BYTES_MAX: usize = 32;

/// A set of shapes of texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shapes {
    /// Bit `n` for that many digits in all, bit `33 + n` for as many letters and digits with a letter.
    sizes: u128,
    /// Bit `n` for that many letters and digits before the first sign.
    heads: u128,
    /// The same where no sign was so far.
    open: u128,
}

/// The lengths from 0 on, and the same with a letter.
const LETTERED: u32 = 33;
const LENGTHS: u128 = (1 << LETTERED) - 1;

impl Shapes {
    const NOTHING: Self = Self { sizes: 1, heads: 0, open: 1 };
    const SIGN: Self = Self { sizes: 1, heads: 1, open: 0 };
    const DIGIT: Self = Self { sizes: 1 << 1, heads: 0, open: 1 << 1 };
    const LETTER: Self = Self { sizes: 1 << (LETTERED + 1), heads: 0, open: 1 << 1 };

    /// Those of all texts that a form matches.
    pub(super) fn of_form(form: &str) -> Self {
        Form { left: form.as_bytes() }.alternatives()
    }

    pub(super) fn is_empty(self) -> bool {
        self.sizes == 0
    }

    /// Whether a text that this is the set of may have one of these.
    pub(super) fn has(self, any: Self) -> bool {
        self.sizes & any.sizes != 0 && (self.heads | self.open) & (any.heads | any.open) != 0
    }

    fn or(self, other: Self) -> Self {
        Self { sizes: self.sizes | other.sizes, heads: self.heads | other.heads, open: self.open | other.open }
    }

    /// One behind the other.
    fn then(self, other: Self) -> Self {
        let (digits, lettered) = (self.sizes & LENGTHS, self.sizes >> LETTERED);
        let (other_digits, other_lettered) = (other.sizes & LENGTHS, other.sizes >> LETTERED);
        let with_letters = sums(digits, other_lettered) | sums(lettered, other_digits | other_lettered);
        Self {
            sizes: sums(digits, other_digits) | with_letters << LETTERED,
            heads: self.heads | sums(self.open, other.heads),
            open: sums(self.open, other.open),
        }
    }

    fn of_byte(byte: u8) -> Self {
        match byte {
            b'0'..=b'9' => Self::DIGIT,
            _ if byte.is_ascii_alphabetic() => Self::LETTER,
            _ => Self::SIGN,
        }
    }
}

/// The lengths that one of these and one of those have together.
fn sums(some: u128, others: u128) -> u128 {
    let lengths = (0..LETTERED).filter(|length| others >> length & 1 == 1);
    lengths.fold(0, |all, length| all | (some << length & LENGTHS))
}

/// A form, read from the left: classes, groups, alternatives, `?` and counts are all that our forms are made of.
struct Form<'f> {
    left: &'f [u8],
}

impl Form<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, left) = self.left.split_first()?;
        self.left = left;
        Some(*first)
    }

    fn skip(&mut self, head: &[u8]) -> bool {
        let left = self.left.strip_prefix(head);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    fn number(&mut self) -> u32 {
        let mut number = 0;
        while let Some(digit @ b'0'..=b'9') = self.left.first() {
            number = number * 10 + u32::from(digit - b'0');
            self.next();
        }
        number
    }

    /// Up to the end of the form or the group.
    fn alternatives(&mut self) -> Shapes {
        let (mut all, mut row) = (Shapes::default(), Shapes::NOTHING);
        while let Some(byte) = self.next() {
            match byte {
                b')' => break,
                b'|' => (all, row) = (all.or(row), Shapes::NOTHING),
                _ => {
                    let one = self.one(byte);
                    row = self.repeated(row, one);
                }
            }
        }
        all.or(row)
    }

    fn one(&mut self, first: u8) -> Shapes {
        match first {
            b'(' => {
                let _ = self.skip(b"?:") || self.skip(b"?i-u:");
                self.alternatives()
            }
            b'[' => self.class(),
            b'\\' => self.next().map_or(Shapes::NOTHING, Shapes::of_byte),
            _ => Shapes::of_byte(first),
        }
    }

    fn class(&mut self) -> Shapes {
        let mut all = Shapes::default();
        while let Some(byte) = self.next().filter(|byte| *byte != b']') {
            // Both ends of a range are letters or both are digits.
            let is_range = byte == b'-' && !all.is_empty() && self.left.first() != Some(&b']');
            if byte != b'\\' && !is_range {
                all = all.or(Shapes::of_byte(byte));
            }
        }
        all
    }

    fn repeated(&mut self, row: Shapes, one: Shapes) -> Shapes {
        if self.skip(b"?") {
            return row.or(row.then(one));
        }
        if !self.skip(b"{") {
            return row.then(one);
        }
        let least = self.number();
        let most = if self.skip(b",") { self.number() } else { least };
        self.skip(b"}");
        let mut row = (0..least).fold(row, |row, _| row.then(one));
        for _ in least..most {
            row = row.or(row.then(one));
        }
        row
    }
}

/// The shapes of all that begins here and ends where a value may. None: five digits at least, apart by single signs
/// and pairs of letters, or one word of the length that those have which are written with fewer, are not here.
pub(super) fn shapes_at(bytes: &[u8], start: usize) -> Shapes {
    let bytes = bytes.get(start..).unwrap_or_default();
    let word = bytes.iter().take(FORM_BYTES_MAX).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (mut digits, mut letters, mut length, mut lettered) = (0, 0, 0, 0);
    let mut found = Shapes { sizes: 0, heads: 1 << word, open: 0 };
    // One more, for the end of the longest.
    for at in 0..=FORM_BYTES_MAX {
        let byte = bytes.get(at).copied();
        if byte.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_' | b'/')) {
            found.sizes |= 1 << (length + lettered);
        }
        match byte {
            _ if at == FORM_BYTES_MAX => break,
            Some(b'0'..=b'9') => (digits, letters, length) = (digits + 1, 0, length + 1),
            Some(b' ' | b'-' | b'.' | b'+') => letters = 0,
            // A stroke parts no groups of two.
            Some(b'/') if three_digits(bytes.get(at + 1..).unwrap_or_default()) => letters = 0,
            Some(b'A'..=b'Z' | b'a'..=b'z') if at < word || letters < 2 => {
                (letters, length, lettered) = (letters + 1, length + 1, LETTERED);
            }
            _ => break,
        }
    }
    if digits >= 5 || matches!(word, 10 | 11 | 16) { found } else { Shapes::default() }
}

fn three_digits(bytes: &[u8]) -> bool {
    let digits = bytes.strip_prefix(b" ").unwrap_or(bytes).iter();
    digits.take(3).filter(|byte| byte.is_ascii_digit()).count() == 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(digits: &[u32], lettered: &[u32]) -> u128 {
        let lettered = lettered.iter().map(|length| LETTERED + length);
        digits.iter().copied().chain(lettered).fold(0, |all, bit| all | 1 << bit)
    }

    #[test]
    fn shapes_of_forms_are_those_of_what_they_match() {
        for (form, digits, lettered) in [
            ("[1-9][0-9]{7}", &[8][..], &[][..]),
            (r"(?:19|20)?[0-9]{6}[-+][0-9]{4}", &[10, 12], &[]),
            (r"[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}|[0-9]{2}\.[0-9]{10,11}", &[9, 12, 13], &[]),
            ("(?i-u:[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y])", &[10], &[10, 11]),
            (r"(?i-u:(?:[0-9]{8}|[XYZ][- ]?[0-9]{7})[ \-]?[A-Z])", &[], &[9]),
            ("(?i-u:[1-478] ?(?:[0-9]{2}|2[AB]) ?D?)", &[3], &[3, 4]),
        ] {
            assert_eq!(Shapes::of_form(form).sizes, sizes(digits, lettered), "{form}");
        }
    }

    #[test]
    fn shapes_end_where_values_may() {
        for (text, digits, lettered) in [
            ("12345678", &[8][..], &[][..]),
            ("123456-7890 12, x", &[10, 12], &[]),
            ("710319/2745/12", &[], &[]),
            ("123 456_7", &[3], &[]),
            ("12345678 Z and", &[8], &[9]),
            ("12.345.678é", &[2, 5, 8], &[]),
            ("AB 12 34 56 C", &[], &[2, 4, 6, 8, 9]),
        ] {
            assert_eq!(shapes_at(text.as_bytes(), 0).sizes, sizes(digits, lettered), "{text}");
        }
        let longest = "1234567890".repeat(4);
        assert!(shapes_at(longest.as_bytes(), 0).is_empty());
        assert_eq!(shapes_at(longest.as_bytes(), 8).sizes, sizes(&[32], &[]));
    }

    #[test]
    fn the_first_sign_stands_where_the_form_has_one() {
        let form = Shapes::of_form("[0-9]{3}[ -]?[0-9]{2}|[0-9]{5}/[0-9]{3}");
        for (text, fits) in [
            ("123-45", true),
            ("12345", true),
            ("12345/678", true),
            ("12-345", false),
            ("1234 5", false),
            ("12", false),
        ] {
            assert_eq!(form.has(shapes_at(text.as_bytes(), 0)), fits, "{text}");
        }
    }

    #[test]
    fn few_digits_are_no_number() {
        for text in ["2024", "2024 and 2025", "v1", "10 %", "A 12", "12.5, 12345", "84/31/26/9"] {
            assert!(shapes_at(text.as_bytes(), 0).is_empty(), "{text}");
        }
        for text in ["AB 12 34 56 C", "RSSMRAUROSSAURAU", "12345M", "12.34.56-123.45", "710319/2745", "12/345/678/901"]
        {
            assert!(!shapes_at(text.as_bytes(), 0).is_empty(), "{text}");
        }
    }
}
