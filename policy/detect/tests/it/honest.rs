//! Long texts that people really send: none is to be given up. Shared with `examples/worst`, which measures how long each
//! takes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words.get(self.roll(words.len())).copied().unwrap_or_default()
    }

    fn signs(&mut self, alphabet: &str, length: usize) -> String {
        let signs: Vec<char> = alphabet.chars().collect();
        (0..length).filter_map(|_| signs.get(self.roll(signs.len()))).collect()
    }

    fn words(&mut self, count: usize) -> String {
        (0..count).map(|_| self.of(&WORDS)).collect::<Vec<_>>().join(" ")
    }
}

const HEX: &str = "0123456789abcdef";
const MIXED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const KEYBOARD: &str = "ABCDEFGHKLMNPQRSTUVWXYZabcdefghkmnpqrstuvwxyz23456789!#%*-_.";
const WORDS: [&str; 40] = [
    "the",
    "order",
    "was",
    "sent",
    "to",
    "your",
    "address",
    "and",
    "we",
    "will",
    "answer",
    "within",
    "two",
    "days",
    "please",
    "read",
    "report",
    "of",
    "meeting",
    "invoice",
    "before",
    "account",
    "is",
    "closed",
    "for",
    "customer",
    "service",
    "a",
    "new",
    "version",
    "library",
    "may",
    "change",
    "how",
    "requests",
    "are",
    "handled",
    "in",
    "production",
    "soon",
];
const FIRST: [&str; 8] = ["Anna", "Jonas", "Marie", "Luca", "Sofia", "Peter", "Emma", "David"];
const LAST: [&str; 8] = ["Keller", "Moreau", "Bianchi", "Novak", "Smith", "Garcia", "Jansen", "Brown"];

/// Kinds of files, each with how to write its next piece.
type Kind = (&'static str, fn(&mut Dice, usize) -> String);

const KINDS: [Kind; 17] = [
    ("prose", |dice, _| format!("{}. ", dice.words(12))),
    ("source code", source),
    ("lock file of npm", lock_npm),
    ("lock file of cargo", |dice, n| {
        let sum = dice.signs(HEX, 64);
        format!(
            "[[package]]\nname = \"{}-{n}\"\nversion = \"1.{}.0\"\nsource = \"registry\"\nchecksum = \"{sum}\"\n\n",
            dice.of(&WORDS),
            n % 40
        )
    }),
    (".env", |dice, n| {
        let name =
            dice.of(&["DB_PASSWORD", "API_KEY", "JWT_SECRET", "SMTP_PASSWORD", "PORT", "LOG_LEVEL", "GITHUB_TOKEN"]);
        format!("{name}_{n}={}\n", dice.signs(MIXED, 24))
    }),
    ("lines of passwords", |dice, _| {
        let sign = dice.of(&["", "!", "#", "-", "_", ".", "*"]);
        format!("password: {}{sign}{}\n", dice.signs(MIXED, 9), dice.signs(MIXED, 3))
    }),
    ("passwords as CSV", |dice, n| {
        let word = dice.of(&WORDS);
        format!("{word}{n},https://www.{word}{n}.com/login,user{n}@mail.com,{}!\n", dice.signs(KEYBOARD, 13))
    }),
    ("passwords as JSON", |dice, n| {
        format!(
            "  {{\"name\": \"site{n}\", \"username\": \"user{n}\", \"password\": \"{}\"}},\n",
            dice.signs(KEYBOARD, 14)
        )
    }),
    ("customers as CSV", customers),
    ("numbers as CSV", |dice, n| {
        format!("{n},{}.{:02},{},{}\n", dice.roll(90_000), dice.roll(100), dice.roll(9999), dice.roll(7))
    }),
    ("log of a server", log),
    ("log as JSON", |dice, n| {
        let id = dice.signs(HEX, 32);
        format!(
            "{{\"time\":\"2026-03-1{}T10:{:02}:07Z\",\"level\":\"info\",\"trace_id\":\"{id}\",\"msg\":\"{}\",\"token\":\"[redacted]\"}}\n",
            n % 10,
            n % 60,
            dice.words(6)
        )
    }),
    ("minified code", minified),
    ("JSON with images", |dice, n| {
        let bytes: Vec<u8> = (0..3000).map(|_| u8::try_from(dice.roll(256)).unwrap_or_default()).collect();
        format!(
            "{{\"id\":{n},\"name\":\"{}\",\"image\":\"data:image/png;base64,iVBORw0KGgo{}\"}},\n",
            dice.words(2),
            STANDARD.encode(bytes)
        )
    }),
    ("mail", mail),
    ("web page", |dice, n| {
        format!(
            "<div class=\"row r{n}\"><a href=\"https://example.org/{}/{n}?ref=a%20b&amp;x=1\">{}</a><p>{}.</p></div>\n",
            dice.of(&WORDS),
            dice.words(3),
            dice.words(14)
        )
    }),
    ("letters in German", |dice, n| {
        let (first, last) = (dice.of(&FIRST), dice.of(&LAST));
        format!(
            "Sehr geehrte Frau {first} {last}, für die Prüfung Ihres Vertrags Nr. {n} benötigen wir noch einige Unterlagen. Schöne Grüße aus München\n"
        )
    }),
];

/// A text of each kind, of so many bytes and a little more.
pub(crate) fn texts(bytes: usize) -> impl Iterator<Item = (&'static str, String)> {
    KINDS.iter().map(move |(name, write)| {
        let mut dice = Dice(bytes as u64);
        let mut text = String::with_capacity(bytes + 8192);
        for number in 0.. {
            if text.len() >= bytes {
                break;
            }
            text.push_str(&write(&mut dice, number));
        }
        (*name, text)
    })
}

fn source(dice: &mut Dice, n: usize) -> String {
    let (a, b) = (dice.of(&WORDS), dice.of(&WORDS));
    let name = format!("{a}_{b}_{n}");
    match dice.roll(4) {
        0 => format!(
            "/// {}.\npub fn {name}(token: &str, key: &Key) -> Result<Secret, Error> {{\n    let password = config.get(\"{name}\")?;\n    Ok(Secret::new(password, key.id(), token))\n}}\n\n",
            dice.words(9)
        ),
        1 => format!(
            "    if {a}.password != {b}.password || token == None:\n        raise ValueError(\"{}\")\n",
            dice.words(6)
        ),
        2 => format!(
            "const {a}{n} = await client.auth.login({{ user: {b}, secret: process.env.SECRET_{n} }}); // {}\n",
            dice.words(5)
        ),
        _ => format!("#[test]\nfn {name}() {{\n    assert_eq!(parse(\"{}\"), Some({n}));\n}}\n", dice.words(3)),
    }
}

fn lock_npm(dice: &mut Dice, n: usize) -> String {
    let sum = STANDARD.encode((0..64).map(|_| u8::try_from(dice.roll(256)).unwrap_or_default()).collect::<Vec<u8>>());
    let name = format!("{}-{n}", dice.of(&WORDS));
    format!(
        "    \"node_modules/{name}\": {{\n      \"version\": \"{}.2.1\",\n      \"resolved\": \"https://registry.example.org/{name}/-/{name}.tgz\",\n      \"integrity\": \"sha512-{sum}\",\n      \"dev\": true\n    }},\n",
        n % 20
    )
}

fn customers(dice: &mut Dice, n: usize) -> String {
    let (first, last) = (dice.of(&FIRST), dice.of(&LAST));
    let (day, number) = (dice.roll(28) + 1, dice.roll(9_000_000) + 1_000_000);
    format!(
        "{n},{first},{last},{first}.{last}{n}@mail.com,+49 30 {number},{day:02}.04.19{:02},12 High Street\n",
        n % 60 + 30
    )
}

fn log(dice: &mut Dice, n: usize) -> String {
    let (a, b, id) = (dice.roll(256), dice.roll(256), dice.signs(HEX, 16));
    format!(
        "10.0.{a}.{b} - - [12/Mar/2026:10:{:02}:{:02} +0000] \"GET /api/v1/{}/{n}?session={id} HTTP/1.1\" 200 {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"\n",
        n / 60 % 60,
        n % 60,
        dice.of(&WORDS),
        dice.roll(90_000)
    )
}

fn minified(dice: &mut Dice, n: usize) -> String {
    let (a, b) = (dice.signs("abcdefghijklmnopqrstuvwxyz", 2), dice.signs("abcdefghijklmnopqrstuvwxyz", 1));
    match dice.roll(3) {
        0 => format!(
            "function {a}{n}(t,n,o){{if(!t.token)return {b}(n);return e({{key:n,secret:o,password:t.password}})}};"
        ),
        1 => format!("var {b}={{url:\"/api/{a}\",headers:{{Authorization:\"Bearer \"+{b}.token}},v:[1,2,.5,!0,!1]}};"),
        _ => format!("{a}.exports={b}=>{b}.map((t=>t.a*{n}+t.b)).filter(Boolean),"),
    }
}

fn mail(dice: &mut Dice, n: usize) -> String {
    let (first, last) = (dice.of(&FIRST), dice.of(&LAST));
    let body: Vec<String> = (0..6).map(|_| format!("{}.", dice.words(12))).collect();
    let head = format!(
        "From: {first} {last} <{first}.{last}@mail.com>\nTo: support@example.org\nDate: Thu, 12 Mar 2026 10:07:{:02} +0100\nMessage-ID: <{}@mail.com>\nSubject: {}\n",
        n % 60,
        dice.signs(HEX, 24),
        dice.words(4)
    );
    if n.is_multiple_of(20) {
        let part =
            STANDARD.encode((0..1500).map(|_| u8::try_from(dice.roll(256)).unwrap_or_default()).collect::<Vec<u8>>());
        let lines: Vec<&str> = part.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        return format!("{head}Content-Transfer-Encoding: base64\n\n{}\n\n", lines.join("\n"));
    }
    format!(
        "{head}\n{}\n\n> {}\n> {}\n\n-- \n{first} {last}\nTel. +49 30 1234{n:04}\n\n",
        body.join("\n"),
        dice.words(10),
        dice.words(8)
    )
}
