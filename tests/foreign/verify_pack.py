"""Checks an evidence pack, or a copy of a log, without any code of Gnomon: pymerkle recomputes the root from the
records, cryptography checks the log's signature. Takes the folder as its argument; ends with 0 when both agree.
"""
import base64
import hashlib
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InmemoryTree

folder = pathlib.Path(sys.argv[1])
note = (folder / "checkpoint").read_text()
text, signatures = note.split("\n\n", 1)
origin, size, root = text.split("\n")[:3]

tree = InmemoryTree(algorithm="sha256")
records = (folder / "records.ndjson").read_bytes().split(b"\n")[:-1]
for record in records[: int(size)]:
    tree.append_entry(record)
assert len(records) >= int(size), f"{len(records)} records for a checkpoint over {size}"
assert tree.get_root() == base64.b64decode(root), "the records do not give the signed root"

name, key_id, key = (folder / "vkey").read_text().strip().split("+", 2)
key = base64.b64decode(key)
assert name == origin and key[0] == 1, "the key is not this log's"
assert hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == key_id
for line in signatures.strip().split("\n"):
    _, signer, signature = line.split(" ")
    signature = base64.b64decode(signature)
    if signer == name and signature[:4].hex() == key_id:
        Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], (text + "\n").encode())
        print(f"OK {origin}: {size} records, root {root}")
        sys.exit(0)
sys.exit("no signature of the log's key")
