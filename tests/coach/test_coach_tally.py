"""The timeline, and what phases and the session came to."""

from tests.coach.led import Led, ns, routine, step
from tidehold.routine import Bar, Measured, Task

ROUTINE = routine(
    step("repetitions", 10, id="1", count=10, weight=3.0),
    step("free", 10, id="2"),
    step("repetitions", 10, id="3", count=10),
    step("walk", 10, id="4"),
    phases=(2, 1, 1),
)


def led(*counts: float, skips: int = 0) -> Led:
    """Repetitions, of which so many were done in each step."""
    one = Led(ROUTINE, {"phone": "shin"}, lambda _: {"phone/angle_deg": 4.0})
    one.mark("start")
    for number, count in enumerate(counts):
        one.to(10 * number + 9)
        start, end = ns(10 * number), ns(10 * number + 9)
        one.hear(Measured(end, "phone", Task("repetitions"), start, end, {"repetitions": count}, 1.0))
    one.to(10 * len(counts))
    for _ in range(skips):
        one.mark("skip")
    return one


def test_steps_without_a_score_leave_the_others_theirs() -> None:
    one = led(10, 0, 4, 0)
    assert [each.score for each in one.scored()] == [100, None, 40, None]
    assert [each.score for each in one.scored("phase")] == [100, 40, None]
    assert one.scored("phase")[2].why == "nothing to score: no step of this phase is scored"
    (session,) = one.scored("session")
    assert (session.score, session.coverage, session.state) == (85, 1, "done")


def test_the_score_so_far_is_of_the_steps_that_are_over() -> None:
    one = led(5)
    assert one.to(12).score == 50
    assert one.scored("session") == []


def test_a_step_that_was_skipped_counts_as_not_measured() -> None:
    one = led(10, 0, skips=2)
    (session,) = one.scored("session")
    assert (session.score, session.coverage) == (100, 0.75)
    assert session.why.startswith("mean of 1 of 2 scored steps")
    assert [each.state for each in one.scored()] == ["done", "done", "skipped", "skipped"]


def test_what_was_done_again_counts_as_it_was_the_last_time() -> None:
    one = led(5, 0)
    one.mark("back", at_s=21)
    one.mark("back", at_s=22)
    one.to(31.75)
    one.hear(Measured(ns(31), "phone", Task("repetitions"), ns(22), ns(31), {"repetitions": 9.0}, 1.0))
    guide = one.to(80)
    assert guide.bars[0].score == 90
    assert [each.score for each in one.scored("phase")][:2] == [50, 90]
    assert len(one.scored("phase")) == 4


def test_the_timeline_shows_what_has_become_of_each_step() -> None:
    one = led(10, 0)
    one.mark("skip", at_s=21)
    guide = one.to(22)
    assert [(bar.state, bar.score) for bar in guide.bars] == [
        ("done", 100),
        ("done", None),
        ("skipped", None),
        ("now", None),
    ]
    assert guide.bars[3] == Bar("4", "", "a walk", "Phase 2", 10, "now")
