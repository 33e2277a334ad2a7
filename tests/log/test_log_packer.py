"""Chunks and the end of a file, read by the mcap package and cut, flipped and counted here."""

from __future__ import annotations

import io
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
from mcap.reader import NonSeekingReader, make_reader
from mcap.records import Channel, Chunk, Message, Schema
from mcap.stream_reader import StreamReader, breakup_chunk

from tests.log.sessions import header, inputs
from tidehold.log.layout import PREAMBLE
from tidehold.log.packer import KEY_SPACING, Packer, find_ending
from tidehold.log.reader import read_session
from tidehold.session.header import decode_header, encode_header


def pack(messages: list[tuple[str, int, int, bytes]], flush_every: int = 3) -> bytes:
    packer = Packer(header())
    data = PREAMBLE + packer.chunk(len(PREAMBLE), key=True)
    for at, message in enumerate(messages):
        packer.add(*message)
        if at % flush_every == 0:
            data += packer.chunk(len(data))
    data += packer.chunk(len(data), key=True)
    return data + packer.ending(len(data), zlib.crc32(data))


MESSAGES = [(f"/in/strap/{n % 3}", n, 10 * n, bytes([n])) for n in range(1, 11)]


def test_the_mcap_package_reads_every_message_in_order_with_all_its_checks_on() -> None:
    data = pack(MESSAGES)
    reader = NonSeekingReader(io.BytesIO(data), validate_crcs=True)
    found = [
        (channel.topic, message.sequence, message.log_time, message.data)
        for _, channel, message in reader.iter_messages(log_time_order=False)
        if channel.topic != "/header"
    ]
    assert found == MESSAGES


def test_the_mcap_package_agrees_with_the_summary() -> None:
    summary = make_reader(io.BytesIO(pack(MESSAGES)), validate_crcs=True).get_summary()
    assert summary is not None
    assert summary.statistics is not None
    counts = {summary.channels[number].topic: n for number, n in summary.statistics.channel_message_counts.items()}
    assert counts == {"/header": 3, "/in/strap/0": 3, "/in/strap/1": 4, "/in/strap/2": 3}
    assert summary.statistics.message_count == 13
    assert summary.statistics.chunk_count == 6
    assert (summary.statistics.message_start_time, summary.statistics.message_end_time) == (0, 100)
    assert len(summary.schemas) == 15


def test_the_mcap_package_reads_a_recorded_session(finished: Path) -> None:
    with finished.open("rb") as file:
        reader = NonSeekingReader(file, validate_crcs=True)
        found = [
            (message.sequence, message.log_time, message.data)
            for _, channel, message in reader.iter_messages(log_time_order=False)
            if channel.topic.startswith("/in/")
        ]
    mine = [(m.sequence, m.t, m.payload) for m in read_session(finished).messages() if m.topic.startswith("/in/")]
    assert found == mine
    assert [number for number, _, _ in found] == list(range(1, len(inputs(10)) + 1))


def test_every_chunk_can_be_read_without_any_other() -> None:
    reader = StreamReader(io.BytesIO(pack(MESSAGES)), emit_chunks=True)
    for chunk in (each for each in reader.records if isinstance(each, Chunk)):
        records = breakup_chunk(chunk, validate_crc=True)
        channels = {each.id: each for each in records if isinstance(each, Channel)}
        schemas = {each.id for each in records if isinstance(each, Schema)}
        messages = [each for each in records if isinstance(each, Message)]
        assert {each.channel_id for each in messages} <= channels.keys()
        assert next(iter(channels.values())).metadata == {"session": "test-1", "started": str(header().started)}
        assert (chunk.message_start_time, chunk.message_end_time) == (
            min(each.log_time for each in messages),
            max(each.log_time for each in messages),
        )
        if any(channels[each.channel_id].topic == "/header" for each in messages):
            assert schemas == set(range(1, 16))


def test_the_header_is_in_the_first_two_chunks_and_then_at_least_after_every_eighth_of_growth() -> None:
    dice = np.random.default_rng(1)
    packer = Packer(header())
    offset, copies = len(PREAMBLE), []
    for number in range(3000):
        packer.add("/in/strap/pmd", number, number, dice.bytes(400))
        chunk = packer.chunk(offset)
        records = StreamReader(io.BytesIO(chunk), skip_magic=True).records
        if any(isinstance(each, Message) and each.data == encode_header(header()) for each in _some(records, 18)):
            copies.append(offset)
        offset += len(chunk)
    assert copies[0] < copies[1] < 3000
    assert all(later - earlier <= max(KEY_SPACING, later / 8) + 2000 for earlier, later in pairwise(copies))
    assert 20 < len(copies) < 40


def _some(records: object, most: int) -> list[object]:
    iterator = iter(records)  # type: ignore[call-overload]
    found = []
    for _ in range(most):
        try:
            found.append(next(iterator))
        except Exception:  # noqa: BLE001 - the mcap reader's way to end without a footer
            break
    return found


def test_a_chunk_without_messages_is_not_written() -> None:
    packer = Packer(header())
    assert packer.chunk(0) == b""
    packer.add("/in/tick", 1, 5, b"{}")
    assert packer.waiting > 0
    assert packer.chunk(0)
    assert packer.waiting == 0
    assert packer.chunk(0) == b""


def test_the_header_in_a_chunk_is_the_header() -> None:
    messages = NonSeekingReader(io.BytesIO(pack([]))).iter_messages(log_time_order=False)
    assert [decode_header(message.data) for _, _, message in messages] == [header()] * 2


def test_the_ending_says_what_the_file_holds() -> None:
    data = pack(MESSAGES)
    ending = find_ending(data)
    assert ending is not None
    assert (ending.inputs, ending.last, ending.data_sound) == (10, 100, True)
    assert ending.topics == ("/header", "/in/strap/1", "/in/strap/2", "/in/strap/0")
    assert find_ending(data[-8000:], len(data) - 8000) == ending


def test_an_ending_with_any_bit_flipped_or_cut_anywhere_is_none() -> None:
    data = pack(MESSAGES)
    sound = find_ending(data)
    assert sound is not None
    for bit in range(8 * sound.start, 8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        found = find_ending(bytes(flipped))
        # the CRC of the data is outside the CRC of the summary: then the data are not vouched for
        assert found is None or found == sound._replace(data_sound=False)
    for length in range(len(data)):
        assert find_ending(data[:length]) is None


def test_a_flip_anywhere_before_the_ending_is_told_by_it() -> None:
    sound = pack(MESSAGES)
    for bit in range(0, 8 * 3800, 37):
        data = bytearray(sound)
        data[bit // 8] ^= 1 << bit % 8
        found = find_ending(bytes(data))
        assert found is not None
        assert not found.data_sound
