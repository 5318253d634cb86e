"""Shows what the bridge writes to validators that others wrote.

Needs: pip install 'cyclonedx-python-lib[json-validation]' cloudevents
Usage: python validate.py ../golden/inventory.cdx.json [events.ndjson]
"""

import json
import pathlib
import sys

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator


def bill(path: str) -> None:
    text = pathlib.Path(path).read_text(encoding="utf-8")
    validator = JsonStrictValidator(SchemaVersion.V1_7)
    error = validator.validate_str(text)
    assert error is None, f"{path}: {error}"
    # The validator must be able to say no, or its yes is worth nothing.
    broken = json.loads(text)
    broken["components"][0]["colour"] = "blue"
    assert validator.validate_str(json.dumps(broken)) is not None, "the validator accepts anything"
    print(f"{path}: accepted, {len(broken['components'])} components, {len(broken['services'])} services")


def events(path: str) -> None:
    from cloudevents.core.formats.json import JSONFormat
    from cloudevents.core.v1.event import CloudEvent

    lines = pathlib.Path(path).read_bytes().splitlines()
    for line in lines:
        event = JSONFormat().read(CloudEvent, line)
        assert event.get_specversion() == "1.0" and event.get_subject()
    print(f"{path}: {len(lines)} events read by the CloudEvents SDK")


bill(sys.argv[1])
if len(sys.argv) > 2:
    events(sys.argv[2])
