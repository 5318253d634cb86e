//! Verifiers that others wrote accept the log and refuse a changed record: `tlog_tiles` and `signed_note` (Cloudflare,
//! ported from Go's sumdb) and `ct-merkle`. Our code writes, theirs verifies.

use crate::support::{body, open};
use gnomon_evidence::merkle::leaf_hash;
use gnomon_evidence::{TileDir, proof};
use signed_note::{Note, StandardVerifier, VerifierList};
use std::fs;
use std::path::Path;
use tlog_tiles::{Checkpoint, Hash};

fn filled(dir: &Path, records: u64) -> Vec<Vec<u8>> {
    let log = open(dir).unwrap();
    (0..records).for_each(|n| assert!(log.append_blocking(body(n)).is_ok()));
    log.close();
    log.reader().read(0, usize::MAX).unwrap().into_iter().map(|record| record.bytes).collect()
}

fn checkpoint(dir: &Path) -> Checkpoint {
    let note = Note::from_bytes(&fs::read(dir.join("checkpoint")).unwrap()).unwrap();
    let vkey = fs::read_to_string(dir.join("vkey")).unwrap();
    let verifier = StandardVerifier::new(vkey.trim()).unwrap();
    let (verified, _) = note.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
    assert_eq!(verified.len(), 1);
    Checkpoint::from_bytes(note.text()).unwrap()
}

#[test]
fn signed_note_accepts_the_checkpoint_and_tlog_tiles_the_proofs() {
    let dir = tempfile::tempdir().unwrap();
    let records = filled(dir.path(), 600);
    let head = checkpoint(dir.path());
    assert_eq!((head.size(), head.origin()), (600, crate::support::ORIGIN));
    let tiles = TileDir::new(dir.path(), 600);
    for index in [0_u64, 1, 255, 256, 511, 512, 599] {
        let path: Vec<Hash> = proof::inclusion(&tiles, index).unwrap().into_iter().map(Hash).collect();
        let leaf = tlog_tiles::record_hash(&records[usize::try_from(index).unwrap()]);
        assert!(tlog_tiles::check_record(&path, 600, *head.hash(), index, leaf).is_ok(), "{index}");
        assert!(tlog_tiles::check_record(&path, 600, *head.hash(), index, tlog_tiles::record_hash(b"other")).is_err());
    }
    for old in [1_u64, 2, 255, 256, 300, 512, 599] {
        let path: Vec<Hash> = proof::consistency(&tiles, old).unwrap().into_iter().map(Hash).collect();
        let old_root = Hash(proof::root(&TileDir::new(dir.path(), old)).unwrap());
        assert!(tlog_tiles::check_tree(&path, 600, *head.hash(), old, old_root).is_ok(), "{old}");
        assert!(tlog_tiles::check_tree(&path, 600, *head.hash(), old, Hash([7; 32])).is_err());
    }
}

#[test]
fn tlog_tiles_finds_every_tile_where_it_looks_for_it() {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 600);
    for tile in tlog_tiles::Tile::new_tiles(8, 0, 600) {
        let path = tile.path().replacen("tile/8/", "tile/", 1);
        assert_eq!(fs::read(dir.path().join(&path)).unwrap().len(), tile.width() as usize * 32, "{path}");
    }
}

#[test]
fn ct_merkle_computes_the_same_root_and_our_proof_code_agrees_with_its_proofs() {
    let dir = tempfile::tempdir().unwrap();
    let records = filled(dir.path(), 300);
    let mut tree = ct_merkle::mem_backed_tree::MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
    records.iter().for_each(|record| tree.push(record.clone()));
    let head = checkpoint(dir.path());
    assert_eq!(tree.root().as_bytes().as_slice(), head.hash().0);
    for index in [0_usize, 42, 255, 256, 299] {
        let theirs = tree.prove_inclusion(index);
        let path: Vec<[u8; 32]> = theirs.as_bytes().chunks_exact(32).map(|hash| hash.try_into().unwrap()).collect();
        assert!(proof::verify_inclusion(&leaf_hash(&records[index]), index as u64, 300, &path, &head.hash().0));
        assert!(!proof::verify_inclusion(&leaf_hash(b"other"), index as u64, 300, &path, &head.hash().0));
    }
}
