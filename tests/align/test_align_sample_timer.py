"""Samples at their true period, frames counted by time, jumps of the clock survived."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.align.devices import POLAR_2019, POLAR_2026
from tidehold.align.sample_timer import Placed, SampleTimer
from tidehold.records import DeviceNs
from tidehold.units import NS

MS = NS // 1000


def place(timer: SampleTimer, n: int, *stamps: int) -> list[Placed]:
    return [timer.place(n, DeviceNs(stamp)) for stamp in stamps]


def h10_acc(frames: int = 200, seed: int = 0) -> list[int]:
    """Stamps of an H10's "50 Hz" ACC as captured: 36 samples a frame, 705.3 to 706.1 ms apart (wire-formats 4.2)."""
    spacing = np.random.default_rng(seed).uniform(705.3e6, 706.1e6, frames)
    return [POLAR_2026 + round(each) for each in np.cumsum(spacing).tolist()]


def run(n: int, rate_hz: float, frames: int, *, start: int = POLAR_2026) -> list[int]:
    return [start + round(i * n / rate_hz * NS) for i in range(frames)]


def rate(timer: SampleTimer) -> float | None:
    return timer.rate_hz if timer.measured else None


def known(n: int = 10, rate_hz: float = 100.0, frames: int = 40) -> tuple[SampleTimer, int]:
    """A timer that knows the rate, and the stamp of its last frame."""
    timer = SampleTimer(rate_hz)
    stamps = run(n, rate_hz, frames)
    place(timer, n, *stamps)
    return timer, stamps[-1]


def test_real_h10_samples_at_51_hz() -> None:
    timer = SampleTimer(50.0)
    placed = place(timer, 36, *h10_acc())
    assert timer.measured
    assert timer.rate_hz == pytest.approx(51.01, abs=0.02)
    assert sum(each.lost for each in placed) == 0
    # A 20-minute session by the nominal rate would be 24 s out; by the measured one it is not half a second.
    assert abs(20 * 60 * 51.01 / timer.rate_hz - 20 * 60) < 0.5


@pytest.mark.parametrize("rate_hz", [129.9, 130.0, 130.06])
def test_real_h10_ecg_rate_is_found(rate_hz: float) -> None:
    timer = SampleTimer(130.0)
    place(timer, 73, *run(73, rate_hz, 100))
    assert timer.rate_hz == pytest.approx(rate_hz, rel=1e-6)


def test_rate_is_nominal_until_eight_pairs_of_frames() -> None:
    timer = SampleTimer(50.0)
    stamps = run(36, 49.0, 9)
    place(timer, 36, *stamps[:8])
    assert not timer.measured
    assert timer.rate_hz == 50.0
    ninth = timer.place(36, DeviceNs(stamps[8]))
    assert rate(timer) == pytest.approx(49.0, rel=1e-6)
    assert ninth.device[0] == stamps[8] - 35 * 20 * MS  # placed by what was known before it


def test_rate_is_nominal_until_256_samples_also_if_frames_are_small() -> None:
    timer = SampleTimer(50.0)
    stamps = run(8, 51.0, 40)
    place(timer, 8, *stamps[:32])
    assert rate(timer) is None
    place(timer, 8, *stamps[32:])
    assert rate(timer) == pytest.approx(51.0, rel=1e-6)


def test_samples_lie_at_the_true_period_before_the_stamp() -> None:
    timer, last = known(n=36, rate_hz=51.0)
    placed = timer.place(36, DeviceNs(last + 36 * NS // 51))
    assert placed.device.dtype == np.int64
    assert placed.device[-1] == last + 36 * NS // 51
    assert np.all(np.abs(np.diff(placed.device) - NS / 51) <= 1)
    assert placed.device[0] - last == pytest.approx(NS / 51, abs=2)


def test_a_first_frame_is_placed_by_the_nominal_rate() -> None:
    placed = SampleTimer(100.0).place(3, DeviceNs(NS))
    assert placed.device.tolist() == [980 * MS, 990 * MS, NS]
    assert (placed.lost, placed.duplicate) == (0, False)


def test_frames_never_overlap_while_the_rate_is_still_the_nominal_one() -> None:
    timer = SampleTimer(50.0)
    placed = place(timer, 36, *run(36, 54.5, 8))
    for before, after in pairwise(placed):
        assert after.device[0] > before.device[-1]
        assert after.lost == 0
    assert np.all(np.diff(placed[1].device) == pytest.approx(NS / 54.5, abs=1))


@pytest.mark.parametrize("true_hz", [49.0, 50.0, 51.0, 54.0])
@pytest.mark.parametrize("seed", range(3))
def test_lost_frames_are_counted_and_leave_the_rate_alone(true_hz: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    timer = SampleTimer(50.0)
    stamps = run(36, true_hz, 600)
    place(timer, 36, *stamps[:12])
    kept = [12 + i for i in np.flatnonzero(rng.random(588) > 0.2).tolist()]
    placed = place(timer, 36, *(stamps[i] for i in kept))
    assert [each.lost for each in placed] == [36 * (b - a - 1) for a, b in pairwise([11, *kept])]
    assert timer.rate_hz == pytest.approx(true_hz, rel=1e-6)


def test_frames_lost_before_the_rate_is_known_are_counted_by_the_nominal_one() -> None:
    placed = place(SampleTimer(50.0), 36, *run(36, 51.0, 3)[::2])
    assert placed[1].lost == round(72 / 51 * 50) - 36


def test_one_lost_sample_is_seen_once_the_rate_is_known() -> None:
    timer, last = known(n=10, rate_hz=100.0)
    assert timer.place(10, DeviceNs(last + 110 * MS)).lost == 1
    assert timer.place(10, DeviceNs(last + 110 * MS + 104 * MS)).lost == 0  # half a period of scatter is none


def test_what_counts_as_lost_depends_on_how_well_the_rate_is_known() -> None:
    # By the nominal rate 10 % of a frame may be missing and still be the true rate's doing.
    for due, lost in ((36 * 1.09, 0), (36 * 1.12, 4)):
        assert place(SampleTimer(50.0), 36, 0, round(due * 20 * MS))[1].lost == lost
    # By the measured rate half a sample may, or two in a thousand.
    for n, due, lost in ((10, 10.49, 0), (10, 10.6, 1), (100, 101.0, 1), (600, 601.1, 0), (600, 601.3, 1)):
        timer, last = known()
        assert timer.place(n, DeviceNs(last + round(due * 10 * MS))).lost == lost


def test_frames_of_changing_size_lose_nothing() -> None:
    timer = SampleTimer(200.0)
    sizes = np.random.default_rng(1).integers(1, 90, 200)
    stamps = POLAR_2026 + np.rint(np.cumsum(sizes) / 203.0 * NS).astype(np.int64)
    placed = [timer.place(n, DeviceNs(stamp)) for n, stamp in zip(sizes.tolist(), stamps.tolist(), strict=True)]
    assert sum(each.lost for each in placed) == 0
    assert timer.rate_hz == pytest.approx(203.0, rel=1e-3)
    together = np.concatenate([each.device for each in placed])
    assert np.all(np.diff(together) > 0)


@pytest.mark.parametrize("back", [0, 1, 10 * MS, 20 * MS, 1300 * MS, 29 * NS, 30 * NS])
def test_repeated_and_older_frames_are_known_as_such(back: int) -> None:
    timer, last = known()
    placed = timer.place(10, DeviceNs(last - back))
    assert (placed.lost, placed.duplicate) == (0, True)
    assert placed.device.tolist() == [last - back - 10 * MS * k for k in range(9, -1, -1)]
    after = timer.place(10, DeviceNs(last + 100 * MS))
    assert (after.lost, after.duplicate) == (0, False)


def test_a_stamp_within_half_a_period_of_the_last_is_the_same_frame() -> None:
    timer, last = known()
    assert timer.place(10, DeviceNs(last + 4_999_000)).duplicate
    assert not timer.place(10, DeviceNs(last + 5_001_000)).duplicate


def test_stamps_too_close_for_the_samples_squeeze_them_and_teach_nothing() -> None:
    timer, last = known()
    placed = timer.place(10, DeviceNs(last + 20 * MS))
    assert placed.device.tolist() == [last + 2 * MS * k for k in range(1, 11)]
    assert placed.lost == 0
    assert timer.rate_hz == pytest.approx(100.0, rel=1e-6)


@pytest.mark.parametrize("back", [30 * NS + 1, POLAR_2026 - POLAR_2019, POLAR_2026])
def test_a_clock_set_back_starts_a_new_run_by_itself(back: int) -> None:
    timer, last = known()
    back_to = last - back
    placed = place(timer, 10, *run(10, 100.0, 5, start=back_to))
    assert [(each.lost, each.duplicate) for each in placed] == [(0, False)] * 5
    assert placed[0].device[-1] == back_to
    assert timer.rate_hz == pytest.approx(100.0, rel=1e-6)


def test_a_clock_set_forward_is_followed() -> None:
    timer, last = known()
    placed = place(timer, 10, *run(10, 100.0, 5, start=last + 7 * 10**17))
    assert [each.duplicate for each in placed] == [False] * 5
    assert [each.lost for each in placed[1:]] == [0] * 4


@pytest.mark.parametrize("off", [-(10**17), -31 * NS, 2_001 * MS, 5 * NS, 1000 * NS, 10**17])
def test_one_outlier_does_not_break_the_run(off: int) -> None:
    timer, last = known()
    timer.place(10, DeviceNs(last + 100 * MS + off))
    placed = place(timer, 10, *(last + 200 * MS + i * 100 * MS for i in range(5)))
    # The samples under the outlier's stamp are missing from the run.
    assert [(each.lost, each.duplicate) for each in placed] == [(10, False)] + [(0, False)] * 4
    assert timer.rate_hz == pytest.approx(100.0, rel=1e-6)


def test_after_a_long_gap_the_frame_before_it_is_not_gone_back_to() -> None:
    timer, last = known()
    gap = timer.place(10, DeviceNs(last + 10 * NS))
    assert gap.lost == 990
    assert timer.place(10, DeviceNs(last + 10 * NS + 100 * MS)).lost == 0
    assert timer.place(10, DeviceNs(last + 4 * NS)).duplicate
    # After a short one nothing is kept in mind: what comes from within it is out of order.
    timer, last = known()
    assert timer.place(10, DeviceNs(last + 2_100 * MS)).lost == 200
    assert timer.place(10, DeviceNs(last + 200 * MS)).duplicate


def test_reset_starts_a_new_run_and_keeps_the_rate() -> None:
    timer = SampleTimer(50.0)
    stamps = h10_acc(40)
    place(timer, 36, *stamps)
    measured = rate(timer)
    timer.reset()
    placed = timer.place(36, DeviceNs(stamps[-1] - NS))
    assert (placed.lost, placed.duplicate) == (0, False)
    assert measured == rate(timer) == pytest.approx(51.01, abs=0.05)
    assert timer.place(36, DeviceNs(stamps[-1] - NS + 706 * MS)).lost == 0


def test_reset_forgets_the_run_before_a_jump_too() -> None:
    timer, last = known()
    timer.place(10, DeviceNs(last + 50 * NS))
    timer.reset()
    timer.place(10, DeviceNs(last + 60 * NS))
    assert timer.place(10, DeviceNs(last + 59 * NS)).duplicate


def test_an_empty_frame_changes_nothing() -> None:
    timer, last = known()
    placed = timer.place(0, DeviceNs(last + 700 * MS))
    assert (len(placed.device), placed.lost, placed.duplicate) == (0, 0, False)
    assert placed.device.dtype == np.int64
    assert timer.place(10, DeviceNs(last + 100 * MS)).lost == 0


@pytest.mark.parametrize("nominal_hz", [0.0, -50.0, float("nan")])
def test_a_rate_that_is_none_is_refused(nominal_hz: float) -> None:
    with pytest.raises(ValueError, match="nominal_hz: expected a positive rate"):
        SampleTimer(nominal_hz)


def test_a_rate_that_changes_slowly_is_followed() -> None:
    timer = SampleTimer(100.0)
    rates = np.linspace(100.0, 101.0, 6000)
    stamps = POLAR_2026 + np.rint(np.cumsum(10 / rates) * NS).astype(np.int64)
    placed = place(timer, 10, *stamps.tolist())
    assert sum(each.lost for each in placed) == 0
    assert timer.rate_hz == pytest.approx(101.0 - 512 / 6000, abs=0.02)


@given(
    st.floats(45.5, 54.5),
    st.lists(st.tuples(st.integers(1, 60), st.floats(-0.02, 0.02)), min_size=2, max_size=60),
)
def test_times_increase_and_every_sample_is_there_once(rate_hz: float, frames: list[tuple[int, float]]) -> None:
    """Frames of any size whose stamps scatter by 0.4 ms, as an H10's do."""
    timer = SampleTimer(50.0)
    count, together = 0, []
    for n, scatter in frames:
        count += n
        counts = timer.measured or n < 4
        placed = timer.place(n, DeviceNs(POLAR_2026 + round((count + scatter) / rate_hz * NS)))
        assert (len(placed.device), placed.duplicate) == (n, False)
        assert placed.lost == 0 or not counts
        together.append(placed.device)
    assert np.all(np.diff(np.concatenate(together)) > 0)


def test_the_sdk_vector_of_ten_samples_between_two_stamps() -> None:
    """PmdTimeStampUtilsTest: a frame at 1e9, the next of 10 samples at 11e9 -> 2e9, 3e9 ... 11e9."""
    timer = SampleTimer(1.0)
    timer.place(1, DeviceNs(10**9))
    placed = timer.place(10, DeviceNs(11 * 10**9))
    assert placed.device.tolist() == [k * 10**9 for k in range(2, 12)]
    assert placed.lost == 0
