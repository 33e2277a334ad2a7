"""What is remembered after a session with a routine."""

from __future__ import annotations

import pytest

from tidehold.daemon.config import Followed
from tidehold.daemon.followed import Following
from tidehold.records import Cue, HostNs, Snapshot
from tidehold.routine import Guide, GuideState


def snapshot(state: GuideState | None) -> Snapshot:
    guide = None if state is None else Guide("calm-6", "Calm", state, (), 0)
    return Snapshot(
        t=HostNs(0), inputs={}, links={}, said={}, streams={}, estimates={}, rejected={}, gaps=0, traces={}, guide=guide
    )


@pytest.mark.parametrize(
    ("asks", "states", "after"),
    [
        (True, ("ready", "asking", "running", "done"), Followed(answered=True, sessions={"calm-6": 3})),
        (True, ("ready", "running"), Followed(answered=True, sessions={"calm-6": 2})),
        (True, ("ready", "asking", "waiting", "paused", "stopped"), Followed(answered=True, sessions={"calm-6": 2})),
        (True, ("ready", "asking", "stopped"), Followed(sessions={"calm-6": 2})),
        (True, ("ready", "asking"), Followed(sessions={"calm-6": 2})),
        (True, ("ready",), Followed(sessions={"calm-6": 2})),
        (False, ("running", "done"), Followed(sessions={"calm-6": 3})),
        (True, ("asking", "running", "asking", "stopped"), Followed(sessions={"calm-6": 2})),
    ],
)
def test_what_is_remembered(asks: bool, states: tuple[GuideState, ...], after: Followed) -> None:
    following = Following(asks=asks)
    for state in states:
        following.hear(snapshot(state))
    assert following.after(Followed(sessions={"calm-6": 2})) == after


def test_a_warning_after_pain_brings_the_questions_back() -> None:
    following = Following(asks=False)
    for state in ("running", "asking", "stopped"):
        following.hear(snapshot(state))
    assert following.after(Followed(answered=True)) == Followed()


def test_a_session_without_a_routine_changes_nothing() -> None:
    following = Following(asks=True)
    following.hear(snapshot(None))
    following.hear(Cue(HostNs(0), "say", "hello"))
    before = Followed(answered=True, sessions={"x": 1})
    assert following.after(before) == before
