//! How streets and places are written in their countries, as patterns.

use super::rare::Rare;

/// Streets by their kind.
pub(super) static STREETS: Rare = Rare::new("pii.address", streets);
/// Words with a number before or behind them.
pub(super) static VAGUE: [Rare; 2] = [Rare::new("pii.address", numbered), Rare::new("pii.address", named)];
/// What may follow a street.
pub(super) static PLACE: Rare = Rare::new("pii.address", place);

/// Small words inside the names of streets and places.
pub(super) const SMALL: &str = "de la|de las|de los|del|dello|della|delle|dei|degli|de|du|des|la|le|les|da|do|dos|das|di|van de|van der|van den|van|von der|von|der|den|dem|am|an der|im|ob der|ob|unter|bei|pod|nad|y|e|i|of|the|s|kralja|bana|kneza";
/// Further ones inside the names of places alone: in streets they would swallow `lives in`.
const SMALL_OF_PLACES: &str = "na|v|u|sur|sous|lès|aux|en|upon|on|an|in|aan|bij";
/// A word with a capital, also `L'Estrada`, `'s-Hertogenbosch`.
const CAPITAL: &str = r"(?:['’]s-|['’]t |[dlDL]['’])?UPPER[LETTERS'’\-]*";
/// A house number.
const NUMBER: &str =
    r"[0-9]{1,5}(?:-?[a-zA-Zа-я]| D ?: ?[0-9]{1,3}\b| [A-Z] [0-9]{1,3}\b| [a-zA-Z]\b)?(?:[-/][0-9]{1,4}[a-zA-Z]?)?";
/// Floor, door, box.
const EXTRA_ONE: &str = r"(?:,? {1,2}(?:Apto\.?|Apt\.?|Suite|Unit|Flat|Piano|Piso|Puerta|Esc\.|Appt|Bus|bus|boîte|bte|Stiege|Top|Etage|lok\.|m\.|Apartamento|Appartamento|appartamento|Interno|Bl\.|Sc\.|Et\.|Ap\.|bl\.|sc\.|et\.|ap\.|Nr\.|nr\.|вх\.|ет\.|ап\.|кв\.|корп\.|стр\.|оф\.|Interior|Edif\.|Depto\.) ?[0-9A-Za-z]{1,5}|,? (?:Kat|Daire) ?: ?[0-9]{1,3}\b|,? [0-9]{1,2}\. (?:tv|th|mf)\b\.?|,? st\. ?(?:tv|th|mf)\b\.?|,? [0-9]{1,2}\.?[ºª°]\.?(?: (?:[A-Z]|Esq|Dto|Drt|Fte|Frt|Dcha|Izda|Izq)\b\.?)?|\.? (?:[IVX]{1,4}|fszt|[0-9]{1,2})\.? ?(?:/|em\. ?)[0-9]{1,3}\b\.?)";

pub(super) const GERMANIC: &str = "(?i:straße|strasse|str\\.|weg|platz|allee|gasse|ring|damm|ufer|steig|stieg|graben|chaussee|promenade|markt|berg|hof|straat|laan|plein|gracht|kade|dijk|pad|baan|steeg|singel|dreef|gaarde|kamp|boulevard|weide|vägen|gatan|gata|gränd|torget|stigen|backen|veien|vegen|vei|gate|vej|vejen|gade|stræde|allé|katu|tie|kuja|polku|bulevardi)";
pub(super) const ROMANCE: &str = r"(?:C\.|Via|Viale|Piazza|Piazzale|Corso|Vicolo|Largo|Strada|Stretto|Borgo|Contrada|Rotonda|Canale|Incrocio|Lungomare|Salita|Calle|C/|Avenida|Avda\.?|Av\.?|Plaza|Paseo|Ronda|Rambla|Pasadizo|Camino|Carrer|Cañada|Cuesta|Glorieta|Callejón|Pasaje|Urbanización|Acceso|Alameda|Vial|Vía|Travesía|Rua|R\.|Travessa|Praça|Beco|Quinta|Rampa|Ladeira|Estrada|Urbanização|Bairro)";
pub(super) const ROMANIAN: &str = r"(?:Strada|Str\.|Bulevardul|Bdul\.?|Bd\.|B-dul|Aleea|Calea|Șoseaua|Soseaua|Șos\.|Splaiul|Intrarea|Drumul|Piața|Piata)";
pub(super) const SLAVIC: &str = r"(?:ulica|ul\.|Ulica|Ul\.|aleja|al\.|Aleja|plac|pl\.|Plac|os\.|osiedle|náměstí|Náměstí|nám\.|námestie|ulice|třída|tř\.|nábřeží|trg|Trg|cesta|Cesta|ул\.|бул\.|пл\.|ж\.к\.|улица|булевард|просп\.|вул\.|вулиця|пр-т|пер\.|пров\.|пр\.|проспект|переулок|наб\.|шоссе|бульвар|οδός|Οδός|Λεωφ\.|Λεωφόρος)";
pub(super) const BEHIND: &str = r"(?:utca|út|útja|u\.|tér|tere|krt\.|körút|köz|sor|sétány|fasor|ulica|ulice|cesta|trg|put|naselje|šetalište|vijenac|ogranak|odvojak|prilaz|zvijezda|námestie|nábrežie|nabrežje|nábřeží|náměstí|trieda|třída|údolie|pot|steza|gatvė|g\.|pr\.|al\.|Caddesi|Cad\.|Sokak|Sokağı|Sok\.|Sk\.|Bulvarı|iela|bulvāris|prospekts|tänav|tn|mnt|pst|puiestee|maantee)";
pub(super) const FRENCH: &str = r"(?:rue|avenue|boulevard|chemin|place|allée|impasse|quai|route|cours|square|passage|Rue|Avenue|Boulevard|Chemin|Place|Allée|Impasse|Quai|Route|Cours)";
pub(super) const ENGLISH: &str = r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|square|sq|terrace|close|crescent|cres|boulevard|blvd|parkway|pkwy|highway|hwy|grove|gardens?|mews|way|place|hill|row|rise|freeway|expressway|turnpike|causeway|alley)";

/// Those that days are remembered by: `ul. 3 Maja 5`, `Via 25 Aprile 12`, `Rua 5 de Outubro 7`.
const DATED: &str = r"(?:Via|Viale|Piazza|Corso|Largo|Calle|Avenida|Avda\.|Av\.|Plaza|Rua|Praça|Strada|Str\.|ulica|ul\.|al\.|aleja|plac|pl\.|ул\.|улица)";

const DOOR: &str = r"(?:Flat|Studio|Apt\.?|Unit|Suite) [0-9]{1,4}[A-Za-z]?";

fn streets() -> String {
    let (extra, name) = (extra(), name());
    let forms = [
        format!(
            r"(?:(?:van der|van de|van den|von der|am|an der) )?(?:{CAPITAL}\.? (?:(?:{SMALL}) )?){{0,4}}?(?:UPPER[LETTERS.'’\-]*?|{CAPITAL} ){GERMANIC} {NUMBER}{extra}"
        ),
        format!(r"{ROMANCE} ?(?:(?:{SMALL}) )?{name},? (?:{NUMBER}|[Ss]/[Nn]){extra}"),
        format!(r"{ROMANIAN} {name}(?:,? (?:[Nn]r\.? ?)?{NUMBER})?{extra}"),
        format!(r"{SLAVIC} ?{name},? (?:(?:д\.|дом|буд\.) ?)?{NUMBER}{extra}"),
        format!(r"{DATED} [0-9]{{1,2}} (?:de |di )?UPPER[LETTERS]{{2,}},? {NUMBER}{extra}"),
        format!(r"{name} {BEHIND} (?:No ?[:.]? ?)?{NUMBER}{extra}"),
        format!(r"(?:{NUMBER}(?: bis| ter)?,? )?{FRENCH} (?:(?:{SMALL}) )?(?:[ld]['’])?{name}(?: {NUMBER})?{extra}"),
        format!(r"(?:{DOOR},? )?{NUMBER} (?:{CAPITAL}\.? ){{1,4}}?{ENGLISH}\b{extra}"),
    ];
    lettered(&forms.join("|"))
}

fn numbered() -> String {
    lettered(&format!(
        r"(?:PSC|CMR|Unit) [0-9]{{3,5}},? Box [0-9]{{1,5}}|(?:{DOOR}(?:,? |,?\n)?)?(?:[0-9]{{1,3}}/)?{NUMBER} {CAPITAL}(?:(?: {CAPITAL}){{0,3}}?(?:{EXTRA_ONE})+|(?: {CAPITAL}){{0,3}})|{DOOR}(?:,? |,?\n){CAPITAL}(?: {CAPITAL}){{0,3}}|US[SNVC]{{1,2}} {CAPITAL}"
    ))
}

fn named() -> String {
    let (extra, name) = (extra(), name());
    lettered(&format!(
        r"(?:(?i:unter den|am|an der|im|in der|auf dem|zum|zur|alte|alter|neue|neuer) )?{name} {NUMBER}{extra}"
    ))
}

fn place() -> String {
    let town = format!(
        r"(?:St\. |Sv\. )?{CAPITAL}(?: (?:(?:{SMALL}|{SMALL_OF_PLACES}) )?{CAPITAL}){{0,4}}(?: (?:nad|pod|v|na|ob) {CAPITAL}(?: \p{{Ll}}+)?)?"
    );
    let code = r"(?:[A-Z]{1,3}[- ]|ΤΚ |T\.?K\.? )?(?:[0-9]{4} ?[A-Z]{2}\b|[0-9]{3} [0-9]{2}\b|[0-9]{2}-[0-9]{3}\b|[0-9]{4}-[0-9]{3}\b|[0-9]{5}-[0-9]{3}\b|[0-9]{4,8}\b)";
    let gap = r"(?:\.? ?,{1,2} |\.? ?,{0,2} ?\n| )";
    let british = r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\b";
    lettered(&format!(
        r"^{gap}(?:(?:APO|FPO|DPO) A[AEP] [0-9]{{5}}|[0-9]{{3}} [0-9]{{2}} {town} [0-9]{{1,2}}\b|{code}{gap}{town}(?: \([A-Z]{{2,3}}\)| / [A-Z]{{2}}\b|/{CAPITAL})?|(?:{CAPITAL}(?: {CAPITAL}){{0,3}}{gap}){{0,3}}{british}|{town},? (?:- )?(?:[A-Z]{{2,3}},? )?(?:[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|[0-9]{{5}}-[0-9]{{3}}|(?:LV-|LT-)?[0-9]{{4,6}}(?:-[0-9]{{4}})?)\b(?: ?[A-Z]{{2}}\b)?|(?:{town},? )?[A-Z][0-9][0-9W] ?[0-9A-Z]{{4}}\b(?:,? {town})?)"
    ))
}

fn extra() -> String {
    format!("(?:{EXTRA_ONE})*")
}

fn name() -> String {
    format!(r"{CAPITAL}\.?(?: (?:(?:{SMALL}) )?{CAPITAL}\.?){{0,4}}")
}

/// Names the letters. Capitals are those of Latin, Greek and Cyrillic. Of other scripts, whose words may touch a name
/// without a space, whole blocks are enough: each of their letters by itself would compile four times as long.
fn lettered(pattern: &str) -> String {
    const OURS: &str = r"[\p{Latin}\p{Greek}\p{Cyrillic}]";
    /// Hebrew, Arabic, the scripts of India and Thai, Georgian; kana, Han, Hangul.
    const OTHERS: &str = r"\u{5d0}-\u{5ea}\u{620}-\u{6d3}\u{904}-\u{e4e}\u{10a0}-\u{10ff}\u{3041}-\u{30ff}\u{3400}-\u{9fff}\u{ac00}-\u{d7a3}";
    let upper = format!(r"[\p{{Lu}}&&{OURS}]");
    let letters = format!(r"[\p{{L}}&&{OURS}]\u{{300}}-\u{{36f}}{OTHERS}");
    pattern.replace("UPPER", &upper).replace("LETTERS", &letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_compile() {
        let all = [&STREETS, &PLACE].into_iter().chain(&VAGUE);
        assert!(all.map(Rare::get).all(|pattern| pattern.is_some()));
    }
}
