//! The committed corpora of the fuzz targets, replayed.

#[expect(unreachable_pub, reason = "the fuzz target sees it from its own crate")]
#[path = "../../../../tests/fuzz/src/redaction.rs"]
mod redaction;
#[expect(unreachable_pub, reason = "the fuzz target sees it from its own crate")]
#[path = "../../../../tests/fuzz/src/story.rs"]
mod story;
#[expect(unreachable_pub, reason = "the fuzz target sees it from its own crate")]
#[path = "../../../../tests/fuzz/src/stream_scanner.rs"]
pub(crate) mod stream_scanner;
#[expect(unreachable_pub, reason = "the fuzz target sees it from its own crate")]
#[path = "../../../../tests/fuzz/src/views.rs"]
mod views;

#[expect(clippy::print_stdout, reason = "the output of a failed test names the file that broke the law")]
fn replay(target: &str, check: impl Fn(&[u8])) {
    let corpus = format!("{}/../../tests/fuzz/corpus/{target}", env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&std::fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 10, "the corpus is empty");
}

#[test]
fn the_corpus_of_views_holds() {
    replay("views", views::check);
}

#[test]
fn the_corpus_of_the_stream_scanner_holds() {
    replay("stream_scanner", stream_scanner::check);
}

#[test]
fn the_corpus_of_redaction_holds() {
    replay("redaction", redaction::check);
}
