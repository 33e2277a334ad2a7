"""What may be written of a phone's message: nothing that the profile does not name, and the same readings."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.pushes import ENTRIES, MESSAGES, NAMES, RUN, SENSORS, T0, entry, push
from tidehold.sources.profiles import builtin_profiles
from tidehold.wire.decoder import Decoded, Decoder
from tidehold.wire.json_parts import MAX_MESSAGE, REASONS
from tidehold.wire.sieve import Sieve

PROFILES = builtin_profiles()
ANDROID = PROFILES["sensor-logger-android"]
SIEVE = Sieve(ANDROID)
DECODER = Decoder(ANDROID)
PHYPHOX = PROFILES["phyphox"]
GYR = entry("gyroscope", T0, x=1.50, y=2, z=-3e0)
PLACE = entry("location", T0, latitude=48.4, longitude=10.0)
NAMED = {sensor for sensor, _ in SENSORS.values()}


def sift(payload: bytes) -> bytes:
    sifted = SIEVE.sift("push", payload)
    assert SIEVE.sift("push", sifted) == sifted
    same(DECODER.decode("push", payload), DECODER.decode("push", sifted))
    return sifted


def same(one: Decoded, other: Decoded) -> None:
    assert (one.refused, one.text, one.skipped, one.message) == (
        other.refused,
        other.text,
        other.skipped,
        other.message,
    )
    assert [reading.stream for reading in one.readings] == [reading.stream for reading in other.readings]
    for mine, its in zip(one.readings, other.readings, strict=True):
        assert mine.device == its.device
        np.testing.assert_array_equal(mine.values, its.values)
        np.testing.assert_array_equal(mine.times, its.times)


@pytest.mark.parametrize(
    "payload",
    [
        push(GYR, GYR),
        push(),
        json.dumps({**RUN, "payload": [GYR, entry("battery", T0, batteryLevel=0.5, batteryState="full")]}).encode(),
        json.dumps({"payload": [GYR], **RUN}, indent=2).encode(),
        json.dumps({"payload": [GYR]}).encode(),
        push({"name": "gyroscope", "time": T0, "x": 1, "y": 2, "z": 3, "accuracy": 3}),
        push({"name": "gyroscope", "time": "now", "values": None}),
        push(GYR).replace(b"1.5", b"1.50e0"),
        push({**GYR, "note": "a name with \\ and 'name' in it"}),
        push(GYR, sessionId="é"),
        push(GYR, sessionId='"name"'),
        push(GYR, leftOut={"location": 3, "other": 1}),
        push(*[{"name": "gyroscope", "time": 1}] * 2000),
    ],
    ids=itertools.count(),
)
def test_where_nothing_has_to_go_the_bytes_are_the_same(payload: bytes) -> None:
    assert sift(payload) == payload


def test_entries_of_other_sensors_go_and_are_counted() -> None:
    wifi = entry("WiFi", T0, ssid="Ulm")
    sifted = sift(push(PLACE, GYR, entry("Her house", T0), wifi, PLACE, 5, GYR, userId="u1", note={"a": "b"}))
    one = json.dumps(GYR, separators=(",", ":"))
    assert sifted.decode() == (
        f'{{"messageId":7,"sessionId":"s1","deviceId":"d1","payload":[{one},{one}],'
        '"leftOut":{"location":2,"other":1,"unreadable":1,"wifi":1}}'
    )
    assert DECODER.decode("push", sifted).skipped == {
        "location: not named in the profile": 2,
        "other: not named in the profile": 1,
        "entry: not readable": 1,
        "wifi: not named in the profile": 1,
    }


def test_the_bytes_of_what_stays_are_those_that_arrived() -> None:
    odd = b'{ "values" : {"z":-3.0e0,"y" :2,"x":1.50,"why":"\\u00e9"},"time":1746684800000000001 ,"name":"gyroscope"}'
    payload = push(PLACE).replace(b'[{"name"', b"[" + odd + b',{"name"')
    assert odd in sift(payload)
    assert b'location",' not in sift(payload)


def test_counts_of_a_message_that_was_sifted_before_add_up() -> None:
    assert b'"leftOut":{"location":3,"wifi":1}' in sift(push(GYR, PLACE, leftOut={"wifi": 1, "location": 2}))


@pytest.mark.parametrize(
    ("top", "kept"),
    [
        ({"userId": "Ulm"}, RUN),
        ({"sessionId": {"home": "Ulm"}}, {"messageId": 7, "deviceId": "d1"}),
        ({"sessionId": ["Ulm"]}, {"messageId": 7, "deviceId": "d1"}),
        ({"sessionId": "Ulm" * 100}, {"messageId": 7, "deviceId": "d1"}),
        ({"deviceId": {"home": "Ulm"}}, {"messageId": 7, "sessionId": "s1"}),
        ({"messageId": "Ulm"}, {"sessionId": "s1", "deviceId": "d1"}),
        ({"messageId": 10**30}, {"sessionId": "s1", "deviceId": "d1"}),
        ({"leftOut": {"Ulm": 1}}, RUN),
        ({"leftOut": "Ulm"}, RUN),
        ({"refused": "Ulm", "bytes": 5}, RUN),
    ],
)
def test_what_does_not_number_the_message_goes(top: dict[str, Any], kept: dict[str, Any]) -> None:
    sifted = sift(push(GYR, **top))
    assert json.loads(sifted) == {**kept, "payload": [GYR]}
    assert b"Ulm" not in sifted


TWICE = {
    "the payload": push(PLACE)[:-1] + b"," + push(GYR)[1:],
    "the name of the run": push(GYR).replace(b'"sessionId":', b'"sessionId":"48.4","sessionId":'),
    "the name of an entry": push(GYR).replace(b'"name":', b'"name":"48.4","name":'),
    "the values": push(GYR).replace(b'"values":', b'"values":{"latitude":48.4},"values":'),
    "the time": push(GYR).replace(b'"time":', b'"time":48.4,"time":'),
    "the time, a whole number": push(GYR).replace(b'"time":', b'"time":484,"time":'),
    "an escaped key": push(GYR).replace(b'"values":', b'"\\u0076alues":{"latitude":48.4},"values":'),
    "another escaped key": push(GYR).replace(b'"payload":', b'"\\u0070ayload":[{"latitude":48.4}],"payload":'),
}


@pytest.mark.parametrize("payload", TWICE.values(), ids=TWICE)
def test_a_key_that_is_there_twice_hides_nothing(payload: bytes) -> None:
    sifted = sift(payload)
    assert b"48" not in sifted.replace(b"1746684800000000000", b"")
    assert json.loads(sifted) == {**RUN, "payload": [GYR]}


def test_keys_that_need_escapes_stay_keys() -> None:
    entry_with = {**GYR, 'a"b\\': 1, "é": 2}
    twice = push(entry_with).replace(b'"name":', b'"name":"x","name":')
    assert json.loads(sift(twice))["payload"] == [entry_with]


@pytest.mark.parametrize(
    "payload", [b'{"message":"test"}', b'{"message":"Ulm"}', b'"Ulm"', b"[5]", b"null", b"{}", b'{"userId":"Ulm"}']
)
def test_the_words_of_a_test_message_go(payload: bytes) -> None:
    sifted = sift(payload)
    assert sifted == b'{"leftOut":{"text":1}}'
    assert DECODER.decode("push", sifted).text == "test message"


BAD = [
    (b"Ulm", "not JSON"),
    (b"", "not JSON"),
    (push(GYR)[:-1], "not JSON"),
    (b'{"a":"\\ud800"}', "not JSON"),
    (b'{"a":"\xff"}', "not UTF-8"),
    (b"[" * 100_000 + b"]" * 100_000, "nested deeper than 32"),
    (b'[{"' * 85_000, "nested deeper than 32"),
    (b'{"payload":[' + b"[" * 5000 + b"]" * 5000 + b"]}", "nested deeper than 32"),
    (b"x" * (MAX_MESSAGE + 1), f"longer than {MAX_MESSAGE} bytes"),
    (b'{"payload":"Ulm"}', "payload is not a list"),
    (b'{"payload":null}', "payload is not a list"),
    (push(*[0] * 100_000), "more than 2000 entries"),
    (push(*[{"name": "gyroscope", "time": 1}] * 2001), "more than 2000 entries"),
]


@pytest.mark.parametrize(("payload", "why"), BAD, ids=itertools.count())
def test_what_cannot_be_sifted_is_replaced_by_the_reason(payload: bytes, why: str) -> None:
    sifted = sift(payload)
    assert json.loads(sifted) == {"refused": why, "bytes": len(payload)}
    assert DECODER.decode("push", sifted).refused == (why,)


@pytest.mark.parametrize("cut", range(1, 200, 7))
def test_a_message_that_was_cut_is_replaced(cut: int) -> None:
    assert json.loads(sift(push(GYR, PLACE)[:-cut]))["refused"] == "not JSON"


def test_a_message_at_the_limit_does_not_grow_over_it() -> None:
    room = MAX_MESSAGE - len(push({**GYR, "pad": ""}, 5))
    payload = push({**GYR, "pad": "x" * room}, 5)
    assert len(payload) == MAX_MESSAGE
    sifted = SIEVE.sift("push", payload)
    assert len(sifted) <= MAX_MESSAGE
    assert SIEVE.sift("push", sifted) == sifted
    assert [reading.stream for reading in DECODER.decode("push", sifted).readings] == ["gyr"]


@pytest.mark.parametrize("number", ["1e400", "1" * 100_000], ids=["1e400", "long"])
def test_numbers_that_no_double_holds(number: str) -> None:
    assert sift(push(GYR, PLACE).replace(b"48.4", number.encode())) == sift(push(GYR, PLACE))
    damaged = push(GYR).replace(b"1.5", number.encode())
    assert sift(damaged) == damaged


# phyphox

BUFFERS = {"accX": [1.5], "accY": [2], "accZ": [None], "acc_time": [0.25]}
TIME = {"now": 1.5, "events": [{"event": "START", "experimentTime": 0.0, "systemTime": 1.0}]}


def sift_phyphox(payload: bytes) -> bytes:
    sieve, decoder = Sieve(PHYPHOX), Decoder(PHYPHOX)
    sifted = sieve.sift("push", payload)
    assert sieve.sift("push", sifted) == sifted
    same(decoder.decode("push", payload), decoder.decode("push", sifted))
    return sifted


@pytest.mark.parametrize("message", [BUFFERS, {**BUFFERS, "time": TIME}, {}, {"time": {"now": 1}}, {"accX": "odd"}])
@pytest.mark.parametrize("blanks", [None, 2])
def test_buffers_that_are_named_stay_as_they_are(message: dict[str, Any], blanks: int | None) -> None:
    payload = json.dumps(message, indent=blanks).encode()
    assert sift_phyphox(payload) == payload


@pytest.mark.parametrize(
    ("more", "left_out"),
    [
        ({"lat": [48.4], "Ulm": 1}, {"leftOut": {"other": 2}}),
        ({"leftOut": {"Ulm": 1}}, {}),
        ({"leftOut": {"other": 3}, "deviceModel": "Ulm"}, {"leftOut": {"other": 4}}),
        ({"time": "Ulm"}, {}),
        ({"time": {"now": 1, "place": "Ulm"}}, {}),
        ({"time": {"now": 1, "events": [{"event": "Ulm", "experimentTime": 0, "systemTime": 1}]}}, {}),
    ],
)
def test_buffers_that_are_not_named_go(more: dict[str, Any], left_out: dict[str, Any]) -> None:
    sifted = sift_phyphox(json.dumps({**BUFFERS, **more}).encode())
    assert json.loads(sifted) == {**BUFFERS, **left_out}
    assert b"Ulm" not in sifted


def test_a_buffer_that_is_there_twice_hides_nothing() -> None:
    payload = json.dumps(BUFFERS).encode()
    assert json.loads(sift_phyphox(payload.replace(b"{", b'{"accX":"Ulm",', 1))) == BUFFERS
    assert b"Ulm" not in sift_phyphox(payload.replace(b"{", b'{"accX":"Ulm",', 1))


@pytest.mark.parametrize("payload", [b"[]", b"Ulm", b'"Ulm"', b"\xff", b'{"accX":' + b"[" * 5000])
def test_what_is_not_phyphox_is_replaced_by_the_reason(payload: bytes) -> None:
    assert json.loads(sift_phyphox(payload))["refused"] in REASONS


# other channels


@given(st.sampled_from([channel.id for channel in PROFILES["polar-h10"].channel]), st.binary(max_size=30))
def test_payloads_of_other_codecs_stay_as_they_are(channel: str, payload: bytes) -> None:
    assert Sieve(PROFILES["polar-h10"]).sift(channel, payload) == payload


def test_what_arrives_nowhere_is_not_kept() -> None:
    assert json.loads(SIEVE.sift("nowhere", b"Ulm")) == {"refused": "no such channel in the profile", "bytes": 3}
    assert DECODER.decode("nowhere", b"Ulm").refused == ("no such channel in the profile",)


# all of it


@given(MESSAGES)
def test_any_message_says_the_same_when_sifted(payload: bytes) -> None:
    sift(payload)


@given(st.binary(max_size=80) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_say_the_same_when_sifted(payload: bytes) -> None:
    sift(payload)
    sift_phyphox(payload)


@given(MESSAGES, st.data())
def test_any_damage_says_the_same_when_sifted(payload: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(payload) - 1))
    more = data.draw(st.binary(max_size=3) | st.sampled_from([b"[", b"]", b"{", b"}", b'"', b",", b"\\"]))
    sift(payload[:place] + more + payload[place + 1 :])


PRIVATE = "q7Zk"
PRIVATES = (
    st.just(PRIVATE) | st.lists(st.just(PRIVATE), max_size=2) | st.just({PRIVATE: PRIVATE}) | st.just({"x": PRIVATE})
)
OTHERS = NAMES.filter(lambda name: name not in NAMED) | st.text(max_size=4) | st.just(PRIVATE)
FOREIGN = PRIVATES | st.fixed_dictionaries(
    {"name": OTHERS.filter(lambda name: name not in NAMED)},
    optional={"time": st.integers() | PRIVATES, "values": PRIVATES, "x": PRIVATES, "place": PRIVATES},
)
TOP = st.dictionaries(st.sampled_from(["userId", "leftOut", "refused", "note", PRIVATE]), PRIVATES, max_size=3)


@given(entries=ENTRIES, foreign=st.lists(FOREIGN, max_size=4), top=TOP, twice=st.booleans(), data=st.data())
def test_no_value_that_is_not_named_stays_in_the_bytes(
    entries: list[Any], foreign: list[Any], top: dict[str, Any], twice: bool, data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations([*entries, *foreign]))
    payload = json.dumps({**RUN, **top, "payload": mixed}, ensure_ascii=data.draw(st.booleans())).encode()
    if twice:
        payload = payload.replace(b'{"messageId"', f'{{"payload":["{PRIVATE}"],"messageId"'.encode(), 1)
    assert PRIVATE.encode() not in sift(payload)


@given(st.dictionaries(st.text(max_size=4) | st.just(PRIVATE), PRIVATES, max_size=4))
def test_no_buffer_that_is_not_named_stays_in_the_bytes(more: dict[str, Any]) -> None:
    assert PRIVATE.encode() not in sift_phyphox(json.dumps({**more, **BUFFERS}).encode())
