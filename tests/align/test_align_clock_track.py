"""One run of a device clock: continuous, never backwards, the past never changed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.align.devices import POLAR_2026
from tidehold.align.clock_track import KNOTS, ClockTrack
from tidehold.align.envelope import Envelope
from tidehold.records import DeviceNs, HostNs
from tidehold.units import NS

MS = NS // 1000

Steps = list[tuple[int, int]]
steps = st.lists(st.tuples(st.integers(1, 5 * NS), st.integers(0, NS)), min_size=1, max_size=25)
"""Frames by the time since the one before and by their delay, ns."""


def track(slope: float = 0.0) -> ClockTrack:
    return ClockTrack(DeviceNs(POLAR_2026), HostNs(NS), Envelope(slope))


def learn(on: ClockTrack, device_s: float, delay_ns: int) -> None:
    device = POLAR_2026 + round(device_s * NS)
    arrival = NS + round(device_s * NS) + delay_ns
    on.learn(device, arrival, on.lateness(device, arrival))


def host(on: ClockTrack, *device_s: float) -> list[int]:
    return [int(time) for time in on.to_host(POLAR_2026 + np.rint(np.array(device_s) * NS).astype(np.int64))]


def test_the_first_frame_is_mapped_to_its_arrival_and_others_by_the_drift_held_before() -> None:
    assert host(track(), -2.0, 0.0, 3.0) == [-NS, NS, 4 * NS]
    assert host(track(1e-4), -2.0, 0.0, 3.0) == [-NS - 200_000, NS, 4 * NS + 300_000]


def test_the_map_bends_to_a_lower_line_within_five_seconds_and_then_stays_on_it() -> None:
    on = track()
    learn(on, 1.0, -50 * MS)
    assert host(on, 0.0, 1.0, 3.5, 6.0, 9.0) == [NS, 2 * NS, 4_475 * MS, 6_950 * MS, 9_950 * MS]


def test_the_map_keeps_the_drift_while_it_bends() -> None:
    on = track(1e-4)
    learn(on, 1.0, -50 * MS)
    assert host(on, 1.0, 3.5, 6.0, 16.0) == [2_000_100_000, 4_475_300_000, 6_950_500_000, 16_951_500_000]


def test_a_long_way_is_slewed_at_five_percent() -> None:
    on = track()
    learn(on, 1.0, -1000 * MS)
    learn(on, 2.0, -1000 * MS)
    assert host(on, 2.0, 12.0, 22.0, 23.0) == [3 * NS, 12_500 * MS, 22 * NS, 23 * NS]


def test_one_block_across_bends_is_mapped_as_each_time_alone() -> None:
    on = track()
    for second, delay in ((1.0, -20), (2.0, -60), (4.0, -90), (8.0, 0), (9.0, -95)):
        learn(on, second, delay * MS)
    moments = np.arange(-1.0, 20.0, 0.37)
    assert host(on, *moments) == [host(on, moment)[0] for moment in moments]


@given(steps)
def test_map_never_runs_backwards_and_what_was_mapped_stays(given_steps: Steps) -> None:
    on = track()
    device, grids = 0, []
    for step, delay in given_steps:
        grid = POLAR_2026 + np.linspace(device, device + step, 7).astype(np.int64)
        device += step
        arrival = NS + device + delay
        on.learn(POLAR_2026 + device, arrival, on.lateness(POLAR_2026 + device, arrival))
        grids.append((grid, on.to_host(grid)))
    for grid, times in grids:
        assert np.array_equal(on.to_host(grid), times)
    mapped = np.concatenate([times for _, times in grids])
    assert np.all(np.diff(mapped) >= 0)
    taken = np.diff(np.concatenate([grid for grid, _ in grids]))
    assert np.all(np.abs(np.diff(mapped) - taken) <= 0.0502 * taken + 1)  # 5 % of slewing, 150 ppm of drift


@given(st.integers(0, 10**9), st.integers(2, 40))
def test_neighbouring_nanoseconds_keep_their_order_at_every_bend(start: int, n: int) -> None:
    on = track()
    learn(on, 1.0, -1000 * MS)
    learn(on, 2.0 + start * 1e-9, -999 * MS)
    for knot in on._knots:
        near = POLAR_2026 + knot[0] + np.arange(-n, n)
        assert np.all(np.diff(on.to_host(near)) >= 0)


def test_frames_that_are_not_newer_teach_nothing() -> None:
    on = track()
    learn(on, 5.0, 10 * MS)
    before = (host(on, 0.0, 4.0, 9.0), on.newest, on.lateness_ns)
    learn(on, 5.0, -300 * MS)
    learn(on, 4.0, -300 * MS)
    assert (host(on, 0.0, 4.0, 9.0), on.newest, on.lateness_ns) == before


def test_lateness_is_counted_from_the_line() -> None:
    on = track(1e-4)
    assert on.shift(POLAR_2026 + 10 * NS, 11 * NS + 7) == 7
    assert on.lateness(POLAR_2026 + 10 * NS, 11 * NS + 7) == pytest.approx(7 - 1e6)


def test_mean_lateness_is_that_of_the_last_frames_and_never_negative() -> None:
    on = track()
    for i in range(1, 4):
        learn(on, float(i), 30 * MS)
    assert on.lateness_ns == pytest.approx(30 * MS * 3 / 4)  # the first frame is its own line
    learn(on, 4.0, -80 * MS)
    assert on.lateness_ns == pytest.approx(30 * MS * 3 / 5)
    for i in range(5, 2000):
        learn(on, float(i), 20 * MS if i % 2 else -80 * MS)
    assert on.lateness_ns == pytest.approx(50 * MS, rel=0.02)


def test_error_counts_what_is_still_to_slew() -> None:
    on = track()
    learn(on, 1.0, -50 * MS)
    assert on.error_ns() == pytest.approx(on.envelope.error_ns + 50 * MS)
    learn(on, 3.5, 0)
    assert on.error_ns() == pytest.approx(on.envelope.error_ns + 25 * MS)
    on.envelope.level += 40 * MS  # the map is below the line now
    assert on.error_ns() == pytest.approx(on.envelope.error_ns + 15 * MS)


def test_bends_are_bounded_and_cover_two_minutes() -> None:
    on = track()
    rng = np.random.default_rng(5)
    seen = []
    for i in range(1, 2000):
        learn(on, i * 0.7, int(rng.integers(70 * MS)))
        seen.append(host(on, i * 0.7)[0])
        assert len(on._knots) <= KNOTS
    recent = np.arange(2000 - 170, 2000)
    assert host(on, *(recent * 0.7)) == seen[-170:]
