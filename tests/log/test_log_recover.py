"""Saving what is intact."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from tests.log.sessions import NOW, STARTED, SmallFold, header, inputs, numbered, spans, write
from tidehold.errors import LogError
from tidehold.log.appender import Appender
from tidehold.log.disk import held
from tidehold.log.notes import InputRange
from tidehold.log.reader import read_session
from tidehold.log.recover import recover, recover_all
from tidehold.log.scan import Message
from tidehold.log.verify import verify
from tidehold.records import Input, Output, Tick

ALL = dict(enumerate(inputs(10), 1))


@pytest.fixture
def damaged(finished: Path, tmp_path: Path) -> Path:
    """A finished session with one bit flipped in its seventh chunk."""
    data = bytearray(finished.read_bytes())
    data[spans(finished)[6].start + 70] ^= 1
    path = tmp_path / finished.name
    path.write_bytes(data)
    return path


@pytest.fixture
def interrupted(part: Path, tmp_path: Path) -> Path:
    """An interrupted session whose last chunk is torn."""
    path = tmp_path / part.name
    path.write_bytes(part.read_bytes()[:-9])
    return path


def outputs(path: Path) -> list[Message]:
    return [m for m in read_session(path, unfinished=True).messages() if m.topic.startswith("/out/")]


def test_an_interrupted_session_becomes_a_finished_one(interrupted: Path) -> None:
    before, live = interrupted.read_bytes(), outputs(interrupted)
    made = recover(interrupted, NOW, make_fold=SmallFold)
    name = interrupted.name.removesuffix(".mcap.part")
    assert Path(made.path) == interrupted.with_name(name + ".recovered.mcap")
    assert Path(made.kept) == interrupted.with_name(name + ".mcap.part-recovered")
    assert Path(made.kept).read_bytes() == before
    assert sorted(path.name for path in interrupted.parent.iterdir()) == [
        name + ".mcap.part-recovered",
        name + ".recovered.mcap",
    ]
    assert verify(Path(made.path)).sound
    kept = numbered(Path(made.path))
    assert kept == {number: ALL[number] for number in range(1, len(kept) + 1)}
    assert made.inputs == len(kept)
    assert outputs(Path(made.path)) == live
    assert stat.S_IMODE(Path(made.path).stat().st_mode) == 0o600


def test_the_note_says_what_was_lost_and_when_it_was_made(interrupted: Path, part: Path) -> None:
    note = recover(interrupted, NOW, make_fold=SmallFold).note
    assert note is not None
    last = spans(part)[-1]
    assert (note.source, note.when, note.header, note.outputs) == (interrupted.name, NOW, "kept", "kept")
    assert [(lost.start, lost.end) for lost in note.lost] == [(last.start, last.end - 9)]
    assert note.missing == ()


def test_what_is_missing_in_the_middle_stays_visible_and_outputs_are_made_again(damaged: Path, finished: Path) -> None:
    before = damaged.read_bytes()
    made = recover(damaged, NOW, make_fold=SmallFold)
    lost = spans(finished)[6].numbers
    assert made.kept == str(damaged)
    assert damaged.read_bytes() == before
    assert numbered(Path(made.path)) == {number: item for number, item in ALL.items() if number not in lost}
    assert made.note is not None
    assert made.note.missing == (InputRange(lost[0], lost[-1]),)
    assert made.note.outputs == "made again"
    fold = SmallFold()
    said = sum(len(fold.feed(item)) for number, item in ALL.items() if number not in lost)
    assert 0 < len(outputs(Path(made.path))) < said
    assert outputs(Path(made.path))[0][1] == 1
    assert read_session(Path(made.path)).recovered == made.note


def test_a_recovered_session_can_be_recovered_again(damaged: Path) -> None:
    first = Path(recover(damaged, NOW, make_fold=SmallFold).path)
    data = bytearray(first.read_bytes())
    data[spans(first)[10].start + 70] ^= 1
    first.write_bytes(data)
    second = recover(first, NOW, make_fold=SmallFold)
    assert Path(second.path).name == damaged.stem + ".recovered.recovered.mcap"
    assert second.note is not None
    assert len(second.note.missing) == 2
    assert all(ALL[number] == item for number, item in numbered(Path(second.path)).items())


def test_the_last_chunk_of_a_finished_session_lost_keeps_the_live_outputs(finished: Path, tmp_path: Path) -> None:
    with_inputs = [span for span in spans(finished) if span.numbers][-1]
    data = bytearray(finished.read_bytes())
    data[with_inputs.start + 70] ^= 1
    path = tmp_path / "x.mcap"
    path.write_bytes(data)
    made = recover(path, NOW, make_fold=SmallFold)
    assert made.note is not None
    assert made.note.outputs == "kept"
    assert made.note.missing == (InputRange(with_inputs.numbers[0], with_inputs.numbers[-1]),)


def test_a_sound_session_is_left_alone(finished: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(finished, tmp_path))
    made = recover(copy, NOW, make_fold=SmallFold)
    assert (made.path, made.kept, made.note) == (str(copy), str(copy), None)
    assert [path.name for path in tmp_path.iterdir()] == [copy.name]


def test_a_session_stopped_before_its_last_rename_gets_its_name(finished: Path, tmp_path: Path) -> None:
    shutil.copy(finished, tmp_path / "x.mcap.part")
    made = recover(tmp_path / "x.mcap.part", NOW, make_fold=SmallFold)
    assert made.path == str(tmp_path / "x.mcap")
    assert [path.name for path in tmp_path.iterdir()] == ["x.mcap"]
    assert verify(tmp_path / "x.mcap").sound


def test_nothing_is_ever_overwritten(damaged: Path) -> None:
    first = recover(damaged, NOW, make_fold=SmallFold)
    second = recover(damaged, NOW, make_fold=SmallFold)
    assert Path(second.path).name == damaged.stem + "-2.recovered.mcap"
    assert Path(first.path).read_bytes() == Path(second.path).read_bytes()


def test_a_name_of_ones_own(damaged: Path, tmp_path: Path) -> None:
    made = recover(damaged, NOW, out=tmp_path / "own.mcap", make_fold=SmallFold)
    assert verify(tmp_path / "own.mcap").sound
    assert made.path == str(tmp_path / "own.mcap")
    before = (tmp_path / "own.mcap").read_bytes()
    with pytest.raises(LogError, match=r"cannot rename .*own\.mcap: File exists"):
        recover(damaged, NOW, out=tmp_path / "own.mcap", make_fold=SmallFold)
    assert (tmp_path / "own.mcap").read_bytes() == before
    assert not list(tmp_path.glob("*.making"))


def test_half_a_copy_of_a_killed_recovery_is_made_anew(damaged: Path) -> None:
    leftover = damaged.with_name(damaged.stem + ".recovered.mcap.making")
    leftover.write_bytes(b"half")
    assert verify(Path(recover(damaged, NOW, make_fold=SmallFold).path)).sound
    assert not leftover.exists()


def test_a_file_that_is_being_recovered_is_left_alone(interrupted: Path) -> None:
    with held(interrupted), pytest.raises(LogError, match="being recorded or recovered just now"):
        recover(interrupted, NOW, make_fold=SmallFold)
    assert [path.name for path in interrupted.parent.iterdir()] == [interrupted.name]


def test_a_fold_that_fails_costs_outputs_but_no_input(damaged: Path, finished: Path) -> None:
    class Broken(SmallFold):
        def feed(self, item: Input) -> list[Output]:
            if isinstance(item, Tick) and item.t > 6_000_000_000:
                raise IndexError("none left")
            return super().feed(item)

    made = recover(damaged, NOW, make_fold=Broken)
    assert made.note is not None
    assert made.note.outputs.startswith("made again up to a point: the fold fails at input")
    assert len(numbered(Path(made.path))) == len(ALL) - len(spans(finished)[6].numbers)
    assert outputs(Path(made.path))


def test_inputs_are_saved_even_when_every_copy_of_the_header_is_lost(part: Path, tmp_path: Path) -> None:
    third = spans(part)[2]
    headless = tmp_path / "x.mcap.part"
    headless.write_bytes(part.read_bytes()[third.start :])
    made = recover(headless, NOW, make_fold=SmallFold)
    found = read_session(Path(made.path))
    assert (found.header.session, found.header.started, found.header.params) == ("test-1", STARTED, {})
    assert numbered(Path(made.path)) == {n: item for n, item in ALL.items() if third.numbers[0] <= n < len(ALL)}
    assert made.note is not None
    assert made.note.header.startswith("lost but for the session's name and start")
    assert made.note.outputs.startswith("left out: ")
    assert outputs(Path(made.path)) == []


def test_a_copy_that_does_not_read_back_is_not_called_recovered(damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Appender.add

    def forget(self: Appender, topic: str, sequence: int, t: int, payload: bytes) -> None:
        really(self, topic, sequence, t, payload[:-1] if topic == "/in/strap/hr" and sequence > 60 else payload)

    monkeypatch.setattr(Appender, "add", forget)
    with pytest.raises(LogError, match="does not read back as it was written: check the disk"):
        recover(damaged, NOW, make_fold=SmallFold)
    assert [path.name for path in damaged.parent.iterdir()] == [damaged.name]


def test_a_copy_that_lacks_inputs_is_not_called_recovered(interrupted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = Appender.add

    def forget(self: Appender, topic: str, sequence: int, t: int, payload: bytes) -> None:
        if not (topic.startswith("/in/") and sequence > 80):
            really(self, topic, sequence, t, payload)

    monkeypatch.setattr(Appender, "add", forget)
    with pytest.raises(LogError, match="does not read back"):
        recover(interrupted, NOW, make_fold=SmallFold)
    assert [path.name for path in interrupted.parent.iterdir()] == [interrupted.name]


@pytest.mark.parametrize("content", [b"", b"hello", bytes(70_000)], ids=["empty", "foreign", "zeros"])
def test_what_holds_nothing_is_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.mcap.part"
    path.write_bytes(content)
    with pytest.raises(LogError, match="there is nothing to recover"):
        recover(path, NOW, make_fold=SmallFold)
    assert [each.name for each in tmp_path.iterdir()] == ["x.mcap.part"]
    assert path.read_bytes() == content


def test_a_folder_is_recovered_but_for_what_is_being_recorded(part: Path, tmp_path: Path) -> None:
    shutil.copy(part, tmp_path / "a.mcap.part")
    shutil.copy(part, tmp_path / "b.mcap.part")
    (tmp_path / "c.mcap.part").write_bytes(b"junk")
    shutil.copy(part, tmp_path / "d.mcap.part")
    (tmp_path / "notes.txt").touch()
    with held(tmp_path / "b.mcap.part"):
        done, failed = recover_all(tmp_path, NOW, make_fold=SmallFold)
    assert [Path(each.path).name for each in done] == ["a.recovered.mcap", "d.recovered.mcap"]
    assert [path.name for path, _ in failed] == ["c.mcap.part"]
    assert recover_all(tmp_path, NOW, make_fold=SmallFold)[0][0].path == str(tmp_path / "b.recovered.mcap")
    with pytest.raises(LogError, match="cannot read the folder"):
        recover_all(tmp_path / "none", NOW)


def test_the_production_fold_is_the_default(tmp_path: Path) -> None:
    path = write(tmp_path, inputs(4), finish=False)
    data = bytearray(path.read_bytes())
    data[spans(path)[4].start + 70] ^= 1
    path.write_bytes(data)
    made = recover(path, NOW)
    assert made.note is not None
    assert made.note.outputs == "made again"
    assert read_session(Path(made.path)).header == header()


def test_a_full_disk_leaves_no_half_copy(damaged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = os.write
    written = 0

    def full(fd: int, data: bytearray) -> int:
        nonlocal written
        written += len(data)
        if written > 6000:
            raise OSError(28, "No space left on device")
        return really(fd, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(LogError, match="the disk is full"):
        recover(damaged, NOW, make_fold=SmallFold)
    assert [path.name for path in damaged.parent.iterdir()] == [damaged.name]
