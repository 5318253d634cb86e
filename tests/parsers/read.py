"""Reads bodies with several JSON readers for Python and tells what each understood, in ASCII.

Standard input: one body in base64 per line. Standard output: per line an object from reader to what it read, or to
null when it refused.
"""

import base64
import json
import sys

import orjson
import rapidjson
import ujson

READERS = {
    "json": json.loads,
    "orjson": orjson.loads,
    "ujson": ujson.loads,
    "rapidjson": rapidjson.loads,
}


def read(reader, body):
    try:
        return {"value": READERS[reader](body)}
    except (ValueError, TypeError, RecursionError):
        return None


for line in sys.stdin:
    body = base64.b64decode(line)
    print(json.dumps({reader: read(reader, body) for reader in READERS}))
