"""The map against simulated truth: drift, jitter, bursts, pauses, resets, outliers."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.align.devices import POLAR_2019, POLAR_2026, Frames, follow, frames, rms
from tidehold.align.clock_map import ClockMap
from tidehold.records import DeviceNs, HostNs, Times
from tidehold.units import NS

MS = NS // 1000


def after(sent: Frames, seconds: float) -> slice:
    """The frames from `seconds` after the first on."""
    return slice(int(np.searchsorted(sent.true, sent.true[0] + seconds * NS)), None)


def mapped(clock: ClockMap, *device: int) -> list[int]:
    return [clock.to_host(DeviceNs(each)) for each in device]


def observe(clock: ClockMap, device_s: float, arrival_s: float) -> bool:
    return clock.observe(DeviceNs(round(device_s * NS)), HostNs(round(arrival_s * NS)))


def steady(start: int = 1000, frames_of_1_s: int = 10) -> ClockMap:
    """A map of a clock that was at `start` s when the session clock was at 0 s, without any delay."""
    clock = ClockMap()
    for i in range(frames_of_1_s):
        observe(clock, start + i, i)
    return clock


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("ppm", [60.0, -60.0, 100.0, -100.0])
@pytest.mark.parametrize("per_s", [1.4, 7.0])
def test_times_are_within_5_ms_rms_after_a_minute(per_s: float, ppm: float, seed: int) -> None:
    sent = frames(seed, per_s=per_s, ppm=ppm, seconds=180.0)
    errors, resets = follow(ClockMap(), sent)
    assert resets == 0
    assert rms(errors[after(sent, 60.0)]) < 0.005


@pytest.mark.parametrize("per_s", [1.4, 7.0])
def test_times_stay_within_5_ms_rms_for_an_hour_while_the_drift_wanders(per_s: float) -> None:
    sent = frames(1, per_s=per_s, seconds=3600.0, ppm=60.0)
    # A strap that warms up on the skin: 20 ppm more within minutes, 5 ppm up and down later.
    seconds = sent.true / NS
    wander = 20e-6 * (seconds - 300.0 * (1.0 - np.exp(-seconds / 300.0))) + 5e-6 * 60.0 * np.sin(seconds / 60.0)
    device = sent.device + np.rint(wander * NS).astype(np.int64)
    clock = ClockMap()
    errors, resets = follow(clock, sent._replace(device=device))
    assert resets == 0
    for minute in range(2, 60):
        in_minute = (seconds >= minute * 60) & (seconds < minute * 60 + 60)
        assert rms(errors[in_minute]) < 0.005
    assert clock.drift_ppm == pytest.approx(80.0, abs=15.0)


@pytest.mark.parametrize("per_s", [1.4, 7.0])
@pytest.mark.parametrize("epoch", [0, 5 * NS, POLAR_2019, POLAR_2026, 2**63 - 10**13])
def test_any_epoch_gives_the_same_times_to_the_nanosecond(epoch: int, per_s: float) -> None:
    at_0 = frames(3, per_s=per_s, seconds=30.0, epoch=0)
    shifted = at_0._replace(device=at_0.device + epoch)
    assert np.array_equal(follow(ClockMap(), at_0)[0], follow(ClockMap(), shifted)[0])


@given(st.integers(-(10**18), 10**18), st.integers(0, 2**32))
@settings(max_examples=10)
def test_a_shift_of_the_session_clock_shifts_the_times_exactly(shift: int, seed: int) -> None:
    sent = frames(seed, seconds=40.0, held=((10.0, 14.0),))
    one, other = ClockMap(), ClockMap()
    for device, arrival in zip(sent.device.tolist(), sent.arrival.tolist(), strict=True):
        one.observe(DeviceNs(device), HostNs(arrival))
        other.observe(DeviceNs(device), HostNs(arrival + shift))
        assert mapped(other, device) == [mapped(one, device)[0] + shift]
        assert (one.error_s, one.residual_s, one.drift_ppm) == (other.error_s, other.residual_s, other.drift_ppm)


@pytest.mark.parametrize("per_s", [1.4, 7.0])
@pytest.mark.parametrize("seed", range(3))
def test_stated_error_bounds_the_true_one(per_s: float, seed: int) -> None:
    sent = frames(seed, per_s=per_s, seconds=600.0)
    clock = ClockMap()
    bounds = []
    errors = []
    for true, device, arrival in zip(*(column.tolist() for column in sent), strict=True):
        clock.observe(DeviceNs(device), HostNs(arrival))
        bounds.append(clock.error_s)
        errors.append(abs(clock.to_host(DeviceNs(device)) - true) / NS)
    assert np.all(np.array(errors) <= np.array(bounds))
    # And it says something: well under the jitter of 70 ms.
    assert bounds[-1] < (0.012 if per_s < 2 else 0.004)


def test_before_the_first_frame_nothing_is_known() -> None:
    clock = ClockMap()
    assert (clock.segment, clock.drift_ppm, clock.residual_s, clock.error_s) == (0, None, None, math.inf)
    assert not clock.in_doubt
    with pytest.raises(ValueError, match="no frame was observed"):
        clock.to_host(DeviceNs(1))


def test_no_times_are_mapped_to_no_times() -> None:
    assert len(ClockMap().to_host_times(np.empty(0, np.int64))) == 0


def test_samples_of_a_frame_are_mapped_as_each_alone() -> None:
    clock = ClockMap()
    sent = frames(2, per_s=1.4, seconds=30.0)
    before = HostNs(0)
    for device, arrival in zip(sent.device.tolist(), sent.arrival.tolist(), strict=True):
        clock.observe(DeviceNs(device), HostNs(arrival))
        samples: Times = device - 19_600_000 * np.arange(36)[::-1]
        times = clock.to_host_times(samples)
        assert times.tolist() == mapped(clock, *samples.tolist())
        assert times[0] > before
        before = times[-1]


def test_drift_is_told_after_three_minutes_with_its_sign() -> None:
    # A fast clock counts more than a second in a second.
    for ppm in (-60.0, 60.0):
        clock = ClockMap()
        sent = frames(4, per_s=7.0, seconds=400.0, ppm=ppm)
        follow(clock, sent.pick(sent.true < 100 * NS))
        assert clock.drift_ppm is None
        follow(clock, sent.pick(sent.true >= 100 * NS))
        assert clock.drift_ppm == pytest.approx(ppm, abs=3.0)


def test_residual_is_the_mean_lateness() -> None:
    clock = ClockMap()
    follow(clock, frames(4, per_s=7.0, seconds=120.0, jitter_s=0.07))
    assert clock.residual_s == pytest.approx(0.035, abs=0.004)


def test_a_burst_of_queued_frames_is_no_reset_and_keeps_its_true_times() -> None:
    for held_s in (1.0, 4.0, 15.0, 29.0):
        sent = frames(6, seconds=300.0, per_s=7.0, held=((120.0, 120.0 + held_s),))
        clock = ClockMap()
        errors, resets = follow(clock, sent)
        assert resets == 0
        assert np.max(np.abs(errors[after(sent, 60.0)])) < 0.01
        assert not clock.in_doubt


def test_a_burst_at_the_very_start_is_followed_down() -> None:
    sent = frames(6, seconds=120.0, per_s=7.0, held=((0.0, 4.0),))
    errors, resets = follow(ClockMap(), sent)
    assert resets == 0
    assert errors[0] == pytest.approx(3.0, abs=0.1)
    assert rms(errors[after(sent, 75.0)]) < 0.005


def test_a_queue_that_drains_slowly_is_no_reset() -> None:
    # Sent through 120..130 s, each frame from then on 1.1 times faster than it was made.
    sent = frames(6, seconds=400.0, per_s=1.4)
    late = np.where(sent.true > 120 * NS, np.maximum(0, 10 * NS - (sent.true - 120 * NS) // 10), 0)
    clock = ClockMap()
    errors, resets = follow(clock, sent._replace(arrival=np.maximum.accumulate(sent.arrival + late)))
    assert resets == 0
    assert np.max(np.abs(errors[after(sent, 60.0)])) < 0.02


def test_a_pause_of_the_link_keeps_the_map() -> None:
    before = frames(7, seconds=200.0)
    for pause_s in (60.0, 600.0, 3600.0):
        gone = int(pause_s * NS)
        again = frames(8, seconds=60.0, start_s=201.0)
        later = Frames(
            again.true + gone,
            again.device + round((200.0 + pause_s) * (1 + 60e-6) * NS),
            again.arrival + gone,
        )
        clock = ClockMap()
        _, resets = follow(clock, before)
        errors, resets_after = follow(clock, later)
        assert resets == resets_after == clock.segment == 0
        # The drift is known to some 20 ppm by then, and that is what an hour without a frame leaves open.
        assert np.max(np.abs(errors)) < 0.010 + 25e-6 * pause_s
        assert rms(errors[after(later, 30.0)]) < 0.005


@pytest.mark.parametrize("per_s", [1.4, 7.0])
@pytest.mark.parametrize(
    ("epoch", "back_to"),
    [
        (POLAR_2026, POLAR_2019),  # power lost
        (POLAR_2019, POLAR_2026),  # clock set by an app
        (POLAR_2026, 3 * NS),
        (900 * NS, 0),  # counts from boot, booted again
        (POLAR_2026, POLAR_2026 + 30 * NS),  # set back by a minute, about
    ],
)
def test_a_reset_opens_a_segment_and_times_go_on(epoch: int, back_to: int, per_s: float) -> None:
    before = frames(9, seconds=95.0, per_s=per_s, epoch=epoch)
    again = frames(10, seconds=90.0, per_s=per_s, epoch=back_to, start_s=100.0)
    clock = ClockMap()
    follow(clock, before)
    errors, resets = follow(clock, again)
    assert resets == clock.segment == 1
    assert not clock.in_doubt
    # Also the frames before the reset is certain are mapped to about their arrival, never to years away.
    assert np.all(np.abs(errors) < 0.071)
    assert rms(errors[after(again, 60.0)]) < 0.005


def test_a_reset_by_a_few_seconds_is_found() -> None:
    for step_s in (-5.0, 5.0):
        sent = frames(9, seconds=200.0, per_s=1.4)
        stepped = sent._replace(device=np.where(sent.true > 100 * NS, sent.device + round(step_s * NS), sent.device))
        errors, resets = follow(ClockMap(), stepped)
        assert resets == 1
        assert rms(errors[after(sent, 175.0)]) < 0.005


def test_a_clock_that_stood_still_is_found_half_a_minute_later() -> None:
    clock = steady()
    seen = [observe(clock, 1010 + i, 310 + i) for i in range(40)]
    assert seen.index(True) == 30
    assert mapped(clock, 1100 * NS) == [400 * NS]


def test_a_reset_takes_three_frames_and_two_seconds() -> None:
    clock = steady()
    assert [observe(clock, 10 + i, 20 + i) for i in range(5)] == [False, False, True, False, False]
    clock = steady()
    assert [observe(clock, 10 + i / 4, 20 + i / 4) for i in range(10)].index(True) == 8
    clock = steady()
    assert [observe(clock, 10 + 3 * i, 20 + 3 * i) for i in range(4)] == [False, False, True, False]


def test_the_new_segment_is_what_its_first_frames_said() -> None:
    clock = steady()
    said = []
    for i in range(6):
        observe(clock, 10 + i, 20 + i)
        said += mapped(clock, (10 + i) * NS)
    assert said == [(20 + i) * NS for i in range(6)]
    assert clock.segment == 1


def test_drift_is_kept_through_a_reset() -> None:
    clock = ClockMap()
    follow(clock, frames(4, per_s=7.0, seconds=400.0))
    known = clock.drift_ppm
    assert known is not None
    follow(clock, frames(5, per_s=7.0, seconds=4.0, start_s=410.0, epoch=POLAR_2019))
    assert clock.segment == 1
    assert clock.drift_ppm == pytest.approx(known, abs=1e-6)


@pytest.mark.parametrize("off_s", [-7e8, -900.0, -3.0, 3.0, 900.0, 7e8])
def test_a_single_outlier_changes_nothing(off_s: float) -> None:
    with_outlier, without = steady(2**30), steady(2**30)
    assert not observe(with_outlier, 2**30 + 10 + off_s, 10)
    # Another minute, and one more outlier, elsewhere.
    for i in range(11, 70):
        stamp = 2**30 + i
        assert not observe(with_outlier, stamp - 300 if i == 40 else stamp, i)
        assert not observe(without, stamp, i)
        assert with_outlier.in_doubt == (i == 40)
    assert with_outlier.segment == 0
    moments = [(2**30 + second) * NS for second in (0, 5, 60, 80)]
    assert mapped(with_outlier, *moments) == mapped(without, *moments)


def test_outliers_that_do_not_follow_each_other_are_no_reset() -> None:
    clock = steady()
    # Stamps all over the place, each more than half a second off the pace of the one before.
    assert not any(observe(clock, 10 + 1.6 * i, 20 + i) for i in range(30))
    assert clock.segment == 0
    assert mapped(clock, 1020 * NS) == [20 * NS]


def test_a_frame_in_doubt_is_mapped_to_its_arrival_unless_a_queue_explains_it() -> None:
    clock = steady()
    observe(clock, 10, 20)
    assert mapped(clock, 10 * NS, 9 * NS) == [20 * NS, 19 * NS]
    assert mapped(clock, 1005 * NS) == [5 * NS]  # the segment before is still mapped as it was
    clock = steady()
    observe(clock, 9000, 20)
    assert mapped(clock, 9000 * NS) == [20 * NS]
    clock = steady()
    observe(clock, 1011, 20)  # 9 s late
    assert clock.in_doubt
    assert mapped(clock, 1011 * NS) == [11 * NS]
    clock = steady()
    observe(clock, 1009 - 30, 20)  # 30 s older than the newest
    assert mapped(clock, (1009 - 30) * NS) == [-21 * NS]
    clock = steady()
    observe(clock, 1009 - 31, 20)
    assert mapped(clock, (1009 - 31) * NS) == [20 * NS]


def test_frames_may_come_twice_and_in_any_order() -> None:
    sent = frames(11, seconds=120.0, per_s=7.0)
    clock = ClockMap()
    order = np.arange(len(sent.true))
    arrival = sent.arrival.copy()
    arrival[3::10] = arrival[4::10]  # held back by the one it comes after
    order[3::10], order[4::10] = order[4::10].copy(), order[3::10].copy()
    swapped = Frames(sent.true[order], sent.device[order], arrival)
    doubled = Frames(*(np.repeat(column, 2) for column in swapped))
    errors, resets = follow(clock, doubled)
    assert resets == 0
    assert rms(errors[after(doubled, 60.0)]) < 0.005


@pytest.mark.parametrize(("off_s", "doubted"), [(1.99, False), (2.01, True), (-1.99, False), (-2.01, True)])
def test_a_frame_more_than_two_seconds_off_is_doubted(off_s: float, *, doubted: bool) -> None:
    clock = steady()
    observe(clock, 1010, 10 + off_s)
    assert clock.in_doubt == doubted


@pytest.mark.parametrize(("scatter_s", "resets"), [(0.49, 1), (0.51, 0)])
def test_frames_of_a_reset_clock_keep_pace_within_half_a_second(scatter_s: float, resets: int) -> None:
    clock = steady()
    seen = [observe(clock, 10 + i, 20 + i + scatter_s * (i % 2)) for i in range(8)]
    assert sum(seen) == clock.segment == resets


def test_late_frames_are_mapped_as_the_map_stays() -> None:
    clock = steady()
    observe(clock, 1012, 20)
    said = mapped(clock, 1012 * NS)
    for i in range(13, 20):
        observe(clock, 1000 + i, 20 + i / 1000)
    observe(clock, 1020, 20.1)
    observe(clock, 1021, 20.5)  # half a second early: the line has to come down
    observe(clock, 1022, 21.5)
    assert mapped(clock, 1012 * NS) == said


def test_the_same_frames_give_the_same_map() -> None:
    sent = frames(12, seconds=100.0, held=((20.0, 25.0),))
    assert np.array_equal(follow(ClockMap(), sent)[0], follow(ClockMap(), sent)[0])


def test_where_the_clock_is_set_now_and_then_an_early_frame_is_doubted_sooner() -> None:
    for early_ns, doubted in ((2 * NS, False), (NS // 2, True)):
        clock = ClockMap(early_ns)
        for i in range(10):
            observe(clock, 1000 + i, i)
        observe(clock, 1010 + 1, 10)
        assert clock.in_doubt == doubted
        reset = [observe(clock, 1010 + 1 + i, 10 + i) for i in range(1, 4)]
        assert any(reset) == doubted


def test_a_restart_begins_a_segment_with_the_drift_that_is_known() -> None:
    clock = ClockMap()
    follow(clock, frames(4, per_s=7.0, seconds=400.0, ppm=60.0))
    drift = clock.drift_ppm
    clock.restart(DeviceNs(5 * NS), HostNs(500 * NS))
    assert (clock.segment, clock.drift_ppm) == (1, drift)
    assert mapped(clock, 5 * NS) == [500 * NS]
    fresh = ClockMap()
    fresh.restart(DeviceNs(0), HostNs(7))
    assert mapped(fresh, 0) == [7]


def test_lateness_is_measured_from_the_earliest() -> None:
    clock = ClockMap()
    assert clock.lateness_ns(DeviceNs(5), HostNs(0)) == 0.0
    clock = steady()
    assert clock.lateness_ns(DeviceNs(1020 * NS), HostNs(20 * NS + 30 * MS)) == pytest.approx(30 * MS, abs=MS)
