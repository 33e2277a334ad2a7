"""Records of a JSON array, one by one: where they are, and that a broken one spoils no other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidehold.imports.record_scan import records_of
from tidehold.wire.json_parts import MAX_MESSAGE

RAW = '[\n {"sensor": "Gyroscope", "text": "a } { \\" é"},\n\n {"values": {"x": 1}}\n]\n'.encode()


def test_records_are_where_they_stand() -> None:
    one, two = records_of(RAW)
    assert RAW[one.start : one.end].endswith('é"}'.encode())
    assert (one.number, two.number) == (2, 4)
    assert (one.parts or {})["sensor"] == "Gyroscope"
    assert two.parts == {"values": {"x": 1}}
    assert json.loads(RAW[two.start : two.end]) == two.parts


def test_what_is_none_is_told_and_the_next_one_is_found() -> None:
    raw = b'[{"a":1},\n{"a":,\n"b":2},\n{"a":3}, 17, "x", {"a":4}, {"a"'
    found = list(records_of(raw))
    assert [record.parts for record in found] == [{"a": 1}, None, {"a": 3}, None, None, {"a": 4}, None]
    assert [record.number for record in found] == [1, 2, 4, 4, 4, 4, 4]
    assert raw[found[1].start : found[1].end] == b'{"a":,\n"b":2}'


def test_brackets_without_end_are_no_trouble() -> None:
    assert [record.parts for record in records_of(b'[{"a":' * 3)] == [None] * 3
    assert [record.parts for record in records_of(b'{"a":' + b"[" * 100_000)] == [None]
    assert list(records_of(b"")) == []


def test_a_long_record_is_one_and_one_longer_than_any_that_is_kept_is_none() -> None:
    for length, is_kept in ((10_000, True), (MAX_MESSAGE, False)):
        long = json.dumps({"a": "x" * length}).encode()
        one, two = records_of(b"[" + long + b', {"b":2}]')
        assert (one.parts is not None, one.start, one.end, two.parts) == (is_kept, 1, 1 + len(long), {"b": 2})


def test_a_broken_record_costs_as_much_in_a_long_file_as_in_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []

    class Counted:
        def raw_decode(self, text: str) -> tuple[object, int]:
            looked_at.append(len(text))  # a complaint of json's counts the lines in all of it
            return json.JSONDecoder().raw_decode(text)

    monkeypatch.setattr("tidehold.imports.record_scan._DECODER", Counted())
    raw = b"[" + b'{"a":"1" "b":"2"}' + b" " * (1 << 20) + b'{"a":1}]'
    assert [record.parts for record in records_of(raw)] == [None, {"a": 1}]
    assert max(looked_at) <= MAX_MESSAGE


@settings(max_examples=60)
@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=5)), max_size=6), st.integers(0, 3)
)
def test_whole_arrays_come_back(records: list[dict[str, object]], indent: int) -> None:
    raw = json.dumps(records, indent=indent, ensure_ascii=False).encode()
    assert [json.loads(raw[record.start : record.end]) for record in records_of(raw)] == records


@settings(max_examples=60)
@given(st.binary(max_size=80), st.integers(0, len(RAW)))
def test_no_bytes_crash_it_or_are_told_twice(garbage: bytes, cut: int) -> None:
    for raw in (garbage, RAW[:cut], RAW[:cut] + garbage + RAW[cut:]):
        places = [place for record in records_of(raw) for place in record[:2]]
        assert places == sorted(places)
        assert all(record.end > record.start for record in records_of(raw))
