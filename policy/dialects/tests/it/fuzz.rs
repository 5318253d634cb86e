//! The committed corpus of the fuzz target `strict_json`, replayed.

#[expect(unreachable_pub, reason = "the fuzz target sees it from its own crate")]
#[path = "../../../../tests/fuzz/src/strict_json.rs"]
pub(crate) mod strict_json;

#[test]
fn the_corpus_of_the_fuzz_target_holds() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fuzz/corpus/strict_json");
    let mut count = 0;
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        strict_json::check(&std::fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 10, "the corpus is empty");
}
