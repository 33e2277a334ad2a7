"""The grammar, against the mcap package's own parsers."""

from __future__ import annotations

import io
import json

import pytest
from mcap.data_stream import ReadDataStream
from mcap.records import Channel, Schema
from mcap.stream_reader import StreamReader

from tests.log.sessions import STARTED
from tidehold.errors import LogError
from tidehold.log.layout import (
    CHANNEL,
    PREAMBLE,
    RECORD,
    SCHEMAS,
    Stamp,
    pack_channel,
    pack_stamp,
    parse_channel,
    record,
    split_records,
    stamp_of,
    text,
)

STAMP = Stamp("Größe", STARTED)


def test_a_file_begins_as_the_mcap_package_expects() -> None:
    first = next(StreamReader(io.BytesIO(PREAMBLE)).records)
    assert (first.profile, first.library) == ("tidehold", "tidehold")  # type: ignore[attr-defined]


@pytest.mark.parametrize("number", range(1, len(SCHEMAS) + 1))
def test_schemas_are_json_schemas_of_objects_that_name_their_kind(number: int) -> None:
    schema = Schema.read(ReadDataStream(io.BytesIO(SCHEMAS[number - 1][RECORD.size :])))
    tree = json.loads(schema.data)
    assert (schema.id, schema.encoding) == (number, "jsonschema")
    assert tree["type"] == "object"
    assert schema.name == f"tidehold.{tree['title']}"
    assert tree["properties"]["type"]["enum"] == [tree["title"].lower()]
    assert "$ref" not in schema.data.decode()


@pytest.mark.parametrize(
    ("topic", "encoding", "kind"),
    [
        ("/in/strap/hr", "x-tidehold-raw", None),
        ("/in/phone/a/b", "x-tidehold-raw", None),
        ("/in/link/x", "x-tidehold-raw", None),
        ("/in/link", "json", "Link"),
        ("/in/tick", "json", "Tick"),
        ("/in/mark", "json", "Mark"),
        ("/in/stop", "json", "Stop"),
        ("/out/strap/rr", "json", "Sample"),
        ("/out/gap", "json", "Gap"),
        ("/out/estimate", "json", "Estimate"),
        ("/out/cue", "json", "Cue"),
        ("/out/rejected", "json", "Rejected"),
        ("/out/digest", "json", "Digest"),
        ("/header", "json", None),
        ("/recovered", "json", None),
    ],
)
def test_a_topic_decides_encoding_and_schema(topic: str, encoding: str, kind: str | None) -> None:
    packed = pack_channel(7, topic, {"a": "1", "b": "ü"})
    channel = Channel.read(ReadDataStream(io.BytesIO(packed[RECORD.size :])))
    assert (channel.id, channel.topic, channel.message_encoding) == (7, topic, encoding)
    assert channel.metadata == {"a": "1", "b": "ü"}
    names = [None] + [json.loads(s[s.index(b"{") :])["title"] for s in SCHEMAS]
    assert names[channel.schema_id] == kind
    assert parse_channel(packed[RECORD.size :]) == (7, topic, {"a": "1", "b": "ü"})


def test_a_channel_record_cut_anywhere_is_refused() -> None:
    body = pack_channel(7, "/in/strap/hr", {"key": "value"})[RECORD.size :]
    for length in range(len(body)):
        with pytest.raises(LogError, match="channel record"):
            parse_channel(body[:length])


def test_a_stamp_is_read_back_from_the_beginning_of_a_chunk() -> None:
    assert stamp_of(pack_stamp(STAMP) + SCHEMAS[0]) == STAMP


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x04",
        SCHEMAS[0],
        pack_channel(1, "/header", {}),
        pack_channel(1, "/header", {"session": "x"}),
        pack_channel(1, "/header", {"session": "x", "started": "yesterday"}),
        pack_channel(2, "/header", {"session": "x", "started": "1"}),
        pack_channel(1, "/other", {"session": "x", "started": "1"}),
        record(CHANNEL, b"\1\0\0\0", text("/header")),
    ],
)
def test_what_is_not_a_stamp_is_not_taken_for_one(content: bytes) -> None:
    assert stamp_of(content) is None


def test_records_are_split_and_a_cut_is_told() -> None:
    section = record(3, b"abc") + record(5) + record(4, b"de", b"f")
    assert [(opcode, section[start:end]) for opcode, start, end in split_records(section)] == [
        (3, b"abc"),
        (5, b""),
        (4, b"def"),
    ]
    whole = {0, 12, 21, 33}
    for length in set(range(len(section) + 1)) - whole:
        with pytest.raises(LogError, match=r"cut short|beyond"):
            list(split_records(section[:length]))
    for length in whole:
        list(split_records(section[:length]))
