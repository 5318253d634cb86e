//! Which format a line has, found line by line: the reader of the line before is asked first, then the others, so
//! files of one format are fast and mixed files are still read.

mod access;
mod adguard;
mod bind;
mod carrier;
mod dnsmasq;
mod journal;
mod squid;
mod suricata;
mod syslog;
mod unbound;
mod zeek;
mod zeek_json;

use crate::event::Event;
use gnomon_types::time::Timestamp;
use std::borrow::Cow;
use std::cell::Cell;

/// What a line turned out to be.
#[derive(Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "lives for one line on the stack; a box would cost an allocation for each line"
)]
pub(crate) enum Line<'a> {
    /// Evidence of contact with a host.
    Event(Event<'a>),
    /// Understood; says nothing about contact with a host, such as a DNS answer.
    Quiet,
    /// A header or comment: not counted.
    Header,
}

impl Line<'_> {
    /// The same, borrowing nothing.
    fn into_owned(self) -> Line<'static> {
        match self {
            Self::Event(event) => Line::Event(event.into_owned()),
            Self::Quiet => Line::Quiet,
            Self::Header => Line::Header,
        }
    }
}

/// Why a reader did not take a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// It has another shape.
    Foreign,
    /// It begins like this format and then goes wrong.
    Bad(&'static str),
}

/// What a reader says: the name of the format, and the line.
pub(crate) type Parsed<'a> = Result<(&'static str, Line<'a>), Miss>;

/// What readers keep between the lines of one file.
#[derive(Debug, Default)]
pub(crate) struct Context {
    year: Year,
    /// Whether a line took its year from the time of the file.
    year_was_inferred: Cell<bool>,
    zeek: zeek::Header,
    unbound_queries: bool,
}

/// Where lines without a year get it from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Year {
    /// Said by the caller.
    pub(crate) given: Option<i16>,
    /// When the file was written.
    pub(crate) written: Option<Timestamp>,
}

type Reader = for<'a> fn(&'a str, &mut Context) -> Parsed<'a>;

/// Every format, the cheapest to refuse first.
const READERS: [Reader; 10] = [
    suricata::read,
    adguard::read,
    journal::read,
    zeek_json::read,
    zeek::read,
    squid::read,
    dnsmasq::read,
    bind::read,
    unbound::read,
    access::read,
];

/// Reads the lines of one file.
#[derive(Debug, Default)]
pub(crate) struct Sniffer {
    context: Context,
    last: Option<usize>,
}

impl Sniffer {
    pub(crate) fn new(year: Year) -> Self {
        Self { context: Context { year, ..Context::default() }, last: None }
    }

    /// Whether lines named no year and it was taken from the time of the file.
    pub(crate) fn year_was_inferred(&self) -> bool {
        self.context.year_was_inferred.get()
    }

    /// The format and content of one line, or why no reader takes it.
    pub(crate) fn read<'a>(&mut self, line: &'a str) -> Result<(&'static str, Line<'a>), &'static str> {
        match carrier::carried(line) {
            Some(Cow::Owned(text)) => self.read_plain(&text).map(|(format, line)| (format, line.into_owned())),
            Some(Cow::Borrowed(text)) => self.read_plain(text),
            None => self.read_plain(line),
        }
    }

    fn read_plain<'a>(&mut self, line: &'a str) -> Result<(&'static str, Line<'a>), &'static str> {
        if line.starts_with('#') {
            return Ok(zeek::header(line, &mut self.context.zeek));
        }
        let mut why = "not a line of a known log format";
        let mut bad = false;
        for index in self.order() {
            let Some(reader) = READERS.get(index) else { continue };
            match reader(line, &mut self.context) {
                Ok(read) => {
                    self.last = Some(index);
                    return Ok(read);
                }
                Err(Miss::Bad(reason)) if !bad => {
                    why = reason;
                    bad = true;
                }
                Err(Miss::Bad(_) | Miss::Foreign) => {}
            }
        }
        Err(why)
    }

    fn order(&self) -> impl Iterator<Item = usize> + use<> {
        let last = self.last;
        last.into_iter().chain((0..READERS.len()).filter(move |index| Some(*index) != last))
    }
}
