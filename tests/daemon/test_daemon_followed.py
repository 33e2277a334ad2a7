"""What is remembered after a session with a routine."""

from __future__ import annotations

import pytest

from tidehold.daemon.config import Followed
from tidehold.daemon.followed import Following, asks_first, name_of
from tidehold.records import Cue, HostNs, Snapshot
from tidehold.routine import Guide, GuideState, Phase, Question, Routine

NUMB, HELPED = Question(id="numb", text="?"), Question(id="no-improvement", text="?")
CALM = Routine(id="calm-6", name="Calm", phases=(Phase(id="p", name="P", steps=()),), questions=(NUMB, HELPED))
BOTH = ("numb", "no-improvement")


def snapshot(state: GuideState | None, ended: str = "") -> Snapshot:
    guide = None if state is None else Guide("calm-6", "Calm", state, (), 0, ended=ended)
    return Snapshot(
        t=HostNs(0), inputs={}, links={}, said={}, streams={}, estimates={}, rejected={}, gaps=0, traces={}, guide=guide
    )


def followed(*states: GuideState, asks: bool = True) -> Following:
    following = Following(CALM, asks=asks)
    for number, state in enumerate(states):
        asked = state == "stopped" and states[number - 1] == "asking"
        following.hear(snapshot(state, "see a clinician" if asked else "by key" if state == "stopped" else ""))
    return following


@pytest.mark.parametrize(
    ("asks", "states", "after"),
    [
        (True, ("ready", "asking", "running", "done"), Followed(BOTH, {"calm-6": 3})),
        (True, ("ready", "running"), Followed(BOTH, {"calm-6": 2})),
        (True, ("ready", "asking", "waiting", "paused", "stopped"), Followed(BOTH, {"calm-6": 2})),
        (True, ("ready", "asking", "stopped"), Followed(sessions={"calm-6": 2})),
        (True, ("ready", "asking"), Followed(sessions={"calm-6": 2})),
        (True, ("ready",), Followed(sessions={"calm-6": 2})),
        (False, ("running", "done"), Followed(sessions={"calm-6": 3})),
        (True, ("asking", "running", "asking", "stopped"), Followed(sessions={"calm-6": 2})),
    ],
)
def test_what_is_remembered(asks: bool, states: tuple[GuideState, ...], after: Followed) -> None:
    assert followed(*states, asks=asks).after(Followed(sessions={"calm-6": 2})) == after


def test_a_warning_after_pain_brings_the_questions_back() -> None:
    assert followed("running", "asking", "stopped", asks=False).after(Followed(BOTH)) == Followed()


def test_questions_about_pain_after_the_end_by_key_are_no_warning() -> None:
    following = followed("running", "stopped", asks=False)
    for state in ("asking", "stopped"):
        following.hear(snapshot(state, "by key"))
    assert following.after(Followed(BOTH)) == Followed(BOTH)
    following.hear(snapshot("asking", "by key"))
    following.hear(snapshot("stopped", "see a clinician"))
    assert following.after(Followed(BOTH)) == Followed()


@pytest.mark.parametrize("before", [13, 27, 41])
def test_after_each_14_sessions_it_is_asked_again_whether_they_helped(before: int) -> None:
    many = Followed(BOTH, {"daily-5-min": before - 1, "calm-6": 1})
    after = followed("running", "done", asks=False).after(many)
    assert (after.passed, asks_first(CALM, many), asks_first(CALM, after)) == (("numb",), False, True)
    assert followed("running", "stopped", asks=False).after(many) == many
    assert followed("running", "done", asks=False).after(after).passed == ("numb",)


def test_a_question_that_was_never_passed_comes_first() -> None:
    assert asks_first(CALM, Followed(("numb",)))
    assert not asks_first(CALM, Followed(("other", *BOTH)))


def test_each_variant_has_its_own_count() -> None:
    assert (name_of("calm-6", ""), name_of("calm-6", "ramp")) == ("calm-6", "calm-6/ramp")


def test_a_session_without_a_routine_changes_nothing() -> None:
    following = Following(None, asks=True)
    following.hear(snapshot(None))
    following.hear(Cue(HostNs(0), "say", "hello"))
    before = Followed(("x",), {"x": 1})
    assert following.after(before) == before
