//! Source code of any of the common languages: lines that look like statements, several in a row.
//!
//! One statement is no source code: people quote them in questions. Data (JSON, CSV, logs), markup and settings are none either.

use std::ops::Range;

/// Statements that make a piece of code.
const STATEMENTS_MIN: usize = 3;
/// Other lines in a row that end a piece of code.
const GAP_LINES_MAX: usize = 3;
/// Pieces of code that are reported of one text.
const PIECES_MAX: usize = 16;

/// The pieces of source code in a text.
pub(crate) fn find(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut piece = Piece::default();
    let mut at = 0;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..length).unwrap_or_default().trim_end();
        let span = at..at + line.len();
        at += length;
        match kind(line.trim_start()) {
            Line::Statement => piece.statement(span),
            Line::Filler => piece.filler(span),
            Line::Empty => {}
            Line::Other => {
                piece.others += 1;
                if piece.others >= GAP_LINES_MAX || piece.is_thin() {
                    pieces.extend(std::mem::take(&mut piece).finished());
                }
            }
        }
        if pieces.len() >= PIECES_MAX {
            return pieces;
        }
    }
    pieces.extend(piece.finished());
    pieces
}

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Statement,
    /// A bracket, a comment: code only among code.
    Filler,
    Empty,
    Other,
}

#[derive(Default)]
struct Piece {
    span: Option<Range<usize>>,
    statements: usize,
    /// Lines since the last one of code.
    others: usize,
    /// All lines that are no code.
    gaps: usize,
}

impl Piece {
    fn statement(&mut self, span: Range<usize>) {
        self.statements += 1;
        self.gaps += std::mem::take(&mut self.others);
        let start = self.span.as_ref().map_or(span.start, |known| known.start);
        self.span = Some(start..span.end);
    }

    fn filler(&mut self, span: Range<usize>) {
        if let Some(known) = &mut self.span {
            known.end = span.end;
        }
    }

    /// Whether prose has more of it than code.
    fn is_thin(&self) -> bool {
        self.gaps + self.others > self.statements
    }

    fn finished(self) -> Option<Range<usize>> {
        self.span.filter(|_| self.statements >= STATEMENTS_MIN && self.gaps * 2 <= self.statements)
    }
}

fn kind(line: &str) -> Line {
    let Some(first) = line.bytes().next() else { return Line::Empty };
    if !first.is_ascii_alphanumeric() {
        if is_filler(line) {
            return Line::Filler;
        }
        if b"\"'<-|".contains(&first) && !line.starts_with("<?php") {
            return Line::Other;
        }
    }
    let statement =
        is_declaration(line, first) || is_terminated(line) || is_block(line) || is_call(line) || is_query(line, first);
    if statement { Line::Statement } else { Line::Other }
}

/// Brackets alone, or a comment.
fn is_filler(line: &str) -> bool {
    line.bytes().all(|byte| b"{}()[];,".contains(&byte))
        || ["//", "/*", "*/", "* ", "# ", "--", "\"\"\"", "```"].iter().any(|mark| line.starts_with(mark))
}

/// Words that open a declaration, by their first letter, and what must stand in the line too.
fn declarations(first: u8) -> &'static [(&'static str, &'static str)] {
    match first {
        b'a' => &[("async def ", "(")],
        b'c' => &[("class ", ":"), ("class ", "{"), ("const ", "=")],
        b'd' => &[("def ", "(")],
        b'e' => &[("export ", "{"), ("export default ", ""), ("enum ", "{")],
        b'f' => &[("fn ", "("), ("fun ", "("), ("func ", "("), ("function ", "(")],
        b'i' => &[
            ("import ", ";"),
            ("import ", "'"),
            ("import ", "\""),
            ("import static ", "."),
            ("impl ", "{"),
            ("interface ", "{"),
        ],
        b'l' => &[("let mut ", "="), ("let ", "=")],
        b'n' => &[("namespace ", "")],
        b'p' => &[
            ("public ", "{"),
            ("public ", "("),
            ("public ", ";"),
            ("private ", "("),
            ("private ", ";"),
            ("protected ", "("),
            ("package ", ";"),
            ("pub fn ", "("),
            ("pub struct ", ""),
            ("pub(crate) ", ""),
        ],
        b's' => &[("static ", "("), ("static ", "="), ("struct ", "{")],
        b'u' => &[("using ", ";"), ("use ", "::")],
        b'v' => &[("var ", "="), ("val ", "=")],
        b'#' => &[("#include", "<"), ("#include", "\""), ("#define ", " ")],
        b'<' => &[("<?php", "")],
        _ => &[],
    }
}

fn is_declaration(line: &str, first: u8) -> bool {
    let opens = |(word, sign): &(&str, &str)| {
        line.strip_prefix(word).is_some_and(|rest| rest.contains(sign) && !reads_like_prose(rest))
    };
    declarations(first).iter().any(opens) || is_python_import(line) || is_decorator(line)
}

fn is_python_import(line: &str) -> bool {
    let names =
        |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"._, *()".contains(&b));
    let from = line.strip_prefix("from ").and_then(|rest| rest.split_once(" import "));
    from.is_some_and(|(module, rest)| names(module) && names(rest) && !module.contains(' '))
        || line.strip_prefix("import ").is_some_and(|rest| {
            let rest = rest.split(" as ").next().unwrap_or_default();
            names(rest) && !rest.trim().contains(' ')
        })
}

fn is_decorator(line: &str) -> bool {
    let Some(rest) = line.strip_prefix('@') else { return false };
    let name: usize = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'.').count();
    let behind = rest.get(name..).unwrap_or_default();
    name > 0 && (behind.is_empty() || behind.starts_with('('))
}

/// A statement that ends with its sign and has the others of one.
fn is_terminated(line: &str) -> bool {
    let Some(body) = line.strip_suffix(';') else { return false };
    let assigns = body.contains('=') || body.contains("->") || body.contains("::");
    let first = body.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let jumps = matches!(first, "return" | "break" | "continue" | "throw" | "delete" | "goto" | "yield" | "await");
    (assigns || jumps || body.ends_with(')') || body.ends_with('}')) && !reads_like_prose(body)
}

/// The head of a block: `if (a > b) {`, `for x in range(3):`, `} else {`.
fn is_block(line: &str) -> bool {
    if let Some(head) = line.strip_suffix('{') {
        let head = head.trim_end();
        return head.ends_with([')', '>'])
            || head.ends_with("else")
            || head.ends_with("try")
            || head.ends_with("do")
            || head.ends_with("=>")
            || head.ends_with('=') && !reads_like_prose(head);
    }
    let Some(head) = line.strip_suffix(':') else { return false };
    let word = head.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    match word {
        "else" | "try" | "finally" => head == word,
        "if" | "elif" | "for" | "while" | "with" | "except" | "match" | "case" | "class" => {
            head.contains(['(', '[', '_', '=', '<', '>', '.', '"']) && !reads_like_prose(head)
        }
        _ => false,
    }
}

/// An assignment or a call without end mark, as in Python, Ruby, Go, Kotlin, shell.
fn is_call(line: &str) -> bool {
    (is_assignment(line) || is_return(line) || is_bare_call(line)) && !reads_like_prose(line)
}

fn is_assignment(line: &str) -> bool {
    // No name holds one of these, so only the first can belong to the sign of an assignment.
    let Some(sign) = memchr::memchr2(b'=', b'<', line.as_bytes()) else { return false };
    let signs = [" = ", " := ", " += ", " -= ", " => ", " <- "];
    let parted = signs.iter().find_map(|written| {
        let start = sign.checked_sub(written.find(['=', '<'])?)?;
        Some((line.get(..start)?, line.get(start..)?.strip_prefix(written)?))
    });
    parted.is_some_and(|(left, right)| {
        let computes = right.contains(['(', '[', '{', '.', '+', '*']) || right.starts_with(['"', '\'']);
        is_target(left) && computes
    })
}

/// One to three words that a value is given to, with types and marks as they have.
fn is_target(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.$[]\"', *&:>-".contains(&b))
        && text.split_whitespace().count() <= 3
}

fn is_return(line: &str) -> bool {
    line.strip_prefix("return ")
        .is_some_and(|rest| rest.contains(['(', '[', '.', '_', '{', '+', '*']) && rest.split_whitespace().count() < 12)
}

fn is_bare_call(line: &str) -> bool {
    // The name ends at the bracket; a space before it makes words.
    let Some(end) = memchr::memchr2(b'(', b' ', line.as_bytes()) else { return false };
    let (head, rest) = (line.get(..end).unwrap_or_default(), line.get(end..).unwrap_or_default());
    let closes = |arguments: &str| [")", "(", "),"].iter().any(|sign| arguments.ends_with(sign));
    rest.strip_prefix('(').is_some_and(closes) && is_target(head)
}

/// Words that open a line of SQL, by their first letter, and of which one must stand in the line too.
fn queries(first: u8) -> &'static [(&'static str, &'static [&'static str])] {
    match first {
        b'a' => &[("alter table ", &[""])],
        b'c' => &[("create ", &["table ", "index ", "view ", "function ", "procedure "])],
        b'd' => &[("delete from ", &[""])],
        b'f' => &[("from ", &[" join ", " where "])],
        b'g' => &[("group by ", &[""])],
        b'i' => &[("insert into ", &["(", "values", "select"]), ("inner join ", &[" on "])],
        b'j' => &[("join ", &[" on "])],
        b'l' => &[("left join ", &[" on "])],
        b's' => &[("select ", &[" from ", ",", "*", "("])],
        b'u' => &[("update ", &[" set "])],
        b'w' => &[("where ", &["=", " in ", "<", ">", " like ", " is "])],
        _ => &[],
    }
}

/// A line of SQL.
fn is_query(line: &str, first: u8) -> bool {
    let starts = |word: &str| line.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
    let queries = queries(first.to_ascii_lowercase());
    let Some((_, others)) = queries.iter().find(|(word, _)| starts(word)) else { return false };
    // In other case than capitals these are words of prose.
    let shouts = line.bytes().take_while(|byte| *byte != b' ').all(|byte| byte.is_ascii_uppercase());
    let lower = line.to_ascii_lowercase();
    others.iter().any(|other| lower.contains(other))
        && (shouts || lower.ends_with([';', ',', '(']))
        && !reads_like_prose(line)
}

/// Whether most of it is words with spaces between: a sentence that happens to end like a statement.
fn reads_like_prose(line: &str) -> bool {
    let words = line.split_whitespace();
    let (mut plain, mut all) = (0_usize, 0_usize);
    for word in words {
        all += 1;
        let word = word.trim_end_matches([',', '.', ';', ':', '?', '!']);
        let letters = word.bytes().all(|byte| byte.is_ascii_alphabetic()) || word.chars().all(char::is_alphabetic);
        plain += usize::from(letters);
    }
    all >= 6 && plain * 4 >= all * 3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> Vec<&str> {
        find(text).into_iter().filter_map(|span| text.get(span)).collect()
    }

    #[test]
    fn finds_code_of_many_languages() {
        for code in [
            "def total(items):\n    result = 0\n    for item in items.values():\n        result += item.price * item.count\n    return result",
            "public class Invoice {\n    private final long id;\n    public long total() {\n        return lines.stream().mapToLong(Line::sum).sum();\n    }\n}",
            "fn main() {\n    let mut sum = 0;\n    for i in 0..10 {\n        sum += i;\n    }\n    println!(\"{sum}\");\n}",
            "const app = express();\napp.get('/users', async (req, res) => {\n  const rows = await db.query(sql);\n  res.json(rows);\n});",
            "package main;\nimport \"fmt\"\nfunc main() {\n\tx := compute(3)\n\tfmt.Println(x)\n}",
            "#include <stdio.h>\nint main(void) {\n  int n = read();\n  printf(\"%d\", n);\n  return 0;\n}",
            "SELECT c.name, SUM(o.total)\nFROM customers c JOIN orders o ON o.customer = c.id\nWHERE o.paid = 1\nGROUP BY c.name;",
            "<?php\n$rows = $db->query($sql);\nforeach ($rows as $row) {\n    echo $row['name'];\n}",
            "using System;\nnamespace Shop {\n    var total = orders.Sum(o => o.Price);\n    Console.WriteLine(total);\n}",
            "ui <- source(\"ui.R\", local = TRUE)$value\np <- profile(run(app))\nsaveRDS(p, file = \"out.rds\")",
        ] {
            assert_eq!(pieces(code).len(), 1, "{code}");
            let text = format!("Why does this fail in production?\n\n{code}\n\nThanks for any hint about it.");
            assert_eq!(pieces(&text).len(), 1, "{text}");
            assert!(!pieces(&text)[0].contains("hint"), "{text}");
        }
    }

    #[test]
    fn prose_data_logs_and_single_statements_are_none() {
        for text in [
            "Dear team,\nplease find the minutes below;\nwe meet again on Monday (in room 3).\nKind regards",
            "{\n  \"name\": \"x\",\n  \"list\": [1, 2],\n  \"more\": {\n    \"a\": true\n  }\n}",
            "name: web\nimage: nginx\nports:\n  - 80:80\nreplicas: 3",
            "2026-01-02 10:00:01 INFO server: started (pid=3)\n2026-01-02 10:00:02 WARN disk: slow\n2026-01-02 10:00:03 INFO x: y",
            "What does `print(x)` do?\nIt prints x.",
            "select a topic, then write.\nfrom the list below\nwhere possible, be brief\nupdate the plan",
            "import taxes are due from May.\nexport rules changed.\nif in doubt:\nreturn the form to us.",
            "Agenda:\n1. Budget (10 min)\n2. Hiring (20 min)\n3. Any other business",
            "id;name;total\n1;a;3\n2;b;4\n3;c;5",
        ] {
            assert_eq!(pieces(text), Vec::<&str>::new(), "{text}");
        }
    }
}
