//! Postal addresses: a street in the form of its country with a house number, and the place behind it.
//!
//! A form that names a kind of street stands on its own; mere words with a number need a place with its code behind.

use super::address_traces::Kinds;
use super::context::{Class, Words};
use super::{Data, Datum, matches_in, pattern, walk, windows_at_numbers};
use crate::config::PlanError;
use crate::patterns::{char_after, char_before};
use crate::stream::RUN_BYTES_MAX;
use regex::Regex;
use std::borrow::Cow;
use std::ops::Range;

/// Compiled patterns of this file.
pub(super) struct Addresses {
    kinds: Kinds,
    /// Streets by their kind.
    streets: Regex,
    /// Words with a number before or behind them.
    vague: [Regex; 2],
    place: Regex,
}

/// Small words inside the names of streets and places.
pub(super) const SMALL: &str = "de la|de las|de los|del|dello|della|delle|dei|degli|de|du|des|la|le|les|da|do|dos|das|di|van de|van der|van den|van|von der|von|der|den|dem|am|an der|im|ob der|ob|unter|bei|pod|nad|y|e|i|of|the|s";
/// Further ones inside the names of places alone: in streets they would swallow `lives in`.
const SMALL_OF_PLACES: &str = "na|v|u|sur|sous|lès|aux|en|upon|on|an|in|aan|bij";
/// A word with a capital, also `L'Estrada`, `'s-Hertogenbosch`.
const CAPITAL: &str = r"(?:['’]s-|['’]t |[dlDL]['’])?\p{Lu}[\p{L}\p{M}'’\-]*";
/// A house number.
const NUMBER: &str = r"[0-9]{1,5}(?:-?[a-zA-Zа-я]| [a-zA-Z]\b)?(?:[-/][0-9]{1,4}[a-zA-Z]?)?";
/// Floor, door, box.
const EXTRA_ONE: &str = r"(?:,? {1,2}(?:Apt\.?|Suite|Unit|Flat|Piano|Piso|Puerta|Esc\.|Appt|Bus|bus|boîte|bte|Stiege|Top|Etage|lok\.|m\.|Apartamento|Appartamento|appartamento|Interno|Bl\.|Sc\.|Et\.|Ap\.|ap\.|Nr\.|nr\.|вх\.|ет\.|ап\.|Interior|Edif\.|Depto\.) ?[0-9A-Za-z]{1,5})";

pub(super) const GERMANIC: &str = "(?i:straße|strasse|str\\.|weg|platz|allee|gasse|ring|damm|ufer|steig|stieg|graben|chaussee|promenade|markt|berg|hof|straat|laan|plein|gracht|kade|dijk|pad|baan|steeg|singel|dreef|gaarde|kamp|boulevard|weide|vägen|gatan|gata|gränd|torget|stigen|backen|veien|vegen|vei|gate|vej|vejen|gade|stræde|allé|katu|tie|kuja|polku|bulevardi)";
pub(super) const ROMANCE: &str = r"(?:C\.|Via|Viale|Piazza|Piazzale|Corso|Vicolo|Largo|Strada|Stretto|Borgo|Contrada|Rotonda|Canale|Incrocio|Lungomare|Salita|Calle|C/|Avenida|Avda\.?|Av\.?|Plaza|Paseo|Ronda|Rambla|Pasadizo|Camino|Carrer|Cañada|Cuesta|Glorieta|Callejón|Pasaje|Urbanización|Acceso|Alameda|Vial|Vía|Travesía|Rua|R\.|Travessa|Praça|Beco|Quinta|Rampa|Ladeira|Estrada|Urbanização|Bairro)";
pub(super) const ROMANIAN: &str = r"(?:Strada|Str\.|Bulevardul|Bdul\.?|Bd\.|B-dul|Aleea|Calea|Șoseaua|Soseaua|Șos\.|Splaiul|Intrarea|Drumul|Piața|Piata)";
pub(super) const SLAVIC: &str = r"(?:ulica|ul\.|Ulica|Ul\.|aleja|al\.|Aleja|plac|pl\.|Plac|os\.|osiedle|náměstí|Náměstí|nám\.|námestie|ulice|třída|tř\.|nábřeží|trg|Trg|cesta|Cesta|ул\.|бул\.|пл\.|ж\.к\.|улица|булевард|просп\.|οδός|Οδός|Λεωφ\.|Λεωφόρος)";
pub(super) const BEHIND: &str = r"(?:utca|út|útja|u\.|tér|tere|krt\.|körút|köz|sor|sétány|fasor|ulica|ulice|cesta|trg|put|naselje|šetalište|vijenac|ogranak|odvojak|prilaz|zvijezda|námestie|nábrežie|nabrežje|nábřeží|náměstí|trieda|třída|údolie|pot|steza|gatvė|g\.|pr\.|iela|bulvāris|prospekts|tänav|tn|mnt|pst|puiestee|maantee)";
pub(super) const FRENCH: &str = r"(?:rue|avenue|boulevard|chemin|place|allée|impasse|quai|route|cours|square|passage|Rue|Avenue|Boulevard|Chemin|Place|Allée|Impasse|Quai|Route|Cours)";
pub(super) const ENGLISH: &str = r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|square|sq|terrace|close|crescent|cres|boulevard|blvd|parkway|pkwy|highway|hwy|grove|gardens?|mews|way|place|hill|row|rise|freeway|expressway|turnpike|causeway|alley)";

impl Addresses {
    pub(super) fn new() -> Result<Self, PlanError> {
        let extra = format!("(?:{EXTRA_ONE})*");
        let name = format!(r"{CAPITAL}\.?(?: (?:(?:{SMALL}) )?{CAPITAL}\.?){{0,4}}");
        let town = format!(
            r"(?:St\. |Sv\. )?{CAPITAL}(?: (?:(?:{SMALL}|{SMALL_OF_PLACES}) )?{CAPITAL}){{0,4}}(?: (?:nad|pod|v|na|ob) {CAPITAL}(?: \p{{Ll}}+)?)?"
        );
        let streets = [
            format!(
                r"(?:(?:van der|van de|van den|von der|am|an der) )?(?:{CAPITAL}\.? (?:(?:{SMALL}) )?){{0,4}}?(?:\p{{Lu}}[\p{{L}}\p{{M}}.'’\-]*?|{CAPITAL} ){GERMANIC} {NUMBER}{extra}"
            ),
            format!(r"{ROMANCE} ?(?:(?:{SMALL}) )?{name},? (?:{NUMBER}|[Ss]/[Nn]){extra}"),
            format!(r"{ROMANIAN} {name}(?:,? (?:[Nn]r\.? ?)?{NUMBER})?{extra}"),
            format!(r"{SLAVIC} ?{name} {NUMBER}{extra}"),
            format!(r"{name} {BEHIND} {NUMBER}{extra}"),
            format!(
                r"(?:{NUMBER}(?: bis| ter)?,? )?{FRENCH} (?:(?:{SMALL}) )?(?:[ld]['’])?{name}(?: {NUMBER})?{extra}"
            ),
            format!(
                r"(?:(?:Flat|Studio|Apt\.?|Unit|Suite) [0-9]{{1,4}}[A-Za-z]?,? )?{NUMBER} (?:{CAPITAL}\.? ){{1,4}}?{ENGLISH}\b{extra}"
            ),
        ];
        let door = r"(?:Flat|Studio|Apt\.?|Unit|Suite) [0-9]{1,4}[A-Za-z]?";
        let numbered = format!(
            r"(?:{door}(?:,? |,?\n)?)?(?:[0-9]{{1,3}}/)?{NUMBER} {CAPITAL}(?:(?: {CAPITAL}){{0,3}}?(?:{EXTRA_ONE})+|(?: {CAPITAL}){{0,3}})|{door}(?:,? |,?\n){CAPITAL}(?: {CAPITAL}){{0,3}}|(?:PSC|CMR|Unit) [0-9]{{3,5}},? Box [0-9]{{1,5}}|US[SNVC]{{1,2}} {CAPITAL}"
        );
        let named = format!(
            r"(?:(?i:unter den|am|an der|im|in der|auf dem|zum|zur|alte|alter|neue|neuer) )?{name} {NUMBER}{extra}"
        );
        let code = r"(?:[A-Z]{1,3}[- ]|ΤΚ |T\.?K\.? )?(?:[0-9]{4} ?[A-Z]{2}\b|[0-9]{3} [0-9]{2}\b|[0-9]{2}-[0-9]{3}\b|[0-9]{4}-[0-9]{3}\b|[0-9]{5}-[0-9]{3}\b|[0-9]{4,8}\b)";
        let gap = r"(?:\.? ?,{1,2} |\.? ?,{0,2} ?\n| )";
        let british = r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\b";
        let place = format!(
            r"^{gap}(?:(?:APO|FPO|DPO) A[AEP] [0-9]{{5}}|{code}{gap}{town}(?: \([A-Z]{{2,3}}\)| / [A-Z]{{2}}\b)?|(?:{CAPITAL}(?: {CAPITAL}){{0,3}}{gap}){{0,3}}{british}|{town},? (?:[A-Z]{{2,3}},? )?(?:[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|[0-9]{{4,6}}(?:-[0-9]{{4}})?)\b(?: ?[A-Z]{{2}}\b)?|[A-Z][0-9][0-9W] ?[0-9A-Z]{{4}}\b(?:,? {town})?)"
        );
        Ok(Self {
            kinds: Kinds::new()?,
            streets: pattern("pii.address", &streets.join("|"))?,
            vague: [pattern("pii.address", &numbered)?, pattern("pii.address", &named)?],
            place: pattern("pii.address", &place)?,
        })
    }

    pub(super) fn scan(&self, text: &str, digits: &[Range<usize>], words: &Words, data: &mut Data) {
        let traces = self.kinds.traces(text, digits);
        if traces.streets.is_empty() && traces.vague.is_empty() {
            return;
        }
        let near = |traces: &[usize], run: &Range<usize>| {
            walk::is_any_in(traces, &(run.start.saturating_sub(2 * RUN_BYTES_MAX)..run.end + 2 * RUN_BYTES_MAX))
        };
        let windows = windows_at_numbers(text, digits, RUN_BYTES_MAX, |run| {
            (near(&traces.streets, &run) || near(&traces.vague, &run)) && is_beside_a_name(text, run)
        });
        let mut search = |pattern: &Regex, traces: &[usize], vague: bool| {
            for window in windows.iter().filter(|window| walk::is_any_in(traces, window)) {
                for street in matches_in(pattern, text, window.clone()) {
                    self.take(text, words, street, vague, data);
                }
            }
        };
        search(&self.streets, &traces.streets, false);
        self.vague.iter().for_each(|pattern| search(pattern, &traces.vague, true));
    }

    fn take(&self, text: &str, words: &Words, street: Range<usize>, vague: bool, data: &mut Data) {
        if char_before(text, street.start).is_some_and(char::is_alphanumeric)
            || char_after(text, street.end).is_some_and(char::is_alphanumeric)
        {
            return;
        }
        let street = street.start + label_bytes(text, &street)..street.end;
        let place = text.get(street.end..).and_then(|rest| self.place.find(rest)).map_or(0, |place| place.end());
        let numbered = text.get(street.clone()).is_some_and(|street| street.bytes().any(|byte| byte.is_ascii_digit()));
        // Without number and place it is only the name of a street.
        if place == 0 && (vague || !numbered || is_weak(text, &street)) {
            return;
        }
        // `Root CA 2 2023 X` has numbers and capitals, too.
        if vague && place > 0 && text.get(street.end..).is_some_and(|rest| rest.starts_with(' ')) {
            return;
        }
        let thing = words.nearest_of(text, street.start, 20, |class| class == Class::Thing);
        if thing.is_some_and(|word| word.gap.trim().is_empty()) {
            return;
        }
        let span = street.start..end_of(text, street.start..street.end + place);
        let free = char_after(text, span.end).is_none_or(|c| !c.is_alphanumeric());
        if free && !data.taken(&span) {
            let score = if place > 0 { 0.9 } else { 0.75 };
            data.push(Datum { span, type_: "ADDRESS", rule: Cow::Borrowed("pii.address"), score });
        }
    }
}

/// Whether a number may be that of a house or a place: a word with a capital or a kind of street stands beside it.
fn is_beside_a_name(text: &str, digits: Range<usize>) -> bool {
    const KINDS: [&str; 52] = [
        "rue",
        "avenue",
        "boulevard",
        "chemin",
        "place",
        "allée",
        "impasse",
        "quai",
        "route",
        "cours",
        "square",
        "passage",
        "bis",
        "ter",
        "utca",
        "út",
        "útja",
        "u",
        "tér",
        "tere",
        "krt",
        "körút",
        "köz",
        "sor",
        "sétány",
        "fasor",
        "ulica",
        "ulice",
        "cesta",
        "trg",
        "put",
        "naselje",
        "gatvė",
        "g",
        "pr",
        "iela",
        "bulvāris",
        "prospekts",
        "tänav",
        "tn",
        "mnt",
        "pst",
        "puiestee",
        "maantee",
        "tie",
        "weg",
        "straat",
        "street",
        "road",
        "nr",
        "vei",
        "gate",
    ];
    if digits.len() > 8 {
        return false;
    }
    let is_name = |word: &str| word.starts_with(char::is_uppercase) || KINDS.contains(&word);
    let head = text.get(..digits.start).unwrap_or_default();
    let before = head.trim_end_matches([' ', '\n', '.', ',']).rsplit(|c: char| !c.is_alphanumeric()).next();
    let tail = text.get(digits.end..).unwrap_or_default();
    let mut behind = tail.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let near = |word: &str| is_name(word) || KINDS.iter().any(|kind| kind.len() > 2 && word.ends_with(kind));
    before.is_some_and(near) || behind.by_ref().take(2).any(is_name)
}

/// Whether its kind of street is also the end of other words (`During 2021`) or a word of its own (`put 1`).
fn is_weak(text: &str, street: &Range<usize>) -> bool {
    const ENDS: [&str; 31] = [
        "ring",
        "berg",
        "hof",
        "markt",
        "pad",
        "gate",
        "tie",
        "vei",
        "vej",
        "steig",
        "stieg",
        "graben",
        "kamp",
        "weide",
        "kade",
        "dijk",
        "backen",
        " put",
        " sor",
        " köz",
        " u.",
        " g.",
        " pr.",
        " tn",
        " mnt",
        " pst",
        " pot",
        " steza",
        " údolie",
        "baan",
        "boulevard",
    ];
    let written = text.get(street.clone()).unwrap_or_default().to_lowercase();
    let name = written.trim_end_matches(|c: char| !c.is_alphabetic() && c != '.').trim_end();
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Bytes of a capitalised word before the street that only says what follows.
fn label_bytes(text: &str, street: &Range<usize>) -> usize {
    const LABELS: [&str; 14] = [
        "Address",
        "Adresse",
        "Adres",
        "Anschrift",
        "Lieferadresse",
        "Indirizzo",
        "Dirección",
        "Morada",
        "Adresa",
        "Adress",
        "Wohnhaft",
        "Osoite",
        "Aadress",
        "Adrese",
    ];
    let words = text.get(street.clone()).unwrap_or_default();
    LABELS
        .iter()
        .filter_map(|label| words.strip_prefix(label)?.strip_prefix(' ').map(|_| label.len() + 1))
        .max()
        .unwrap_or(0)
}

/// The end without signs and without the label of what comes next.
fn end_of(text: &str, span: Range<usize>) -> usize {
    let mut written = text.get(span.clone()).unwrap_or_default();
    for label in [" Tel", " Telefon", " Phone", " Fax", " Email", " Mail", " IBAN", " Mobil"] {
        written = written.strip_suffix(label).unwrap_or(written);
    }
    span.start + written.trim_end_matches(['.', ',', '-', '\'', ' ', '\n']).len()
}
