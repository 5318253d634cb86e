//! Texts that nobody thought of: pieces of all sorts, drawn at random and put together in one of several manners.
//!
//! Beside pieces that some detector stops at, the words that signals of attacks and rules of credentials go by: whoever knows
//! them can write a text that makes the automata of their patterns grow.

use super::clock;
use gnomon_detect::Plan;
use gnomon_types::conversation::Role;
use std::error::Error;
use std::io::Write;

/// Between two bars.
const PIECES: &str = "a¦e¦Z¦é¦ß¦А¦и¦中¦あ¦한¦ا¦1¦12¦2024¦07¦0¦9¦a1¦1a¦a1b2¦ff¦e2808b¦ ¦  ¦\n¦\r\n¦\t¦.¦,¦:¦;¦-¦_¦/¦\\¦|¦+¦=¦@¦\
    #¦%¦&¦*¦(¦)¦[¦]¦{¦}¦<¦>¦\"¦'¦`¦~¦^¦$¦!¦?¦\u{200b}¦\u{301}¦\u{e0041}¦😀¦ａ¦𝐚¦key¦token¦password¦secret¦is ¦as the ¦Str.¦\
    street¦Berlin¦Nora Lind¦Dr. ¦born¦tel¦iban DE¦http://¦@example¦x@y.z¦ignore¦assistant¦%41¦&#65;¦\\u0041¦\\x41¦eyJ¦\
    -----BEGIN¦QUJD¦=\"¦__¦4111¦+49¦DE89¦1.2.3.4¦::¦fe80¦\u{202e}¦---¦```¦<b>¦{\"a\":";
const LETTERS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const SLOWEST: usize = 20;

/// Prints what takes longest of so many mixtures, and how long they take.
pub(super) fn print_worst(plan: &Plan, bytes: usize, runs: u64) -> Result<(), Box<dyn Error>> {
    let signals = words("signal", include_str!("../../rules/attacks.toml"))?.concat();
    let rules = words("rule", include_str!("../../rules/secrets.toml"))?;
    let mut taken = Vec::new();
    for seed in 0..runs {
        let mut dice = Dice(seed);
        let named: &[String] = match seed % 3 {
            0 => &[],
            1 => &signals,
            _ => dice.one_of::<Vec<String>>(&rules),
        };
        let pieces = dice.pieces(named);
        let text = dice.mixture(&pieces, bytes);
        let role = *dice.one_of(&[Role::User, Role::Tool]);
        let (took, scan) = clock::least(2, || plan.scan(&text, role));
        taken.push((took.as_secs_f64() * 1e3, scan.exhausted, seed, role, pieces));
    }
    taken.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut out = std::io::stdout().lock();
    for (took, exhausted, seed, role, pieces) in taken.iter().take(SLOWEST) {
        let exhausted = if *exhausted { "exhausted" } else { "" };
        writeln!(out, "{took:8.1} ms {exhausted:9} seed {seed:5} {:6} {pieces:?}", role.as_str())?;
    }
    let at = |share: usize| taken.get(taken.len() * share / 100).map_or(0.0, |(took, ..)| *took);
    writeln!(out, "of {runs} mixtures half take {:.1} ms, one in ten {:.1} ms or more", at(50), at(10))?;
    Ok(())
}

/// The literals of each entry in a file of rules.
fn words(table: &str, file: &str) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let parsed: toml::Table = toml::from_str(file)?;
    let entries = parsed.get(table).and_then(toml::Value::as_array).ok_or("no entries")?;
    let near = |entry: &toml::Value| {
        let near = entry.get("near").and_then(toml::Value::as_array).into_iter().flatten();
        near.filter_map(|word| Some(word.as_str()?.to_owned())).collect()
    };
    Ok(entries.iter().map(near).collect())
}

/// The same draws for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((bits ^ (bits >> 31)) >> 16).unwrap_or_default() % count.max(1)
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = self.below(all.len());
        all.get(place).unwrap_or_else(|| unreachable!("a draw is below the count"))
    }

    /// What a mixture is made of: each piece with how often it stands in a row.
    fn pieces(&mut self, named: &[String]) -> Vec<(String, usize)> {
        let known: Vec<&str> = PIECES.split('¦').collect();
        let mut all: Vec<String> = (0..1 + self.below(6)).map(|_| (*self.one_of(&known)).to_owned()).collect();
        if !named.is_empty() {
            all.extend((0..1 + self.below(9)).map(|_| self.one_of(named).clone()));
        }
        all.into_iter().map(|piece| (piece, *self.one_of(&[1, 1, 1, 2, 3, 8, 40]))).collect()
    }

    fn mixture(&mut self, pieces: &[(String, usize)], bytes: usize) -> String {
        let in_order = self.below(4) == 0;
        let repeats = self.below(3) == 0;
        let with_letters = self.below(2) == 0;
        let line = *self.one_of(&[usize::MAX, usize::MAX, 1, 80, 2000]);
        let mut text = String::with_capacity(bytes + 64);
        for turn in 0.. {
            if text.len() >= bytes {
                break;
            }
            let next = pieces.get(turn % pieces.len()).filter(|_| in_order);
            let (piece, times) = next.unwrap_or_else(|| self.one_of(pieces));
            (0..if repeats { *times } else { 1 }).for_each(|_| text.push_str(piece));
            if with_letters && self.below(3) == 0 {
                text.push(char::from(*self.one_of(LETTERS)));
            }
            if turn % line == line - 1 {
                text.push('\n');
            }
        }
        text
    }
}
