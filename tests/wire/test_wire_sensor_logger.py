"""Sensor Logger's pushed JSON: exact times, units and signs, and every fault counted by itself."""

from __future__ import annotations

import itertools
import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.pushes import MESSAGES, RUN, T0, entry, push, witness
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import STANDARD_GRAVITY
from tidehold.wire.decoder import Decoded, Decoder
from tidehold.wire.json_parts import MAX_MESSAGE, REASONS
from tidehold.wire.profile import Channel, Profile, Stream

PROFILES = {name: profile for name, profile in builtin_profiles().items() if name.startswith("sensor-logger")}
ANDROID = Decoder(PROFILES["sensor-logger-android"])
IPHONE = Decoder(PROFILES["sensor-logger-ios"])
DECODERS = {name: Decoder(profile) for name, profile in PROFILES.items()}
VECTOR = (
    b'{"messageId":7,"sessionId":"s1","deviceId":"d1","payload":[{"name":"gravity","time":1746684800000000000,'
    b'"values":{"x":0.12,"y":-4.9,"z":-8.49}}]}'
)
WHOLE = entry("gyroscope", T0, x=1, y=2, z=3)


def decode(*entries: Any, **top: Any) -> Decoded:
    return ANDROID.decode("push", push(*entries, **top))


def samples(decoded: Decoded) -> dict[str, list[tuple[int, Any]]]:
    found = {}
    for reading in decoded.readings:
        assert reading.times is not None
        assert reading.times.dtype == np.int64
        assert reading.values.dtype == np.float64
        assert len(reading.times) == len(reading.values) > 0
        assert reading.device == max(reading.times.tolist())
        rows = reading.values.reshape(len(reading.times), -1)
        found[reading.stream] = list(zip(reading.times.tolist(), rows.tolist(), strict=True))
    return found


# PUSHING.md, UNITS.md, CROSSPLATFORM.md


def test_the_vector_of_the_reference() -> None:
    decoded = ANDROID.decode("push", VECTOR)
    assert samples(decoded) == {"gravity": [(1746684800000000000, [0.12, -4.9, -8.49])]}
    assert (decoded.refused, decoded.skipped, decoded.text, decoded.message) == ((), {}, "", ("s1", 7))
    assert samples(IPHONE.decode("push", VECTOR)) == {"gravity": [(1746684800000000000, [-0.12, 4.9, 8.49])]}


def test_a_phone_lying_face_up_says_the_same_whatever_it_is() -> None:
    iphone = push(entry("accelerometeruncalibrated", T0, x=0.0, y=0.0, z=-1.0), entry("gravity", T0, x=0, y=0, z=-9.8))
    android = push(
        entry("accelerometeruncalibrated", T0, x=0.0, y=0.0, z=STANDARD_GRAVITY), entry("gravity", T0, x=0, y=0, z=9.8)
    )
    expected = {"acc": [(T0, [0.0, 0.0, STANDARD_GRAVITY])], "gravity": [(T0, [0.0, 0.0, 9.8])]}
    assert samples(IPHONE.decode("push", iphone)) == expected
    for name in ("sensor-logger-android", "sensor-logger-standardised"):
        assert samples(DECODERS[name].decode("push", android)) == expected


@pytest.mark.parametrize("decoder", DECODERS.values(), ids=DECODERS)
def test_turning_is_alike_everywhere_and_the_battery_is_in_percent(decoder: Decoder) -> None:
    decoded = decoder.decode("push", push(WHOLE, entry("battery", T0, batteryLevel=0.5, batteryState="charging")))
    assert samples(decoded) == {"gyr": [(T0, [1.0, 2.0, 3.0])], "battery": [(T0, [50.0])]}
    assert [reading.values.shape for reading in decoded.readings] == [(1, 3), (1,)]


def test_a_wrong_unit_is_not_refused() -> None:
    wrong = push(entry("accelerometeruncalibrated", T0, x=0.0, y=0.0, z=9.81))
    assert samples(IPHONE.decode("push", wrong))["acc"][0][1][2] == pytest.approx(-96.2, abs=0.1)


@pytest.mark.parametrize("time", [0, 2**53 + 1, 1746684800000000001, 2**63 - 1])
def test_times_are_exact(time: int) -> None:
    assert samples(decode(entry("gyroscope", time, x=1, y=2, z=3)))["gyr"][0][0] == time
    assert samples(decode(entry("gyroscope", time, x=1, y=2, z=3), 5))["gyr"][0][0] == time


def test_a_time_in_the_writing_of_doubles_is_a_time() -> None:
    payload = VECTOR.replace(b"1746684800000000000", b"1.7466848e18")
    assert samples(ANDROID.decode("push", payload)) == samples(ANDROID.decode("push", VECTOR))


def test_samples_stay_in_the_order_of_the_message() -> None:
    times = [T0 + 30, T0 + 10, T0 + 20, T0 + 10]
    decoded = decode(*(entry("gyroscope", time, x=i, y=0, z=0) for i, time in enumerate(times)))
    assert [(time, row[0]) for time, row in samples(decoded)["gyr"]] == list(zip(times, range(4), strict=True))
    assert decoded.readings[0].device == T0 + 30


def test_older_versions_of_the_app_have_values_beside_the_name() -> None:
    old = {"name": "gyroscope", "time": T0, "x": 1, "y": 2, "z": 3}
    assert samples(decode(old)) == samples(decode(WHOLE)) == {"gyr": [(T0, [1.0, 2.0, 3.0])]}
    assert decode({**old, "values": {"x": 1}}).skipped == {
        "gyr: value missing": 1
    }  # under "values" or beside, not both


def test_two_streams_of_one_sensor() -> None:
    streams = (
        Stream("pitch", "push", "1", sensor="orientation", axes=("pitch",), scale=2.0),
        Stream("pose", "push", "1", ("roll", "yaw"), sensor="orientation", axes=("-roll", "yaw")),
    )
    profile = Profile(
        "test",
        "Test",
        "phone",
        "mqtt",
        channel=(Channel("push", "message", "sensor-logger", topic="t"),),
        stream=streams,
    )
    decoder = Decoder(profile)
    whole = entry("orientation", T0, pitch=1, roll=2, yaw=3)
    for extra in ((), (5,)):
        assert samples(decoder.decode("push", push(whole, *extra))) == {
            "pitch": [(T0, [2.0])],
            "pose": [(T0, [-2.0, 3.0])],
        }
    half = decoder.decode("push", push(entry("orientation", T0, pitch=1, roll=2)))
    assert (samples(half), half.skipped) == ({"pitch": [(T0, [2.0])]}, {"pose: value missing": 1})


def test_an_entry_without_a_name_is_of_no_sensor_even_where_there_is_only_one() -> None:
    profile = PROFILES["sensor-logger-android"]
    streams = tuple(stream for stream in profile.stream if stream.id == "gyr")
    decoder = Decoder(msgspec.structs.replace(profile, stream=streams, example=()))
    nameless = {key: value for key, value in WHOLE.items() if key != "name"}
    decoded = decoder.decode("push", push(WHOLE, nameless, {**WHOLE, "name": ""}, {**WHOLE, "name": "\0"}))
    assert samples(decoded) == {"gyr": [(T0, [1.0, 2.0, 3.0])]}
    assert decoded.skipped == {"entry: not readable": 1, "other: not named in the profile": 2}


# faults of entries


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (entry("gyroscope", T0, x=1, y=2), "gyr: value missing"),
        (entry("gyroscope", T0), "gyr: value missing"),
        ({"name": "gyroscope", "time": T0}, "gyr: value missing"),
        ({"name": "gyroscope", "time": T0, "values": None}, "gyr: value missing"),
        ({"name": "gyroscope", "time": T0, "values": [1, 2, 3]}, "gyr: value missing"),
        ({"name": "gyroscope", "time": T0, "values": 5}, "gyr: value missing"),
        (entry("gyroscope", T0, x=1, y=2, z=None), "gyr: value is not a number"),
        (entry("gyroscope", T0, x=1, y=2, z="3"), "gyr: value is not a number"),
        (entry("gyroscope", T0, x=1, y=2, z=True), "gyr: value is not a number"),
        (entry("gyroscope", T0, x=1, y=2, z=[3]), "gyr: value is not a number"),
        (entry("gyroscope", T0, x=1, y=2, z=10**400), "gyr: value is not a number"),
        (entry("gyroscope", T0, x=1, y=2, z=70.1), "gyr: outside -70..70"),
        (entry("gyroscope", T0, x=1, y=2, z=-71), "gyr: outside -70..70"),
        (entry("gyroscope", T0, x=1, y=2, z=1.7e308), "gyr: outside -70..70"),
        (entry("gyroscope", None, x=1, y=2, z=3), "gyr: time is not an integer"),
        (entry("gyroscope", str(T0), x=1, y=2, z=3), "gyr: time is not an integer"),
        (entry("gyroscope", 5.5, x=1, y=2, z=3), "gyr: time is not an integer"),
        (entry("gyroscope", True, x=1, y=2, z=3), "gyr: time is not an integer"),
        ({"name": "gyroscope", "values": {"x": 1, "y": 2, "z": 3}}, "gyr: time is not an integer"),
        (entry("gyroscope", -1, x=1, y=2, z=3), "gyr: time is negative"),
        (entry("gyroscope", 2**63, x=1, y=2, z=3), "gyr: time is beyond int64"),
        (entry("gyroscope", 10**30, x=1, y=2, z=3), "gyr: time is beyond int64"),
        (entry("gyroscope", 1e19, x=1, y=2, z=3), "gyr: time is beyond int64"),
        (5, "entry: not readable"),
        (None, "entry: not readable"),
        ("gyroscope", "entry: not readable"),
        ([WHOLE], "entry: not readable"),
        ({}, "entry: not readable"),
        ({"name": 5, "time": T0}, "entry: not readable"),
        ({"name": None}, "entry: not readable"),
        (entry("location", T0, latitude=48.4), "location: not named in the profile"),
        (entry("Wrist Motion", T0), "wristmotion: not named in the profile"),
        (entry("Gyroscope", T0, x=1, y=2, z=3), "gyroscope: not named in the profile"),
        (entry("I live in Ulm", T0), "other: not named in the profile"),
        (entry("location", "x"), "location: not named in the profile"),
    ],
)
def test_a_bad_entry_is_counted_and_the_others_stay(bad: Any, why: str) -> None:
    decoded = decode(WHOLE, bad, WHOLE, bad)
    assert samples(decoded) == {"gyr": [(T0, [1.0, 2.0, 3.0])] * 2}
    assert (decoded.skipped, decoded.refused, decoded.message) == ({why: 2}, (), ("s1", 7))
    alone = decode(bad)
    assert (alone.readings, alone.skipped, alone.refused) == ((), {why: 1}, ())


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" * 100_000], ids=["1e400", "-1e400", "long"])
def test_numbers_that_no_double_holds(number: str) -> None:
    payload = push(WHOLE, entry("gyroscope", T0, x=123456, y=0, z=0)).replace(b"123456", number.encode())
    decoded = ANDROID.decode("push", payload)
    assert samples(decoded) == {"gyr": [(T0, [1.0, 2.0, 3.0])]}
    assert decoded.skipped == {"gyr: value is not a number": 1}
    late = ANDROID.decode("push", push(WHOLE, entry("gyroscope", 123456)).replace(b"123456", number.encode()))
    assert late.skipped == {"gyr: time is not an integer": 1}


def test_finite_numbers_whose_sum_is_not() -> None:
    profile = PROFILES["sensor-logger-android"]
    streams = (Stream("acc", "push", "m/s^2", ("x", "y"), sensor="gyroscope", axes=("x", "y")),)
    decoder = Decoder(Profile("t", "T", "phone", "mqtt", channel=profile.channel, stream=streams))
    decoded = decoder.decode("push", push(entry("gyroscope", 5, x=1.7e308, y=1.7e308)))
    assert samples(decoded) == {"acc": [(5, [1.7e308, 1.7e308])]}


@pytest.mark.parametrize("more", [(), (5,)])
def test_a_number_that_no_double_holds_in_the_unit_is_outside_any_range(more: tuple[int, ...]) -> None:
    payload = push(entry("accelerometeruncalibrated", T0, x=1e308, y=0, z=0), *more)
    profile = PROFILES["sensor-logger-ios"]
    streams = tuple(msgspec.structs.replace(stream, range=None) for stream in profile.stream)
    for each in (profile, msgspec.structs.replace(profile, stream=streams)):
        decoded = Decoder(each).decode("push", payload)
        assert decoded.readings == ()
        assert [why for why in decoded.skipped if why.startswith("acc: outside")]


# the message as a whole


@pytest.mark.parametrize(
    "payload",
    [
        b'{"message":"test"}',
        b"{}",
        b'"hello"',
        b"5",
        b"null",
        b"[]",
        b'[{"name":"gyroscope"}]',
        b'{"messageId":1,"sessionId":"s"}',
        b"1e400",
    ],
)
def test_tap_to_test_is_said_in_words_that_are_not_its_own(payload: bytes) -> None:
    decoded = ANDROID.decode("push", payload)
    assert (decoded.text, decoded.readings, decoded.refused, decoded.skipped) == ("test message", (), (), {})


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"hello", "not JSON"),
        (b"", "not JSON"),
        (VECTOR + b"}", "not JSON"),
        (VECTOR[:-1], "not JSON"),
        (VECTOR.replace(b"s1", b"\\ud800"), "not JSON"),
        (VECTOR.replace(b"s1", b"\xff"), "not UTF-8"),
        (VECTOR.replace(b"s1", b"\xed\xa0\x80"), "not UTF-8"),
        (b"[" * 100_000 + b"]" * 100_000, "nested deeper than 32"),
        (b'{"payload":' + b"[" * 100_000, "nested deeper than 32"),
        (push(*[0] * 2001), "more than 2000 entries"),
        (push(*[{"name": "gyroscope", "time": 1}] * 2001), "more than 2000 entries"),
        (b'[{"' * 85_000, "nested deeper than 32"),
        (b" " * (MAX_MESSAGE + 1), f"longer than {MAX_MESSAGE} bytes"),
        *((push(payload=0).replace(b"[]", value), "payload is not a list") for value in (b"5", b"null", b'"a"', b"{}")),
    ],
    ids=itertools.count(),
)
def test_a_message_that_cannot_be_read_is_refused_whole(payload: bytes, why: str) -> None:
    decoded = ANDROID.decode("push", payload)
    assert (decoded.refused, decoded.readings, decoded.text, decoded.message) == ((why,), (), "", None)


@pytest.mark.parametrize(
    ("top", "message"),
    [
        ({}, ("s1", 7)),
        ({"messageId": 2**53 + 1}, ("s1", 2**53 + 1)),
        ({"messageId": 7.0}, ("s1", 7)),
        ({"sessionId": "é"}, ("é", 7)),
        ({"sessionId": "x" * 128}, ("x" * 128, 7)),
        ({"messageId": "7"}, None),
        ({"messageId": None}, None),
        ({"messageId": 2**63}, None),
        ({"messageId": 10**30}, None),
        ({"sessionId": 5}, None),
        ({"sessionId": "x" * 129}, None),
        ({"deviceId": 5, "userId": {"a": [1]}}, ("s1", 7)),
    ],
)
def test_how_messages_are_numbered(top: dict[str, Any], message: tuple[str, int] | None) -> None:
    decoded = decode(WHOLE, **top)
    assert decoded.message == message
    assert samples(decoded) == {"gyr": [(T0, [1.0, 2.0, 3.0])]}


@pytest.mark.parametrize("missing", ["messageId", "sessionId"])
def test_a_message_without_a_number_has_its_samples_all_the_same(missing: str) -> None:
    left = {key: value for key, value in RUN.items() if key != missing}
    decoded = ANDROID.decode("push", json.dumps({**left, "payload": [WHOLE]}).encode())
    assert (decoded.message, samples(decoded)) == (None, {"gyr": [(T0, [1.0, 2.0, 3.0])]})


def test_of_a_key_that_is_there_twice_the_last_counts() -> None:
    one, two = push(entry("gyroscope", 1, x=1, y=1, z=1)), push(WHOLE)
    assert samples(ANDROID.decode("push", one[:-1] + b"," + two[1:])) == samples(ANDROID.decode("push", two))
    twice = push({"a": 1}).replace(b'"a":1', b'"name":"location","time":1,"name":"gyroscope","x":1,"y":2,"z":3')
    assert samples(ANDROID.decode("push", twice)) == {"gyr": [(1, [1.0, 2.0, 3.0])]}


def test_what_was_left_out_before_is_counted_too() -> None:
    decoded = decode(WHOLE, entry("location", T0), leftOut={"location": 2, "other": 1})
    assert decoded.skipped == {"location: not named in the profile": 3, "other: not named in the profile": 1}
    assert decode(WHOLE, leftOut={"Ulm": 1}).skipped == {}


def test_what_was_left_out_is_said_of_each_message_and_in_order() -> None:
    decoder = Decoder(PROFILES["sensor-logger-android"])
    for counts in ({"other": 1, "location": 2}, {"other": 1, "location": 2}, {"Ulm": 1}, {"location": 3}, {}):
        skipped = decoder.decode("push", push(WHOLE, leftOut=counts)).skipped
        proper = {name: count for name, count in sorted(counts.items()) if name != "Ulm"}
        assert list(skipped.items()) == [(f"{name}: not named in the profile", n) for name, n in proper.items()]


# all of it


@pytest.mark.parametrize("name", DECODERS)
@given(payload=MESSAGES)
def test_sample_for_sample_what_the_standard_library_reads(name: str, payload: bytes) -> None:
    decoded = DECODERS[name].decode("push", payload)
    found, expected = samples(decoded), witness(name, payload)
    assert list(found) == [stream for stream in ("acc", "gyr", "gravity", "battery") if stream in expected]
    for stream, rows in expected.items():
        assert [time for time, _ in found[stream]] == [time for time, _ in rows]
        np.testing.assert_allclose([row for _, row in found[stream]], [row for _, row in rows], rtol=1e-12)
    assert decoded.refused == ()
    entries = len(json.loads(payload)["payload"])
    before = 2 if json.loads(payload).get("leftOut") == {"location": 2} else 0
    assert sum(map(len, found.values())) + sum(decoded.skipped.values()) == entries + before


@given(payload=MESSAGES)
def test_both_ways_give_the_same(payload: bytes) -> None:
    """One unreadable entry more sends the whole message the other way, and changes nothing else."""
    document = json.loads(payload)
    at_once = ANDROID.decode("push", payload)
    document["payload"].append(5)
    one_by_one = ANDROID.decode("push", json.dumps(document).encode())
    assert samples(at_once) == samples(one_by_one)
    assert at_once.message == one_by_one.message
    more = dict(one_by_one.skipped)
    more["entry: not readable"] -= 1
    assert {why: count for why, count in more.items() if count} == at_once.skipped


def test_cut_anywhere_or_extended_it_is_refused_whole() -> None:
    payload = push(WHOLE, entry("location", T0, latitude=48.4), userId="é")
    for cut in range(len(payload)):
        assert ANDROID.decode("push", payload[:cut]).refused == ("not JSON",)
    for more in (b"\0", b"\xff", b"}", payload, b" x"):
        assert ANDROID.decode("push", payload + more).refused[0] in REASONS
    assert ANDROID.decode("push", payload + b" \n").refused == ()


@given(st.binary(max_size=100) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(payload: bytes) -> None:
    decoded = ANDROID.decode("push", payload)
    assert decoded.readings == ()
    assert (decoded.text == "test message") != (len(decoded.refused) == 1 and decoded.refused[0] in REASONS)


@given(MESSAGES, st.data())
def test_any_damage_is_read_or_refused(payload: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(payload) - 1))
    damaged = payload[:place] + data.draw(st.binary(max_size=3)) + payload[place + 1 :]
    decoded = ANDROID.decode("push", damaged)
    samples(decoded)
    assert set(decoded.refused) <= set(REASONS)
