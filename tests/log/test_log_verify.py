"""Verdicts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.log.sessions import NOW, SmallFold, inputs, spans
from tidehold.errors import LogError, TideholdError
from tidehold.log.notes import InputRange
from tidehold.log.recover import recover
from tidehold.log.verify import verify


def test_a_finished_session_is_sound(finished: Path) -> None:
    verdict = verify(finished)
    assert (verdict.state, verdict.sound, verdict.findings, verdict.missing) == ("sound", True, (), ())
    assert (verdict.inputs, verdict.recovered, verdict.advice) == (len(inputs(10)), None, "")


def test_an_interrupted_session_is_unfinished(part: Path) -> None:
    verdict = verify(part)
    assert (verdict.state, verdict.sound, verdict.findings) == ("unfinished", False, ())
    assert verdict.advice.startswith(f"`tidehold recover {part}` saves {len(inputs(10)) - 1} inputs in a new file")


def test_a_torn_last_chunk_is_part_of_being_interrupted(part: Path, tmp_path: Path) -> None:
    torn = tmp_path / "x.mcap.part"
    torn.write_bytes(part.read_bytes()[:-5])
    verdict = verify(torn)
    assert verdict.state == "unfinished"
    last = spans(part)[-1]
    assert [(f.start, f.end, f.what) for f in verdict.findings] == [
        (last.start, last.end - 5, "the last chunk is cut short")
    ]


def test_a_session_stopped_before_its_last_rename_is_unfinished(finished: Path, tmp_path: Path) -> None:
    shutil.copy(finished, tmp_path / "x.mcap.part")
    assert verify(tmp_path / "x.mcap.part").state == "unfinished"


def test_a_finished_name_without_an_end_is_damage(part: Path, tmp_path: Path) -> None:
    shutil.copy(part, tmp_path / "x.mcap")
    verdict = verify(tmp_path / "x.mcap")
    size = part.stat().st_size
    assert verdict.state == "damaged"
    assert [(f.start, f.end, f.what) for f in verdict.findings] == [(size, size, "the end of the file is missing")]


def test_damage_is_said_with_its_bytes_and_its_inputs(finished: Path, tmp_path: Path) -> None:
    data = bytearray(finished.read_bytes())
    span = spans(finished)[6]
    data[span.start + 99] ^= 1
    (tmp_path / "x.mcap").write_bytes(data)
    verdict = verify(tmp_path / "x.mcap")
    assert verdict.state == "damaged"
    assert (verdict.findings[0].start, verdict.findings[0].end) == (span.start, span.end)
    assert verdict.missing == (InputRange(span.numbers[0], span.numbers[-1]),)
    assert verdict.inputs == len(inputs(10)) - len(span.numbers)


def test_inputs_that_recover_could_not_save_are_no_damage_of_the_new_file(finished: Path, tmp_path: Path) -> None:
    data = bytearray(finished.read_bytes())
    data[spans(finished)[6].start + 99] ^= 1
    (tmp_path / "x.mcap").write_bytes(data)
    made = recover(tmp_path / "x.mcap", NOW, make_fold=SmallFold)
    verdict = verify(Path(made.path))
    assert verdict.sound
    assert verdict.recovered == made.note
    assert verdict.missing == verify(tmp_path / "x.mcap").missing


def test_a_file_without_any_copy_of_the_header_is_damaged(part: Path, tmp_path: Path) -> None:
    found = spans(part)
    (tmp_path / "x.mcap.part").write_bytes(part.read_bytes()[found[2].start :])
    verdict = verify(tmp_path / "x.mcap.part")
    assert verdict.state == "damaged"
    assert "no copy of the header is intact" in [finding.what for finding in verdict.findings]


def test_a_file_that_cannot_be_opened_is_an_error_not_a_verdict(tmp_path: Path) -> None:
    with pytest.raises(TideholdError, match="No such file") as caught:
        verify(tmp_path / "none.mcap")
    assert caught.value.exit_code == 1


@pytest.mark.parametrize("content", [b"", b"hello"], ids=["empty", "foreign"])
def test_what_is_no_session_has_no_verdict(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.mcap").write_bytes(content)
    with pytest.raises(LogError, match=r"x\.mcap") as caught:
        verify(tmp_path / "x.mcap")
    assert caught.value.exit_code == 3
