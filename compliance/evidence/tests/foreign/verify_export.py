#!/usr/bin/env python3
"""Verify an exported evidence log, or an evidence pack, with code that is not ours.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python verify_export.py FOLDER [--vkey KEY]

- sigstore reads the signed checkpoint, cryptography verifies its Ed25519 signature;
- pymerkle computes the root from the records, if the folder holds all of them;
- sigstore verifies each inclusion proof (`*.tlog-proof`) against the root that was signed.

Exit 0: accepted. 1: refused. 2: nothing to verify.
"""

import argparse
import base64
import sys
from pathlib import Path
from types import SimpleNamespace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore.errors import VerificationError


class Refused(Exception):
    """A check failed."""


def checkpoint_of(text: str, vkey: str) -> SignedCheckpoint:
    name, key_id, material = vkey.strip().split("+", 2)
    algorithm, key = base64.b64decode(material)[0], base64.b64decode(material)[1:]
    if algorithm != 1:
        raise Refused("the key is not an Ed25519 key for notes")
    signed = SignedCheckpoint.from_text(text)
    if signed.checkpoint.origin != name:
        raise Refused(f"the checkpoint is of {signed.checkpoint.origin}, the key of {name}")
    for line in signed.signed_note.signatures:
        if line.name == name and line.sig_hash.hex() == key_id:
            try:
                Ed25519PublicKey.from_public_bytes(key).verify(
                    base64.b64decode(line.signature), signed.signed_note.note.encode()
                )
            except InvalidSignature:
                raise Refused("the signature of the checkpoint is invalid") from None
            return signed
    raise Refused("the checkpoint has no signature by the key")


def root_of(lines: list[bytes]) -> str:
    tree = InmemoryTree(algorithm="sha256")
    for line in lines:
        tree.append_entry(line)
    return tree.get_root().hex()


def check_proof(path: Path, record: bytes, vkey: str) -> None:
    head, checkpoint = path.read_text().split("\n\n", 1)
    lines = head.split("\n")
    if lines[0] != "c2sp.org/tlog-proof@v1":
        raise Refused(f"{path.name} is not a tlog-proof")
    lines = lines[2:] if lines[1].startswith("extra ") else lines[1:]
    signed = checkpoint_of(checkpoint, vkey).checkpoint
    proof = SimpleNamespace(
        log_index=int(lines[0].removeprefix("index ")),
        tree_size=signed.log_size,
        hashes=[base64.b64decode(line) for line in lines[1:]],
        root_hash=bytes.fromhex(signed.log_hash),
    )
    try:
        verify_merkle_inclusion(
            SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=proof, canonicalized_body=record))
        )
    except VerificationError as error:
        raise Refused(f"{path.name}: {str(error)[:60]}") from None


def proofs_of(folder: Path, records: dict[int, bytes]):
    alone = folder / "proof.tlog-proof"
    if alone.exists() and (folder / "record.json").exists():
        yield alone, (folder / "record.json").read_bytes().removesuffix(b"\n")
    for path in sorted(folder.glob("proofs/**/*.tlog-proof")):
        index = int(path.read_text().split("\nindex ", 1)[1].split("\n", 1)[0])
        if index not in records:
            raise Refused(f"{path.name} is for record {index}, which is not there")
        yield path, records[index]


def verify(folder: Path, vkey: str) -> str:
    signed = checkpoint_of((folder / "checkpoint").read_text(), vkey).checkpoint
    lines = (folder / "records.ndjson").read_bytes().removesuffix(b"\n").split(b"\n")
    lines = [] if lines == [b""] else lines
    first, window = 0, folder / "window.json"
    if window.exists():
        import json

        first = json.loads(window.read_text())["first"]
    elif len(lines) != signed.log_size:
        raise Refused(f"{len(lines)} records, {signed.log_size} are signed")
    elif lines and root_of(lines) != signed.log_hash:
        raise Refused("the records do not give the signed root")
    records = {first + place: line for place, line in enumerate(lines)}
    proofs = 0
    for path, record in proofs_of(folder, records):
        check_proof(path, record, vkey)
        proofs += 1
    whole = "a window; its records are proven one by one" if window.exists() else "all records give the signed root"
    return f"accepted: {signed.origin}, {len(lines)} of {signed.log_size} records, {proofs} proofs; {whole}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Verify an exported evidence log with foreign code.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vkey", help="the log's public key; default: the file `vkey` in the folder")
    arguments = parser.parse_args()
    try:
        vkey = arguments.vkey or (arguments.folder / "vkey").read_text()
        print(verify(arguments.folder, vkey))
    except (Refused, VerificationError, ValueError) as error:
        print(f"refused: {error}")
        return 1
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
