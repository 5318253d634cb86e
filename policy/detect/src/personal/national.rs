//! Numbers by which states know their people, each with its check digit where it has one.

use super::context::{Class, Word};
use super::proofs::*;
use super::proofs_east::*;
use super::shapes::{FORM_BYTES_MAX, Shapes, shapes_at};
use super::{Data, Datum, Numbers, glues, pattern};
use crate::config::PlanError;
use crate::effort::Effort;
use crate::patterns::{char_after, char_before, floor};
use regex::Regex;
use std::borrow::Cow;
use std::ops::Range;

/// One kind of number.
struct Kind {
    name: &'static str,
    rule: String,
    /// Anchored at the start.
    regex: Regex,
    /// Those of what the form matches: most numbers have another one, which costs less to see.
    shapes: Shapes,
    /// The proof over the letters and digits of the value, in capitals.
    valid: fn(&str) -> bool,
    /// Whether form and check are so weak that a word beside the number must say what it is.
    needs_word: bool,
}

/// All kinds.
pub(super) struct National {
    kinds: Vec<Kind>,
}

/// Rule, form, proof, needs a word.
type Row = (&'static str, &'static str, fn(&str) -> bool, bool);

/// Rule, form, proof, needs a word. Forms and check digits as the issuing states publish them.
const KINDS: [Row; 57] = [
    (
        "it-fiscal-code",
        r"(?i-u:[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z])",
        it_fiscal_code,
        false,
    ),
    ("ro-cnp", r"[1-9][0-9]{12}", ro_cnp, false),
    ("si-emso", r"[0-3][0-9][01][0-9][09][0-9]{2}5[0-9]{5}", si_emso, false),
    ("si-tax", r"[1-9][0-9]{7}", si_tax, true),
    ("lu-matricule", r"(?:19|20)[0-9]{2} ?[0-9]{4} ?[0-9]{5}", lu_matricule, true),
    ("ch-ahv", r"756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}", ch_ahv, false),
    ("fr-nir", r"(?i-u:[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2})", fr_nir, false),
    ("fr-spi", r"[0-3][0-9] ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", fr_spi, true),
    ("de-insurance", r"(?i-u:[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3})", de_insurance, false),
    ("de-tax-id", r"[0-9]{2}[ /]?[0-9]{3}[ /]?[0-9]{3}[ /]?[0-9]{3}", de_tax_id, true),
    ("de-id-card", r"(?i-u:[LMNPRTVWXY0-9][CFGHJKLMNPRTVWXYZ0-9]{8}[0-9]D?)", de_id_card, true),
    ("se-personnummer", r"(?:19|20)?[0-9]{6}[-+][0-9]{4}", se_personnummer, false),
    ("se-personnummer", r"(?:19|20)?[0-9]{10}", se_personnummer, true),
    ("fi-hetu", r"(?i-u:[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y])", fi_hetu, false),
    ("dk-cpr", r"[0-3][0-9][01][0-9][0-9]{2} ?-? ?[0-9]{4}", dk_cpr, true),
    ("no-fodselsnummer", r"[0-9]{6} ?[0-9]{5}", no_fodselsnummer, true),
    ("be-niss", r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}[- ][0-9]{3}[-. ][0-9]{2}", be_niss, false),
    ("be-niss", r"[0-9]{6}[ -]?[0-9]{3}[ .-]?[0-9]{2}", be_niss, true),
    ("be-niss", r"[0-9]{2} [0-9]{2} [0-9]{2} [0-9]{3} [0-9]{2}", be_niss, true),
    ("nl-bsn", r"[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3}", nl_bsn, true),
    ("cz-sk-rodne-cislo", r"[0-9]{6} ?/ ?[0-9]{3,4}", cz_rodne_cislo, false),
    ("cz-sk-rodne-cislo", r"[0-9]{10}", cz_rodne_cislo, true),
    ("pl-pesel", r"[0-9]{11}", pl_pesel, true),
    ("pl-nip", r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{2}", pl_nip, true),
    ("ee-lt-personal-code", r"[1-6][0-9]{10}", ee_lt_code, true),
    ("lv-personas-kods", r"[0-3][0-9][01][0-9]{3}-?[0-9]{5}", lv_code, true),
    ("lv-personas-kods", r"32[0-9]{4}-?[0-9]{5}", any, true),
    ("bg-egn", r"[0-9]{10}", bg_egn, true),
    ("bg-lnch", r"[0-9]{10}", bg_lnch, true),
    ("hr-oib", r"[0-9]{11}", hr_oib, true),
    ("gr-amka", r"[0-3][0-9][01][0-9]{8}", gr_amka, true),
    ("gr-afm", r"[0-9]{9}", gr_afm, true),
    ("hu-taj", r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}", hu_taj, true),
    ("hu-tax-id", r"8[0-9]{9}", hu_tax_id, true),
    ("at-svnr", r"[1-9][0-9]{3}[ -]?[0-9]{6}", at_svnr, true),
    ("at-tax-id", r"[0-9]{2}-?[0-9]{3}/?[0-9]{4}", at_tax_id, true),
    ("es-nif", r"(?i-u:(?:[0-9]{8}|[XYZ][- ]?[0-9]{7})[ \-]?[A-Z])", es_nif, false),
    ("es-nif", r"(?i-u:[0-9]{2}\.[0-9]{3}\.[0-9]{3}[ \-]?[A-Z])", es_nif, false),
    ("es-social-security", r"[0-9]{2}[ /-]?[0-9]{8}[ /-]?[0-9]{2}|[0-9]{2}/[0-9]{10}", es_social, true),
    ("pt-nif", r"[1-35689][0-9]{2} ?[0-9]{3} ?[0-9]{3}", pt_nif, true),
    ("pt-citizen-card", r"(?i-u:[0-9]{8} ?[0-9] ?[A-Z0-9]{2}[0-9])", pt_card, true),
    ("ie-pps", r"(?i-u:[0-9]{7} ?[A-W][A-IW]?)", ie_pps, true),
    ("mt-id-card", r"(?i-u:[0-9]{5,7} ?[MGAPLHBZ])", any, true),
    ("cy-tic", r"(?i-u:[0-9]{8}[A-Z])", cy_tic, true),
    ("uk-nino", r"(?i-u:[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D])", uk_nino, false),
    ("uk-nhs", r"[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{4}", uk_nhs, true),
    ("uk-utr", r"[0-9]{5} ?[0-9]{5}", uk_utr, true),
    ("us-ssn", r"[0-9]{3}-[0-9]{2}-[0-9]{4}", us_ssn, false),
    ("us-ssn", r"[0-9]{3} [0-9]{2} [0-9]{4}", us_ssn, true),
    ("us-ssn", r"[0-9]{9}", us_ssn, true),
    ("us-itin", r"9[0-9]{2}-[5-9][0-9]-[0-9]{4}", any, true),
    ("br-cpf", r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}", br_cpf, false),
    ("br-cpf", r"[0-9]{11}", br_cpf, true),
    ("is-kennitala", r"[0-7][0-9][01][0-9]{3}-?[0-9]{4}", is_kennitala, true),
    ("tr-kimlik", r"[1-9][0-9]{10}", tr_kimlik, true),
    ("passport", r"(?i-u:[A-Z]{1,2}[0-9]{6,8}|[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8})", with_digits, true),
    ("driving-licence", r"(?i-u:[A-Z9]{5}[0-9]{6}[A-Z9]{2}[0-9][A-Z]{2})", any, false),
];

impl National {
    pub(super) fn new() -> Result<Self, PlanError> {
        let mut kinds = Vec::with_capacity(KINDS.len());
        for (name, form, valid, needs_word) in KINDS {
            kinds.push(Kind {
                name,
                rule: format!("pii.national-id.{name}"),
                regex: pattern(name, &format!("^(?:{form})"))?,
                shapes: Shapes::of_form(form),
                valid,
                needs_word,
            });
        }
        Ok(Self { kinds })
    }

    pub(super) fn scan(&self, numbers: &Numbers<'_>, data: &mut Data, effort: &mut Effort) {
        let Numbers { text, digits, words } = *numbers;
        for start in starts(text, digits) {
            let shapes = shapes_at(text.as_bytes(), start);
            if shapes.is_empty() || char_before(text, start).is_some_and(glues) {
                continue;
            }
            if !effort.candidate() {
                return;
            }
            let slice = text.get(start..floor(text, start + FORM_BYTES_MAX)).unwrap_or_default();
            let kinds = self.kinds.iter().filter(|kind| kind.shapes.has(shapes));
            let mut proven = kinds.filter_map(|kind| Some((kind, kind.at(text, start, slice)?))).peekable();
            if proven.peek().is_none() {
                continue;
            }
            let word = words.nearest(text, start, 44);
            if word.is_some_and(|word| word.class == Class::Thing && word.gap.len() <= 28) {
                continue;
            }
            let found = proven.find_map(|(kind, span)| Some((kind, span, kind.score(word.as_ref())?)));
            if let Some((kind, span, score)) = found
                && !data.taken(&span)
            {
                data.push(Datum { span, type_: "NATIONAL_ID", rule: Cow::Owned(kind.rule.clone()), score });
            }
        }
    }
}

impl Kind {
    /// The value that begins here, if it proves itself.
    fn at(&self, text: &str, start: usize, slice: &str) -> Option<Range<usize>> {
        let found = self.regex.find(slice)?;
        let span = start..start + found.end();
        let free = char_after(text, span.end).is_none_or(|c| !glues(c) && !matches!(c, '-' | '_' | '/'));
        if !free {
            return None;
        }
        let compact: String =
            found.as_str().chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        (self.valid)(&compact).then_some(span)
    }

    /// How sure the words beside the value make it; none: it is no such number.
    fn score(&self, word: Option<&Word<'_>>) -> Option<f32> {
        let word = word.filter(|word| word.class == Class::Number && (word.is_first() || word.is_particular()));
        match word {
            Some(word) if word.fits(self.name) && (word.is_first() || !self.needs_word) => Some(0.97),
            // The number of another register that fails its own check.
            Some(word) if word.is_particular() && word.is_first() => None,
            _ => (!self.needs_word).then_some(0.9),
        }
    }
}

/// Where a number of letters and digits may begin: the word of a digit, and the one or two letters before it.
fn starts(text: &str, digits: &[Range<usize>]) -> impl Iterator<Item = usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    let begins = digits.iter().filter_map(move |run| {
        if run.start < at {
            return None;
        }
        let word = begin_of_word(bytes, run.start);
        at = run.end + bytes.get(run.end..)?.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let gap = word.checked_sub(1).filter(|gap| matches!(bytes.get(*gap), Some(b' ' | b'-')));
        let letters = gap.map(|gap| begin_of_word(bytes, gap)).filter(|start| (1..=2).contains(&(word - 1 - start)));
        let prefix = letters.filter(|start| {
            bytes.get(*start..word - 1).is_some_and(|letters| letters.iter().all(u8::is_ascii_uppercase))
        });
        Some([prefix, Some(word)])
    });
    begins.flatten().flatten().filter(move |start| {
        let before = bytes.get(..*start).unwrap_or_default();
        before.last().is_none_or(|byte| !b".-_/+#".contains(byte)) || before.ends_with(b"...")
    })
}

fn begin_of_word(bytes: &[u8], end: usize) -> usize {
    let letters = bytes.get(..end).unwrap_or_default().iter().rev().take(24);
    end - letters.take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use super::super::walk::digit_runs;
    use super::*;

    #[test]
    fn numbers_begin_at_words_and_at_letters_set_apart() {
        let text = "AB 12 34, x-1 Z 3507766 H v1.22 #5";
        let begins: Vec<usize> = starts(text, &digit_runs(text)).collect();
        assert_eq!(begins, [0, 3, 6, 14, 16, 24, 26]);
    }
}
