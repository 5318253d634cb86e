//! How much of a text is held back: the piece, the run of words or the phrase at its end that may still go on.

use super::{owner, phrase, row, unspaced};
use crate::patterns::{TOKEN_BYTES_MAX, after, before, is_stop};
use crate::personal::glues;
use crate::plan::Plan;
use crate::views::{self, is_invisible, is_undressed};

/// A piece without white space is held back up to this length.
const PIECE_BYTES_MAX: usize = TOKEN_BYTES_MAX;
/// A run of words is held back up to this length; no detector's run is longer.
pub(crate) const RUN_BYTES_MAX: usize = 160;
/// An address that tells of the name before it stands whole within so many bytes behind the name.
pub(crate) const ADDRESS_BYTES_MAX: usize = 64;
/// So long may one piece of it be under a disguise, which makes many bytes of one letter.
const DRESSED_PIECE_BYTES_MAX: usize = 16 * RUN_BYTES_MAX;

/// Where the last unfinished value could begin.
pub(super) fn hold_from(text: &str, plan: &Plan) -> usize {
    let (at, lettered) = held(text, WRITTEN_OUT_BYTES_MAX);
    // Lists of small numbers would otherwise never flow.
    let at = if lettered { at } else { held(text, 0).0 };
    owner::begin(text, at.min(named_value(text)).min(open_lines(text)).min(open_value(text, plan)))
}

/// Where the first value begins that may go on behind the end of a text, or be named there, as it is written or under a
/// disguise: a quoted name, a login, a recovery phrase, a credential, a number with its neighbour in a row or its verb.
/// The end of the text if there is none.
fn open_value(text: &str, plan: &Plan) -> usize {
    let begun = |tail: &str| {
        let written = [quotation_in(tail), login_in(tail), phrase::open_in(tail)];
        let credentials = [unspaced::credential_in(tail, plan), plan.named_behind(tail)];
        let numbers =
            [row::number_in(tail), row::signed_number_in(tail), row::called_number_in(tail), row::dated_in(tail)];
        let names = [plan.open_name(tail)];
        let values = [written.as_slice(), &credentials, &numbers, &names].concat();
        let at = owner::begin(tail, values.into_iter().flatten().min().unwrap_or(tail.len()));
        Some(at).filter(|at| *at < tail.len())
    };
    // The next letter may have come in part.
    let open = |tail: &str| begun(tail).into_iter().chain(shorter(tail).and_then(begun)).min();
    let undressed = |tail: &str| {
        let views = views::undressed(tail);
        views.iter().filter_map(|view| Some(view.origin(open(&view.text)?..view.text.len()).start)).min()
    };
    let tail = before(text, text.len(), DRESSED_VALUE_BYTES_MAX);
    // An entity without a semicolon is whole, and another one when more digits come.
    let at = [open(tail), undressed(tail), shorter(tail).and_then(undressed)].into_iter().flatten().min();
    at.map_or(text.len(), |at| text.len() - tail.len() + at)
}

/// The text without the escape that has begun at its end, if one has.
fn shorter(text: &str) -> Option<&str> {
    Some(views::without_begun_escape(text)).filter(|shorter| shorter.len() < text.len())
}

/// A disguise may make many bytes of one letter: as far back as a piece is held they are looked for.
const DRESSED_VALUE_BYTES_MAX: usize = PIECE_BYTES_MAX;

/// Where the quotation begins that the text ends with, or with an `@` and the beginning of a host behind it: it may be the
/// name in an address of mail.
fn quotation_in(text: &str) -> Option<usize> {
    let piece = text.rsplit(char::is_whitespace).next().unwrap_or_default();
    let (quotation, behind) = piece.rsplit_once('"')?;
    let is_closed = behind.is_empty() || behind.starts_with('@');
    let opening = quotation.rfind('"').filter(|at| is_closed && quotation.len() - at <= NAME_BYTES_MAX);
    let begins =
        opening.or_else(|| (!behind.starts_with('@') && behind.len() <= NAME_BYTES_MAX).then_some(quotation.len()));
    let at = begins.filter(|at| piece.len() - at <= QUOTED_BYTES_MAX)?;
    // With the name of what is quoted: `token="` is a value itself until the quotation ends.
    let is_named = piece.len() <= QUOTED_BYTES_MAX && piece.get(..at).is_some_and(|head| head.ends_with('='));
    Some(text.len() - if is_named { piece.len() } else { piece.len() - at })
}

/// A quoted name before an `@` has at most 64 bytes and its sign, and the host behind it 255 letters.
const NAME_BYTES_MAX: usize = 65;
const QUOTED_BYTES_MAX: usize = 1024;

/// Where a login begins whose password may go on, whatever script it is in, or whose host may: `https://user:王1`.
fn login_in(text: &str) -> Option<usize> {
    let piece = text.rsplit(ends_value).next().unwrap_or_default();
    let (head, login) = piece.rsplit_once("://").filter(|(_, login)| login.len() <= LOGIN_BYTES_MAX)?;
    let scheme = head.bytes().rev().take_while(u8::is_ascii_alphanumeric).count();
    let begins = text.len() - piece.len() + head.len() - scheme;
    (login.contains(':') && !login.contains('/')).then_some(begins)
}

/// A scheme, and 128 characters each of a name and a password, of up to four bytes.
const LOGIN_BYTES_MAX: usize = 34 + 2 * 128 * 4 + 2;

/// Where encoded text begins that may go on in the next line or string; the end of the text if there is none, or it is
/// longer than any value.
fn open_lines(text: &str) -> usize {
    let tail = before(text, text.len(), PIECE_BYTES_MAX);
    let at = views::open_lines(tail);
    // The chain began before the tail.
    let is_cut = tail.len() < text.len() && at < LINE_CUT_MAX;
    if is_cut { text.len() } else { text.len() - tail.len() + at }
}

/// So far behind the beginning of a cut text a chain may seem to begin: behind a gap and the rest of a line.
const LINE_CUT_MAX: usize = 64;

/// A named value in a script without spaces between words is held back up to this length.
const NAMED_BYTES_MAX: usize = 64;

/// Where the value begins that the text ends with, if its name and a sign stand before it: no script ends it then, as in
/// `password: x王1`. The end of the text if there is none.
fn named_value(text: &str) -> usize {
    let is_sign = |c: char| matches!(c, ':' | '=' | '：' | '＝');
    let tail = before(text, text.len(), NAMED_BYTES_MAX);
    let piece = tail.rsplit(ends_value).next().unwrap_or_default();
    let head = tail.strip_suffix(piece).unwrap_or_default();
    if head.trim_end_matches([' ', '\'', '"']).ends_with(is_sign) {
        return text.len() - piece.len();
    }
    piece.split_once(is_sign).map_or(text.len(), |(_, value)| text.len() - value.len())
}

pub(super) fn ends_value(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '`' | '<' | '>' | '{' | '}')
}

/// The same where so many bytes may be written out one by one, and whether one of them has a letter or all bits.
fn held(text: &str, written_out_max: usize) -> (usize, bool) {
    let mut lettered = false;
    let mut at = piece_start(text, text.len(), PIECE_BYTES_MAX);
    let last = text.get(at..).unwrap_or_default();
    let mut bracketed = begins_address(text, at);
    if bracketed {
        at -= 1;
    }
    let mut goes_on = bracketed || may_go_on(last);
    let mut left = if goes_on { RUN_BYTES_MAX.saturating_sub(length_undressed(last)) } else { 0 };
    let mut bytes_left = written_out_max;
    while goes_on && left > 0 {
        let head = text.get(..at).unwrap_or_default();
        let end = head.trim_end_matches(|c: char| c.is_whitespace() && c != '\t').len();
        let gap = head.get(end..).unwrap_or_default().chars().count();
        if gap > 2 || (gap == 0 && !bracketed) {
            break;
        }
        bracketed = false;
        let start = piece_start(text, end, DRESSED_PIECE_BYTES_MAX);
        let piece = text.get(start..end).unwrap_or_default();
        let is_byte = is_byte(piece);
        lettered |= is_byte && (piece.len() >= 8 || piece.bytes().any(|byte| byte.is_ascii_alphabetic()));
        if is_byte && bytes_left > piece.len() {
            bytes_left = bytes_left.saturating_sub(gap + piece.len());
        } else {
            left = left.saturating_sub(gap + length_undressed(piece));
        }
        goes_on = start < end && (is_byte || is_run_piece(piece));
        if goes_on || begins_run(piece) {
            at = start;
        }
    }
    (at, lettered)
}

/// Whether the piece from `at` on may become the mail address in brackets that tells that a name stands before it:
/// `Ana Costa <ana@`.
fn begins_address(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|head| head.ends_with('<'))
        && text.get(at..).is_some_and(|cell| cell.len() < ADDRESS_BYTES_MAX && !cell.contains([';', ',', '|']))
}

/// Start of the piece around a place.
pub(super) fn piece_at(text: &str, at: usize) -> usize {
    piece_start(text, at, PIECE_BYTES_MAX)
}

/// Start of the encoded text around a place, lines before it included; the place itself where there is none, or more than
/// is held back.
pub(super) fn encoded_at(text: &str, at: usize) -> usize {
    let start = views::around_encoded(text, at);
    if text.len() - start <= PIECE_BYTES_MAX { start } else { at }
}

/// Start of the piece that ends at `end`.
fn piece_start(text: &str, end: usize, bytes_max: usize) -> usize {
    let head = text.get(..end).unwrap_or_default();
    let mut start = end;
    for (at, c) in head.char_indices().rev() {
        let is_begun = is_stop(c) && text.len() - at <= BEGUN_BYTES;
        if (is_break(c) && !is_of_scheme(text, at, c) && !is_begun) || end - at > bytes_max {
            break;
        }
        start = at;
    }
    start
}

/// A value that words behind it name has so many letters at least, of up to four bytes: before it does, a stop within it
/// tells nothing.
const BEGUN_BYTES: usize = 6 * 4;

/// The longest name of a scheme of password hashes, with room.
const SCHEME_BYTES_MAX: usize = 16;

/// Whether a brace belongs to the name of a scheme before a hash, as far as it has come: `{SSHA}`.
fn is_of_scheme(text: &str, at: usize, brace: char) -> bool {
    let fits = |name: &str| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'-');
    match brace {
        '{' => {
            let tail = after(text, at + 1, SCHEME_BYTES_MAX);
            let ends = at + 1 + tail.len() == text.len();
            tail.split_once('}').map_or(ends && fits(tail), |(name, _)| fits(name))
        }
        '}' => before(text, at, SCHEME_BYTES_MAX).rsplit_once('{').is_some_and(|(_, name)| fits(name)),
        _ => false,
    }
}

/// No value holds one of these, dates of the east apart. Scripts without spaces between words would otherwise never flow.
pub(crate) fn is_break(c: char) -> bool {
    ends_value(c)
        || (c as u32 >= 0x370 && !glues(c) && !matches!(c, '年' | '月' | '日' | '년' | '월' | '일') && !is_undressed(c))
}

/// So long may a value be whose bytes are written out one by one: `67 68 70`.
const WRITTEN_OUT_BYTES_MAX: usize = 4 * 1024;

/// Whether a piece is a byte in hexadecimal or binary digits, or begins one.
fn is_byte(piece: &str) -> bool {
    let digits = piece.trim_end_matches(',');
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
        || (digits.len() <= 8 && digits.bytes().all(|byte| matches!(byte, b'0' | b'1')))
}

/// Whether an unfinished piece may turn out to belong to the run before it.
fn may_go_on(piece: &str) -> bool {
    let begins_run_word = |word: &str| {
        let word = word.to_lowercase();
        RUN_WORDS.iter().any(|run| run.starts_with(&word))
    };
    fits(piece, |word| is_run_word(word) || begins_run_word(word))
}

/// The same for a finished piece.
fn is_run_piece(piece: &str) -> bool {
    fits(piece, is_run_word)
}

/// How long a piece is without the disguise that it may be under.
pub(super) fn length_undressed(piece: &str) -> usize {
    let views = views::undressed(piece);
    views.iter().map(|view| view.text.len()).fold(piece.len(), usize::min)
}

/// Whether a run may begin within a piece, as it is or under a disguise: `iban=DE89`, `\u003dDE89`.
fn begins_run(piece: &str) -> bool {
    let begins = |piece: &str| [false, true].into_iter().any(|parts| is_run_piece(behind_last_sign(piece, parts)));
    begins(piece) || views::undressed(piece).iter().any(|view| begins(&view.text))
}

/// Where a run may begin within a piece: `DE89` of `iban=DE89`. What nobody sees parts as well, or not.
fn behind_last_sign(piece: &str, invisible_parts: bool) -> &str {
    let sign = |c: char| !c.is_alphanumeric() && (invisible_parts || !is_invisible(c));
    let word = piece.trim_end_matches(sign);
    let start = word
        .rfind(sign)
        .map_or(0, |at| at + word.get(at..).and_then(|tail| tail.chars().next()).map_or(1, char::len_utf8));
    piece.get(start..).unwrap_or_default()
}

/// Whether a piece fits, as it is or under a disguise: `v\u{200b}an`, `v&#97;n`.
fn fits(piece: &str, is_word: impl Fn(&str) -> bool) -> bool {
    is_word(piece) || views::undressed(piece).iter().any(|view| view.text.split_whitespace().all(&is_word))
}

/// Groups of small letters and digits, as of accounts, are shorter.
const CODE_BYTES_MAX: usize = 6;

/// Whether a finished piece may stand inside a name, a grouped number or an address.
pub(crate) fn is_run_word(piece: &str) -> bool {
    let Some(first) = piece.chars().next() else { return true };
    let is_code = || piece.len() <= CODE_BYTES_MAX && piece.bytes().any(|byte| byte.is_ascii_digit());
    if first.is_uppercase() || first.is_ascii_digit() || is_code() || (!first.is_alphabetic() && first.is_ascii()) {
        return true;
    }
    let word = piece.trim_end_matches([',', '.', ':', ';']).to_lowercase();
    let word = word.split(['\'', '’']).next().unwrap_or_default();
    RUN_WORDS.contains(&word) || piece.starts_with(['x', 'X']) && piece.chars().skip(1).all(|c| c.is_ascii_digit())
}

/// Small words inside names, streets and written dates.
#[rustfmt::skip] // One word a line would be most of this file.
const RUN_WORDS: &[&str] = &[
    "van", "der", "den", "de", "von", "zu", "zur", "zum", "am", "an", "im", "in", "auf", "dem", "het", "ter", "ten",
    "te", "la", "le", "les", "du", "des", "d", "l", "da", "do", "dos", "das", "di", "del", "della", "dello", "dei",
    "degli", "delle", "el", "los", "las", "y", "e", "i", "und", "et", "and", "of", "the", "ext", "bin", "al", "rue",
    "avenue", "boulevard", "chemin", "place", "allée", "allee", "impasse", "quai", "route", "cours", "via", "viale",
    "piazza", "corso", "calle", "plaza", "paseo", "avenida", "ul", "ulica", "aleja", "pl", "os", "street", "road",
    "straße", "bis", "bus", "piso", "piano", "january", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
    "agosto", "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre",
    "novembre", "décembre", "maja", "plac", "osiedle", "unter", "ob", "bei", "bd", "imp", "chem", "square", "passage",
    "utca", "ulice", "náměstí", "lok", "m", "apt", "gennaio", "febbraio", "aprile", "maggio", "giugno", "luglio",
    "settembre", "ottobre", "dicembre", "stycznia", "lutego", "marca", "kwietnia", "czerwca", "lipca", "sierpnia",
    "września", "października", "listopada", "grudnia", "januari", "februari", "maart", "mei", "juni", "juli",
    "augustus", "september", "october", "oktober", "november", "december", "february", "march", "april", "june", "july",
    "august", "janeiro", "fevereiro", "março", "maio", "junho", "julho", "setembro", "outubro", "novembro", "dezembro",
    "septiembre", "octubre", "noviembre", "diciembre", "st", "nd", "rd", "th", "jan", "feb", "mar", "apr", "jun", "jul",
    "aug", "sep", "sept", "oct", "okt", "nov", "dec", "dez", "gen", "febr", "mrt", "abr", "ago", "set", "ott", "out",
    "dic", "ene", "gada", "ianuarie", "februarie", "martie", "aprilie", "iunie", "iulie", "octombrie", "noiembrie",
    "septembrie", "decembrie", "ledna", "února", "března", "dubna", "května", "června", "července", "srpna", "října",
    "prosince", "januára", "februára", "apríla", "mája", "júna", "júla", "augusta", "septembra", "októbra", "novembra",
    "decembra", "januar", "februar", "február", "március", "április", "május", "június", "július", "augusztus",
    "szeptember", "október", "marts", "maj", "desember", "augusti", "tammikuuta", "helmikuuta", "maaliskuuta",
    "huhtikuuta", "toukokuuta", "kesäkuuta", "heinäkuuta", "elokuuta", "syyskuuta", "lokakuuta", "marraskuuta",
    "joulukuuta", "siječnja", "veljače", "ožujka", "travnja", "svibnja", "lipnja", "srpnja", "kolovoza", "rujna",
    "studenoga", "prosinca", "januarja", "februarja", "junija", "julija", "avgusta", "oktobra", "sausio", "vasario",
    "kovo", "balandžio", "gegužės", "birželio", "liepos", "rugpjūčio", "rugsėjo", "spalio", "lapkričio", "gruodžio",
    "janvāris", "janvārī", "februāris", "februārī", "martā", "aprīlis", "aprīlī", "maijs", "maijā", "jūnijs", "jūnijā",
    "jūlijs", "jūlijā", "augusts", "augustā", "septembris", "septembrī", "oktobris", "oktobrī", "novembris", "novembrī",
    "bulevardi", "katu", "tie", "kuja", "polku", "nám", "tř", "tv", "mf", "em", "fszt", "gate", "vei", "veg",
    "gata", "vej", "plass", "kralja", "bana",
    "kneza", "вул", "просп", "пр-т", "пер", "пров", "пр", "наб", "д", "дом", "буд", "корп", "стр", "оф", "г", "м",
    "улица", "вулиця", "проспект", "шоссе", "бульвар", "bulvāris", "prospekts", "gatvė", "tänav", "mnt", "tn", "pst",
    "listopad", "listopadu", "октября", "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа",
    "сентября", "ноября", "декабря", "січня", "лютого", "березня", "квітня", "травня", "червня", "липня", "серпня",
    "вересня", "жовтня", "листопада", "грудня", "decembris", "decembrī", "jaanuar", "veebruar", "märts", "aprill", "juuni", "juuli", "detsember", "януари",
    "февруари", "март", "април", "май", "юни", "юли", "август", "септември", "октомври", "ноември", "декември",
    "ιανουαρίου", "φεβρουαρίου", "μαρτίου", "απριλίου", "μαΐου", "μαίου", "ιουνίου", "ιουλίου", "αυγούστου",
    "σεπτεμβρίου", "οκτωβρίου", "νοεμβρίου", "δεκεμβρίου", "januaris", "februaris", "vii", "viii", "xii", "nad", "pod",
    "na", "af", "av", "ibn", "ben", "op", "u", "v", "pri", "při", "ve", "sur", "sous", "lès", "aux", "au", "ved", "på", "upon", "by", "on", "od",
    "cesta", "trg", "út", "tér", "krt", "köz", "bl", "ap", "sc", "nr", "str", "bul", "blvd", "cl", "c", "s", "strada",
    "soseaua", "aleea", "ул", "бул", "пл", "жк", "кв", "бл", "вх", "ет", "ап", "гр", "с", "οδός", "οδ", "τκ", "τ.κ",
    "iela", "g", "pr", "nam", "ofc", "apto", "depto", "edif", "interior", "esc", "pta", "dcha", "izda", "bajo", "ático",
    "s/n", "sn", "to", "a", "k", "τη", "των", "του", "της", "bos", "aan", "la-de", "cedex", "bp", "cs", "postbus",
    "postfach", "box", "po", "šetalište", "vijenac", "ogranak", "odvojak", "prilaz", "zvijezda", "námestie", "nábrežie",
    "nabrežje", "nábřeží", "třída", "trieda", "údolie", "pot", "steza", "put", "naselje", "sor", "sétány", "fasor",
    "körút", "gatve", "puiestee", "maantee", "булевард",
];
