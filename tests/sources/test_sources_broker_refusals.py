"""What the broker refused, and when it is said."""

import re
from pathlib import Path

from tidehold.sources import broker_refusals
from tidehold.sources.broker_refusals import ADVICE, Refusal, Refusals


def test_a_reason_is_said_at_once_and_then_not_too_often() -> None:
    refusals = Refusals(10)
    assert list(refusals.due(0)) == []
    refusals.add("wrong password", "10.0.0.1")
    assert list(refusals.due(0)) == [Refusal("wrong password", 1, "10.0.0.1", ADVICE["wrong password"])]
    refusals.add("wrong password", "10.0.0.2")
    refusals.add("wrong password", "10.0.0.3")
    refusals.add("MQTT 5", "10.0.0.1")
    assert [refusal.reason for refusal in refusals.due(9.9)] == ["MQTT 5"]
    assert list(refusals.due(10)) == [Refusal("wrong password", 3, "10.0.0.3", ADVICE["wrong password"])]
    assert list(refusals.due(1000)) == []
    assert refusals.counts == {"wrong password": 3, "MQTT 5": 1}


def test_every_reason_has_its_advice() -> None:
    folder = Path(broker_refusals.__file__).parent
    sources = "".join(path.read_text() for path in folder.glob("broker*.py"))
    used = set(re.findall(r'RefusedError\("([^"]+)"', sources)) | set(re.findall(r'reason = "([^"]+)"', sources))
    assert used | {"TLS", "wrong password", "unknown user"} == set(ADVICE)
