import pytest

from tests.tui import statuses
from tidehold.records import Status
from tidehold.routine import TaskKind
from tidehold.tui.lines import plain
from tidehold.tui.news import News
from tidehold.tui.task_words import NAMES, RAISE_ERROR, count_of, measured_lines, task_lines

WELL = statuses.status(605.2)


def shown(status: Status) -> str:
    return plain(task_lines(News(status), "phone"))


def on(kind: TaskKind, side: str = "", asks: str = "", why: dict[str, str] | None = None, **known: object) -> Status:
    task = {name: known.pop(name) for name in ("count", "limit_deg_s") if name in known}
    figures: dict[str, float] = {f"phone__{name}": float(str(value)) for name, value in known.items()}
    status = statuses.estimated(WELL, **figures)
    status = statuses.unknown(status, **{f"phone__{name}": text for name, text in (why or {}).items()})
    return statuses.snapped(status, doing=statuses.doing(kind, side, asks, **task))  # type: ignore[arg-type]


def test_repetitions_are_counted_against_what_is_asked_for() -> None:
    status = on("repetitions", "left", count=10, repetitions=7, repetition_deg=41.2, repetition_tempo_s=3.44)
    assert shown(status) == "repetitions 7 of 10 left\neach 41.2°  in 3.4 s"
    assert count_of(News(status), "phone") == "7/10"
    free = on("repetitions", repetitions=3)
    assert shown(free) == "repetitions 3"
    assert count_of(News(free), "phone") == "3"


def test_unknown_repetitions_say_why_and_are_no_number() -> None:
    status = on("repetitions", why={"repetitions": "not measured: the phone is on the \x1b[2Jbelly"}, count=10)
    assert shown(status) == "repetitions unknown: not measured: the phone is on the [2Jbelly"
    assert count_of(News(status), "phone") == ""
    assert count_of(News(status), None) == ""
    assert count_of(News(on("walk", cadence_spm=110)), "phone") == ""


def test_straight_leg_raise_has_its_published_error() -> None:
    status = on("raise", "right", "lower the leg slowly", count=3, raise_deg=71.44, raise_attempts=2)
    assert shown(status) == f"lower the leg slowly\nattempt 2 of 3  best 71.4°\n{RAISE_ERROR}"
    for error in ("3.3°", "10.2°"):
        assert error in RAISE_ERROR
    before = on("raise", why={"raise_deg": "no attempt yet"}, raise_attempts=0)
    assert shown(before) == "attempt 0\nangle unknown: no attempt yet"


def test_walk_has_its_cadence_and_says_what_it_cannot_measure() -> None:
    why = {"stride_length_m": "one phone cannot tell"}
    status = on("walk", why=why, cadence_spm=112.3, stride_cv=0.021, step_cv=0.034, step_asymmetry=0.043)
    assert shown(status).splitlines() == [
        "cadence 112 steps/min",
        "strides vary 2.1 %  steps 3.4 %  uneven 4.3 %",
        "stride length: one phone cannot tell",
    ]
    assert shown(on("walk", why={"cadence_spm": "no walk yet"})) == "cadence unknown: no walk yet"


@pytest.mark.parametrize(
    ("speed", "told", "tone"), [(14.2, "14°/s of 10°/s at most  ! slower", "warn"), (9, "✓", "good")]
)
def test_slow_movement_stands_against_its_limit(speed: float, told: str, tone: str) -> None:
    status = on("slow", limit_deg_s=10, speed_deg_s=speed, over_share=0.12, stops=2)
    first, second = task_lines(News(status), "phone")
    assert plain([first]).endswith(told)
    assert first[-1].tone == tone
    assert plain([second]) == "too fast 12 %  stops 2"


def test_slow_movement_without_a_limit_has_no_verdict() -> None:
    assert shown(on("slow", speed_deg_s=55)) == "speed 55°/s"
    assert shown(on("slow", why={"speed_deg_s": "no gyroscope"})) == "speed unknown: no gyroscope"


def test_stretch_says_how_far_and_only_then_too_far() -> None:
    calm = on("stretch", reached_deg=46.2, past_target_deg=0, turned_deg=18.4, past_hinge_deg=0)
    assert shown(calm) == "reached 46.2°  turned 18°"
    far = on("stretch", reached_deg=52.0, past_target_deg=2.13, past_hinge_deg=4.0, tremor_rise_percent_min=12.4)
    assert shown(far).splitlines() == [
        "reached 52.0°",
        "! past the band by 2.1°  past the hinge by 4.0°",
        "tremor +12 %/min (experimental)",
    ]
    assert shown(on("stretch", why={"reached_deg": "not still yet"})) == "range unknown: not still yet"


def test_contract_relax_has_the_cycle_that_is_on_and_the_gain() -> None:
    assert shown(on("cycles", count=3, cycles_done=1, gain_deg=2.44)) == "cycle 2 of 3  done 1  gain +2.4°"
    assert shown(on("cycles", count=3, cycles_done=3, gain_deg=-0.5)) == "cycle 3 of 3  done 3  gain -0.5°"
    assert shown(on("cycles", cycles_done=0, why={"gain_deg": "after two cycles"})) == (
        "cycle 1  done 0\ngain unknown: after two cycles"
    )
    assert shown(on("cycles", why={"cycles_done": "no gyroscope"})) == "cycles unknown: no gyroscope"


def test_hinge_has_its_angle() -> None:
    assert shown(on("hinge", hinge_deg=48.0)) == "hinges by 48.0°"
    assert shown(on("hinge", why={"hinge_deg": "bend forward once"})) == "hinge unknown: bend forward once"


def test_nothing_is_said_without_a_task_or_of_an_old_one() -> None:
    assert shown(WELL) == ""
    assert plain(task_lines(News(), "phone")) == ""
    assert plain(task_lines(News(on("walk", cadence_spm=112), silent_s=9.0), "phone")) == ""


def test_what_a_task_came_to_has_its_figures_with_units_and_each_reason_once() -> None:
    done = statuses.measured(
        "walk",
        cadence_spm=112.3,
        stride_cv=0.021,
        stride_s=1.07,
        bouts=2.0,
        step_cv=None,
        step_asymmetry=None,
        why={"step_cv": "steps are not told apart", "step_asymmetry": "steps are not told apart"},
    )
    assert plain(measured_lines(News(statuses.snapped(WELL, measured=(done,))), "phone")) == (
        "last walk: cadence 112.3 steps/min  stride cv 2.1 %  stride 1.1 s  bouts 2\nstep cv: steps are not told apart"
    )


def test_last_straight_leg_raise_has_its_error_too() -> None:
    done = statuses.measured("raise", "left", raise_deg=71.4)
    assert plain(measured_lines(News(statuses.snapped(WELL, measured=(done,))), "phone")) == (
        f"last straight-leg raise left: raise 71.4°\n{RAISE_ERROR}"
    )


def test_task_that_came_to_nothing_says_why() -> None:
    done = statuses.measured("hinge", why={"": "no still pose"}, hinge_deg=None)
    assert plain(measured_lines(News(statuses.snapped(WELL, measured=(done,))), "phone")) == (
        "last hinge\nhinge: no still pose"
    )
    empty = statuses.measured("hinge", why={"": "no still pose"})
    assert (
        plain(measured_lines(News(statuses.snapped(WELL, measured=(empty,))), "phone")) == "last hinge\nno still pose"
    )


def test_only_this_sensors_last_task_is_told_and_not_while_another_goes_on() -> None:
    done = statuses.measured("hinge", hinge_deg=48.0)
    status = statuses.snapped(WELL, measured=(done,))
    assert measured_lines(News(status), "imu") == ()
    assert measured_lines(News(status, silent_s=9), "phone") == ()
    assert measured_lines(News(statuses.snapped(status, doing=statuses.doing("walk"))), "phone") == ()


def test_every_kind_has_a_name() -> None:
    for kind in NAMES:
        assert shown(on(kind)) == ""
