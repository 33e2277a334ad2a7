"""Routines from files: all that come with Tidehold, and a person's own. The psoas routine equals its table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from tidehold.coach.findings import AGAIN_S
from tidehold.coach.measures import MEASURES
from tidehold.coach.routine_book import USUAL_QUESTIONS
from tidehold.coach.routine_toml import lay_out, parse_routine
from tidehold.errors import ConfigError
from tidehold.routine import Routine, Step, StepKind, Target
from tidehold.sources.routines import find_routine, load_all, load_routine, routine_files

FOLDER = Path(__file__).parents[2] / "src" / "tidehold" / "routines"
BUILTIN = load_all()
PSOAS = BUILTIN["psoas-relief"]


def test_the_routines_that_come_with_tidehold() -> None:
    assert list(BUILTIN) == ["calm-6", "daily-5-min", "monthly-assessment", "psoas-relief", "weekly-strength"]
    assert list(BUILTIN) == sorted(file.stem for file in FOLDER.glob("*.toml"))
    assert all(book.question == USUAL_QUESTIONS for book in BUILTIN.values())
    assert all(line.startswith("#:schema ./") for line in (file.read_text()[:40] for file in FOLDER.glob("*.toml")))


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("calm-6", 300),
        ("daily-5-min", 300),
        ("monthly-assessment", 420),
        ("psoas-relief", 1380),
        ("weekly-strength", 530),
    ],
)
def test_how_long_they_are_whatever_the_sides(name: str, seconds: float) -> None:
    book = BUILTIN[name]
    assert lay_out(book).seconds == lay_out(book, first="right", affected="both").seconds == seconds


def test_that_it_is_no_medical_device_is_said_once() -> None:
    texts = [(FOLDER / f"{name}.toml").read_text(encoding="utf-8") for name in BUILTIN]
    assert sum("not a medical device" in text for text in texts) == 1
    assert "not a medical device" in lay_out(PSOAS, "hypermobility").notes[0]


# --- the psoas routine, step by step ---


class Row(NamedTuple):
    """A step of it: seconds of one side, how many sides, kind, and what the step asks for."""

    phase: str
    seconds: float
    sides: int
    kind: str
    asks: dict[str, object]


TABLE = {
    "1.1": Row("preparation", 120, 1, "free", {}),
    "1.2": Row("preparation", 180, 1, "breathe", {"pattern": "4/6", "to_pattern": ""}),
    "1.3": Row("preparation", 120, 1, "repetitions", {"count": 10, "side": "left", "worn": ("shin",)}),
    "2.1": Row("execution", 30, 1, "calibrate", {"hinge": True}),
    "2.2": Row("execution", 30, 2, "hold", {"target": None}),
    "2.3": Row("execution", 60, 2, "hold", {"target": Target(of="2.2", growth=1.1)}),
    "2.4": Row("execution", 120, 2, "hold", {"target": Target(of="2.2", growth=1.1)}),
    "2.5": Row("execution", 75, 2, "cycles", {"cycles": 3, "press_s": 5.0, "deepen_s": 20.0}),
    "3.1": Row("recovery", 60, 1, "slow", {"limit_deg_s": 10.0}),
    "3.2a": Row("recovery", 90, 1, "repetitions", {"count": 10, "shape": "clock"}),
    "3.2b": Row("recovery", 45, 2, "repetitions", {"count": 0}),
    "3.3a": Row("recovery", 30, 2, "repetitions", {"count": 5}),
    "3.3b": Row("recovery", 60, 1, "repetitions", {"count": 8}),
}


def of(routine: Routine, name: str) -> list[Step]:
    return [step for step in routine.steps if step.id == name]


def test_it_is_its_table() -> None:
    routine = lay_out(PSOAS)
    phases = {step.id: phase.id for phase in routine.phases for step in phase.steps}
    assert list(phases) == list(TABLE)
    for name, row in TABLE.items():
        steps = of(routine, name)
        assert (phases[name], len(steps)) == (row.phase, row.sides), name
        assert [step.side for step in steps] == (["left", "right"] if row.sides == 2 else [row.asks.get("side", "")])
        for step in steps:
            assert (step.kind, step.seconds, step.waits) == (row.kind, row.seconds, False)
            assert {key: getattr(step, key) for key in row.asks} == row.asks
            assert step.text
            assert step.measures
    assert sum(row.seconds * row.sides for row in TABLE.values()) == routine.seconds == 1380


def test_the_ball_is_at_three_places_for_40_s_each() -> None:
    (release,) = of(lay_out(PSOAS), "1.1")
    moves = [say.at_s for say in release.says if "move the ball" in say.text]
    assert moves == [40, 80]
    assert release.seconds == 120


def test_the_neutral_pose_is_held_before_the_bend() -> None:
    (alignment,) = of(lay_out(PSOAS), "2.1")
    assert "Keep still" in alignment.text
    assert [say.at_s >= 10 for say in alignment.says] == [True, True]
    assert "bend forward once" in alignment.says[0].text


def test_acute_sciatica_raises_the_torso() -> None:
    routine = lay_out(PSOAS, "acute-sciatica")
    assert (routine.raised_deg, routine.intensity) == (30, 1)
    plain = lay_out(PSOAS)
    assert [(step.id, step.side, step.seconds, step.target) for step in routine.steps] == [
        (step.id, step.side, step.seconds, step.target) for step in plain.steps
    ]
    bends = {"2.1", "2.2", "2.3", "2.4", "2.5"}
    for step, usual in zip(routine.steps, plain.steps, strict=True):
        assert (step.text != usual.text) == ("cushions" in step.text.lower()) == (step.id in bends)
    assert any("ask a clinician" in note and "electrical stimulation" in note for note in routine.notes)


def test_a_variant_that_scales_angles_says_otherwise_how_far_to_go() -> None:
    """The text of a target that grows by a tenth is wrong where it is scaled to two thirds."""
    scaled = 0
    for book in BUILTIN.values():
        for name, variant in book.variant.items():
            usual = {(step.id, step.side): step for step in lay_out(book).steps}
            for step in lay_out(book, name).steps if variant.intensity != 1 else ():
                if step.target is not None and step.target.of:
                    scaled += 1
                    assert step.text != usual[step.id, step.side].text, (book.id, name, step.id)
                    assert step.name != usual[step.id, step.side].name, (book.id, name, step.id)
    assert scaled == 4


def test_hypermobility_asks_for_less_and_for_a_slower_way_back() -> None:
    routine = lay_out(PSOAS, "hypermobility")
    assert (routine.intensity, routine.seconds) == (0.6, 1380)
    (back,), (usual,) = of(routine, "3.1"), of(lay_out(PSOAS), "3.1")
    assert 0 < back.limit_deg_s < usual.limit_deg_s
    assert any("compression wrap" in note for note in routine.notes)


def test_ankylosing_spondylitis_is_seven_minutes_of_one_side() -> None:
    for number, side in enumerate(("left", "right", "left")):
        routine = lay_out(PSOAS, "ankylosing-spondylitis", session_number=number)
        found = [(step.id, step.seconds) for step in routine.steps]
        asked = {"1.2": 60, "1.3": 60, "2.1": 30, "2.2": 30, "2.3": 60, "2.4": 120, "3.1": 60}
        assert found == list(asked.items())
        assert routine.seconds == 420
        assert {step.side for step in routine.steps if step.id.startswith("2.") and step.side} == {side}
    assert PSOAS.variant["ankylosing-spondylitis"].cap_s == 420


# --- the others ---


def test_the_others_measure_what_they_are_for() -> None:
    kinds = {name: [step.kind for step in lay_out(book).steps] for name, book in BUILTIN.items()}
    assert {"breathe", "hold"} <= set(kinds["daily-5-min"])
    (walk,) = [step for step in lay_out(BUILTIN["weekly-strength"]).steps if step.kind == "walk"]
    assert (walk.seconds, walk.worn) == (120, ("thigh",))
    raises = [step for step in lay_out(BUILTIN["monthly-assessment"]).steps if step.kind == "raise"]
    assert [(step.side, step.count, step.worn) for step in raises] == [("left", 3, ("shin",)), ("right", 3, ("shin",))]


def test_calm_breathing_is_six_a_minute_and_the_ramp_begins_at_twelve() -> None:
    (plain,), (ramp,) = lay_out(BUILTIN["calm-6"]).steps, lay_out(BUILTIN["calm-6"], "ramp").steps
    assert (plain.pattern, plain.to_pattern) == ("4/6", "")
    assert (ramp.pattern, ramp.to_pattern) == ("2/3", "4/6")


# --- files ---


def test_a_routine_of_ones_own_is_a_file_in_a_folder(tmp_path: Path) -> None:
    text = (FOLDER / "calm-6.toml").read_text(encoding="utf-8").replace('id = "calm-6"', 'id = "mine"')
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    assert list(routine_files([tmp_path]))[-1] == "mine"
    assert find_routine("mine", [tmp_path]).id == "mine"
    assert find_routine(str(tmp_path / "mine.toml")).id == "mine"
    (tmp_path / "other.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"other\.toml: id: expected the file's name 'other', found 'mine'"):
        load_all([tmp_path])
    assert find_routine(str(tmp_path / "other.toml")).id == "mine"


def test_ones_own_wins_over_one_of_the_same_name(tmp_path: Path) -> None:
    text = (FOLDER / "calm-6.toml").read_text(encoding="utf-8").replace("seconds = 300", "seconds = 330")
    (tmp_path / "calm-6.toml").write_text(text, encoding="utf-8")
    assert find_routine("calm-6", [tmp_path]).step[0].seconds == 330


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^routine: expected one of calm-6, .*, or a file, found 'psoas'$"):
        find_routine("psoas")
    with pytest.raises(ConfigError, match=r"absent\.toml: expected a readable file, found: No such file"):
        find_routine("absent.toml")
    with pytest.raises(ConfigError, match="expected a folder of routines, found none"):
        load_all([tmp_path / "absent"])
    with pytest.raises(ConfigError, match=r"^'x\\x00\.toml': expected a readable file, found: "):
        find_routine("x\0.toml")
    with pytest.raises(ConfigError, match="home folder of somebody who is not known"):
        find_routine("~nobody-of-this-name/x.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"x\.toml: expected UTF-8, found invalid start byte at byte 0"):
        load_routine(tmp_path / "x.toml")


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(_: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", forbidden)
    with pytest.raises(ConfigError, match=r"expected a folder that can be read, found: Permission denied$"):
        routine_files([tmp_path])


def test_the_page_about_routines_is_right() -> None:
    page = (FOLDER.parents[2] / "docs" / "routines.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    assert lay_out(parse_routine(example, "routines.md"), "gentle").seconds == 120
    assert [measure for measure in MEASURES if f"`{measure}`" not in page] == []
    assert [kind for kind in get_args(StepKind) if f"`{kind}`" not in page] == []
    assert [kind for kind in AGAIN_S if f"| `{kind}` |" not in page] == []
    assert [name for name in BUILTIN if name not in (FOLDER.parents[2] / "README.md").read_text(encoding="utf-8")] == []
