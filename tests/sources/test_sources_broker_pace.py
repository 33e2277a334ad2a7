"""How fast somebody may go."""

from hypothesis import given
from hypothesis import strategies as st

from tidehold.sources.broker_pace import Pace


class Time:
    s = 0.0


def test_a_burst_is_free_and_what_is_beyond_must_wait() -> None:
    time = Time()
    pace = Pace(10, 3, lambda: time.s)
    assert [pace.take() for _ in range(5)] == [0, 0, 0, 0.1, 0.2]
    time.s = 0.2
    assert pace.take() == 0.1
    time.s = 100
    assert [round(pace.take(), 9) for _ in range(4)] == [0, 0, 0, 0.1]


def test_what_is_given_back_was_not_taken() -> None:
    pace = Pace(10, 1, lambda: 0.0)
    assert pace.take() == 0
    assert pace.take() > 0
    pace.give_back()
    assert pace.take() == 0.1


@given(st.lists(st.floats(0, 10), min_size=1, max_size=50), st.floats(1, 1000), st.floats(1, 100))
def test_who_waits_as_told_is_never_faster_than_allowed(pauses: list[float], per_s: float, burst: float) -> None:
    time, used = Time(), 0.0
    pace = Pace(per_s, burst, lambda: time.s)
    for pause in pauses:
        time.s += pause
        time.s += pace.take()
        used += 1
        assert used <= burst + per_s * time.s + 1e-6
