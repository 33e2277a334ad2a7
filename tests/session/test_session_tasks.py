"""Tasks: what a mark asks for, in the fold and beside it, with everything that may go wrong with a phone."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

from tests.estimators.limbs import Limb, Series, raised, scaled, told, without
from tests.estimators.limbs import limb as made
from tests.estimators.straps import apart, moved
from tests.session.motions import MOTIONS, SET, Rig, done, fold, measured, motion
from tidehold.errors import ConfigError
from tidehold.estimators.hold import HoldEstimator
from tidehold.log.derived import Derived
from tidehold.records import Cue, Estimate, HostNs, Mark, Output, Rejected, Sample, Snapshot
from tidehold.routine import Measured, Task, TaskKind
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.session.tasks import LIVE, MOST_MEASURED, RUNNERS, Tasks, task_of
from tidehold.units import NS

every_kind = pytest.mark.parametrize("kind", MOTIONS)


def thinned(series: Series) -> Series:
    """A phone of 20 Hz."""
    return Series(series.times[::5], series.values[::5])


def holed(person: Limb, start_s: float, end_s: float = 1e9) -> Limb:
    return person._replace(acc=without(person.acc, start_s, end_s), gyr=without(person.gyr, start_s, end_s))


@cache
def whole(kind: TaskKind) -> Measured:
    """What the task comes to where nothing goes wrong."""
    return done(kind)


def named(outputs: list[Output], name: str) -> dict[int, Estimate]:
    return {out.t // NS: out for out in outputs if isinstance(out, Estimate) and out.name == name}


def as_expected(kind: TaskKind, found: Measured, *names: str) -> None:
    """Those figures, or all, are what was done."""
    for name, (value, within) in motion(kind).finds.items():
        if not names or name in names:
            assert found.figures[name] == pytest.approx(value, abs=within), name


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("repetitions", Task("repetitions")),
        ("repetitions left clock 10", Task("repetitions", "left", "clock", 10)),
        (" repetitions 10 clock  left ", Task("repetitions", "left", "clock", 10)),
        ("raise right", Task("raise", "right")),
        ("raise right 2", Task("raise", "right", count=2)),
        ("walk", Task("walk")),
        ("slow 12.5", Task("slow", limit_deg_s=12.5)),
        ("stretch left -45", Task("stretch", "left", target_deg=-45.0)),
        ("cycles left 3", Task("cycles", "left", count=3)),
        ("hinge", Task("hinge")),
        ("", None),
        ("  ", None),
    ],
)
def test_a_task_is_asked_for_in_words(text: str, task: Task | None) -> None:
    assert task_of(text) == task


@pytest.mark.parametrize(
    "text",
    [
        "jump",
        "walk 3",
        "raise clock",
        "repetitions left right",
        "repetitions 5 5",
        "repetitions 2.5",
        "repetitions -1",
        "repetitions 1001",
        "repetitions both",
        "stretch 181",
        "stretch nan",
        "slow inf",
        "hinge 5",
    ],
)
def test_what_is_no_task_is_refused_in_words_and_changes_nothing(text: str) -> None:
    with pytest.raises(ConfigError, match="do: expected a task"):
        task_of(text)
    session = Session(Header(session="x", started=0))  # type: ignore[arg-type]
    session.feed(Mark(HostNs(1), "do", "walk"))
    (rejected,) = session.feed(Mark(HostNs(2), "do", text))
    assert isinstance(rejected, Rejected)
    assert (rejected.source, rejected.channel) == ("person", "do")
    assert rejected.why.startswith("do: expected a task")


def test_in_a_session_a_set_of_repetitions_is_led_counted_and_told_when_it_is_over() -> None:
    each = motion("repetitions")
    said = fold(each.limb, "shin", {2.0: ("do", "repetitions left 9"), SET.length_s - 1: ("do", "")}, SET.length_s + 2)
    (found,) = measured([said])
    as_expected("repetitions", found)
    assert (found.source, found.start, found.end) == ("phone", 2 * NS, round((SET.length_s - 1) * NS))
    assert found.task == Task("repetitions", "left", count=9)
    assert found.quality > 0.97
    counts = [estimate.value for estimate in named(said, "phone/repetitions").values()]
    known = [count for count in counts if count is not None]
    assert known == sorted(known)
    assert known[-1] == SET.repetitions
    assert [cue.text for cue in said if isinstance(cue, Cue) and cue.kind == "task"] == ["9 repetitions, left", "done"]
    shown = {out.t // NS: out for out in said if isinstance(out, Snapshot)}
    doing = shown[3].doing
    assert doing is not None
    assert (doing.task, doing.since, doing.asks) == (found.task, 2 * NS, "9 repetitions, left")
    last = shown[round(SET.length_s) + 1]
    assert last.doing is None
    assert last.measured == (found,)
    assert [
        (last.estimates[f"phone/{name}"].value, last.estimates[f"phone/{name}"].why) for name in LIVE["repetitions"]
    ] == [(None, "no task is on")] * 3


def test_what_a_task_came_to_is_a_message_of_its_own_in_the_file() -> None:
    (found,) = measured([fold(motion("raise").limb, "shin", {0.5: ("do", "raise left")}, 20)])
    (entry,) = Derived().encode(found)[-1:]
    assert entry.topic == "/out/measured"
    assert msgspec.json.decode(entry.payload, type=Measured) == found


@every_kind
def test_each_kind_finds_what_was_done(kind: TaskKind) -> None:
    found = whole(kind)
    as_expected(kind, found)
    assert set(LIVE[kind]) <= found.figures.keys()
    assert all(value is not None or found.why[name] for name, value in found.figures.items())
    assert "" not in found.why


@every_kind
def test_at_20_hz_each_kind_finds_it_too_or_says_what_it_takes(kind: TaskKind) -> None:
    person = motion(kind).limb
    found = done(kind, person._replace(acc=thinned(person.acc), gyr=thinned(person.gyr)))
    blind = {"step_asymmetry", "tremor_rise_percent_min"}
    as_expected(kind, found, *(motion(kind).finds.keys() - blind))
    for name in blind & found.figures.keys():
        assert found.figures[name] is None
        assert "20 samples a second are too few" in found.why[name]


@every_kind
def test_without_a_gyroscope_each_kind_finds_it_too_or_says_so(kind: TaskKind) -> None:
    found = done(kind, {"acc": motion(kind).limb.acc})
    if kind == "walk":
        assert found.figures["cadence_spm"] is None
        assert found.why["cadence_spm"] == "no gyroscope"
        return
    as_expected(kind, found, *(motion(kind).finds.keys() - {"tremor_rise_percent_min", "speed_deg_s"}))
    if kind == "stretch":
        assert found.why["tremor_rise_percent_min"] == "no gyroscope"
        assert found.why["turned_deg"] == "not observable without a gyroscope"


@pytest.mark.parametrize(
    ("kind", "start_s", "names"),
    [
        ("repetitions", 0.4, ("repetitions", "repetition_deg")),
        ("raise", 9.0, ("raise_deg",)),
        ("walk", 15.0, ("cadence_spm", "stride_cv")),
        ("slow", 26.0, ("speed_deg_s",)),
        ("stretch", 25.0, ("past_target_deg",)),
        ("cycles", 29.0, ("cycles_done", "gain_deg")),
        ("hinge", 16.0, ("hinge_deg",)),
    ],
)
def test_a_gap_is_named_and_takes_quality_away(kind: TaskKind, start_s: float, names: tuple[str, ...]) -> None:
    found = done(kind, holed(motion(kind).limb, start_s, start_s + 3.5))
    as_expected(kind, found, *names)
    assert found.why[""].endswith("s without samples")
    assert found.quality < (2 / 3 if kind == "raise" else whole(kind).quality)


@every_kind
def test_of_a_phone_that_fell_silent_is_told_what_had_come_and_what_not(kind: TaskKind) -> None:
    each = motion(kind)
    silent_s = each.seconds - 5.5
    said = Rig(each.placement).run(told(holed(each.limb, silent_s)), each.seconds, each.marks)
    (found,) = measured(said)
    assert found.why[""].startswith("nothing has come of the last 5.")
    assert found.quality < whole(kind).quality
    late = [out for outputs in said[-5:-1] for out in outputs if isinstance(out, Estimate)]
    assert late
    assert all(out.value is None and out.why.startswith("no samples for") for out in late)


@every_kind
def test_of_a_phone_that_was_never_heard_nothing_is_known_and_why(kind: TaskKind) -> None:
    found = done(kind, holed(motion(kind).limb, 0))
    assert set(found.figures) == set(LIVE[kind])
    assert set(found.figures.values()) == {None}
    assert (found.why, found.quality) == ({"": "no samples yet"}, 0.0)


def test_samples_that_come_late_are_left_out_and_that_is_said() -> None:
    each = motion("repetitions")
    late_s = 4.0  # and then its messages of 0.2 s
    (found,) = measured(Rig("shin").run(told(each.limb, late_s=late_s), 30, each.marks))
    left_out_s = float(found.why[""].removeprefix("nothing has come of the last ").removesuffix(" s"))
    assert left_out_s == pytest.approx(late_s, abs=0.5)
    assert found.quality == pytest.approx(1 - left_out_s / 28, abs=0.02)


def test_a_profile_that_does_not_fit_is_the_reason_for_every_figure() -> None:
    person = motion("hinge").limb
    found = done("hinge", {"acc": scaled(person.acc, 0.102), "gyr": person.gyr})
    assert found.figures == {"hinge_deg": None}
    assert "the profile does not fit this phone" in found.why[""]


@pytest.mark.parametrize(
    ("kind", "placement", "why"),
    [
        ("walk", "shin", "not measured: the phone is on the shin, this takes one on the thigh"),
        ("raise", "breastbone", "not measured: the phone is on the breastbone, this takes one on the shin or thigh"),
        ("hinge", "shin", "not measured: the phone is on the shin, this takes one on the breastbone or belly"),
    ],
)
def test_a_phone_in_the_wrong_place_measures_nothing_and_says_where_it_should_be(
    kind: TaskKind, placement: str, why: str
) -> None:
    said = Rig(placement).run(told(motion(kind).limb)[:100], 8, {2.0: kind})
    (found,) = measured(said)
    assert set(found.figures.values()) == {None}
    assert found.why == {"": why}
    estimates = [out for outputs in said[8:-1] for out in outputs if isinstance(out, Estimate)]
    assert {out.why for out in estimates} == {why}
    assert not [out for outputs in said for out in outputs if isinstance(out, Cue)]


def test_without_any_sensor_that_is_said_and_nothing_measured() -> None:
    tasks = Tasks()
    (cue,) = tasks.ask(HostNs(NS), Task("walk"))
    assert isinstance(cue, Cue)
    assert cue.text == "there is no motion sensor: nothing is measured"
    assert tasks.estimates(HostNs(2 * NS)) == []
    assert tasks.close(HostNs(3 * NS)) == []
    assert tasks.doing is None


def test_a_sensor_that_comes_later_measures_from_then_on_and_is_led() -> None:
    tasks = Tasks()
    tasks.ask(HostNs(NS), Task("raise"))
    estimator = HoldEstimator("phone", "shin")
    tasks.watch("phone", "shin", estimator)
    (cue,) = tasks.live(HostNs(2 * NS))
    assert isinstance(cue, Cue)
    assert cue.text.startswith("lie flat")
    for sample in told(motion("raise").limb):
        estimator.update(sample)
    (found, *_) = tasks.close(HostNs(round(motion("raise").seconds * NS)))
    assert isinstance(found, Measured)
    as_expected("raise", found)


def test_each_sensor_measures_for_itself() -> None:
    tasks, estimators = Tasks(), [HoldEstimator(source, "shin") for source in ("phone", "imu")]
    for estimator in estimators:
        tasks.watch(estimator.posture.source, "shin", estimator)
    tasks.ask(HostNs(0), Task("repetitions"))
    for source, degrees in (("phone", 30), ("imu", 50)):
        person = made(lambda t, by=degrees: raised(by, 3, 2)(t) + raised(-by, 7, 2)(t), 12)  # type: ignore[misc]
        for sample in told(person, source=source):
            estimators[source == "imu"].update(sample)
    found = [out for out in tasks.close(HostNs(12 * NS)) if isinstance(out, Measured)]
    assert [(each.source, each.figures["repetitions"]) for each in found] == [("phone", 1), ("imu", 1)]
    assert [each.figures["repetition_deg"] for each in found] == pytest.approx([30, 50], abs=1)


def test_a_task_ends_the_one_before_and_the_last_ones_are_kept() -> None:
    tasks = Tasks()
    tasks.watch("phone", "", HoldEstimator("phone"))
    for number in range(MOST_MEASURED + 3):
        said = tasks.ask(HostNs(number * NS), Task("slow", limit_deg_s=number))
        assert [out.task.limit_deg_s for out in said if isinstance(out, Measured)] == ([number - 1] if number else [])
    assert [each.task.limit_deg_s for each in tasks.measured] == list(range(2, MOST_MEASURED + 2))


def test_of_the_tasks_that_are_kept_none_lacks_a_sensor() -> None:
    tasks = Tasks()
    sources = ("strap", "phone", "phone2", "imu")
    for source in sources:
        tasks.watch(source, "", HoldEstimator(source))
    for number in range(MOST_MEASURED + 3):
        tasks.ask(HostNs(number * NS), Task("slow", limit_deg_s=number))
    kept = [(each.task.limit_deg_s, each.source) for each in tasks.measured]
    assert kept == [(number, source) for number in range(2, MOST_MEASURED + 2) for source in sources]


def test_a_sensor_that_is_not_heard_leaves_the_lead_to_one_that_is() -> None:
    tasks, estimators = Tasks(), [HoldEstimator(source, "shin") for source in ("phone", "phone2")]
    for estimator in estimators:
        tasks.watch(estimator.posture.source, "shin", estimator)
    tasks.ask(HostNs(0), Task("raise"))
    waiting = told(motion("raise").limb, source="phone2")
    cues: list[str] = []
    for tick in range(1, 20):
        now = HostNs(tick * NS // 4)
        for sample in waiting:
            if now - NS // 4 < sample.t <= now:
                estimators[1].update(sample)
        estimators[1].live(now)
        cues += [out.text for out in tasks.live(now) if isinstance(out, Cue)]
    assert cues == ["raise the straight leg slowly (1 of 3)"]


def test_there_is_a_runner_and_there_are_names_for_every_kind() -> None:
    assert set(RUNNERS) == set(LIVE) == set(MOTIONS)


def test_with_no_task_on_nothing_is_worked_out_or_said() -> None:
    each = motion("hinge")
    said = Rig(each.placement).run(told(each.limb), 20, {})
    assert [out for outputs in said for out in outputs] == []


@every_kind
def test_how_samples_are_cut_into_frames_does_not_matter(kind: TaskKind) -> None:
    each = motion(kind)
    samples = [sample for sample in told(each.limb) if sample.t < 32 * NS]
    whole, single = (Rig(each.placement).run(told_so, 30, each.marks) for told_so in (samples, apart(samples)))
    assert single == whole


@every_kind
def test_what_comes_later_changes_nothing_before(kind: TaskKind) -> None:
    each = motion(kind)
    samples = told(each.limb)
    before = [sample for sample in samples if sample.t <= 22 * NS]
    other = [Sample(one.t, one.stream, one.times, one.values * 0.7) for one in samples[len(before) :]]
    expected = Rig(each.placement).run(before, 22, each.marks)[:-1]
    assert Rig(each.placement).run([*before, *other], 30, each.marks)[: len(expected)] == expected


@every_kind
def test_shifting_every_time_changes_no_figure(kind: TaskKind) -> None:
    each = motion(kind)
    samples = [sample for sample in told(each.limb) if sample.t < 32 * NS]
    shift = 9 * 86_400 * NS + 12_345_678_901
    here = Rig(each.placement).run(samples, 30, each.marks)
    later = Rig(each.placement).run(samples, 30, each.marks, shift)
    assert [[_moved(out, shift) for out in outputs] for outputs in here] == later


def _moved(out: Output, by: int) -> Output:
    if isinstance(out, Measured):
        t, start, end = (HostNs(each + by) for each in (out.t, out.start, out.end))
        return msgspec.structs.replace(out, t=t, start=start, end=end)
    return moved(out, by)
