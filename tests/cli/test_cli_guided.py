"""Which routine a session has, what is said of it before it starts, and what is remembered after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import Run
from tidehold.cli import guided as module
from tidehold.cli.guided import (
    NOT_GUIDED,
    Guided,
    go_on,
    guided,
    keep,
    minutes,
    missing_lines,
    tell_guided,
    tell_keys,
)
from tidehold.cli.parser import parse
from tidehold.cli.settings import Settings
from tidehold.coach.routine_toml import lay_out
from tidehold.daemon.config import Followed, followed_path, load_config, recall_followed, remember_followed
from tidehold.daemon.followed import Following
from tidehold.errors import ConfigError
from tidehold.records import HostNs, Snapshot
from tidehold.routine import Guide
from tidehold.sources.routines import find_routine

pytestmark = pytest.mark.usefixtures("home")


def planned(*words: str, is_person: bool = True) -> Guided:
    arguments = parse(["record", *words])
    return guided(arguments, Settings(load_config(), {}, Path()), is_person=is_person)  # no profiles: they take time


def sides(plan: Guided, step: str) -> list[str]:
    assert plan.routine is not None
    return [each.side for each in plan.routine.steps if each.id == step]


def test_without_a_routine_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert planned() == NOT_GUIDED
    monkeypatch.setenv("TIDEHOLD_ROUTINE_NAME", "calm-6")
    assert planned().routine == lay_out(find_routine("calm-6"))
    assert planned("--routine", "none") == NOT_GUIDED
    assert NOT_GUIDED.header == {"routine": None, "ask_first": True}


def test_flags_win_over_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEHOLD_ROUTINE_NAME", "psoas-relief")
    monkeypatch.setenv("TIDEHOLD_ROUTINE_VARIANT", "hypermobility")
    monkeypatch.setenv("TIDEHOLD_ROUTINE_FIRST", "right")
    plan = planned()
    assert plan.routine is not None
    assert plan.routine.variant == "hypermobility"
    assert (sides(plan, "2.2"), sides(plan, "1.3")) == (["right", "left"], ["right"])
    plan = planned("--variant", "acute-sciatica", "--first", "left", "--affected", "both")
    assert plan.routine is not None
    assert plan.routine.variant == "acute-sciatica"
    assert (sides(plan, "2.2"), sides(plan, "1.3")) == (["left", "right"], ["left", "right"])
    other = planned("--routine", "calm-6").routine
    assert other is not None
    assert other.variant == "", "the configured variant is another routine's"


def test_it_begins_with_the_recording_where_nobody_can_press_a_key() -> None:
    assert planned("--routine", "calm-6").starts is False
    assert planned("--routine", "calm-6", "--headless").starts is True
    assert planned("--routine", "calm-6", "--headless", "--no-start").starts is False
    assert planned("--routine", "calm-6", "--start").starts is True


def test_which_side_is_affected_is_assumed_aloud() -> None:
    assert planned("--routine", "psoas-relief", "--first", "right").note.startswith(
        "1.3: for the right side, as nobody"
    )
    assert planned("--routine", "psoas-relief", "--affected", "left").note == ""
    assert planned("--routine", "calm-6").note == ""


def test_a_variant_needs_a_routine() -> None:
    with pytest.raises(ConfigError, match="--variant: expected --routine beside it, found 'x' alone"):
        planned("--variant", "x")
    with pytest.raises(ConfigError, match="calm-6: variant: expected one of ramp, found 'x'"):
        planned("--routine", "calm-6", "--variant", "x")


def test_ones_own_routines_are_found_in_the_configured_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(module.__file__).parents[1] / "routines" / "calm-6.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text.replace('id = "calm-6"', 'id = "mine"'), encoding="utf-8")
    monkeypatch.setenv("TIDEHOLD_ROUTINES", str(tmp_path))
    routine = planned("--routine", "mine").routine
    assert routine is not None
    assert routine.id == "mine"


# --- what is remembered ---

SPONDYLITIS = ("--routine", "psoas-relief", "--variant", "ankylosing-spondylitis")


def done(plan: Guided, *, asks: bool = True) -> Following:
    following = Following(plan.routine, asks=asks)
    guide = Guide(plan.routine.id if plan.routine else "", "", "done", (), 0)
    following.hear(
        Snapshot(
            t=HostNs(0),
            inputs={},
            links={},
            said={},
            streams={},
            estimates={},
            rejected={},
            gaps=0,
            traces={},
            guide=guide,
        )
    )
    return following


def test_sides_alternate_by_session_and_questions_come_once() -> None:
    plan = planned(*SPONDYLITIS)
    assert (plan.ask_first, sides(plan, "2.2")) == (True, ["left"])
    keep(plan, done(plan))
    plan = planned(*SPONDYLITIS)
    assert (plan.ask_first, sides(plan, "2.2")) == (False, ["right"])
    asked = ("radiating-pain", "bowel-bladder", "no-improvement")
    assert recall_followed() == Followed(asked, {"psoas-relief/ankylosing-spondylitis": 1})
    assert planned("--routine", "psoas-relief").ask_first is False
    keep(planned("--routine", "psoas-relief"), done(planned("--routine", "psoas-relief")))
    assert sides(planned(*SPONDYLITIS), "2.2") == ["right"], "a session of another variant is no turn of this one"
    assert sides(planned(*SPONDYLITIS, is_person=False), "2.2") == ["left"], "nobody's memory but the person's"


def test_who_has_passed_other_questions_is_asked_the_warning_ones(tmp_path: Path) -> None:
    text = (Path(module.__file__).parents[1] / "routines" / "calm-6.toml").read_text(encoding="utf-8")
    asking = text.replace("[[phase]]", '[[question]]\nid = "mood"\ntext = "How are you?"\n\n[[phase]]', 1)
    for name, own in (("mute", f"question = []\n{text}"), ("mood", asking)):
        (tmp_path / f"{name}.toml").write_text(own, encoding="utf-8")
        plan = planned("--routine", str(tmp_path / f"{name}.toml"))
        assert plan.ask_first is (name == "mood")
        keep(plan, done(plan, asks=plan.ask_first))
        assert planned("--routine", "psoas-relief").ask_first is True


def test_what_an_older_version_remembered_is_asked_again() -> None:
    remember_followed(Followed()).write_text('{"answered":true,"sessions":{"psoas-relief":3}}', encoding="utf-8")
    assert planned("--routine", "psoas-relief").ask_first is True


def test_a_session_without_a_routine_is_not_remembered() -> None:
    keep(NOT_GUIDED, done(NOT_GUIDED))
    assert not followed_path().exists()


def test_what_cannot_be_remembered_is_said_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    plan = planned("--routine", "calm-6")
    remember_followed(Followed()).write_text("{")
    keep(plan, done(plan))
    assert "the routine is not remembered: " in capsys.readouterr().err


def test_without_a_dashboard_it_is_said_how_to_begin_and_to_answer(capsys: pytest.CaptureFixture[str]) -> None:
    tell_keys(planned("--routine", "calm-6"))
    begin, answer = capsys.readouterr().err.splitlines()
    assert "`tidehold mark start` begins it" in begin
    assert "(radiating-pain, bowel-bladder, no-improvement): `tidehold mark answer ID no`" in answer
    tell_keys(planned("--routine", "calm-6", "--headless")._replace(ask_first=False))
    tell_keys(NOT_GUIDED)
    assert capsys.readouterr().err == ""


# --- what cannot be measured ---


def test_what_absent_sensors_cost_is_said_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    plan = planned("--routine", "psoas-relief")
    assert tell_guided(plan, {"strap": ""}) is True
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["Psoas relief: seated forward bend: 23 min", "  This is not a medical device."]
    assert "  1.3 Nerve glide: repetitions: not measured (no phone on the shin)" in lines
    stage_1 = "  2.2 Stage 1: first stretch: angle reached, stability: not measured (no phone on the breastbone)"
    assert lines.count(stage_1) == 1, "once for both sides"
    assert not any("1.2" in line for line in lines)
    assert lines[-2].startswith(
        "  what still works: every step with its time, its texts and its tones, and time per site"
    )
    assert "breath holding" in lines[-2]
    assert lines[-1] == "  a phone on the breastbone would measure most of it (--phone, --placement breastbone)"


def test_a_phone_elsewhere_is_named_and_its_own_steps_are_measured() -> None:
    routine = lay_out(find_routine("psoas-relief"))
    lines = list(missing_lines(routine, {"strap": "", "phone": "shin"}))
    assert not any(line.startswith("  1.3 ") for line in lines)
    assert any("(the phone is on the shin, not on the breastbone)" in line for line in lines)


def test_nothing_is_said_where_all_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_guided(planned("--routine", "calm-6"), {"strap": ""}) is False
    assert capsys.readouterr().err == "Calm breathing, six a minute: 5 min\n"
    assert tell_guided(NOT_GUIDED, {}) is False
    assert capsys.readouterr().err == ""


def test_without_any_sensor_the_time_still_goes() -> None:
    lines = list(missing_lines(lay_out(find_routine("calm-6")), {"imu": "thigh"}))
    assert lines[-1] == "  what still works: every step with its time, its texts and its tones"


@pytest.mark.parametrize(
    ("typed", "answer"), [("\n", True), ("y\n", True), ("No\n", False), ("n\n", False), ("", True)]
)
def test_the_person_decides_whether_to_go_on(typed: str, answer: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.readline", lambda: typed, raising=False)
    assert go_on() is answer


def test_record_asks_once_and_a_no_ends_it(tidehold: Run, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    asked: list[int] = []

    def no() -> bool:
        asked.append(1)
        return False

    monkeypatch.setattr("tidehold.cli.recording.can_show", lambda: True)
    monkeypatch.setattr("tidehold.cli.recording.go_on", no)
    ran = tidehold("record", "--routine", "psoas-relief", "--out", home / "out")
    assert ran.code == 2
    assert "not started: the routine measures less with these sensors" in ran.err
    assert "not measured (no phone on the breastbone)" in ran.err
    assert (asked, (home / "out").exists()) == ([1], False)


@pytest.mark.parametrize(
    ("words", "last"), [([], ["--no-start"]), (["--start"], ["--start"]), (["--routine", "none"], ["none"])]
)
def test_with_a_dashboard_a_key_begins_the_routine_unless_asked_otherwise(
    words: list[str], last: list[str], tidehold: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    def watch(words: list[str], *_: object) -> int:
        started.append(list(words))
        return 0

    monkeypatch.setenv("TIDEHOLD_ROUTINE_NAME", "calm-6")
    monkeypatch.setattr("tidehold.cli.recording.can_show", lambda: True)
    monkeypatch.setattr("tidehold.cli.recording.record_and_watch", watch)
    assert tidehold("record", *words).code == 0
    assert started[0][-1:] == last


@pytest.mark.parametrize(
    ("seconds", "text"), [(1380, "23 min"), (530, "8 min 50 s"), (45, "45 s"), (60, "1 min"), (0, "0 s")]
)
def test_lengths_as_a_person_says_them(seconds: float, text: str) -> None:
    assert minutes(seconds) == text
