import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.records import Cue, Frame, HostNs, Link, LinkState, Rejected, Sample
from tidehold.session.view import TRACES, View
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
    mine, other = (each.snapshot(HostNs(first), {"strap": Device()}).traces for each in (view, whole))
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
    trace = view.snapshot(HostNs(first), {"strap": Device()}).traces["strap/acc"]
    assert TRACES["acc"][1] == 8
    assert np.array_equal(trace.values[:, 0] % 8, np.zeros(len(trace.values)))
    assert (np.diff(trace.values[:, 0]) == 8).all()


def test_a_snapshot_shares_nothing_with_what_comes_after_it() -> None:
    view = View()
    view.add(ecg(0, 100, 1))
    before = view.snapshot(HostNs(NS), {"strap": Device()})
    kept = before.traces["strap/ecg"].values.copy()
    view.add(ecg(100, 1000, 2))
    view.arrived(Frame(HostNs(3), "strap", "pmd", b""))
    view.add(Rejected(HostNs(3), "strap", "pmd", "empty"))
    assert np.array_equal(before.traces["strap/ecg"].values, kept)
    assert before.inputs == {}
    assert before.rejected == {}


def test_ages_grow_and_rates_are_those_of_the_device() -> None:
    view = View()
    view.add(ecg(0, 10, NS))
    shown = view.snapshot(HostNs(3 * NS), {"strap": Device()})
    assert shown.streams["strap/ecg"].age_s == 2.0
    assert shown.streams["strap/ecg"].rate_hz == 130.0
    assert shown.streams["strap/ecg"].last == (9.0,)
    assert shown.said == {"strap/firmware": "1.0"}


def test_a_source_is_lost_until_it_is_armed_again() -> None:
    view = View()
    states: list[LinkState] = ["up", "armed", "down", "searching", "up", "armed", "up"]
    lost = [view.link(Link(HostNs(i), "strap", state)) for i, state in enumerate(states)]
    assert lost == [False, False, False, True, True, True, False]


def test_a_cue_changes_no_counter() -> None:
    view = View()
    view.add(Cue(HostNs(1), "sensor-lost", "gone"))
    shown = view.snapshot(HostNs(1), {})
    assert (shown.gaps, shown.streams, shown.rejected) == (0, {}, {})
