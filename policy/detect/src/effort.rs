//! How much work a text may be, counted and not timed, so that the same text always ends the same way.
//!
//! The unit is about a nanosecond of one core. What is dear for its length is counted before it is done: other spellings,
//! views, looks of patterns, values that are judged, numbers that may be personal data, places where topics may begin.

/// A byte of a short text may be more work than one of a long text, so many times as much: it may be nothing but passwords,
/// or be written in escapes from end to end, of which a byte takes hundreds in every view. So texts from 8 KiB on may be as
/// much as one of this length.
const LONG_BYTES: usize = 1 << 20;
const SHORT_FACTOR: usize = 128;

/// Work that every text may be on top.
const FOR_ALL: usize = 1 << 20;

/// What it costs all detectors to read a byte of the text, and more where it is not ASCII: it is folded, and its
/// characters asked for what they are.
const READ: usize = 9;
const READ_WIDE: usize = 27;

/// What a view costs, each of its bytes, and each piece in which it came from the text: it is read, and what is found in it
/// pointed to the text.
const VIEW: usize = 6000;
const VIEW_BYTE: usize = 6;
const VIEW_RUN: usize = 16;

/// What one look at a literal costs, and each byte that the pattern reads.
const LOOK: usize = 30;
const LOOK_BYTE: usize = 1;

/// What a byte costs in which a signal of attacks is looked for, and a line that may be a statement of a program.
const SIGNAL_BYTE: usize = 2;
const LINE: usize = 100;

/// What a byte costs of the states that an automaton makes on its way.
const STATES_BYTE: usize = 2;

/// Engines that do not count their states keep what they made for the next text, so that short texts take less time. That
/// may be so much work on top, reckoned by what a byte takes at worst in which a credential or a signal is looked for.
const UNCOUNTED: usize = 1 << 24;
const UNCOUNTED_CREDENTIAL: usize = 1 << 10;
const UNCOUNTED_SIGNAL: usize = 1 << 8;

/// What a match costs, and each of its bytes: where its groups stand, and whether the value is one.
const MATCH: usize = 600;
const MATCH_BYTE: usize = 60;

/// What a byte of a match costs that is longer than the bounds of its pattern are wide, if the groups in it are told.
const GROUPS_BYTE: usize = 60;

/// What a number costs that may be a date, an account, or a part of an address, how much more one beside a blank or of many
/// digits, which most detectors look closer at, and what each datum costs.
const NUMBER: usize = 89;
const NUMBER_WORD: usize = 126;
const NUMBER_LONG: usize = 350;
const DATUM: usize = 350;

/// What a number costs that may be that of a telephone or of a person, by its form.
const CANDIDATE: usize = 200;

/// What each word costs that may be part of a name.
const NAME_WORD: usize = 200;

/// What a byte costs near a number where the name of a street may stand.
const STREET_BYTE: usize = 30;

/// What a literal costs that stands in the text.
const HIT: usize = 28;

/// What a byte costs that is looked at for another spelling, and one that is written in it.
const CHECK_BYTE: usize = 20;
const SPELL_BYTE: usize = 7;

/// What a byte costs that is written without its disguise.
const UNDRESS_BYTE: usize = 20;

/// What a piece costs that may be encoded, and each of its bytes.
const DECODE: usize = 180;
const DECODE_BYTE: usize = 3;

/// What a sign costs beside which an address may stand that was turned.
const MARK: usize = 40;

/// What a place costs at which topics may begin, each topic that does, and each word around it.
const ANCHOR: usize = 1000;
const SCENE: usize = 1000;
const SCENE_WORD: usize = 20;

/// The work that is left for one text and all its views.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    left: usize,
    spent: bool,
    uncounted_left: usize,
}

impl Effort {
    /// For a text of which each byte may be so much work if it is long, less what it takes to read it as it is written.
    pub(crate) fn for_text(text: &str, per_byte: usize) -> Self {
        let bytes = text.len().max(text.len().saturating_mul(SHORT_FACTOR).min(LONG_BYTES));
        let all = bytes.saturating_mul(per_byte).saturating_add(FOR_ALL);
        Self { left: all.saturating_sub(read(text, READ)), spent: false, uncounted_left: UNCOUNTED }
    }

    /// Whether a view may be read, which came in so many pieces from the text.
    pub(crate) fn view(&mut self, text: &str, runs: usize) -> bool {
        let work = read(text, VIEW_BYTE).saturating_add(runs.saturating_mul(VIEW_RUN));
        self.take(work.saturating_add(VIEW))
    }

    /// Whether a pattern may look at this many bytes. If not, nothing else may be looked at either.
    pub(crate) fn look(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(LOOK_BYTE).saturating_add(LOOK))
    }

    /// Whether an engine may look for a credential in so many bytes that does not count what it makes of them.
    pub(crate) fn uncounted_credential(&mut self, bytes: usize) -> bool {
        self.uncounted(bytes.saturating_mul(UNCOUNTED_CREDENTIAL))
    }

    /// The same for a signal of attacks.
    pub(crate) fn uncounted_signal(&mut self, bytes: usize) -> bool {
        self.uncounted(bytes.saturating_mul(UNCOUNTED_SIGNAL))
    }

    fn uncounted(&mut self, work: usize) -> bool {
        let left = self.uncounted_left.checked_sub(work);
        self.uncounted_left = left.unwrap_or(self.uncounted_left);
        left.is_some()
    }

    /// Counts states of an automaton that take so many bytes, and says whether it may go on.
    pub(crate) fn states(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(STATES_BYTE))
    }

    /// Whether a signal of attacks may be looked for in this many bytes.
    pub(crate) fn signal(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(SIGNAL_BYTE))
    }

    /// Whether so many lines may be asked whether they are statements of a program.
    pub(crate) fn lines(&mut self, lines: usize) -> bool {
        self.take(lines.saturating_mul(LINE))
    }

    /// Whether a match of this many bytes may be judged.
    pub(crate) fn judge(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(MATCH_BYTE).saturating_add(MATCH))
    }

    /// Whether the groups in a long match of so many bytes may be told.
    pub(crate) fn groups(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(GROUPS_BYTE))
    }

    /// Counts the literals of rules that stand in the text. Half of what is left stays for looks at them: what is found
    /// before a text is given up is reported.
    pub(crate) fn hits(&mut self, hits: usize) {
        self.take(hits.saturating_mul(HIT).min(self.left / 2));
    }

    /// How many literals may stand in the text. To find more is no use: a quarter of what is left went to them, and each
    /// is to be looked at.
    pub(crate) fn hits_max(&self) -> usize {
        self.left / (4 * HIT)
    }

    /// Gives the text up.
    pub(crate) fn give_up(&mut self) {
        self.spent = true;
    }

    /// Whether so many numbers may be looked at for personal data, of which so many stand beside a blank, and so many are
    /// long.
    pub(crate) fn numbers(&mut self, numbers: usize, words: usize, long: usize) -> bool {
        let parts = [(numbers, NUMBER), (words, NUMBER_WORD), (long, NUMBER_LONG)];
        self.take(parts.into_iter().fold(0, |all, (count, work)| all.saturating_add(count.saturating_mul(work))))
    }

    /// Whether a number may be judged that has the form of a telephone's or a person's.
    pub(crate) fn candidate(&mut self) -> bool {
        self.take(CANDIDATE)
    }

    /// Whether so many words may be looked at for the name of a person.
    pub(crate) fn names(&mut self, words: usize) -> bool {
        self.take(words.saturating_mul(NAME_WORD))
    }

    /// Whether anything may be looked for after so many personal data were found.
    pub(crate) fn data(&mut self, found: usize) -> bool {
        self.take(found.saturating_mul(DATUM))
    }

    /// Whether streets may be looked for in so many bytes around numbers.
    pub(crate) fn streets(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(STREET_BYTE))
    }

    /// Whether so many bytes may be looked at for another spelling.
    pub(crate) fn check(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(CHECK_BYTE))
    }

    /// Whether so many bytes may be written in another spelling.
    pub(crate) fn spell(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(SPELL_BYTE))
    }

    /// Counts bytes and pieces that were looked at because they might have been encoded.
    pub(crate) fn decode(&mut self, bytes: usize, pieces: usize) {
        self.take(bytes.saturating_mul(DECODE_BYTE).saturating_add(pieces.saturating_mul(DECODE)));
    }

    /// Whether addresses that were turned may be looked for beside so many signs.
    pub(crate) fn marks(&mut self, marks: usize) -> bool {
        self.take(marks.saturating_mul(MARK))
    }

    /// Counts the bytes of a text without disguise, and says whether they may be read.
    pub(crate) fn undress(&mut self, bytes: usize) -> bool {
        self.take(bytes.saturating_mul(UNDRESS_BYTE))
    }

    /// Whether so many places may be looked around for where their sentences begin and end, and for words of topics.
    pub(crate) fn anchors(&mut self, anchors: usize) -> bool {
        self.take(anchors.saturating_mul(ANCHOR))
    }

    /// Whether a topic may be looked for at a place, around which so many words of topics stand.
    pub(crate) fn scene(&mut self, words: usize) -> bool {
        self.take(words.saturating_mul(SCENE_WORD).saturating_add(SCENE))
    }

    /// What was done since it stood otherwise.
    pub(crate) fn since(&self, earlier: &Self) -> Done {
        Done {
            work: earlier.left - self.left,
            uncounted: earlier.uncounted_left - self.uncounted_left,
            spent: self.spent,
        }
    }

    /// Counts what was done once as done again.
    pub(crate) fn repeat(&mut self, done: &Done) {
        self.take(done.work);
        self.uncounted_left = self.uncounted_left.saturating_sub(done.uncounted);
        self.spent |= done.spent;
    }

    /// Whether the text was given up.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent
    }

    fn take(&mut self, work: usize) -> bool {
        match self.left.checked_sub(work) {
            Some(left) if !self.spent => self.left = left,
            _ => self.spent = true,
        }
        !self.spent
    }
}

/// A part of the work on a text.
pub(crate) struct Done {
    work: usize,
    uncounted: usize,
    spent: bool,
}

/// What it costs to read a text of which a byte of ASCII costs so much.
fn read(text: &str, byte: usize) -> usize {
    let wide = if text.is_ascii() { 0 } else { text.bytes().filter(|byte| !byte.is_ascii()).count() };
    text.len().saturating_mul(byte).saturating_add(wide.saturating_mul(READ_WIDE))
}
