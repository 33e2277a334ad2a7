import pytest

from tidehold.align.rate_meter import RateMeter
from tidehold.units import NS


@pytest.mark.parametrize("batch", [1, 2, 20, 100])
@pytest.mark.parametrize("rate_hz", [10.0, 52.0, 100.0])
def test_the_rate_is_known_after_two_seconds_however_samples_are_framed(rate_hz: float, batch: int) -> None:
    meter, period = RateMeter(), NS / rate_hz
    for first in range(0, round(60 * rate_hz), batch):
        meter.add(batch, round(first * period), round((first + batch - 1) * period))
        if (first + batch) / rate_hz < 2:
            assert meter.rate_hz is None
    assert meter.rate_hz == pytest.approx(rate_hz, rel=1e-6)


def test_a_rate_that_changes_is_that_of_the_last_half_minute() -> None:
    meter, t = RateMeter(), 0
    for k in range(12000):
        t += NS // (100 if k < 6000 else 50)
        meter.add(1, t, t)
    assert meter.rate_hz == pytest.approx(50.0)


def test_holes_and_disorder_do_not_count() -> None:
    meter, t = RateMeter(), 0
    for k in range(400):
        t += 5 * NS if k % 100 == 50 else NS // 5
        meter.add(20, t, t + 190_000_000)
        if k % 7 == 0:
            meter.add(20, t - NS // 5, t - 10_000_000)
    assert meter.rate_hz == pytest.approx(100.0, rel=0.01)


def test_by_arrival_what_comes_together_is_counted_together() -> None:
    meter = RateMeter()
    for k in range(200):
        meter.count(5, k * NS // 10 + (k % 3) * 1_000_000)
    meter.count(5, 80 * NS)  # after a hole
    meter.count(5, 80 * NS)  # at once
    assert meter.rate_hz == pytest.approx(50.0, rel=0.01)


def test_memory_does_not_grow_with_the_rate() -> None:
    meter = RateMeter()
    for k in range(50_000):
        meter.add(1, k * NS // 500, k * NS // 500)
    assert len(meter._pieces) <= 122
