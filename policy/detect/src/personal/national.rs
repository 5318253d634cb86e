//! Numbers by which states know their people, each with its check digit where it has one.

use super::proofs::*;
use super::proofs_east::*;
use super::{Data, Datum, context, pattern};
use crate::config::PlanError;
use crate::patterns::{char_after, char_before};
use aho_corasick::AhoCorasick;
use regex::Regex;
use std::borrow::Cow;

/// One kind of number.
struct Kind {
    rule: String,
    regex: Regex,
    /// The proof over the letters and digits of the value, in capitals.
    valid: fn(&str) -> bool,
    /// Whether form and check are so weak that a word beside the number must say what it is.
    needs_word: bool,
}

/// All kinds.
pub(super) struct National {
    kinds: Vec<Kind>,
    /// Finds out cheaply that no announcing word is there, which spares most kinds.
    words: AhoCorasick,
}

/// Rule, form, proof, needs a word.
type Row = (&'static str, &'static str, fn(&str) -> bool, bool);

/// Rule, form, proof, needs a word. Forms and check digits as the issuing states publish them.
const KINDS: [Row; 53] = [
    (
        "it-fiscal-code",
        r"(?i-u:[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z])",
        it_fiscal_code,
        false,
    ),
    ("ro-cnp", r"[1-9][0-9]{12}", ro_cnp, false),
    ("si-emso", r"[0-3][0-9][01][0-9][09][0-9]{2}5[0-9]{5}", si_emso, false),
    ("lu-matricule", r"(?:19|20)[0-9]{11}", lu_matricule, true),
    ("ch-ahv", r"756[. ]?[0-9]{4}[. ]?[0-9]{4}[. ]?[0-9]{2}", ch_ahv, false),
    ("fr-nir", r"(?i-u:[1-478] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2})", fr_nir, false),
    ("fr-spi", r"[0-3][0-9] ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}", fr_spi, true),
    ("de-insurance", r"(?i-u:[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3})", de_insurance, false),
    ("de-tax-id", r"[0-9]{2}[ /]?[0-9]{3}[ /]?[0-9]{3}[ /]?[0-9]{3}", de_tax_id, true),
    ("de-id-card", r"(?i-u:[LMNPRTVWXY0-9][CFGHJKLMNPRTVWXYZ0-9]{8}[0-9]D?)", de_id_card, true),
    ("se-personnummer", r"(?:19|20)?[0-9]{6}[-+][0-9]{4}", se_personnummer, false),
    ("se-personnummer", r"(?:19|20)?[0-9]{10}", se_personnummer, true),
    ("fi-hetu", r"(?i-u:[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y])", fi_hetu, false),
    ("dk-cpr", r"[0-3][0-9][01][0-9][0-9]{2}[- ]?[0-9]{4}", dk_cpr, true),
    ("no-fodselsnummer", r"[0-9]{6} ?[0-9]{5}", no_fodselsnummer, true),
    ("be-niss", r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}[- ][0-9]{3}[. ][0-9]{2}", be_niss, false),
    ("be-niss", r"[0-9]{6}[ -]?[0-9]{3}[ .-]?[0-9]{2}", be_niss, true),
    ("nl-bsn", r"[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}", nl_bsn, true),
    ("cz-sk-rodne-cislo", r"[0-9]{6}/[0-9]{3,4}", cz_rodne_cislo, false),
    ("cz-sk-rodne-cislo", r"[0-9]{10}", cz_rodne_cislo, true),
    ("pl-pesel", r"[0-9]{11}", pl_pesel, true),
    ("pl-nip", r"[0-9]{3}[- ]?[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{2}", pl_nip, true),
    ("ee-lt-personal-code", r"[1-6][0-9]{10}", ee_lt_code, true),
    ("lv-personas-kods", r"[0-3][0-9][01][0-9]{3}-[0-9]{5}", lv_code, true),
    ("lv-personas-kods", r"32[0-9]{4}-?[0-9]{5}", any, true),
    ("bg-egn", r"[0-9]{10}", bg_egn, true),
    ("hr-oib", r"[0-9]{11}", hr_oib, true),
    ("gr-amka", r"[0-3][0-9][01][0-9]{8}", gr_amka, true),
    ("gr-afm", r"[0-9]{9}", gr_afm, true),
    ("hu-taj", r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}", hu_taj, true),
    ("hu-tax-id", r"8[0-9]{9}", hu_tax_id, true),
    ("at-svnr", r"[1-9][0-9]{3}[ -]?[0-9]{6}", at_svnr, true),
    ("at-tax-id", r"[0-9]{2}-?[0-9]{3}/?[0-9]{4}", at_tax_id, true),
    ("es-nif", r"(?i-u:(?:[0-9]{8}|[XYZ][- ]?[0-9]{7})[ \-]?[A-Z])", es_nif, false),
    ("es-nif", r"(?i-u:[0-9]{2}\.[0-9]{3}\.[0-9]{3}[ \-]?[A-Z])", es_nif, false),
    ("es-social-security", r"[0-9]{2}[ /-]?[0-9]{8}[ /-]?[0-9]{2}", es_social, true),
    ("pt-nif", r"[1-35689][0-9]{2} ?[0-9]{3} ?[0-9]{3}", pt_nif, true),
    ("pt-citizen-card", r"(?i-u:[0-9]{8} ?[0-9] ?[A-Z0-9]{2}[0-9])", pt_card, true),
    ("ie-pps", r"(?i-u:[0-9]{7}[A-W][A-IW]?)", ie_pps, true),
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
    ("tr-kimlik", r"[1-9][0-9]{10}", tr_kimlik, true),
    ("passport", r"(?i-u:[A-Z]{1,2}[0-9]{6,8}|[CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{8})", with_digits, true),
    ("driving-licence", r"(?i-u:[A-Z9]{5}[0-9]{6}[A-Z9]{2}[0-9][A-Z]{2})", any, false),
];

impl National {
    pub(super) fn new() -> Result<Self, PlanError> {
        let mut kinds = Vec::with_capacity(KINDS.len());
        for (rule, form, valid, needs_word) in KINDS {
            kinds.push(Kind {
                rule: format!("pii.national-id.{rule}"),
                regex: pattern(rule, form)?,
                valid,
                needs_word,
            });
        }
        let words = AhoCorasick::new(WORDS)
            .map_err(|error| PlanError::Rules { file: "words of national numbers", cause: error.to_string() })?;
        Ok(Self { kinds, words })
    }

    pub(super) fn scan(&self, text: &str, data: &mut Data) {
        let worded = self.words.is_match(&text.to_lowercase());
        for kind in self.kinds.iter().filter(|kind| worded || !kind.needs_word) {
            for found in kind.regex.find_iter(text) {
                let free = char_before(text, found.start())
                    .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | '/' | '+' | '#'))
                    && char_after(text, found.end())
                        .is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '-' | '_' | '/'));
                if !free || data.taken(&found.range()) {
                    continue;
                }
                let compact: String = found
                    .as_str()
                    .chars()
                    .filter(char::is_ascii_alphanumeric)
                    .map(|c| c.to_ascii_uppercase())
                    .collect();
                if !(kind.valid)(&compact) || context::is_about_things(text, found.start()) {
                    continue;
                }
                let named = context::names(&context::words_before(text, found.start(), 40), &WORDS);
                if named || !kind.needs_word {
                    let score = if named { 0.97 } else { 0.9 };
                    data.push(Datum {
                        span: found.range(),
                        type_: "NATIONAL_ID",
                        rule: Cow::Owned(kind.rule.clone()),
                        score,
                    });
                }
            }
        }
    }
}

/// Words that announce a personal number.
const WORDS: [&str; 125] = [
    "tax",
    "steuer",
    "idnr",
    "id-nr",
    "ssn",
    "social security",
    "national",
    "identity",
    "identifi",
    "id number",
    "id card",
    "id no",
    "personal number",
    "personnummer",
    "bsn",
    "burgerservice",
    "sofi",
    "nhs",
    "nino",
    "insurance",
    "pesel",
    "codice fiscale",
    "fiscal",
    "nif",
    "nie",
    "dni",
    "documento",
    "document",
    "nir",
    "sécurité sociale",
    "numéro de sécu",
    "sozialversicherung",
    "svnr",
    "ahv",
    "avs",
    "personenkenn",
    "rodné",
    "rodne",
    "egn",
    "егн",
    "cnp",
    "oib",
    "emšo",
    "emso",
    "amka",
    "αμκα",
    "afm",
    "asmens kod",
    "isikukood",
    "personas kod",
    "henkilötunnus",
    "hetu",
    "cpr",
    "fødselsnummer",
    "pps",
    "niss",
    "rijksregister",
    "registre national",
    "passport",
    "reisepass",
    "passeport",
    "pasaporte",
    "passaporto",
    "paszport",
    "paspoort",
    "ausweis",
    "carte d'identité",
    "carta d'identità",
    "dowód osobisty",
    "licence",
    "license",
    "driver",
    "führerschein",
    "permis de conduire",
    "nip ",
    "utr",
    "itin",
    "taj",
    "adóazonosító",
    "nipc",
    "contribuinte",
    "cartão de cidadão",
    "seguridad social",
    "sécu",
    "cpf",
    "kimlik",
    "rrn",
    "osobní",
    "osobné",
    "číslo",
    "matricule",
    "tin ",
    "tic ",
    "vat id",
    "personal code",
    "personal id",
    "id:",
    "national id",
    "national number",
    "sozialvers",
    "versicherungsnummer",
    "rentenvers",
    "krankenvers",
    "sv-nr",
    "fiscaal",
    "nif:",
    "dni:",
    "nie:",
    "identifik",
    "personkode",
    "personbeteckning",
    "személyi",
    "osobna",
    "osobný",
    "osebna",
    "tautotita",
    "ταυτότητα",
    "tax id",
    "tax no",
    "numer identyfikacyjny",
    "social insurance",
    "ahv-nr",
    "insee",
    "persoonsnummer",
    "taxpayer",
];
