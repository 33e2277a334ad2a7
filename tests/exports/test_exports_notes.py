"""What happened, as annotations."""

from __future__ import annotations

from pathlib import Path

from tests.exports.exported import NOTE, STARTED
from tidehold.exports.notes import LONGEST, notes, plain, step_name
from tidehold.log.told import Told
from tidehold.session.header import Header
from tidehold.units import NS


def test_everything_that_happened_is_said_with_its_time(by_hand: Told) -> None:
    said = {
        (note.kind, note.t / NS, None if note.until is None else note.until / NS, note.text) for note in notes(by_hand)
    }
    assert said == {
        ("session", 0.0, None, "session starts 2026-09-21T11:13:20.123456789-03:00"),
        ("session", 60.0, None, "session ends: over"),
        ("step", 0.0, 30.0, "step 2 Stay left (done, score 94)"),
        ("mark", 2.0, None, "mark pain: 6 left hip"),
        ("mark", 9.0, None, f"mark note: {NOTE}"),
        ("cue", 3.0, None, "cue step: Stay"),
        ("finding", 14.0, 18.0, "finding breath-held: the breath is held"),
        ("finding", 54.0, 60.0, "finding slouch: the trunk sinks"),
        ("hold", -0.5, 39.0, "hold phone, score 81"),
        ("hold", 49.0, 49.5, "hold phone"),
        ("gap", 10.0, 12.0, "gap strap/ecg: link lost"),
        ("gap", 20.0, 30.0, "gap strap/rr: no skin contact"),
        ("link", 0.5, None, "link strap down: lost"),
    }


def test_a_session_that_was_cut_off_says_so() -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    assert [note.text for note in notes(told)][1] == "session ends: interrupted"


def test_a_step_that_the_routine_does_not_name_has_its_id(by_hand: Told) -> None:
    assert [step_name(by_hand, each) for each in by_hand.scored[:2]] == ["2 Stay left", "3"]


def test_no_control_character_is_left_and_a_long_text_is_cut_visibly() -> None:
    assert plain("a\nb\x14c\x00é") == "a b c é"
    assert plain("x" * LONGEST) == "x" * LONGEST
    long = plain("y" * (LONGEST + 1))
    assert (len(long), long[-4:]) == (LONGEST, "y...")
