"""Stretches that are held, as one IMU on a limb or on the breastbone sees them: live, and each when it is over."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np

from tidehold.estimators.chest import ON_CHEST
from tidehold.estimators.hold_detector import HoldDetector, State
from tidehold.estimators.hold_metrics import (
    CELL_S,
    TRIM_END,
    TRIM_START,
    HoldLog,
    figures,
    trimmed,
    unfit,
)
from tidehold.estimators.hold_score import score, usual
from tidehold.estimators.imu_grid import CELL, CELL_NS
from tidehold.estimators.movement_plane import Plane, PlaneFinder
from tidehold.estimators.posture import Moment, Posed, Posture
from tidehold.estimators.slips import Slip, SlipWatch
from tidehold.estimators.tilt import TiltEstimator
from tidehold.estimators.tremor import TremorMeter, blind
from tidehold.records import Cue, Estimate, Gap, Hold, HoldFigures, HostNs, Output, Sample, Values
from tidehold.units import NS

_SILENT_END_NS: Final = 10 * NS
"""A hold of which nothing is heard for so long is over; what comes late within it still counts."""
_SURE_DRIFT_S: Final = 45.0
_EARLIER: Final = 100
"""Holds that are remembered."""
_FIGURES: Final = ("hold_s", "hold_rms_deg", "hold_drift_deg_min", "hold_in_band", "hold_tremor_deg_s", "hold_score")
_STIRRED_RAD_S: Final = 0.05
"""About any axis: half of what a slip reaches, and more than the bias of most gyroscopes."""
_SECOND: Final = round(1.0 / CELL_S)
_AGAIN: Final = 60
"""Figures of a hold that goes on are worked out again when it has grown by a second or this part of itself."""
_COLLECTING: Final = "the hold has only begun"


class _Judged(NamedTuple):
    """What a hold was like, so far or until its end."""

    figures: HoldFigures | None
    score: float | None
    parts: dict[str, float]
    why: str


class _Open:
    """A hold that has begun, or may have."""

    def __init__(self, start: HostNs) -> None:
        self.target_deg: float | None = None
        self.is_asked = False  # for, when it began or since then: its target is that of the first asking
        self.log = HoldLog(start)
        self.tremor = TremorMeter(TRIM_START * CELL)
        self.watch = SlipWatch()
        self.sure = False

    def add(self, moment: Moment, turning: Values) -> Slip | None:
        self.log.add(moment.cell)
        self.tremor.add(turning)
        return self.watch.add(moment.cell)


class HoldEstimator:
    """Tilt, angle and holds of one IMU; see `tidehold.estimators.contract.Estimator`.

    It takes what `Posture` takes; `<source>/` stands before each name.

    - What `TiltEstimator` says, first.
    - `angle_deg`: signed angle from the neutral pose in the plane of the first movement after it; until that is
      known the tilt, at half its quality. Quality: that of the tilt times the share of it that lies in the plane.
    - `hold_s`: how long the hold that goes on has lasted. With it, of the hold so far without its first second:
      `hold_rms_deg`, `hold_drift_deg_min`, `hold_in_band` (share within 3 deg of the angle that was asked for, or
      else of its own median), `hold_tremor_deg_s`, `hold_score`; see `HoldFigures`. Quality: share of the hold that
      was heard times how well gravity fits; that of drift rises until the hold has lasted 45 s, for one sway takes
      half a minute.

    Where gravity does not measure 1 g no hold is told, and a cue "profile" says why, once.

    Args:
        source: Name of the source, the first part of its streams' names.
        placement: Where the sensor is, "" if nobody said; on breastbone and belly the breathing's movement is taken
            out of a hold.
        earlier: Holds of this person, the oldest first, that the score compares with.
    """

    def __init__(self, source: str, placement: str = "", earlier: Sequence[Hold] = ()) -> None:
        self._source = source
        self._placement = placement
        self._earlier = deque(earlier, maxlen=_EARLIER)
        self.posture = Posture(source)
        self._tilt = TiltEstimator(source, self.posture)
        self.posture.follow(self._digest)  # after the tilt, which knows zero
        self._detector = HoldDetector()
        self._open: _Open | None = None
        self._finder: PlaneFinder | None = None
        self._zero: tuple[float, float, float] | None = None
        self._up = (0.0, 0.0, 1.0)
        self._end = HostNs(0)  # of the newest cell
        self._target_deg: float | None = None
        self._breath_bpm = 0.0
        self._caught_up = HostNs(0)
        self._stirred = False  # since `live` was last asked
        self._awake_until = HostNs(0)
        self._so_far: tuple[int, _Judged] | None = None  # how long the open hold was, and what it was like then
        self._complained = False
        self._news: list[Callable[[HostNs], Output]] = []

    @property
    def zero(self) -> tuple[float, float, float] | None:
        """Direction of "up" in the neutral pose; None until it is known."""
        return self._tilt.zero

    @property
    def zero_since(self) -> HostNs | None:
        """When the neutral pose was known; while there is none, the one before."""
        return self._tilt.zero_since

    @property
    def no_zero(self) -> str:
        """Why there is no neutral pose; "" if there is one."""
        return self._tilt.no_zero

    @property
    def fit(self) -> float:
        """How well gravity fits, 0..1."""
        return self._tilt.fit

    @property
    def misfit(self) -> str:
        """Why the values cannot be those of a motion sensor at rest; "" if they can."""
        return self._tilt.misfit

    def trouble(self, now: HostNs) -> str:
        """Why nothing can be said of posture now; "" if something can."""
        return self._tilt.trouble(now)

    def update(self, sample: Sample) -> None:
        """Take the samples of one frame ("acc", "gyr" or "gravity" of this source)."""
        self.posture.update(sample)
        if not self._stirred and len(sample.values) and sample.stream == f"{self._source}/gyr":
            self._stirred = bool(np.abs(sample.values).max() > _STIRRED_RAD_S)

    def gap(self, gap: Gap) -> None:
        """Nothing to do: the times of the samples show it too."""

    def set_zero(self, now: HostNs) -> None:
        """Let the next 1.5 s of stillness after `now` be the neutral pose, and the movement after it show its plane."""
        self._tilt.set_zero(now)

    def seek_zero(self, now: HostNs, since: HostNs | None) -> None:
        """Where there is no neutral pose, look for it from `since` on; None: no longer, from `now` on."""
        self._tilt.seek_zero(now, since)

    def due(self, due: bool | None, target_deg: float | None = None) -> None:  # noqa: FBT001
        """What a routine asks for: a hold, at this angle; None: there is no routine.

        A hold that goes on keeps the angle that it was asked for at: it may outlive its step.
        """
        self._detector.due = due
        self._target_deg = target_deg
        if due and self._open is not None and self._open.sure and not self._open.is_asked:
            self._open.is_asked, self._open.target_deg, self._so_far = True, target_deg, None

    def breathing(self, rate_bpm: float | None) -> None:
        """The breathing rate that is known, breaths/min; None: not known."""
        self._breath_bpm = rate_bpm or 0.0

    def live(self, now: HostNs) -> list[Output]:
        """What has become known: cues "hold-start", "slip" and "hold-end", and each `Hold` that is over.

        To be asked a few times a second. While a hold goes on without a stir it is looked at once a second only: work
        for a tenth of a second costs as much as for a whole one.
        """
        if self._stirred:
            self._awake_until = HostNs(now + NS)  # what a stir has led to is known a little later
        self._stirred = False
        if now < self._awake_until or self._detector.state is not State.HOLD or now - self._caught_up >= NS:
            self._catch_up(now)
        news = [say(now) for say in self._news]
        self._news.clear()
        return news

    def close(self, now: HostNs) -> list[Output]:
        """The session ends: so does the hold that is open."""
        self._catch_up(now)
        self._finish(self._end, "")
        self._detector.reset()
        return self.live(now)

    def estimate(self, now: HostNs) -> tuple[Estimate, ...]:
        """Tilt, its RMS deviation, gravity, angle, and the six figures of a hold, in this order."""
        self._catch_up(now)
        tilts = self._tilt.estimate(now)
        return (*tilts, self._angle(now, tilts[0]), *self._holding(now))

    def _catch_up(self, now: HostNs) -> None:
        self._caught_up = now
        self.posture.advance()
        newest = self.posture.newest
        if newest is not None and now - newest > _SILENT_END_NS and self._open is not None:
            self._finish(self._end, "the samples broke off")
            self._detector.reset()

    def _digest(self, posed: Posed) -> None:
        if posed.fresh:
            missing_s = (posed.moments[0].cell.start - self._end) / NS
            self._finish(self._end, f"{missing_s:.1f} s without samples" if missing_s > 0 else "the gyroscope fell out")
            self._detector.reset()
        for number, moment in enumerate(posed.moments):
            self._orient(moment)
            self._step(moment, posed.turning[number * CELL : (number + 1) * CELL], gyroscope=posed.gyroscope)
            self._end = HostNs(moment.cell.start + CELL_NS)

    def _orient(self, moment: Moment) -> None:
        """Zero, and the plane of the movement from there."""
        self._up = moment.cell.up
        zero, since = self._tilt.zero, self._tilt.zero_since
        if zero is None or since is None or moment.cell.start < since:
            return
        if self._finder is None or zero is not self._zero:
            self._finder, self._zero = PlaneFinder(zero), zero
        self._finder.add(moment.cell.up, moment.rate_deg_s)

    def _step(self, moment: Moment, turning: Values, *, gyroscope: bool) -> None:
        detector, before, hold = self._detector, self._detector.state, self._open
        if hold is not None:
            slip = hold.add(moment, turning)
            if slip is not None and hold.sure and gyroscope:
                self._slipped(hold, slip, moment)
        state = detector.add(moment, gyroscope=gyroscope)
        if state is State.HOLD and hold is not None and not hold.sure:
            self._begun(hold)
        elif state is State.SETTLE and state is not before:
            self._open, self._so_far = _Open(moment.cell.start), None
            self._open.add(moment, turning)
        elif state is State.MOVE and state is not before:
            self._finish(detector.end or self._end, "")

    def _begun(self, hold: _Open) -> None:
        if misfit := self._tilt.misfit:
            self._complain(misfit)
            return  # until gravity fits: what disturbed it may be over while the hold goes on
        hold.sure, hold.is_asked, hold.target_deg = True, bool(self._detector.due), self._target_deg
        start = hold.log.start
        words = f"{self._source}: holding since"
        self._news.append(lambda now: Cue(now, "hold-start", f"{words} {(now - start) / NS:.1f} s"))

    def _complain(self, misfit: str) -> None:
        """Nothing here is true while the values are not m/s^2: say so once, and what to do."""
        if not self._complained:
            words = f"{self._source}: {misfit}. No angle and no hold is told: record again with the profile that fits"
            self._news.append(lambda now: Cue(now, "profile", words))
        self._complained = True

    def _slipped(self, hold: _Open, slip: Slip, moment: Moment) -> None:
        hold.log.slips.append(slip)
        self._detector.replace(moment.cell.up)
        words = f"{self._source}: slipped by {slip.angle_deg:.1f} deg"
        self._news.append(lambda now: Cue(now, "slip", words))

    def _finish(self, end: HostNs, broken: str) -> None:
        """The hold is over, if there is one: say it."""
        hold, self._open = self._open, None
        if hold is None or not hold.sure:
            return
        found, scored, parts, why = self._judged(hold, end, broken)
        start = hold.log.start

        def say(now: HostNs) -> Hold:
            return Hold(now, self._source, self._placement, start, end, found, scored, parts, why)

        self._earlier.append(say(end))
        held = f"{self._source}: held for {(end - start) / NS:.1f} s, "
        words = held + (f"no score: {why}" if scored is None else f"score {scored:.0f}")
        self._news += [say, lambda now: Cue(now, "hold-end", words)]

    def _judged(self, hold: _Open, end: HostNs | None, broken: str) -> _Judged:
        """Figures of a hold, so far or until its end, its score and the score's parts, and why."""
        found = self._figures(hold, end)
        if found is None:
            return _Judged(None, None, {}, broken or (_COLLECTING if end is None else "too short for figures"))
        why = broken or self._tilt.misfit or unfit(trimmed(hold.log, end), found)
        if why:
            return _Judged(found, None, {}, why)
        value, parts, why = score(found, usual(self._earlier, self._placement, found))
        return _Judged(found, value, parts, why)

    def _judged_so_far(self, hold: _Open) -> _Judged:
        long = len(hold.log) + hold.log.dropped
        if self._so_far is None or long - self._so_far[0] >= max(_SECOND, long // _AGAIN):
            self._so_far = long, self._judged(hold, None, "")
        return self._so_far[1]

    def _figures(self, hold: _Open, end: HostNs | None) -> HoldFigures | None:
        breath_bpm = self._breath_bpm if self._placement in ON_CHEST else None
        found = figures(
            hold.log,
            end=end,
            breath_bpm=breath_bpm,
            plane=self._plane,
            target_deg=hold.target_deg,
            zero=self._tilt.zero,
        )
        if found is None or not self.posture.gyroscope:
            return found
        until = self._end if end is None else HostNs(end - round(TRIM_END * CELL_S * NS))
        since = hold.log.start + round(TRIM_START * CELL_S * NS)
        tremor = hold.tremor.tremor((until - since) * CELL // CELL_NS)
        if blind(self.posture.gyr_hz):
            tremor = None
        return msgspec.structs.replace(
            found,
            tremor_deg_s=None if tremor is None else tremor.rms_deg_s,
            tremor_hz=None if tremor is None else tremor.peak_hz,
            corrections=sum(since <= t < until for t in hold.watch.corrections),
        )

    def angles_deg(self, ups: Values) -> Values | None:
        """Angles (n,) of directions of "up" (n, 3), of any length, from the neutral pose.

        Signed and in the plane of the movement, once it is known; until then the
        tilt. None while there is no neutral pose.
        """
        zero = self._tilt.zero
        if zero is None or self._plane is not None:
            return None if self._plane is None else self._plane.angles_deg(ups)
        (p, q, r), (a, b, c) = zero, ups.T
        across = np.sqrt((q * c - r * b) ** 2 + (r * a - p * c) ** 2 + (p * b - q * a) ** 2)
        tilts: Values = np.degrees(np.arctan2(across, p * a + q * b + r * c))
        return tilts

    @property
    def _plane(self) -> Plane | None:
        return None if self._finder is None or self._tilt.zero is None else self._finder.plane

    def _angle(self, now: HostNs, tilt: Estimate) -> Estimate:
        name = f"{self._source}/angle_deg"
        if tilt.value is None or self._plane is None:
            why = tilt.why or ("" if self._finder is None else self._finder.why)
            return Estimate(now, name, tilt.value, tilt.quality / 2, why)
        inside = 1 - self._plane.off_share(self._up) if tilt.value > 1 else 1.0
        return Estimate(now, name, self._plane.angle_deg(self._up), tilt.quality * inside, "")

    def _holding(self, now: HostNs) -> list[Estimate]:
        why = self._tilt.trouble(now) or self._not_held
        if why or self._open is None:
            return [self._say(now, name, None, 0.0, why) for name in _FIGURES]
        found, scored, _, reason = self._judged_so_far(self._open)
        log = self._open.log
        heard = log.cells()[:, 6]
        quality = float(heard.sum()) / len(heard) * self._tilt.fit
        held_s = self._say(now, "hold_s", (len(log) + log.dropped) * CELL_S, quality, "")
        if found is None:
            return [held_s, *(self._say(now, name, None, 0.0, reason) for name in _FIGURES[1:])]
        sure = min(1.0, len(log) * CELL_S / _SURE_DRIFT_S)
        untold = blind(self.posture.gyr_hz) if self.posture.gyroscope else "no gyroscope"
        return [
            held_s,
            self._say(now, "hold_rms_deg", found.rms_deg, quality, ""),
            self._say(now, "hold_drift_deg_min", found.drift_deg_min, quality * sure, _COLLECTING),
            self._say(now, "hold_in_band", found.in_band, quality, ""),
            self._say(now, "hold_tremor_deg_s", found.tremor_deg_s, quality, untold or _COLLECTING),
            self._say(now, "hold_score", scored, quality, reason),
        ]

    @property
    def _not_held(self) -> str:
        """What the limb does instead of being held; "" if it is."""
        state = self._detector.state
        if state is State.HOLD:
            return ""
        return state.value if self._detector.due is not False else f"{state.value}; no hold is due now"

    def _say(self, now: HostNs, figure: str, value: float | None, quality: float, why: str) -> Estimate:
        """A figure, or why there is none; a score says what it is made of besides."""
        unknown = value is None
        why = why if unknown or figure == "hold_score" else ""
        return Estimate(now, f"{self._source}/{figure}", value, 0.0 if unknown else quality, why)
