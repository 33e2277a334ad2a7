from tests.tui import statuses
from tidehold.coach.coach import Coach
from tidehold.records import HostNs, Mark
from tidehold.routine import Phase, Question, Routine, Step
from tidehold.tui.guiding import AGAIN_S, QUIT, Interrupts

ASKED = statuses.WARNING
OTHER = Question("pain", "How strong is it?", answers=(), most=10)


def test_question_is_put_over_the_screen_once() -> None:
    interrupts = Interrupts()
    assert interrupts.question(None, 0.0) is None
    assert interrupts.question(ASKED, 1.0) == statuses.WARNING
    assert interrupts.question(ASKED, 100.0) is None
    assert interrupts.question(OTHER, 101.0) == OTHER
    assert interrupts.question(OTHER, 101.0) is None
    assert interrupts.question(None, 101.0) is None
    assert interrupts.question(OTHER, 101.0) == OTHER


def test_question_whose_answer_was_lost_is_asked_again() -> None:
    interrupts = Interrupts()
    interrupts.question(ASKED, 1.0)
    interrupts.answered(2.0)
    assert interrupts.question(ASKED, 2.0 + AGAIN_S) is None
    assert interrupts.question(ASKED, 2.1 + AGAIN_S) == statuses.WARNING
    assert interrupts.question(ASKED, 99.0) is None


def test_question_that_comes_back_later_is_asked_again() -> None:
    interrupts = Interrupts()
    interrupts.question(ASKED, 1.0)
    interrupts.answered(2.0)
    assert interrupts.question(None, 2.5) is None
    assert interrupts.question(ASKED, 3.0) == statuses.WARNING


def test_stop_is_told_once_and_again_after_a_replay_went_back() -> None:
    interrupts = Interrupts()
    stopped = statuses.guide(0, state="stopped", ended="see a clinician")
    assert interrupts.stopped(statuses.guide(0)) == ""
    assert interrupts.stopped(stopped) == "see a clinician"
    assert interrupts.stopped(stopped) == ""
    assert interrupts.stopped(statuses.guide(0)) == ""
    assert interrupts.stopped(stopped) == "see a clinician"
    assert interrupts.stopped(statuses.guide(0, state="done", ended="x")) == ""


def test_routine_that_was_quit_is_no_alarm() -> None:
    routine = Routine(
        id="r", name="R", phases=(Phase(id="p", name="P", steps=(Step(id="1", name="a", kind="free", seconds=9),)),)
    )
    coach = Coach(routine, {}, ask_first=False)
    for k, verb in enumerate(("start", "quit")):
        coach.mark(Mark(HostNs(k), verb))
    guide = coach.guide(HostNs(9))
    assert (guide.state, guide.ended) == ("stopped", QUIT)
    assert Interrupts().stopped(guide) == ""
