"""What nothing may break: files cut, flipped and zeroed, against the inputs that went in.

For each damage: `verify` tells it; reading gives the original inputs or an
error, never another value; `recover` saves every input outside the damaged
chunks, as it was. Which chunks are damaged is decided by the mcap package's view
of the undamaged file.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.log.sessions import NOW, SmallFold, Span, complaint, inputs, numbered, spans, write
from tidehold.log.reader import read_session
from tidehold.log.recover import Recovery, recover
from tidehold.log.verify import Verdict, verify
from tidehold.records import Frame, Input

pytestmark = pytest.mark.usefixtures("quick_disk")


class Original:
    """The bytes of a sound file, and what must survive a damage to them."""

    def __init__(self, name: str, data: bytes, chunks: list[Span], items: Iterable[Input]) -> None:
        self.name = name
        self.data = data
        self.chunks = chunks
        self.inputs = dict(enumerate(items, 1))

    def outside(self, start: int, end: int) -> dict[int, Input]:
        """Inputs of chunks that have no byte in this range."""
        intact = [chunk for chunk in self.chunks if chunk.end <= start or chunk.start >= end]
        return {number: self.inputs[number] for chunk in intact for number in chunk.numbers}

    def survives(self, start: int, end: int, data: bytes, tmp_path: Path) -> bool:
        """Assert all that is promised of these bytes, damaged from `start` to `end`; whether the damage was told."""
        path = tmp_path / self.name
        path.write_bytes(data)
        expected = self.outside(start, end)
        told = self._is_told(path, expected)
        self._reads_right(path, expected, told=told)
        self._recovers(path, expected)
        for leftover in tmp_path.iterdir():
            leftover.unlink()
        return told

    def _is_told(self, path: Path, expected: dict[int, Input]) -> bool:
        verdicts: list[Verdict] = []
        if complaint(lambda: verdicts.append(verify(path))) is not None:
            assert not expected
            return True
        return verdicts[0].state == "damaged" or bool(verdicts[0].findings)

    def _reads_right(self, path: Path, expected: dict[int, Input], *, told: bool) -> None:
        found: dict[int, Input] = {}
        said = complaint(lambda: found.update(enumerate(read_session(path, unfinished=True).inputs(), 1)))
        if said is not None:
            assert told
            assert str(path) in said
            assert not found
        else:
            assert found.items() <= self.inputs.items()
            assert expected.items() <= found.items()

    def _recovers(self, path: Path, expected: dict[int, Input]) -> None:
        made: list[Recovery] = []
        said = complaint(lambda: made.append(recover(path, NOW, make_fold=SmallFold)))
        if said is not None:
            assert "there is nothing to recover" in said
            assert not expected
        else:
            kept = numbered(Path(made[0].path))
            assert expected.items() <= kept.items()
            assert kept.items() <= self.inputs.items()


def of(path: Path, items: list[Input]) -> Original:
    return Original(path.name, path.read_bytes(), spans(path), items)


@pytest.fixture(scope="module")
def finished_3s(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return of(write(tmp_path_factory.mktemp("finished"), inputs(3)), inputs(3))


@pytest.fixture(scope="module")
def part_3s(tmp_path_factory: pytest.TempPathFactory) -> Original:
    items = inputs(3)[:-1]
    return of(write(tmp_path_factory.mktemp("part"), items, finish=False), items)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Original:
    """A minute whose frames do not compress: about 190 kB."""
    dice = random.Random(3)
    items = [
        Frame(item.t, item.source, item.channel, dice.randbytes(480))
        if isinstance(item, Frame) and item.channel == "pmd"
        else item
        for item in inputs(60)
    ]
    return of(write(tmp_path_factory.mktemp("large"), items), items)


def flips(original: Original, bits: Iterable[int], tmp_path: Path) -> int:
    """Flip each of these bits by itself; how many of the flips were told."""
    told = 0
    for bit in bits:
        data = bytearray(original.data)
        data[bit // 8] ^= 1 << bit % 8
        if original.survives(bit // 8, bit // 8 + 1, bytes(data), tmp_path):
            told += 1
        else:  # a bit of a zstd frame that means nothing: then nothing is lost or changed
            (tmp_path / original.name).write_bytes(data)
            found = read_session(tmp_path / original.name, unfinished=True).inputs()
            assert dict(enumerate(found, 1)) == original.inputs
    return told


def some_bits(original: Original, count: int) -> list[int]:
    return random.Random(1).sample(range(8 * len(original.data)), count)


def test_a_finished_session_cut_at_every_97th_byte(finished_3s: Original, tmp_path: Path) -> None:
    for length in range(0, len(finished_3s.data), 97):
        assert finished_3s.survives(length, len(finished_3s.data), finished_3s.data[:length], tmp_path)


def test_an_interrupted_session_cut_at_every_97th_byte(part_3s: Original, tmp_path: Path) -> None:
    ends = {chunk.end for chunk in part_3s.chunks}
    for length in range(0, len(part_3s.data), 97):
        told = part_3s.survives(length, len(part_3s.data), part_3s.data[:length], tmp_path)
        assert told or length in ends  # then it is as if it had been interrupted earlier


@pytest.mark.long
def test_a_session_cut_at_every_byte(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for finish in (True, False):
        folder = tmp_path_factory.mktemp("second")
        original = of(write(folder, inputs(1), finish=finish), inputs(1))
        for length in range(len(original.data)):
            original.survives(length, len(original.data), original.data[:length], tmp_path)


def test_a_finished_session_with_any_of_300_bits_flipped(finished_3s: Original, tmp_path: Path) -> None:
    assert flips(finished_3s, some_bits(finished_3s, 300), tmp_path) == 300


def test_an_interrupted_session_with_any_of_60_bits_flipped(part_3s: Original, tmp_path: Path) -> None:
    assert flips(part_3s, some_bits(part_3s, 60), tmp_path) >= 58  # see the long check for how many it is of all


@pytest.mark.long
def test_a_session_with_any_of_many_bits_flipped(finished_3s: Original, part_3s: Original, tmp_path: Path) -> None:
    bits = list(range(0, 8 * len(finished_3s.data), 13))
    assert flips(finished_3s, bits, tmp_path) == len(bits)
    bits = list(range(0, 8 * len(part_3s.data), 13))
    told = flips(part_3s, bits, tmp_path)
    print(f"interrupted: {told} of {len(bits)} flips told")
    assert told > 0.99 * len(bits)


@pytest.mark.parametrize("at", [0.0, 0.1, 0.35, 0.5, 0.66, 0.8, 0.99])
@pytest.mark.parametrize("fill", [b"\0", b"\xff", b"\x06"], ids=["zeros", "ones", "opcodes"])
def test_a_session_with_64_kib_overwritten(at: float, fill: bytes, large: Original, tmp_path: Path) -> None:
    start = int(at * len(large.data))
    end = min(len(large.data), start + 65536)
    assert len(large.data) > 2 * 65536
    assert large.survives(start, end, large.data[:start] + fill * (end - start) + large.data[end:], tmp_path)


@pytest.mark.parametrize("at", [0, 30_000, 70_000])
@pytest.mark.parametrize("chunks", [45, 50, 60, 90])
def test_an_interrupted_session_with_64_kib_zeroed(at: int, chunks: int, large: Original, tmp_path: Path) -> None:
    """Even where the damage takes the only copies of the header."""
    data = large.data[: large.chunks[chunks].end + 30]
    interrupted = Original("x.mcap.part", data, large.chunks[: chunks + 1], large.inputs.values())
    end = min(len(data), at + 65536)
    assert interrupted.survives(at, end, data[:at] + bytes(end - at) + data[end:], tmp_path)


def test_a_session_with_bytes_put_in_or_taken_out(large: Original, tmp_path: Path) -> None:
    for start in range(500, len(large.data), 70_011):
        assert large.survives(start, start + 1, large.data[:start] + b"more" + large.data[start:], tmp_path)
        assert large.survives(start, start + 9, large.data[:start] + large.data[start + 9 :], tmp_path)


def test_a_session_in_two_damaged_places_and_without_its_end(large: Original, tmp_path: Path) -> None:
    data = bytearray(large.data[: large.chunks[100].end])
    for place, byte in ((30, 60), (31, 5), (60, 100)):  # content, record, content
        data[large.chunks[place].start + byte] ^= 0x10
    path = tmp_path / large.name
    path.write_bytes(data)
    kept = numbered(Path(recover(path, NOW, make_fold=SmallFold).path))
    whole = [chunk for place, chunk in enumerate(large.chunks[:101]) if place not in (30, 60)]
    assert kept == {number: large.inputs[number] for chunk in whole for number in chunk.numbers}
