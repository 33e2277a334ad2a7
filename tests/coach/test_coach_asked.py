from tidehold.coach.asked import NOTHING, Asked
from tidehold.records import DueHold, HostNs, Pattern
from tidehold.routine import Task


def test_what_is_asked_for_twice_is_the_same() -> None:
    once, again = (Asked(Pattern(4, 0, 6, 0), DueHold(HostNs(3), 45.0), Task("walk"), 1) for _ in range(2))
    assert once == again != NOTHING


def test_nothing_asks_for_nothing() -> None:
    assert not any(NOTHING)
