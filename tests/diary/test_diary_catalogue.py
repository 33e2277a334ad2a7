"""The catalogue from session files: made, kept up, and made again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.diary.days import said
from tests.diary.finished import estimate, followed, mark, step, told
from tests.log.sessions import inputs, write
from tidehold.coach.routine_layout import lay_out
from tidehold.daemon.recorder import record_all
from tidehold.diary import catalogue, check_ins
from tidehold.diary.catalogue import Refreshed, entry_of, forget, refresh
from tidehold.diary.nouns import Entry
from tidehold.diary.store import Diary
from tidehold.errors import LogError
from tidehold.log.notes import Recovered
from tidehold.log.recover import recover
from tidehold.log.told import tell
from tidehold.log.writer import SessionWriter
from tidehold.records import Cue, HostNs, UnixNs
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold.sources.routines import find_routine
from tidehold.units import NS
from tidehold_simulators.acting import act
from tidehold_simulators.follower import follow
from tidehold_simulators.virtual import virtual_header, virtual_inputs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three short sessions."""
    folder = tmp_path / "sessions"
    for name in ("one", "two", "three"):
        write(folder, inputs(5, seed=len(name)), session=name)
    return folder


@pytest.fixture
def diary(tmp_path: Path) -> Iterator[Diary]:
    with Diary.open(tmp_path / "diary.db") as diary:
        yield diary


def named(folder: Path, name: str) -> Path:
    return next(folder.absolute().glob(f"*_{name}.mcap"))


def fresh_rows(folder: Path) -> list[tuple[object, ...]]:
    """Of a diary that is made of the files as they are now."""
    with Diary.open(folder.parent / "fresh.db") as fresh:
        refresh(fresh, folder)
        rows = fresh.rows()
    (folder.parent / "fresh.db").unlink()
    return rows


def test_an_entry_says_what_the_session_was_and_how_it_ended() -> None:
    made = followed()
    mark(made, 3, "note", "slept badly")
    mark(made, 4, "pain", "6 left hip")
    mark(made, 5, "answer", "bowel-bladder no")
    estimate(made, "heart/hr_bpm", 61.0)
    found = entry_of(made)
    assert (found.session, found.path, found.started) == ("s1", "/sessions/s1.mcap", made.header.started)
    assert (found.utc_offset_s, found.length_s) == (3600, 220.0)
    assert (found.routine, found.variant, found.ended) == ("evening", "", "done")
    assert (found.answers, found.notes) == ({"bowel-bladder": "no"}, ("slept badly", "pain 6 left hip"))
    assert (found.figures["hr_bpm"], found.figures["pain_before"]) == (61.0, 6.0)


@pytest.mark.parametrize(
    ("cues", "ended"),
    [
        ((), ""),
        (("step",), "cut"),
        (("step", "stopped"), "stopped"),
        (("stopped",), "stopped"),
        (("step", "stopped", "step", "done"), "done"),
    ],
)
def test_how_a_routine_ended_is_said_by_its_cues(cues: tuple[str, ...], ended: str) -> None:
    made = told()
    for kind in cues:
        made.hear(Cue(HostNs(5), kind, "x"))
    assert entry_of(made).ended == ended
    assert entry_of(told(routine=None)).ended == ""


def test_simulated_and_recovered_sessions_say_so() -> None:
    made = told(sources={"strap": {"kind": "virtual"}})
    assert entry_of(made).notes == ("simulated",)
    made.recovered = Recovered(source="a", when=UnixNs(1), lost=(), missing=(), header="kept", outputs="kept")
    assert entry_of(made).notes == ("simulated", "recovered")


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of two minutes in which a simulated person bends to either side."""
    daily = lay_out(find_routine("daily-5-min"))
    seconds = {"1": 40.0, "2": 16.0, "3": 16.0}
    phases = [
        msgspec.structs.replace(
            phase,
            steps=tuple(
                msgspec.structs.replace(each, seconds=seconds[each.id]) for each in phase.steps if each.id in seconds
            ),
        )
        for phase in daily.phases
    ]
    routine = msgspec.structs.replace(daily, phases=tuple(phase for phase in phases if phase.steps))
    scenario = follow(routine, seed=3)
    header = virtual_header(scenario, builtin_profiles(), phone=True, routine=routine)
    folder = tmp_path_factory.mktemp("evening")
    log = SessionWriter.create(folder, msgspec.structs.replace(header, session="evening"))
    acted = act(routine, 3)
    record_all(virtual_inputs(scenario, acted.seconds, acc_hz=50, phone=True), log, Session(header), lambda _: None)
    return named(folder, "evening")


def test_a_real_session_has_its_figures_from_what_is_stored(evening: Path) -> None:
    found = entry_of(tell(evening))
    assert (found.routine, found.ended) == ("daily-5-min", "done")
    assert set(found.answers.values()) == {"no"}
    wanted = {"done_share", "coverage", "pacing_score", "rate_bpm", "hr_bpm", "rmssd_ms", "artefact_share", "holds"}
    wanted |= {"hold_s", "hold_rms_deg", "reached_left_deg", "reached_right_deg", "findings"}
    assert wanted <= set(found.figures)
    assert found.figures["done_share"] == pytest.approx(1.0)
    assert found.figures["reached_left_deg"] == pytest.approx(39, abs=2)
    assert found.figures["reached_right_deg"] == pytest.approx(39, abs=2)
    assert 40 < found.figures["hr_bpm"] < 100
    assert found.notes == ("simulated",)


def test_all_sessions_are_taken_in_and_the_next_look_reads_none(folder: Path, diary: Diary) -> None:
    heard: list[tuple[int, int]] = []
    found = refresh(diary, folder, progress=lambda *numbers: heard.append(numbers))
    paths = tuple(str(path) for path in sorted(folder.absolute().iterdir()))
    assert found == Refreshed(new=paths)
    assert heard == [(1, 3), (2, 3), (3, 3)]
    assert {each.session for each in diary.entries()} == {"one", "two", "three"}
    assert [each.path for each in diary.entries()] == [str(named(folder, "one")), *_others(folder)]
    heard.clear()
    assert refresh(diary, folder, progress=lambda *numbers: heard.append(numbers)) == Refreshed()
    assert heard == []


def _others(folder: Path) -> list[str]:
    return [str(named(folder, name)) for name in ("three", "two")]


def test_a_rebuilt_catalogue_is_the_same_row_by_row(folder: Path, evening: Path, diary: Diary) -> None:
    shutil.copy(evening, folder)
    check_ins.append(folder, said(1, pain=4, bladder="yes"))
    refresh(diary, folder)
    rows = diary.rows()
    assert len(rows) > 20
    assert refresh(diary, folder, rebuild=True) == Refreshed()
    assert diary.rows() == rows
    assert fresh_rows(folder) == rows


def test_new_changed_and_gone_files_are_found(folder: Path, diary: Diary) -> None:
    refresh(diary, folder)
    named(folder, "two").unlink()
    write(folder, inputs(7), session="four")
    one = named(folder, "one")
    one.unlink()
    write(folder, inputs(9), session="one")
    found = refresh(diary, folder)
    assert found.new == (str(named(folder, "four")),)
    assert found.changed == (str(one),)
    assert [Path(each).name[-8:] for each in found.gone] == ["two.mcap"]
    assert {each.session: each.length_s for each in diary.entries()} == {"one": 9.0, "three": 5.0, "four": 7.0}
    assert diary.rows() == fresh_rows(folder)


def test_damaged_foreign_and_unfinished_files_are_named_and_the_rest_goes_on(folder: Path, diary: Diary) -> None:
    refresh(diary, folder)
    two = named(folder, "two")
    data = bytearray(two.read_bytes())
    data[len(data) // 2] ^= 0x20
    two.write_bytes(data)
    (folder / "foreign.mcap").write_bytes(b"something else")
    (folder / "empty.mcap").write_bytes(b"")
    part = write(folder, inputs(4), session="cut", finish=False)
    found = refresh(diary, folder)
    why = {Path(path).name: why for path, why in found.left_out.items()}
    assert set(why) == {two.name, "foreign.mcap", "empty.mcap", part.name}
    assert "is damaged: bytes" in why[two.name]
    assert "not a Tidehold session" in why["foreign.mcap"]
    assert "the file is empty" in why["empty.mcap"]
    assert why[part.name] == f"was not recorded to its end: `tidehold recover {part.absolute()}` completes it"
    assert {each.session for each in diary.entries()} == {"one", "three"}
    assert refresh(diary, folder).left_out == found.left_out
    recover(part, UnixNs(NS))
    two.unlink()
    assert {Path(path).name for path in refresh(diary, folder).left_out} == {"foreign.mcap", "empty.mcap"}
    assert {each.session for each in diary.entries()} == {"one", "three", "cut"}


def test_a_file_that_is_being_recorded_is_passed_over(folder: Path, diary: Diary) -> None:
    with SessionWriter.create(folder, msgspec.structs.replace(tell(named(folder, "one")).header, session="now")) as log:
        log.flush()
        assert refresh(diary, folder).left_out == {}
    assert list(refresh(diary, folder).left_out) == [str(log.path.absolute())]


def test_of_copies_of_a_session_the_first_by_name_counts(folder: Path, diary: Diary) -> None:
    refresh(diary, folder)
    one = named(folder, "one")
    copy, first = folder.absolute() / "copy.mcap", folder.absolute() / "0-first.mcap"
    shutil.copy(one, copy)
    assert refresh(diary, folder).left_out == {str(copy): f"holds the same session as {one}"}
    shutil.copy(one, first)
    found = refresh(diary, folder).left_out
    assert found == {str(each): f"holds the same session as {first}" for each in (one, copy)}
    assert [each.path for each in diary.entries() if each.session == "one"] == [str(first)]
    assert diary.rows() == fresh_rows(folder)
    first.unlink()
    assert refresh(diary, folder).left_out == {str(copy): f"holds the same session as {one}"}
    assert [each.path for each in diary.entries() if each.session == "one"] == [str(one)]
    assert diary.rows() == fresh_rows(folder)


def test_a_new_edition_of_the_figures_reads_the_files_again(
    folder: Path, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh(diary, folder)
    monkeypatch.setattr(catalogue, "MADE_AS", catalogue.MADE_AS + 1)
    assert len(refresh(diary, folder).changed) == 3
    assert refresh(diary, folder) == Refreshed()


def test_a_catalogue_that_is_stopped_goes_on_from_there(
    folder: Path, diary: Diary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "TOGETHER", 1)

    def stop(number: int, _: int) -> None:
        if number == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(diary, folder, progress=stop)
    assert len(diary.entries()) == 2
    assert len(refresh(diary, folder).new) == 1


def test_without_a_folder_there_is_nothing(tmp_path: Path, diary: Diary) -> None:
    diary.put_entry(Entry(session="a", path="/gone.mcap", started=UnixNs(1), utc_offset_s=0, length_s=1.0))
    assert refresh(diary, tmp_path / "none") == Refreshed()
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path, diary: Diary) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LogError, match="a part of the path is a file"):
        refresh(diary, tmp_path / "file")


def test_check_ins_are_as_their_file_says(folder: Path, diary: Diary) -> None:
    check_ins.append(folder, said(1, pain=4))
    path = check_ins.append(folder, said(2, pain=3))
    diary.add_check_in(said(1, note="older version"))
    assert refresh(diary, folder).troubles == ()
    assert diary.check_ins() == [said(1, pain=4), said(2, pain=3)]
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[1])  # the person took a line out
    refresh(diary, folder)
    assert diary.check_ins() == [said(2, pain=3)]


def test_what_cannot_be_read_any_more_is_kept_in_the_database(folder: Path, diary: Diary) -> None:
    check_ins.append(folder, said(1, pain=4))
    path = check_ins.append(folder, said(2, pain=3))
    refresh(diary, folder)
    path.write_bytes(b"#" + path.read_bytes())
    assert refresh(diary, folder).troubles == (f"{path}: line 1 is no check-in; the others are read",)
    assert diary.check_ins() == [said(1, pain=4), said(2, pain=3)]


def test_a_lost_file_of_check_ins_is_made_again(folder: Path, diary: Diary) -> None:
    diary.add_check_in(said(1, pain=4))
    diary.add_check_in(said(2, pain=3))
    refresh(diary, folder)
    assert check_ins.read(folder).check_ins == (said(1, pain=4), said(2, pain=3))


def test_they_are_written_into_no_other_folder_of_sessions(folder: Path, diary: Diary, tmp_path: Path) -> None:
    check_ins.append(folder, said(1, pain=4))
    refresh(diary, folder)
    assert diary.files()
    other = tmp_path / "to be given away"
    other.mkdir()
    refresh(diary, other)
    assert list(other.iterdir()) == []
    assert [each.pain for each in diary.check_ins()] == [4]


def test_forgetting_leaves_nothing_of_a_session_but_its_file(folder: Path, diary: Diary) -> None:
    check_ins.append(folder, said(1, session="one", note="SECRET"))
    check_ins.append(folder, said(2, session="two"))
    refresh(diary, folder)
    os.unlink(named(folder, "one"))  # noqa: PTH108 - as any program would
    assert forget(diary, folder, "one") == 2
    refresh(diary, folder)
    assert diary.check_ins() == [said(2, session="two")]
    assert {each.session for each in diary.entries()} == {"two", "three"}
    for path in (diary.path, folder / check_ins.FILE_NAME):
        assert b"SECRET" not in path.read_bytes()


def test_a_step_that_was_not_reached_began_nothing() -> None:
    made = told()
    step(made, "1", "", 0, 0, "todo")
    assert "findings" not in entry_of(made).figures
