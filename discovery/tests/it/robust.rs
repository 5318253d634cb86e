//! Laws: nothing panics, the cut of the stream does not matter, the order of files does not matter.

use gnomon_discovery::{Catalogue, Hints, Imported, import_reader, report, sample_files};
use gnomon_types::asset::ServiceStatus;
use gnomon_types::time::Timestamp;
use proptest::prelude::*;
use std::io::Read;
use std::path::Path;
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::shipped().unwrap());

static CORPUS: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "log"));
    paths.sort();
    paths.iter().flat_map(|path| std::fs::read(path).unwrap()).collect()
});

fn import(reader: impl Read, name: &str) -> Imported {
    let written = Timestamp::from_millis(1_796_083_200_000);
    let hints = Hints { written: Some(written), ..Hints::default() };
    import_reader(reader, name, &hints, &CATALOGUE, &mut |_, _| {}).unwrap()
}

/// Gives at most so many bytes at a time.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic_and_every_line_is_counted(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let imported = import(bytes.as_slice(), "x");
        prop_assert_eq!(imported.source.lines, imported.source.parsed + imported.source.rejected);
    }

    #[test]
    fn damaged_logs_never_panic(cuts in proptest::collection::vec((0usize..20_000, any::<u8>()), 1..60), from in 0usize..15_000) {
        let mut bytes = CORPUS.clone();
        for (place, byte) in cuts {
            let length = bytes.len();
            bytes[place % length] = byte;
        }
        let imported = import(&bytes[from % bytes.len()..], "x");
        prop_assert_eq!(imported.source.lines, imported.source.parsed + imported.source.rejected);
    }

    #[test]
    fn random_lines_of_log_words_never_panic(words in proptest::collection::vec(word(), 0..40)) {
        import(words.concat().as_bytes(), "x");
    }

    #[test]
    fn the_pieces_in_which_a_stream_arrives_do_not_matter(piece in 1usize..5000) {
        prop_assert_eq!(import(Drip(&CORPUS, piece), "x"), import(CORPUS.as_slice(), "x"));
    }
}

fn word() -> impl Strategy<Value = String> {
    let fixed = [
        "1795426200.123 ",
        "812 ",
        "10.1.2.3 ",
        "TCP_TUNNEL/200 ",
        "CONNECT ",
        "chatgpt.com:443 ",
        "- ",
        "HIER_DIRECT/1 ",
        "\n",
        "\t",
        "[",
        "] \"",
        "\"",
        "query[A] ",
        " from ",
        "dnsmasq[1]: ",
        "Nov 23 09:30:01 ",
        "client ",
        "query: ",
        "#",
        "#fields\t",
        "#separator \\x09\n",
        "{\"ts\":1,",
        "}",
        "unbound[1:0] info: ",
        "http://[::1]:8000/v1/",
        "named[1]: ",
        "2026-11-23T09:30:01Z ",
        "%",
        ":",
        "é",
        "\u{0}",
        "<30>",
    ];
    prop_oneof![4 => proptest::sample::select(fixed.to_vec()).prop_map(str::to_owned), 1 => ".{0,12}"]
}

#[test]
fn the_report_is_the_same_bytes_in_whatever_order_files_come() {
    let imports: Vec<Imported> = sample_files().iter().map(|file| import(file.bytes, file.name)).collect();
    let text = |order: &[usize]| {
        let chosen: Vec<&Imported> = order.iter().map(|index| &imports[*index]).collect();
        let uses: Vec<_> = chosen.iter().flat_map(|import| import.uses.clone()).rev().collect();
        let sources: Vec<_> = chosen.iter().map(|import| import.source.clone()).collect();
        let spots: Vec<_> = chosen.iter().flat_map(|import| import.blind_spots.clone()).collect();
        serde_json::to_string(&report(&uses, &|_| ServiceStatus::default(), &sources, &spots)).unwrap()
    };
    let first = text(&[0, 1, 2]);
    for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        assert_eq!(text(&order), first);
    }
    assert_eq!(import(sample_files()[0].bytes, "x"), import(sample_files()[0].bytes, "x"));
}
