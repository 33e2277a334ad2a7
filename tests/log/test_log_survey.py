"""Files whose bytes are in order but whose content is not, and what is said of them."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest
import zstandard

from tests.log.sessions import NOW, header, inputs, write
from tidehold.errors import LogError
from tidehold.log.layout import CHUNK, CHUNK_HEAD, PREAMBLE, Stamp, pack_stamp
from tidehold.log.notes import InputRange, Recovered, encode_recovered
from tidehold.log.packer import Packer
from tidehold.log.survey import Survey, survey
from tidehold.records import HostNs, Tick, encode
from tidehold.session.header import FORMAT

Batch = list[tuple[str, int, int, bytes]]


def tick(number: int, t: int | None = None) -> tuple[str, int, int, bytes]:
    return "/in/tick", number, number if t is None else t, encode(Tick(HostNs(number)))


def file_of(*batches: Batch, notes: list[tuple[str, bytes]] | None = None) -> bytes:
    """A finished file of these chunks, every CRC of it right."""
    packer = Packer(header(), notes or [])
    data = PREAMBLE + packer.chunk(len(PREAMBLE), key=True)
    for batch in batches:
        for message in batch:
            packer.add(*message)
        data += packer.chunk(len(data))
    return data + packer.ending(len(data), zlib.crc32(data))


def note(*missing: InputRange) -> list[tuple[str, bytes]]:
    made = Recovered(source="x", when=NOW, lost=(), missing=missing, header="kept", outputs="kept")
    return [("/recovered", encode_recovered(made))]


def numbers(found: Survey) -> list[int]:
    return [m.sequence for chunk in found.chunks() for m in chunk if m.topic == "/in/tick"]


def test_a_sound_file_has_no_findings(finished: Path) -> None:
    found = Survey(finished.read_bytes())
    assert (found.findings, found.missing, found.has_holes, found.torn) == ([], (), False, False)
    assert (found.inputs, found.finished, found.header) == (len(inputs(10)), True, header())
    assert found.last == inputs(10)[-1].t


def test_inputs_that_are_missing_without_a_trace_are_found_by_their_numbers() -> None:
    found = Survey(file_of([tick(1), tick(2)], [tick(5)], [tick(6)]))
    assert [finding.what for finding in found.findings] == ["inputs 3 to 4 are missing here"]
    assert found.missing == (InputRange(3, 4),)
    assert found.has_holes
    assert numbers(found) == [1, 2, 5, 6]


def test_inputs_missing_within_a_chunk_are_found_too() -> None:
    assert Survey(file_of([tick(2), tick(4)])).missing == (InputRange(1, 1), InputRange(3, 3))


def test_a_chunk_that_comes_again_is_left_out() -> None:
    found = Survey(file_of([tick(1), tick(2)], [tick(2), tick(3)], [tick(3)]))
    assert [finding.what for finding in found.findings] == ["input 2 comes after input 2"]
    assert found.findings[0].end > found.findings[0].start
    assert numbers(found) == [1, 2, 3]
    assert not found.has_holes


def test_a_chunk_with_an_input_of_two_times_is_left_out() -> None:
    found = Survey(file_of([tick(1)], [tick(2, t=7)], [tick(3)]))
    assert found.findings[0].what.startswith("a message of /in/tick says two times")
    assert numbers(found) == [1, 3]
    assert found.missing == (InputRange(2, 2),)


def test_missing_outputs_are_found_by_their_numbers() -> None:
    found = Survey(file_of([tick(1), ("/out/cue", 1, 1, b"{}")], [tick(2), ("/out/cue", 3, 2, b"{}")]))
    assert [finding.what for finding in found.findings] == ["outputs are missing here: after 1 comes 3"]
    assert found.has_holes
    assert found.missing == ()


def test_what_recover_noted_as_missing_is_no_finding() -> None:
    found = Survey(file_of([tick(1)], [tick(4)], notes=note(InputRange(2, 3), InputRange(5, 9))))
    assert found.findings == []
    assert found.missing == (InputRange(2, 3), InputRange(5, 9))
    other = Survey(file_of([tick(1)], [tick(5)], notes=note(InputRange(2, 3))))
    assert [finding.what for finding in other.findings] == ["inputs 2 to 4 are missing here"]


def test_the_end_of_a_file_tells_how_many_inputs_its_lost_last_chunks_had() -> None:
    data = file_of([tick(1)], [tick(2)], [tick(3), tick(4)])
    start = data.rindex(b"\x04\0\0\0zstd") - 37
    flipped = data[: start + 60] + bytes([data[start + 60] ^ 1]) + data[start + 61 :]
    found = Survey(flipped)
    assert found.missing == (InputRange(3, 4),)
    assert not found.has_holes
    assert not found.torn
    assert numbers(found) == [1, 2]


def test_a_recovered_file_that_is_damaged_again_counts_what_both_lost() -> None:
    data = file_of([tick(1)], [tick(4), tick(5)], [tick(6)], notes=note(InputRange(2, 3), InputRange(7, 9)))
    start = data.rindex(b"\x04\0\0\0zstd") - 37
    found = Survey(data[: start + 60] + b"\0\0\0\0" + data[start + 64 :])
    assert found.missing == (InputRange(2, 3), InputRange(6, 6), InputRange(7, 9))


def test_copies_that_differ_are_told() -> None:
    found = Survey(file_of([tick(1)], [("/header", 0, 1, b"{}")], [tick(2)]))
    assert [finding.what for finding in found.findings] == ["a copy of /header differs from the first"]


def test_a_flip_in_the_times_of_a_chunk_is_told(part: Path) -> None:
    data = bytearray(part.read_bytes())
    at = data.index(b"\x04\0\0\0zstd", 1200) - 37 + 9
    data[at] ^= 1
    assert [finding.what for finding in Survey(bytes(data)).findings] == [
        "a chunk's times are not those of its messages"
    ]


def test_bytes_that_are_wrong_though_every_chunk_is_right_are_told(finished: Path) -> None:
    data = bytearray(finished.read_bytes())
    data[9] ^= 1  # the length of the first record: nothing that anybody reads
    found = Survey(bytes(data))
    assert [finding.what for finding in found.findings] == [
        "this is not how a session file begins",
        "the bytes before do not match their CRC",
    ]
    assert found.inputs == len(inputs(10))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the file is empty: there is nothing to recover"),
        (PREAMBLE[:5], "ends at byte 5, before its header"),
        (PREAMBLE, f"ends at byte {len(PREAMBLE)}, before its header"),
        (
            PREAMBLE[:8] + b"\x01\x10\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0rosbag2_",
            "an MCAP file, but not a Tidehold session",
        ),
        (b"RIFF....", "not a Tidehold session, or nothing of it is intact"),
        (bytes(5000), "not a Tidehold session, or nothing of it is intact"),
        (PREAMBLE + bytes(5000), "nothing of this session is intact in 5041 bytes"),
    ],
    ids=["empty", "cut", "preamble", "foreign mcap", "foreign", "zeros", "zeros after preamble"],
)
def test_what_is_no_session_is_said_to_be_none(data: bytes, what: str) -> None:
    with pytest.raises(LogError, match=what) as caught:
        survey(Path("some.mcap"), data)
    assert str(caught.value).startswith("some.mcap: ")
    assert caught.value.exit_code == 3


def test_a_newer_format_is_refused_with_advice(tmp_path: Path) -> None:
    packer = Packer(header(format=FORMAT + 1))
    data = PREAMBLE + packer.chunk(len(PREAMBLE), key=True)
    with pytest.raises(LogError, match=rf"format {FORMAT + 1} is newer than this Tidehold reads \({FORMAT}\); update"):
        survey(tmp_path, data)


def test_topics_of_a_later_tidehold_are_passed_over() -> None:
    found = Survey(file_of([tick(1), ("/later", 9, 1, b"?")], [tick(2)]))
    assert (found.findings, numbers(found)) == ([], [1, 2])


def test_a_chunk_without_messages_is_no_damage() -> None:
    data = file_of([tick(1)])
    content = pack_stamp(Stamp("test-1", header().started))
    packed = zstandard.ZstdCompressor(write_checksum=True).compress(content)
    sums = (0, 0, len(content), zlib.crc32(content))
    empty = CHUNK_HEAD.pack(CHUNK, CHUNK_HEAD.size - 9 + len(packed), *sums, 4, b"zstd", len(packed)) + packed
    end = data.rindex(b"\x0f\x04\0\0\0\0\0\0\0")
    found = Survey(data[:end] + empty)
    assert (found.findings, numbers(found)) == ([], [1])


def test_a_file_cut_before_its_first_input_has_none(tmp_path: Path) -> None:
    found = Survey(write(tmp_path, [], finish=False).read_bytes())
    assert (found.inputs, found.last, found.missing, found.torn) == (0, 0, (), False)
