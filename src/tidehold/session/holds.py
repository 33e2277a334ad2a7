"""Holds in a session: an estimator for each motion sensor, and what a person asks of them with marks."""

from __future__ import annotations

import re
from typing import Final

from tidehold.errors import ConfigError
from tidehold.estimators.hold import HoldEstimator
from tidehold.estimators.placement import PlacementCheck
from tidehold.records import DueHold, Estimate, HostNs, Mark, Output
from tidehold.session.header import Header
from tidehold.session.joint import JointEstimator, joint_of

ZERO: Final = "zero"
"""Verb of the mark that makes the next stillness the neutral pose."""
HOLD: Final = "hold"
"""Verb of the mark that asks for a hold ("due", or "due 45" for an angle), or for none any more ("")."""
SURE: Final = 0.4
"""Confidence from which on a breathing rate says what to take out of a hold."""
_RATE: Final = "breathing/rate_bpm"
_ASKED: Final = re.compile(r"due(?: +(-?\d{1,3}(?:\.\d{1,3})?))?", re.ASCII)
_MOST_DEG: Final = 180.0


def due_of(mark: Mark) -> DueHold | None:
    """The hold that a mark asks for; None if it asks for none any more.

    Raises:
        ConfigError: It asks for something else; says what is expected.
    """
    if not mark.arg:
        return None
    asked = _ASKED.fullmatch(mark.arg.strip())
    target_deg = float(asked[1]) if asked and asked[1] else None
    if asked is None or abs(target_deg or 0.0) > _MOST_DEG:
        raise ConfigError(
            f'hold: expected "due", "due ANGLE" with -{_MOST_DEG:g} to {_MOST_DEG:g} deg, or nothing, '
            f"found {mark.arg[:40]!r}"
        )
    return DueHold(mark.t, target_deg)


class Holds:
    """All that the fold does about holds.

    Args:
        header: Its sources say where each sensor is worn.
    """

    def __init__(self, header: Header) -> None:
        self._header = header
        self._estimators: list[HoldEstimator] = []
        self._checks: list[PlacementCheck] = []
        self._has_joint = False
        self._sought: tuple[HostNs, HostNs | None] | None = None  # as in `seek_zero`
        self.due: DueHold | None = None
        """What is asked for now."""

    def watch(self, source: str) -> HoldEstimator:
        """A motion sensor has come: its estimator, which the fold feeds and asks as any other."""
        estimator = HoldEstimator(source, self._header.worn(source))
        self._ask(estimator)
        if self._sought is not None:  # also of a sensor that comes late, only the pose that was asked for is zero
            estimator.seek_zero(*self._sought)
        self._estimators.append(estimator)
        return estimator

    def check(self, source: str) -> PlacementCheck | None:
        """What looks whether a sensor that is watched is where it is said to be; None if nobody said where."""
        placement = self._header.worn(source)
        watched = next((each for each in self._estimators if each.posture.source == source), None)
        if watched is None or not placement:
            return None
        check = PlacementCheck(source, placement, watched.posture)
        self._checks.append(check)
        return check

    def joint(self) -> JointEstimator | None:
        """The joint between the two sensors that are watched, as soon as there are two; it is given once."""
        if self._has_joint:
            return None
        joint = joint_of([(self._header.worn(each.posture.source), each) for each in self._estimators])
        self._has_joint = joint is not None
        return joint

    def mark(self, mark: Mark) -> None:
        """A person did something; it may concern holds.

        Raises:
            ConfigError: It asks for a hold that there is not.
        """
        if mark.verb == ZERO:
            self.set_zero(mark.t)
        elif mark.verb == HOLD:
            self.ask(due_of(mark))

    def set_zero(self, now: HostNs) -> None:
        """Let the next stillness be the neutral pose."""
        self._sought = None
        for estimator in self._estimators:
            estimator.set_zero(now)

    def seek_zero(self, now: HostNs, since: HostNs | None) -> None:
        """Where there is no neutral pose, look for it from `since` on; None: no longer, from `now` on."""
        self._sought = now, since
        for estimator in self._estimators:
            estimator.seek_zero(now, since)

    def ask(self, due: DueHold | None) -> None:
        """Another hold, or none, is asked for."""
        self.due = due
        for estimator in self._estimators:
            self._ask(estimator)

    def hear(self, estimate: Estimate) -> None:
        """Take an estimate; how fast the person breathes says what of a hold is breathing."""
        if estimate.name == _RATE:
            for estimator in self._estimators:
                estimator.breathing(estimate.value if estimate.quality >= SURE else None)

    def live(self, now: HostNs) -> list[Output]:
        """What has become known, to be asked at every tick."""
        said = [out for estimator in self._estimators for out in estimator.live(now)]
        return said + [out for check in self._checks for out in check.live(now)]

    def close(self, now: HostNs) -> list[Output]:
        """The session ends, and with it the holds that go on."""
        return [out for estimator in self._estimators for out in estimator.close(now)]

    def _ask(self, estimator: HoldEstimator) -> None:
        if self.due is None:
            estimator.due(due=None if self._header.routine is None else False)
        else:
            estimator.due(due=True, target_deg=self.due.target_deg)
