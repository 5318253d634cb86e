"""Verifies a receipt with PyJWT, as a model server would: verify_receipt.py JWKS RECEIPT METHOD PATH BODY_FILE."""

import hashlib
import json
import sys

import jwt

keys_json, receipt, method, path, body_file = sys.argv[1:]
keys = jwt.PyJWKSet.from_dict(json.loads(keys_json))
header = jwt.get_unverified_header(receipt)
assert header["typ"] == "gnomon-receipt+jwt", header
claims = jwt.decode(receipt, keys[header["kid"]].key, algorithms=["EdDSA"], options={"require": ["iat", "jti", "iss"]})
with open(body_file, "rb") as file:
    assert claims["sha256"] == hashlib.sha256(file.read()).hexdigest(), "the body is another one"
assert (claims["method"], claims["path"], claims["upstream"]) == (method, path, "test"), claims
signature = receipt.rsplit(".", 1)[1]
forged = receipt[: -len(signature)] + ("A" if signature[0] != "A" else "B") + signature[1:]
try:
    jwt.decode(forged, keys[header["kid"]].key, algorithms=["EdDSA"])
    raise SystemExit("a forged signature was accepted")
except jwt.InvalidSignatureError:
    pass
