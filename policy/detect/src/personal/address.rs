//! Postal addresses: a street in the form of its country with a house number, and the place behind it.

use super::{Data, Datum, pattern};
use crate::config::PlanError;
use crate::patterns::{char_after, char_before};
use regex::Regex;
use std::borrow::Cow;

/// Compiled patterns of this file.
pub(super) struct Addresses {
    streets: Vec<Regex>,
    tail: Regex,
}

/// One to four words of a name, capitals in front.
const NAME: &str = r"(?:(?:de la |de las |de los |del |dello |della |delle |dei |degli |de l'|de |du |des |la |le |les |l'|d'|da |do |dos |das |di |van de |van der |van den |van |von |der |den |am |an der |im |San |Santa )?\p{Lu}[\p{L}'’\-]*\.?)(?: (?:(?:de la |del |della |an der |am |im |ob der |unter |bei |de |du |des |la |le |les |d'|da |do |dos |di |van |von |der |y |e |i )?\p{Lu}[\p{L}'’.\-]*)){0,4}";
/// A house number.
const NUMBER: &str = r"[0-9]{1,5}(?:-?[a-zA-Z]\b| [a-zA-Z]\b)?(?:[-/][0-9]{1,4}[a-zA-Z]?)?";

const GERMANIC: &str = r"(?i:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|steig|stieg|graben|chaussee|promenade|markt|berg|hof|straat|laan|plein|gracht|kade|dijk|pad|baan|steeg|singel|dreef|gaarde|hof|kamp|boulevard|ring|weide|vägen|gatan|gata|gränd|veien|vegen|vei|gate|vej|vejen|gade|allé|katu|tie|kuja)";
const ROMANCE_BEHIND: &str = r"(?:Via|Viale|Piazza|Piazzale|Corso|Vicolo|Largo|Strada|Stretto|Borgo|Contrada|Rotonda|Canale|Incrocio|Lungomare|Salita|Calle|C/|Avenida|Avda\.?|Av\.|Plaza|Paseo|Ronda|Rambla|Pasadizo|Camino|Carrer|Cañada|Cuesta|Glorieta|Callejón|Pasaje|Urbanización|Acceso|Alameda|Vial|Vía|Travesía|Rua|Travessa|Praça|Alameda|Beco|Quinta|Rampa|Ladeira)";
const POLISH: &str = r"(?:ulica|ul\.|Ulica|Ul\.|aleja|al\.|Aleja|plac|pl\.|Plac|os\.|osiedle|náměstí|ulice|utca|Strada|Bulevardul|Calea)";
const FRENCH: &str = r"(?:rue|avenue|boulevard|chemin|place|allée|impasse|quai|route|cours|square|passage|Rue|Avenue|Boulevard|Chemin|Place|Allée|Impasse|Quai|Route|Cours)";
const ENGLISH: &str = r"(?i:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|way|place|pl|square|sq|terrace|close|crescent|cres|boulevard|blvd|parkway|pkwy|highway|hwy|grove|gardens?|hill|mews|row|walk|rise|view|views|park|green|plaza|loop|trail|motorway|freeway|expressway|turnpike|throughway|causeway|islands?|isle|meadows?|mill|mills|mountains?|neck|orchard|oval|overpass|pass|path|pike|pines?|plains?|points?|port|prairie|radial|ranch|rapids?|ridges?|river|roads|rue|run|shoals?|shores?|skyway|springs?|spurs?|squares|station|stravenue|stream|streets|summit|trace|track|trafficway|tunnel|underpass|unions?|valleys?|via|viaduct|village|ville|vista|walks|wall|well|wells|circles?|cliffs?|club|common|corners?|cove|creek|crest|crossing|crossroad|curve|dale|dam|divide|drives|estates?|extensions?|fall|falls|ferry|fields?|flats?|fords?|forest|forge|forges|forks?|fort|garden|gateway|glens?|greens|groves|harbors?|haven|heights|hills|hollow|inlet|junctions?|keys?|knolls?|lakes?|land|landing|light|lights|locks?|lodge|mall|manor|manors|alley|annex|arcade|bayou|beach|bend|bluffs?|bottom|branch|bridge|brooks?|burgs?|bypass|camp|canyon|cape|center|centers|courts|squares|parks)";

impl Addresses {
    pub(super) fn new() -> Result<Self, PlanError> {
        let extra = r"(?: (?:Apt\.?|Suite|Unit|Flat|Piano|Piso|Puerta|Esc\.|Appt|Bus|bus|Stiege|Top|Etage|lok\.|m\.|Apartamento|Appartamento|appartamento|Interno) ?[0-9A-Za-z]{1,5})*";
        let forms = [
            format!(
                r"(?:van der |van de |van den |von der |am |an der )?\p{{Lu}}[\p{{L}}.'’\-]*(?:[ \-]\p{{Lu}}?[\p{{L}}.'’\-]*){{0,4}}?{GERMANIC} {NUMBER}{extra}"
            ),
            format!(r"(?i:unter den|am|an der|im|auf dem|zum|zur|alte|alter|neue|neuer) \p{{Lu}}[\p{{L}}\-]+ {NUMBER}"),
            format!(r"{ROMANCE_BEHIND} ?{NAME},? {NUMBER}{extra}"),
            format!(r"{POLISH} {NAME} {NUMBER}{extra}"),
            format!(r"(?:{NUMBER}(?: bis| ter)?,? )?{FRENCH} {NAME}"),
            format!(
                r"(?:Flat|Studio|Apt\.?|Unit|Suite) [0-9]{{1,4}}[A-Za-z]?, (?:\p{{Lu}}[\p{{L}}'’\-]* ){{1,4}}?{ENGLISH}\b"
            ),
            format!(
                r"(?:(?:Flat|Studio|Apt\.?|Unit|Suite) [0-9]{{1,4}}[A-Za-z]?,? )?{NUMBER} (?:\p{{Lu}}[\p{{L}}'’.\-]* ){{1,4}}?{ENGLISH}\b{extra}"
            ),
        ];
        let tail = format!(
            r"^(?:(?: ?,? |\n|, ?\n)(?:(?:[A-Z]{{1,2}}[- ])?[0-9]{{2}}[0-9\- ]?[0-9]{{2,3}}(?: ?[A-Z]{{2}})?,? {NAME}(?: \([A-Z]{{2}}\))?|{NAME},? (?:[A-Z]{{2}} [0-9]{{5}}(?:-[0-9]{{4}})?|[A-Z]{{1,2}}[0-9][0-9A-Z]? ?[0-9][A-Z]{{2}}|[0-9]{{4,5}}(?: ?[A-Z]{{2}})?)|[A-Z]{{1,2}}[0-9][0-9A-Z]? ?[0-9][A-Z]{{2}}))"
        );
        let mut streets = Vec::with_capacity(forms.len());
        for form in &forms {
            streets.push(pattern("pii.address", form)?);
        }
        Ok(Self { streets, tail: pattern("pii.address", &tail)? })
    }

    pub(super) fn scan(&self, text: &str, data: &mut Data) {
        for street in &self.streets {
            for found in street.find_iter(text) {
                if char_before(text, found.start()).is_some_and(char::is_alphanumeric)
                    || char_after(text, found.end()).is_some_and(char::is_alphanumeric)
                {
                    continue;
                }
                let tail = text.get(found.end()..).and_then(|rest| self.tail.find(rest)).map_or(0, |tail| tail.end());
                // Without number and place it is only the name of a street.
                if tail == 0 && !found.as_str().bytes().any(|byte| byte.is_ascii_digit()) {
                    continue;
                }
                let whole = text.get(found.start()..found.end() + tail).unwrap_or_default();
                let span = found.start()..found.start() + whole.trim_end_matches(['.', ',', '-', '\'']).len();
                let free = char_after(text, span.end).is_none_or(|c| !c.is_alphanumeric());
                if free && !data.taken(&span) {
                    data.push(Datum {
                        span,
                        type_: "ADDRESS",
                        rule: Cow::Borrowed("pii.address"),
                        score: if tail > 0 { 0.9 } else { 0.75 },
                    });
                }
            }
        }
    }
}
