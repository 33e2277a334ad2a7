import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.records import (
    Breath,
    Cue,
    DueHold,
    Frame,
    Hold,
    HostNs,
    Link,
    LinkState,
    Pacing,
    Pattern,
    Rejected,
    Sample,
)
from tidehold.session.view import MOST_HOLDS, TRACES, Shown, View
from tidehold.units import NS


class Device:
    said: dict[str, str] = {"firmware": "1.0"}  # noqa: RUF012 - never changed

    def rate_hz(self, stream: str) -> float | None:
        return 130.0 if stream == "ecg" else None


def ecg(first: int, count: int, t: int) -> Sample:
    index = np.arange(first, first + count)
    return Sample(HostNs(t), "strap/ecg", index * (NS // 130), index.astype(float))


@given(st.lists(st.integers(0, 90), min_size=1, max_size=40))
def test_a_trace_does_not_depend_on_framing(counts: list[int]) -> None:
    view, whole, first = View(), View(), 0
    for count in counts:
        view.add(ecg(first, count, first))
        first += count
    whole.add(ecg(0, first, first))
    mine, other = (each.snapshot(HostNs(first), {"strap": Device()}, Shown()).traces for each in (view, whole))
    assert mine.keys() == other.keys()
    for name, trace in mine.items():
        assert np.array_equal(trace.times, other[name].times)
        assert np.array_equal(trace.values, other[name].values)


@pytest.mark.parametrize("counts", [[36] * 50, [1] * 500, [7, 900, 3]])
def test_a_trace_of_every_eighth_sample_keeps_its_step_across_frames(counts: list[int]) -> None:
    view, first = View(), 0
    for count in counts:
        index = np.arange(first, first + count)
        view.add(Sample(HostNs(first), "strap/acc", index * (NS // 200), np.stack([index] * 3, 1).astype(float)))
        first += count
    trace = view.snapshot(HostNs(first), {"strap": Device()}, Shown()).traces["strap/acc"]
    assert TRACES["acc"][1] == 8
    assert np.array_equal(trace.values[:, 0] % 8, np.zeros(len(trace.values)))
    assert (np.diff(trace.values[:, 0]) == 8).all()


@pytest.mark.parametrize(("name", "step"), [("strap/acc", 8), ("phone/acc", 4), ("phone/gravity", 4), ("imu/acc", 2)])
def test_traces_of_moving_bodies_have_25_points_a_second(name: str, step: int) -> None:
    view, index = View(), np.arange(400)
    view.add(Sample(HostNs(0), name, index * (NS // (25 * step)), np.stack([index] * 3, 1).astype(float)))
    trace = view.snapshot(HostNs(0), {name.partition("/")[0]: Device()}, Shown()).traces[name]
    assert np.array_equal(trace.values[:, 0], index[-len(trace.values) * step :: step])
    assert len(trace.values) == min(400 // step, 25 * 15)


def test_the_last_holds_are_shown_and_what_is_asked_for() -> None:
    view = View()
    holds = [Hold(HostNs(t), "phone", "", HostNs(0), HostNs(t), None, None, {}, "too short") for t in range(5)]
    assert view.snapshot(HostNs(0), {}, Shown()).holds == ()
    for hold in holds:
        view.add(hold)
    shown = view.snapshot(HostNs(9), {}, Shown(due=DueHold(HostNs(3), 45.0)))
    assert shown.holds == tuple(holds[-MOST_HOLDS:])
    assert shown.due == DueHold(HostNs(3), 45.0)


def test_what_has_no_trace_keeps_none() -> None:
    view = View()
    view.add(Sample(HostNs(0), "phone/gyr", np.arange(3), np.zeros((3, 3))))
    assert view.snapshot(HostNs(0), {"phone": Device()}, Shown()).traces == {}


def test_a_snapshot_shares_nothing_with_what_comes_after_it() -> None:
    view = View()
    view.add(ecg(0, 100, 1))
    before = view.snapshot(HostNs(NS), {"strap": Device()}, Shown())
    kept = before.traces["strap/ecg"].values.copy()
    view.add(ecg(100, 1000, 2))
    view.arrived(Frame(HostNs(3), "strap", "pmd", b""))
    view.add(Rejected(HostNs(3), "strap", "pmd", "empty"))
    assert np.array_equal(before.traces["strap/ecg"].values, kept)
    assert before.inputs == {}
    assert before.rejected == {}


def test_ages_are_those_of_the_newest_samples_and_rates_those_of_the_device() -> None:
    view = View()
    view.add(ecg(0, 131, 20 * NS))  # a clump of old samples, which came late
    shown = view.snapshot(HostNs(21 * NS), {"strap": Device()}, Shown())
    assert shown.streams["strap/ecg"].age_s == pytest.approx(20.0)
    assert shown.streams["strap/ecg"].rate_hz == 130.0
    assert shown.streams["strap/ecg"].last == (130.0,)
    assert shown.said == {"strap/firmware": "1.0"}


def test_a_sample_a_little_ahead_is_fresh() -> None:
    view = View()
    view.add(ecg(0, 131, NS // 2))
    assert view.snapshot(HostNs(NS // 2), {"strap": Device()}, Shown()).streams["strap/ecg"].age_s == 0.0


def test_a_source_is_lost_until_it_is_armed_again() -> None:
    view = View()
    states: list[LinkState] = ["up", "armed", "down", "searching", "up", "armed", "up"]
    lost = [view.link(Link(HostNs(i), "strap", state), loses=state == "down") for i, state in enumerate(states)]
    assert lost == [False, False, False, True, True, True, False]


def test_a_cue_changes_no_counter() -> None:
    view = View()
    view.add(Cue(HostNs(1), "sensor-lost", "gone"))
    shown = view.snapshot(HostNs(1), {}, Shown())
    assert (shown.gaps, shown.streams, shown.rejected) == (0, {}, {})


def test_the_breathing_that_is_asked_for_is_shown() -> None:
    pacing = Pacing(HostNs(1), Pattern())
    view = View()
    view.add(Breath(HostNs(9), HostNs(1), HostNs(3), HostNs(8), 0.5))
    assert view.snapshot(HostNs(9), {}, Shown(pacing)).pacing is pacing
    assert view.snapshot(HostNs(9), {}, Shown()).pacing is None
