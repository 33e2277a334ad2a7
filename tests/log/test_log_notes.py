"""The note in a recovered file."""

from __future__ import annotations

import json

import msgspec
import pytest

from tidehold.log.notes import InputRange, Lost, Recovered, decode_recovered, encode_recovered
from tidehold.records import UnixNs

NOTE = Recovered(
    source="x.mcap.part",
    when=UnixNs(5),
    lost=(Lost(10, 20, "cut"),),
    missing=(InputRange(3, 4),),
    header="kept",
    outputs="made again",
)


def test_a_note_comes_back_as_it_was() -> None:
    assert decode_recovered(encode_recovered(NOTE)) == NOTE


def test_a_note_says_its_ranges_by_name() -> None:
    tree = json.loads(encode_recovered(NOTE))
    assert tree["lost"] == [{"start": 10, "end": 20, "what": "cut"}]
    assert tree["missing"] == [{"first": 3, "last": 4}]


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"source": 1}'])
def test_what_is_no_note_is_refused(raw: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_recovered(raw)
