"""phyphox's mqtt/json: buffers to samples, and the experiment that sends them."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.sources.profiles import builtin_profiles
from tidehold.wire.decoder import Decoded, Decoder
from tidehold.wire.json_parts import REASONS
from tidehold.wire.phyphox import known_buffers

PROFILE = builtin_profiles()["phyphox"]
DECODER = Decoder(PROFILE)
EXPERIMENT = Path(__file__).parents[2] / "device_profiles" / "tidehold.phyphox"
BUFFERS = {"acc": ("acc_time", "accX", "accY", "accZ"), "gyr": ("gyr_time", "gyrX", "gyrY", "gyrZ")}
LIMITS = {"acc": 160.0, "gyr": 70.0}
TIME = {"now": 1746684800.5, "events": [{"event": "START", "experimentTime": 0.0, "systemTime": 1746684790.1}]}


def buffers(stream: str, times: Any, x: Any, y: Any, z: Any) -> dict[str, Any]:
    return dict(zip(BUFFERS[stream], (times, x, y, z), strict=True))


def decode(**parts: Any) -> Decoded:
    return DECODER.decode("push", json.dumps(parts).encode())


def samples(decoded: Decoded) -> dict[str, list[tuple[int, list[float]]]]:
    found = {}
    for reading in decoded.readings:
        assert reading.times is not None
        assert reading.times.dtype == np.int64
        assert reading.device == max(reading.times.tolist())
        found[reading.stream] = list(zip(reading.times.tolist(), reading.values.tolist(), strict=True))
    return found


def test_buffers_are_samples_with_times_in_ns() -> None:
    decoded = decode(**buffers("acc", [0.011, 0.0209999994], [1, 4], [2, 5], [3, 6.5]), time=TIME)
    assert samples(decoded) == {"acc": [(11_000_000, [1.0, 2.0, 3.0]), (20_999_999, [4.0, 5.0, 6.5])]}
    assert (decoded.refused, decoded.skipped, decoded.message, decoded.text) == ((), {}, None, "")


def test_single_numbers_are_a_sample() -> None:
    assert samples(decode(**buffers("gyr", 1.5, 1, -2.5, 3))) == {"gyr": [(1_500_000_000, [1.0, -2.5, 3.0])]}


def test_nothing_new_is_nothing_to_refuse() -> None:
    for message in (buffers("acc", [], [], [], []), {"time": TIME}, {}):
        assert decode(**message) == decode() or decode(**message).readings == ()
        assert (decode(**message).refused, decode(**message).skipped) == ((), {})


@pytest.mark.parametrize("bad", [None, "1", True, [1], {}])
@pytest.mark.parametrize("name", BUFFERS["acc"])
def test_a_hole_in_any_buffer_skips_that_sample_alone(name: str, bad: Any) -> None:
    parts = buffers("acc", [1, 2, 3], [1, 2, 3], [1, 2, 3], [1, 2, 3])
    parts[name][1] = bad
    decoded = decode(**parts, **buffers("gyr", [1], [1], [1], [1]))
    assert samples(decoded) == {
        "acc": [(1_000_000_000, [1.0, 1.0, 1.0]), (3_000_000_000, [3.0, 3.0, 3.0])],
        "gyr": [(1_000_000_000, [1.0, 1.0, 1.0])],
    }
    assert (decoded.skipped, decoded.refused) == ({"acc: value is not a number": 1}, ())


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 100_000], ids=["1e400", "-1e400", "long"])
def test_numbers_that_no_double_holds(number: str) -> None:
    payload = json.dumps(buffers("acc", [1, 2], [1, 123456], [1, 2], [1, 2])).replace("123456", number).encode()
    decoded = DECODER.decode("push", payload)
    assert samples(decoded) == {"acc": [(1_000_000_000, [1.0, 1.0, 1.0])]}
    assert decoded.skipped == {"acc: value is not a number": 1}


@pytest.mark.parametrize(
    ("time", "why"),
    [
        (-1e-9, "acc: time is negative"),
        (1e30, "acc: time is beyond int64"),
        (1e308, "acc: time is beyond int64"),
        (None, "acc: value is not a number"),
    ],
)
def test_times_that_are_none(time: float | None, why: str) -> None:
    decoded = decode(**buffers("acc", [1, time], [1, 1], [1, 1], [1, 1]))
    assert (len(decoded.readings[0].values), decoded.skipped) == (1, {why: 1})
    alone = decode(**buffers("acc", [time], [1], [1], [1]))
    assert (alone.readings, alone.skipped, alone.refused) == ((), {why: 1}, ())


def test_a_sample_outside_the_range_is_skipped_alone() -> None:
    decoded = decode(**buffers("gyr", [1, 2], [1, 71], [1, 1], [1, 1]))
    assert (len(decoded.readings[0].values), decoded.skipped) == (1, {"gyr: outside -70..70": 1})


def test_buffers_that_do_not_belong_together_refuse_their_stream() -> None:
    good = buffers("gyr", [1], [1], [1], [1])
    for bad, why in (
        (buffers("acc", [1, 2], [1], [1, 2], [1, 2]), "acc: buffers of unequal lengths"),
        (buffers("acc", [1, 2], 1, [1, 2], [1, 2]), "acc: buffers of unequal lengths"),
        ({"accX": [1]}, "acc: a buffer is missing"),
        ({"acc_time": [1], "accX": [1], "accY": [1]}, "acc: a buffer is missing"),
    ):
        decoded = decode(**bad, **good)
        assert (list(samples(decoded)), decoded.refused) == (["gyr"], (why,))


def test_what_the_profile_does_not_name_is_counted_without_its_name() -> None:
    decoded = decode(**buffers("gyr", [1], [1], [1], [1]), lat=[48.4], deviceModel="Ulm", time=5)
    assert (list(samples(decoded)), decoded.skipped) == (["gyr"], {"other: not named in the profile": 2})


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"[]", "not a JSON object"),
        (b"5", "not a JSON object"),
        (b"{", "not JSON"),
        (b"\xff", "not UTF-8"),
        (b'{"accX":' + b"[" * 100_000, "nested deeper than 32"),
    ],
    ids=["list", "number", "cut", "bytes", "deep"],
)
def test_a_message_that_cannot_be_read_is_refused_whole(payload: bytes, why: str) -> None:
    assert DECODER.decode("push", payload).refused == (why,)


NUMBERS = st.none() | st.floats(-80, 80) | st.integers(-80, 80)
COLUMNS = st.integers(0, 6).flatmap(lambda n: st.tuples(*[st.lists(NUMBERS, min_size=n, max_size=n)] * 4))


@given(COLUMNS, COLUMNS, st.sampled_from([None, 1]))
def test_sample_for_sample_what_the_standard_library_reads(acc: Any, gyr: Any, blanks: int | None) -> None:
    payload = json.dumps(buffers("acc", *acc) | buffers("gyr", *gyr) | {"time": TIME}, indent=blanks).encode()
    expected: dict[str, list[tuple[int, list[float]]]] = {}
    skipped: Counter[str] = Counter()
    document = json.loads(payload)
    for stream, names in BUFFERS.items():
        for time, *values in zip(*(document[name] for name in names), strict=True):
            if time is None or None in values or time < 0 or any(abs(value) > LIMITS[stream] for value in values):
                skipped[stream] += 1
            else:
                expected.setdefault(stream, []).append((round(time * 1e9), values))
    decoded = DECODER.decode("push", payload)
    assert samples(decoded) == expected
    assert sum(decoded.skipped.values()) == sum(skipped.values())
    assert decoded.refused == ()


def test_cut_anywhere_or_extended_it_is_refused_whole() -> None:
    payload = json.dumps(buffers("acc", [1, 2], [1, None], [1, 2], [1.5, 2]) | {"time": TIME}).encode()
    for cut in range(len(payload)):
        assert DECODER.decode("push", payload[:cut]).refused == ("not JSON",)
    for more in (b"\0", b"\xff", b"}", payload):
        assert DECODER.decode("push", payload + more).refused[0] in REASONS


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*sum(BUFFERS.values(), ()), "time", "Ulm"]), ANYTHING, max_size=9))
def test_any_parts_are_read_or_refused(parts: dict[str, Any]) -> None:
    decoded = decode(**parts)
    for stream, rows in samples(decoded).items():
        assert all(math.isfinite(value) and abs(value) <= LIMITS[stream] for _, row in rows for value in row)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    decoded = DECODER.decode("push", payload)
    assert decoded.readings == ()
    assert set(decoded.refused) <= set(REASONS)


# the experiment


def test_the_experiment_sends_exactly_what_the_profile_names() -> None:
    root = ET.parse(EXPERIMENT).getroot()  # noqa: S314  # our own file
    named = known_buffers(PROFILE.stream)
    containers = [node.text for node in root.findall("data-containers/container")]
    assert (root.tag, sorted(map(str, containers))) == ("phyphox", sorted(named))
    (connection,) = root.findall("network/connection")
    assert (connection.get("service"), connection.get("sendTopic")) == ("mqtt/json", PROFILE.channel[0].topic)
    sends = {str(node.get("id")): node for node in connection.findall("send")}
    assert sorted(sends) == sorted([*named, "time"])
    for name, node in sends.items():
        if name == "time":
            assert (node.get("type"), node.text) == ("time", None)
        else:
            assert (node.get("type"), node.get("datatype"), node.text) == ("buffer", "array", name)
            assert node.get("clear") == "true"  # each sample is sent once


def test_the_experiment_reads_no_other_sensor() -> None:
    root = ET.parse(EXPERIMENT).getroot()  # noqa: S314
    inputs = {node.get("type"): node for node in root.findall("input/*") if node.tag == "sensor"}
    assert (len(root.findall("input/*")), list(inputs)) == (2, ["accelerometer", "gyroscope"])
    components = dict(zip("txyz", range(4), strict=True))
    for sensor, stream in (("accelerometer", "acc"), ("gyroscope", "gyr")):
        outputs = {node.get("component"): node.text for node in inputs[sensor].findall("output")}
        assert outputs == {component: BUFFERS[stream][place] for component, place in components.items()}
        assert float(str(inputs[sensor].get("rate"))) == 100.0
    assert root.findall("output") == []
    assert root.findall(".//receive") == []


def test_the_experiment_shows_what_it_sends_and_where() -> None:
    root = ET.parse(EXPERIMENT).getroot()  # noqa: S314
    shown = {node.text for node in root.findall("views/view/value/input")}
    assert shown == known_buffers(PROFILE.stream) - {stream.sensor for stream in PROFILE.stream}
    (connection,) = root.findall("network/connection")
    (info,) = root.findall("views/view/info")
    assert str(connection.get("address")) in str(info.get("label"))
    assert float(str(root.get("version"))) == 1.12  # the first with type="time"
    for name in ("title", "category", "description"):
        assert root.findtext(name)


def test_a_full_set_of_buffers_fits_a_message() -> None:
    root = ET.parse(EXPERIMENT).getroot()  # noqa: S314
    size = max(int(str(node.get("size"))) for node in root.findall("data-containers/container"))
    number = -123.45678901234567
    parts = {name: [number] * size for name in known_buffers(PROFILE.stream)}
    assert DECODER.decode("push", json.dumps(parts).encode()).refused == ()
