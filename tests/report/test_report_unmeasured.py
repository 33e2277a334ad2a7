"""What was not measured, and why."""

from __future__ import annotations

import numpy as np

from tests.report.made import beats, link, made, routine, samples, scored, step
from tidehold.log.told import Told
from tidehold.report.nouns import Row, Section
from tidehold.report.timeline import steps_done
from tidehold.report.unmeasured import unmeasured, unmeasured_section, worn

HOLD = step("2", "hold", worn=("breastbone",), measures=("angle reached", "stability", "heart rate"))
SHIN = step("3", "repetitions", side="left", count=10, worn=("shin",), measures=("repetitions", "tempo"))
REST = step("4", "free", measures=("time",))


def told_of(told: Told, *sections: Section) -> list[tuple[str, str, str]]:
    return [(each.of, each.what, each.why) for each in unmeasured(told, steps_done(told), sections)]


def test_sensors_that_were_not_asked_for() -> None:
    assert told_of(made(60, sources={})) == [
        ("session", "heart rate, variability, breathing by heart and strap", "no strap was asked for"),
        ("session", "angles, holds and movements", "no phone or motion sensor was asked for"),
    ]
    imported = made(60, sources={"chest": {}})
    beats(imported, np.full(50, 0.8))
    assert worn(imported) == {"chest": ""}
    assert [what for _, what, _ in told_of(imported)] == ["all of the chest"]  # the beats are the strap's


def test_sensors_that_were_asked_for_and_never_heard() -> None:
    told = made(60)
    samples(told, "strap/ecg", 130, 0, 60)
    link(told, 1, "phone", "searching")
    link(told, 2, "phone", "refused", reason="wrong password")
    assert told_of(told) == [
        ("session", "all of the phone", "nothing came from it; its link was last refused: wrong password")
    ]
    told.links.clear()
    assert told_of(told)[0][2] == "the phone was never found"
    link(told, 1, "phone", "searching")
    assert told_of(told)[0][2] == "nothing came from it; its link was last searching"


def test_streams_that_a_device_could_not_give_by_its_last_word() -> None:
    told = made(60)
    for source in ("strap/ecg", "phone/acc"):
        samples(told, source, 20, 0, 60)
    link(told, 1, "strap", "armed", missing="ecg: in use; acc: in use")
    link(told, 2, "phone", "armed", missing="gyr: none")
    link(told, 20, "strap", "armed", missing="acc: in use")
    assert told_of(told) == [("phone", "streams", "gyr: none"), ("strap", "streams", "acc: in use")]
    link(told, 30, "strap", "armed")
    assert told_of(told) == [("phone", "streams", "gyr: none")]


def test_steps_say_what_of_them_could_not_be_measured() -> None:
    told = made(300, routine=routine(HOLD, SHIN, REST), sources={"phone": {"placement": "breastbone"}})
    samples(told, "phone/acc", 20, 0, 60)
    scored(told, HOLD, 10, 70, 80)
    scored(told, SHIN, 70, 130, None, why="not measured: ...")
    scored(told, REST, 130, 130, None, state="skipped")
    said = told_of(told)[1:]
    assert said == [
        ("2 Hold it", "heart rate", "no strap"),
        ("3 Repetitions it left", "repetitions and tempo", "the phone is on the breastbone, not on the shin"),
        ("4 Free it", "all of it", "skipped"),
    ]


def test_a_step_without_a_score_and_one_that_was_not_reached_say_so() -> None:
    told = made(300, routine=routine(HOLD, REST))
    for source in ("strap/rr", "phone/acc"):
        samples(told, source, 20, 0, 60)
    scored(told, HOLD, 10, 70, None, why="not measured: 20 % of it was known, moving")
    assert told_of(told) == [
        ("2 Hold it", "score", "20 % of it was known, moving"), ("4 Free it", "all of it", "not reached"),
    ]  # fmt: skip


def test_figures_that_are_not_known_are_there_with_their_reason() -> None:
    told = made(60)
    for source in ("strap/rr", "phone/acc"):
        samples(told, source, 20, 0, 60)
    section = Section(id="heart", title="Heart", rows=(
        Row(name="RMSSD", value=None, why="too short"), Row(name="SDNN", value=None, why="too short"),
        Row(name="heart rate", value=60.0),
    ))  # fmt: skip
    found = unmeasured(told, (), [section])
    (table,) = unmeasured_section(found).tables
    assert table.rows == (("Heart", "RMSSD and SDNN", "Too short."),)


def test_everything_was_measured() -> None:
    assert unmeasured_section(()).text == ("Everything that this session set out to measure was measured.",)
