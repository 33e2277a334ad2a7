"""JSON from a phone: what is let through, what is refused, and that nothing raises anything else."""

from __future__ import annotations

import itertools
import json
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.wire.json_parts import (
    MAX_DEPTH,
    MAX_MESSAGE,
    NO_LIST,
    NOT_JSON,
    NOT_UTF8,
    REASONS,
    SENSORS,
    TOO_DEEP,
    TOO_LONG,
    add_counts,
    bare_length,
    check_text,
    left_out_reasons,
    read_integer,
    read_left_out,
    read_list,
    read_number,
    read_object,
    read_parts,
    read_text,
    refusal,
    sensor_key,
    write_object,
)

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


def text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def why(payload: bytes) -> str:
    with pytest.raises(WireError) as caught:
        read_parts(payload)
    return str(caught.value)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=6), ANY_JSON, max_size=4))
def test_an_object_is_its_parts(value: dict[str, Any]) -> None:
    payload = json.dumps(value).encode()
    parts = read_parts(payload)
    assert parts is not None
    assert {key: json.loads(bytes(part)) for key, part in parts.items()} == value
    assert json.loads(write_object(parts.items())) == value


@pytest.mark.parametrize("payload", [b"[]", b"5", b'"hello"', b"null", b"true", b" [1, 2] ", b'[{"a":1}]', b"1e400"])
def test_json_that_is_no_object_has_no_parts(payload: bytes) -> None:
    assert read_parts(payload) is None


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b" ",
        b"{",
        b"[",
        b'{"a"}',
        b'{"a":1,}',
        b"{'a':1}",
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":01}',
        b'{"a":1}x',
        b'{"a":1}{"a":1}',
        b'{"a":"\\q"}',
        b'{"a":"\\ud800"}',
        b'{"\\ud800":1}',
        b'{"a":"\x01"}',
        b"[1,2",
        b"[1 2]",
        b"tru",
        b"hello",
        b"\xef\xbb\xbf{}",
        b"}{",
        b"][" * 100,
        b'{"a":"',
        b'"' * 101,
        b"\\" * 101,
    ],
    ids=itertools.count(),
)
def test_what_is_not_json(payload: bytes) -> None:
    assert why(payload) == NOT_JSON


@pytest.mark.parametrize("payload", [b"\xff", b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"\xc3":1}', b'{"a":1}\x80'])
def test_what_is_not_utf8(payload: bytes) -> None:
    assert why(payload) == NOT_UTF8


def test_the_longest_message() -> None:
    longest = b'{"a":"' + b"x" * (MAX_MESSAGE - 8) + b'"}'
    assert len(longest) == MAX_MESSAGE
    assert read_parts(longest) is not None
    assert why(longest + b" ") == TOO_LONG


BOMBS = {
    "lists": b"[" * 100_000 + b"]" * 100_000,
    "objects": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "never closed": b'[{"' * (MAX_MESSAGE // 3),
    "never closed, with keys": b'{"a":[' * 40_000,
    "closed by a string": b"[" * 5_000 + b'"' + b"]" * 5_000 + b'"' + b"]" * 5_000,
    "closed by an escaped string": b"[" * 5_000 + b'"\\"' + b"]" * 5_000 + b'"' + b"]" * 5_000,
    "under a key": b'{"payload":' + b"[" * 1_000 + b"]" * 1_000 + b"}",
    "in another sensor": b'{"payload":[{"name":"location","values":' + b"[" * 990 + b"]" * 990 + b"}]}",
}


@pytest.mark.parametrize("payload", BOMBS.values(), ids=BOMBS)
def test_what_is_nested_deeply_is_refused_before_it_is_parsed(payload: bytes) -> None:
    assert why(payload) == TOO_DEEP
    with pytest.raises(WireError, match=TOO_DEEP):
        check_text(payload)


@pytest.mark.parametrize("bracket", [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_the_depth_that_is_always_read_and_that_which_never_is(bracket: tuple[bytes, bytes]) -> None:
    levels = bracket[0].count(b"[") + bracket[0].count(b"{")
    allowed, refused = MAX_DEPTH // levels, 3 * MAX_DEPTH // levels + 1
    check_text(bracket[0] * allowed + b"1" + bracket[1] * allowed)
    with pytest.raises(WireError, match=TOO_DEEP):
        check_text(bracket[0] * refused + b"1" + bracket[1] * refused)


def test_the_depth_does_not_depend_on_the_stack() -> None:
    payload = b'{"a":' + b"[" * 60 + b"]" * 60 + b"}"
    shallow = outcome(payload)
    limit = sys.getrecursionlimit()

    def deeper(levels: int) -> str:
        return deeper(levels - 1) if levels else outcome(payload)

    assert deeper(limit // 2) == shallow


def outcome(payload: bytes) -> str:
    try:
        return str(read_parts(payload) is not None)
    except WireError as error:
        return str(error)


@pytest.mark.parametrize("inside", ["[[[[", "]]]]", '"[', '\\"]', "{}" * 100, "\\"])
def test_brackets_in_strings_do_not_count(inside: str) -> None:
    parts = read_parts(text({"a": inside, inside: [1]}))
    assert parts is not None
    assert read_text(parts["a"]) == inside


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda t: t.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused_for_a_known_reason(payload: bytes) -> None:
    assert outcome(payload) in {"True", "False", *REASONS}


@given(st.text(alphabet='[]{}",:\\a1 ', max_size=40))
def test_any_brackets_are_read_or_refused_as_the_standard_parser_does(payload: str) -> None:
    try:
        expected = str(isinstance(json.loads(payload), dict))
    except ValueError:
        expected = NOT_JSON
    assert outcome(payload.encode()) == expected


def raw(value: str) -> msgspec.Raw:
    return msgspec.Raw(value.encode())


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("1746684800000000001", 1746684800000000001),
        ("9223372036854775807", 2**63 - 1),
        ("-5", -5),
        ("1.7466848e18", 1746684800000000000),
        ("5.0", 5),
        ("-0.0", 0),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("5.5", None),
        ("1e400", None),
        ("1" * 100_000, None),
        ("true", None),
        ("null", None),
        ('"5"', None),
        ("[5]", None),
    ],
    ids=itertools.count(),
)
def test_whole_numbers(value: str, number: int | None) -> None:
    assert read_integer(raw(value)) == number


def test_a_whole_number_is_an_integer_however_it_was_written() -> None:
    assert {type(read_integer(raw(value))) for value in ("5", "5.0", "5e0")} == {int}
    assert read_integer(None) is None


@pytest.mark.parametrize(
    ("value", "number"),
    [("1", 1.0), ("-2.5e-3", -0.0025), ("1" * 30, float("1" * 30)), ("1e-999", 0.0), ("1e308", 1e308)]
    + [(value, None) for value in ("1e309", "-1e400", "1" * 400, "1" * 100_000, "true", "null", '"1"', "[1]", "{}")],
    ids=itertools.count(),
)
def test_numbers_are_finite_or_none(value: str, number: float | None) -> None:
    assert read_number(raw(value)) == number


def test_texts_lists_and_objects_are_themselves_or_none() -> None:
    assert (read_text(raw('"\\u00e9"')), read_text(raw("5")), read_text(None)) == ("é", None, None)
    assert [bytes(item) for item in read_list(raw('[1, "a"]')) or []] == [b"1", b'"a"']
    assert (read_list(raw("{}")), read_object(raw("[]"))) == (None, None)
    assert {key: bytes(part) for key, part in (read_object(raw('{"a": 1, "a": 2}')) or {}).items()} == {"a": b"2"}


@pytest.mark.parametrize("reason", REASONS)
def test_a_refusal_takes_the_place_of_a_payload_and_stays(reason: str) -> None:
    document = refusal(b"x" * 1000, reason)
    assert json.loads(document) == {"refused": reason, "bytes": 1000}
    assert why(document) == reason
    assert refusal(document, reason) == document
    assert refusal(b" " + document + b" ", reason) == document


@pytest.mark.parametrize(
    "document",
    [
        {"refused": "she lives in Ulm", "bytes": 1},
        {"refused": NO_LIST},
        {"refused": NO_LIST, "bytes": -1},
        {"refused": NO_LIST, "bytes": 1, "latitude": 48.4},
        {"refused": NO_LIST, "bytes": "48.4"},
        {"refused": 5, "bytes": 5},
    ],
)
def test_what_only_looks_like_a_refusal_is_an_object_like_any(document: dict[str, Any]) -> None:
    assert set(read_parts(text(document)) or ()) == set(document)
    assert json.loads(refusal(text(document), NOT_JSON)) == {"refused": NOT_JSON, "bytes": len(text(document))}


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        ({"location": 3, "other": 1, "unreadable": 2}, {"location": 3, "other": 1, "unreadable": 2}),
        ({}, {}),
        ({"location": 0}, {}),
        ({"location": -1}, {}),
        ({"location": 1_000_001}, {}),
        ({"location": 1.5}, {}),
        ({"location": True}, {}),
        ({"ulm": 1}, {}),
        ({"location": 1, "ulm": 1}, {}),
        ({"text": 1}, {}),
        ([1], {}),
        ("location", {}),
        (None, {}),
    ],
)
def test_only_proper_counts_of_what_was_left_out_are_believed(said: Any, counts: dict[str, int]) -> None:
    parts = read_parts(text({"leftOut": said}))
    assert parts is not None
    assert read_left_out(parts) == counts
    assert read_left_out({}) == {}


def test_counts_add_up_in_order_and_not_for_ever() -> None:
    assert list(add_counts({"wifi": 2, "camera": 1}, {"other": 1, "wifi": 3}).items()) == [
        ("camera", 1),
        ("other", 1),
        ("wifi", 5),
    ]
    assert add_counts({"wifi": 999_999}, {"wifi": 5}) == {"wifi": 1_000_000}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("location", "location"),
        ("TotalAcceleration", "totalacceleration"),
        ("wrist motion", "wristmotion"),
        ("Ulm", "other"),
        ("", "other"),
        ("unreadable", "other"),
    ],
)
def test_a_sensor_is_counted_by_name_only_if_it_is_a_known_one(name: str, key: str) -> None:
    assert sensor_key(name) == key


def test_reasons_in_words() -> None:
    assert left_out_reasons({"wifi": 2, "other": 1, "unreadable": 3}) == {
        "wifi: not named in the profile": 2,
        "other: not named in the profile": 1,
        "entry: not readable": 3,
    }
    assert all(name == sensor_key(name) for name in SENSORS)


@given(st.dictionaries(st.text(max_size=6), st.integers() | st.text(max_size=6), max_size=4))
def test_an_object_is_as_long_as_its_parts_unless_there_is_more_in_it(value: dict[str, Any]) -> None:
    try:
        payload = json.dumps(value, ensure_ascii=False, indent=2).encode()
    except UnicodeEncodeError:
        return
    parts = read_parts(payload)
    assert parts is not None
    assert bare_length(write_object(parts.items())) == bare_length(payload)
    for key in parts:
        less = write_object((each, part) for each, part in parts.items() if each != key)
        assert bare_length(less) < bare_length(payload)
    twice = b'{"a":1,' + payload.lstrip(b"{") if value else b'{"a":1}'
    again = read_parts(twice)
    assert again is not None
    assert bare_length(write_object(again.items())) <= bare_length(twice)
