//! Character entities of HTML, by number and by name.
//!
//! Of the names those that stand for ASCII, for white space and for Latin letters: nothing else is part of what is looked
//! for. A letter in another script of mathematics is the letter.

use unicode_normalization::char::compose;

/// The longest name below with its semicolon, or a number with many zeros.
const BYTES_MAX: usize = 24;

/// What stands behind an ampersand as far as it is an entity, and its length. Behind a number the semicolon may be
/// missing: browsers read it all the same.
pub(super) fn named_or_numbered(tail: &str) -> Option<(char, usize)> {
    if let Some(code) = tail.strip_prefix('#') {
        let (code, sign, radix) = match code.strip_prefix(['x', 'X']) {
            Some(code) => (code, 2, 16),
            None => (code, 1, 10),
        };
        let digits = code.chars().take(BYTES_MAX).take_while(|c| c.is_digit(radix)).count();
        let letter = u32::from_str_radix(code.get(..digits)?, radix).ok().and_then(char::from_u32)?;
        let closed = usize::from(code.as_bytes().get(digits) == Some(&b';'));
        // One digit more is a sign of its own in `&#1` for a first item.
        return (closed == 1 || digits >= 2).then_some((letter, sign + digits + closed));
    }
    let end = tail.bytes().take(BYTES_MAX).position(|byte| byte == b';')?;
    named(tail.get(..end)?).map(|letter| (letter, end + 1))
}

fn named(name: &str) -> Option<char> {
    let letter = match name {
        "Tab" => '\t',
        "NewLine" => '\n',
        "excl" => '!',
        "quot" | "QUOT" => '"',
        "num" => '#',
        "dollar" => '$',
        "percnt" => '%',
        "amp" | "AMP" => '&',
        "apos" => '\'',
        "lpar" => '(',
        "rpar" => ')',
        "ast" | "midast" => '*',
        "plus" => '+',
        "comma" => ',',
        "period" => '.',
        "sol" => '/',
        "colon" => ':',
        "semi" => ';',
        "lt" | "LT" => '<',
        "equals" => '=',
        "gt" | "GT" => '>',
        "quest" => '?',
        "commat" => '@',
        "lbrack" | "lsqb" => '[',
        "bsol" => '\\',
        "rbrack" | "rsqb" => ']',
        "Hat" => '^',
        "lowbar" | "UnderBar" => '_',
        "grave" | "DiacriticalGrave" => '`',
        "lbrace" | "lcub" => '{',
        "verbar" | "vert" | "VerticalLine" => '|',
        "rbrace" | "rcub" => '}',
        "nbsp" | "NonBreakingSpace" | "ensp" | "emsp" | "emsp13" | "emsp14" | "numsp" | "puncsp" | "thinsp"
        | "ThinSpace" | "hairsp" | "VeryThinSpace" | "MediumSpace" => ' ',
        "hyphen" | "dash" | "ndash" => '-',
        "shy" => '\u{ad}',
        "zwnj" => '\u{200c}',
        "zwj" => '\u{200d}',
        "ZeroWidthSpace" | "NegativeThinSpace" | "NegativeMediumSpace" | "NegativeThickSpace" => '\u{200b}',
        "NoBreak" => '\u{2060}',
        "szlig" => 'ß',
        "AElig" => 'Æ',
        "aelig" => 'æ',
        "OElig" => 'Œ',
        "oelig" => 'œ',
        "Oslash" => 'Ø',
        "oslash" => 'ø',
        "ETH" => 'Ð',
        "eth" => 'ð',
        "THORN" => 'Þ',
        "thorn" => 'þ',
        "Dstrok" => 'Đ',
        "dstrok" => 'đ',
        "Lstrok" => 'Ł',
        "lstrok" => 'ł',
        "imath" | "inodot" => 'ı',
        _ => return letter_with_mark(name),
    };
    Some(letter)
}

/// Such as `eacute`, `Ccaron`, or `afr` for the letter in Fraktur.
fn letter_with_mark(name: &str) -> Option<char> {
    let mut rest = name.chars();
    let letter = rest.next().filter(char::is_ascii_alphabetic)?;
    let mark = match rest.as_str() {
        "fr" | "scr" | "opf" => return Some(letter),
        "grave" => '\u{300}',
        "acute" => '\u{301}',
        "circ" => '\u{302}',
        "tilde" => '\u{303}',
        "macr" => '\u{304}',
        "breve" => '\u{306}',
        "dot" if !matches!(letter, 'o' | 's' | 't') => '\u{307}',
        "uml" => '\u{308}',
        "ring" => '\u{30a}',
        "dblac" => '\u{30b}',
        "caron" => '\u{30c}',
        "cedil" => '\u{327}',
        "ogon" => '\u{328}',
        _ => return None,
    };
    compose(letter, mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_numbers_and_names_and_nothing_else() {
        for (tail, read) in [
            ("#105;gnore", Some(('i', 5))),
            ("#105gnore", Some(('i', 4))),
            ("#x69;", Some(('i', 5))),
            ("#X69 ", Some(('i', 4))),
            ("#0000000105;", Some(('i', 12))),
            ("commat;web", Some(('@', 7))),
            ("Eacute;", Some(('É', 7))),
            ("ccaron;", Some(('č', 7))),
            ("afr;", Some(('a', 4))),
            ("NonBreakingSpace;", Some((' ', 17))),
            ("#1 of", None),
            ("#x;", None),
            ("#99999999999;", None),
            ("lang=de;", None),
            ("lt", None),
            ("qring;", None),
            ("", None),
        ] {
            assert_eq!(named_or_numbered(tail), read, "{tail}");
        }
    }
}
