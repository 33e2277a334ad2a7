"""What a person who is led through a routine does in a step: one function for each kind of step.

People are late by a reaction, differ from one another, and are never quite the same twice; figures are those of adults
at ease (a reaction to a spoken cue with eyes closed: 0.3-1.5 s). What a step varies by is drawn from its own number, so
that a mistake in one step changes no other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, Literal, NamedTuple, get_args

import numpy as np

from tidehold.coach.aims import Reached, aim
from tidehold.routine import Routine, Side, Step, StepKind
from tidehold_simulators.body_spec import Placement, Pose

Mistake = Literal["holds-breath", "past-target", "breathes-14", "lets-go", "skips-cycle", "too-fast"]
MISTAKES: Final[tuple[Mistake, ...]] = get_args(Mistake)

_STANDING_DEG: Final = 90.0
_SUPINE_DEG: Final = -90.0
_PROPPED_DEG: Final = -60.0
"""Lying on one's back with a cushion under it: flat, a trunk that is hinged at the hip has no tilt sideways."""
_STILL: Final = {"sway_deg": 0.05, "wander_deg": 0.15}
"""Of who sits, lies or stands at ease."""
_BUSY: Final = {"sway_deg": 0.1, "wander_deg": 0.3}
"""On the way, or on the move."""
_EASE_DEG: Final = 2.0
"""By how much the stretch gives while its muscle presses."""

_TREMOR_DEG: Final = 0.03
"""Amplitude of the leg's tremor in a press: 1.3 deg/s RMS at 10 Hz; a fifth of it comes through to the trunk."""


class Traits(NamedTuple):
    """What somebody is like: drawn once."""

    first_deg: dict[str, float]
    """Where each side begins to feel a stretch."""
    hinge_deg: float
    """How far the trunk bends with a straight back."""
    turn_deg: float
    wander_deg: float
    """Of who holds a stretch."""
    free_bpm: float
    lag_s: float
    jitter_s: float
    tempo_s: float
    """Of a repetition."""

    @property
    def sways(self) -> dict[str, float]:
        """Of a stretch that is held."""
        return {"sway_deg": 0.3 * self.wander_deg, "wander_deg": self.wander_deg}


def traits(seed: int) -> Traits:
    """Whom a seed makes."""
    rng = np.random.default_rng((seed, 20))
    first_deg = float(rng.uniform(35.0, 48.0))
    apart_deg = float(rng.uniform(-3.0, 3.0))
    return Traits(
        first_deg={"left": first_deg - apart_deg, "right": first_deg + apart_deg, "": first_deg},
        hinge_deg=1.1 * (first_deg + 3.0) + float(rng.uniform(18.0, 24.0)),
        turn_deg=float(rng.uniform(15.0, 30.0)),
        wander_deg=float(rng.uniform(0.2, 0.5)),
        free_bpm=float(rng.uniform(10.5, 15.5)),
        lag_s=float(rng.uniform(0.05, 0.35)),
        jitter_s=float(rng.uniform(0.03, 0.12)),
        tempo_s=float(rng.uniform(3.0, 4.5)),
    )


class Track:
    """What one segment does: poses, each with the moment when it is begun."""

    def __init__(self, from_s: float) -> None:
        self._moves: list[tuple[float, dict[str, Any]]] = [(from_s, dict(_STILL))]
        self.support_deg = 0.0
        """Where a support holds it: angles are counted from there."""

    @property
    def angle_deg(self) -> float:
        """Of the latest pose."""
        return float(self._moves[-1][1].get("angle_deg", 0.0)) - self.support_deg

    def go(self, at_s: float, angle_deg: float, move_s: float, **more: Any) -> float:
        """Begin another pose at `at_s`; gives when it is reached. `more`: as in `Pose`."""
        at_s = max(at_s, self._moves[-1][0] + 0.3)
        self._moves.append((at_s, {"angle_deg": angle_deg + self.support_deg, "move_s": move_s, **more}))
        return at_s + move_s

    def poses(self) -> tuple[Pose, ...]:
        """One after the other; the last is for ever."""
        poses = []
        for (at_s, fields), (next_s, _) in zip(self._moves, self._moves[1:], strict=False):
            seconds = next_s - at_s
            poses.append(Pose(**fields | {"seconds": seconds, "move_s": min(fields.get("move_s", 1.5), seconds)}))
        return (*poses, Pose(**self._moves[-1][1]))


class Slip(NamedTuple):
    """A mistake that was made: what the coach should find, and when it went on, s."""

    name: Mistake
    kind: str
    """Of the finding."""
    step: str
    side: Side
    since_s: float
    until_s: float


class Did(NamedTuple):
    """A step that was done: when, s of the body's life, and what came of it."""

    step: str
    side: Side
    start_s: float
    end_s: float
    figures: dict[str, float]


class Person:
    """Somebody who is in the middle of a routine.

    Args:
        routine: As it is followed.
        seed: Who it is.
        placement: Where the phone is: what it cannot see is not acted out.
    """

    def __init__(self, routine: Routine, seed: int, placement: Placement) -> None:
        self.routine = routine
        self.traits = traits(seed)
        self.placement = placement
        self.trunk, self.leg = Track(3.0), Track(3.0)
        self.slips: list[Slip] = []
        self.rng = np.random.default_rng((seed, 21))
        self._seed = seed
        self._side: Side = ""
        self._reached: dict[tuple[str, Side], Reached] = {}

    def do(self, number: int, step: Step, start_s: float, end_s: float, mistakes: Collection[Mistake]) -> Did:
        """Act a step out."""
        self.rng = np.random.default_rng((self._seed, 22, number))
        figures = _MOVES[step.kind](self, step, start_s, end_s, mistakes)
        return Did(step.id, step.side, start_s, end_s, figures)

    def about(self, value: float, share: float = 0.1) -> float:
        """A figure, more or less."""
        return value * float(self.rng.uniform(1 - share, 1 + share))

    def reaction_s(self) -> float:
        """From a cue to doing it."""
        return float(self.rng.uniform(0.3, 1.2))

    def wanted_deg(self, step: Step) -> float:
        """The angle to go to: what is asked for, or where the stretch begins to be felt."""
        asked = aim(step, self.routine, self._reached).deg
        return self.traits.first_deg[step.side] if asked is None else asked

    def reach(self, step: Step, angle_deg: float) -> None:
        """Remember what a step came to."""
        self._reached[step.id, step.side] = Reached(angle_deg, step.target is not None)

    def deepest_deg(self, side: Side, otherwise: float) -> float:
        """The largest angle of a side so far."""
        return max((each.deg or 0.0 for (_, of), each in self._reached.items() if of == side), default=otherwise)

    def into(self, at_s: float, step: Step, angle_deg: float, **more: Any) -> float:
        """Into a stretch: up first if it was the other side's; gives when it is reached."""
        if step.side != self._side and self.trunk.angle_deg > 20.0:
            at_s = self.trunk.go(at_s, self.about(10.0), self.about(1.2), **_BUSY) + self.about(0.25)
        self._side = step.side
        return self.trunk.go(at_s, angle_deg, self.about(1.9), **self.traits.sways, **more)

    def stand_or_lie(self, at_s: float, trunk_deg: float, leg_deg: float) -> float:
        """Take a posture; gives when it is taken."""
        for track, angle_deg in ((self.trunk, trunk_deg), (self.leg, leg_deg)):
            if abs(track.angle_deg - angle_deg) > 0.5:
                track.go(at_s, angle_deg, self.about(2.5), **_BUSY)
        return at_s + 3.0


def _upright(person: Person, _step: Step, start_s: float, _end_s: float, _: Collection[Mistake]) -> dict[str, float]:
    person.stand_or_lie(start_s + person.reaction_s(), 0.0, 0.0)
    return {}


def _free(person: Person, _step: Step, start_s: float, end_s: float, _: Collection[Mistake]) -> dict[str, float]:
    at_s = start_s + person.reaction_s()
    person.stand_or_lie(at_s, person.trunk.angle_deg, 0.0)
    while at_s < end_s - 15.0:
        person.trunk.go(at_s, float(person.rng.uniform(-12.0, 8.0)), person.about(2.0), **_BUSY)
        at_s += float(person.rng.uniform(12.0, 25.0))
    return {}


def _calibrate(person: Person, step: Step, start_s: float, end_s: float, _: Collection[Mistake]) -> dict[str, float]:
    trunk = person.trunk
    trunk.support_deg = -person.routine.raised_deg  # higher is less far forward
    person.leg.go(start_s + 0.5, 0.0, 2.0)
    trunk.go(start_s + person.reaction_s(), 0.0, 1.5, **_STILL)
    if not step.hinge:
        return {}
    cued_s = start_s + (step.says[0].at_s if step.says else (end_s - start_s) / 2)
    bends_s = cued_s + person.reaction_s()
    hinge_deg = person.traits.hinge_deg
    down_s = trunk.go(bends_s, hinge_deg, person.about(2.5), **person.traits.sways)
    trunk.go(down_s + person.about(2.5), 0.0, person.about(2.5), **_STILL)
    return {"hinge_deg": hinge_deg}


def _hold(person: Person, step: Step, start_s: float, end_s: float, mistakes: Collection[Mistake]) -> dict[str, float]:
    trunk, rng, sways = person.trunk, person.rng, person.traits.sways
    wanted_deg = person.wanted_deg(step)
    angle_deg = wanted_deg + float(rng.normal(0, 0.7 if step.target else 0.0))
    drift = float(rng.uniform(-0.4, 0.4))
    there_s = person.into(start_s + person.reaction_s(), step, angle_deg, drift_deg_per_min=drift)
    person.reach(step, angle_deg + drift / 60 * (end_s - there_s) / 2)
    figures = {"reached_deg": angle_deg, "there_s": there_s}
    if "rotation" in step.measures:
        yaw_deg = figures["yaw_deg"] = person.traits.turn_deg * (-1.0 if step.side == "left" else 1.0)
        kept: dict[str, Any] = {"yaw_deg": yaw_deg, "drift_deg_per_min": drift, **sways}
        there_s = trunk.go(there_s + person.about(1.0), angle_deg, person.about(2.2), **kept)
    else:
        kept = {"drift_deg_per_min": drift, **sways}
    if "past-target" in mistakes:
        creeps_s = there_s + float(rng.uniform(0.15, 0.3)) * (end_s - there_s)
        more_deg, long_s = float(rng.uniform(8.0, 11.0)), float(rng.uniform(8.0, 15.0))
        trunk.go(creeps_s, angle_deg + more_deg, long_s, **kept)
        # Minimum jerk: half of it is behind it at half the time.
        person.slips.append(Slip("past-target", "past-target", step.id, step.side, creeps_s + long_s / 2, end_s))
    if "lets-go" in mistakes:
        gives_up_s = there_s + float(rng.uniform(0.4, 0.6)) * (end_s - there_s)
        trunk.go(gives_up_s, person.about(10.0), person.about(1.8), **_BUSY)
        person.slips.append(Slip("lets-go", "let-go", step.id, step.side, gives_up_s, end_s))
    return figures


def _cycles(
    person: Person, step: Step, start_s: float, _end_s: float, mistakes: Collection[Mistake]
) -> dict[str, float]:
    rng, sways, begun_deg = person.rng, person.traits.sways, person.wanted_deg(step)
    if step.target is None:
        begun_deg = person.deepest_deg(step.side, begun_deg)
    angle_deg = begun_deg
    there_s = person.into(start_s + float(rng.uniform(0.3, 0.6)), step, angle_deg)
    skipped = int(rng.integers(1, step.cycles)) if "skips-cycle" in mistakes and step.cycles > 1 else -1
    done = 0
    for cycle in range(step.cycles):
        cued_s = start_s + cycle * (step.press_s + step.deepen_s)
        if cycle == skipped:
            until_s = cued_s + step.press_s + step.deepen_s
            person.slips.append(Slip("skips-cycle", "cycle-skipped", step.id, step.side, cued_s, until_s))
            continue
        press_s = max(cued_s + person.reaction_s(), there_s + 0.2)
        tremor_hz = float(rng.uniform(8.0, 12.0))
        leg_deg = person.about(_TREMOR_DEG, 0.3)
        eased_deg = angle_deg - person.about(_EASE_DEG, 0.2)
        person.trunk.go(press_s, eased_deg, 0.6, tremor_deg=leg_deg / 5, tremor_hz=tremor_hz, **sways)
        person.leg.go(press_s, 1.2, 0.6, tremor_deg=leg_deg, tremor_hz=tremor_hz, **sways)
        deepen_s = cued_s + step.press_s + person.reaction_s()
        angle_deg += float(rng.uniform(2.0, 4.0)) / (1 + 0.3 * cycle)
        there_s = person.trunk.go(deepen_s, angle_deg, person.about(2.2), **sways)
        person.leg.go(deepen_s, 0.0, 0.8)
        done += 1
    person.reach(step, angle_deg)
    return {"cycles_done": float(done), "gain_deg": angle_deg - begun_deg, "reached_deg": angle_deg}


def _repetitions(person: Person, step: Step, start_s: float, end_s: float, _: Collection[Mistake]) -> dict[str, float]:
    words, count = f"{step.name} {step.text}".lower(), step.count or 8
    ready_s = start_s + person.reaction_s()
    room_s = end_s - start_s - 8.0
    if step.shape == "clock":
        propped_deg = _PROPPED_DEG if "lie" in words else 0.0
        ready_s = person.stand_or_lie(ready_s, propped_deg, 0.0) + 1.0
        each_s = min(person.about(5.0), room_s / (count + 1))
        radius_deg = person.about(6.0)
        clock: dict[str, Any] = {"circles": count, "circle_deg": radius_deg, "circle_s": each_s}
        person.trunk.go(ready_s, propped_deg, 0.5, **_STILL, **clock)
        return {"repetitions": float(count), "repetition_deg": radius_deg, "repetition_tempo_s": each_s}
    if "march" in words:
        rest_deg, amplitude_deg = _STANDING_DEG, -65.0
    elif "dead bug" in words:
        rest_deg, amplitude_deg = 0.0, -55.0
    elif "bridge" in words or "slide" in words:
        rest_deg, amplitude_deg = 0.0, 35.0
    else:
        rest_deg, amplitude_deg = 75.0, -50.0
    lies = rest_deg == 0.0
    ready_s = person.stand_or_lie(ready_s, _SUPINE_DEG if lies else 0.0, rest_deg) + 1.5
    person.leg.go(ready_s - 1.0, rest_deg, 0.3, **_STILL)
    each_s = min(person.traits.tempo_s, room_s / (count + 0.5))
    amplitude_deg = person.about(amplitude_deg)
    at_s = ready_s
    for _number in range(count):
        long_s = person.about(each_s, 0.08)
        up_s, pause_s = 0.34 * long_s, 0.1 * long_s
        peak_deg = rest_deg + person.about(amplitude_deg, 0.07)
        person.leg.go(at_s, peak_deg, up_s, **_BUSY)
        person.leg.go(at_s + up_s + pause_s, rest_deg, up_s, **_STILL)
        at_s += long_s
    return {
        "repetitions": float(count),
        "repetition_deg": abs(amplitude_deg),
        "repetition_tempo_s": each_s,
        "since_s": ready_s,
        "until_s": at_s,
    }


def _raise(person: Person, step: Step, start_s: float, end_s: float, _: Collection[Mistake]) -> dict[str, float]:
    count = step.count or 3
    ready_s = person.stand_or_lie(start_s + person.reaction_s(), _SUPINE_DEG, 0.0) + 3.0
    slot_s = min(14.0, (end_s - ready_s - 2.0) / count)
    best_deg = 0.0
    for number in range(count):
        at_s = ready_s + number * slot_s
        angle_deg = person.traits.first_deg[step.side] + 25.0 + float(person.rng.normal(0, 1.0))
        best_deg = max(best_deg, angle_deg)
        top_s = person.leg.go(at_s, -angle_deg, 0.2 * slot_s, **_BUSY)
        person.leg.go(top_s + 0.3 * slot_s, 0.0, 0.2 * slot_s, **_STILL)
    return {"raise_deg": best_deg, "raise_attempts": float(count)}


def _walk(person: Person, _step: Step, start_s: float, end_s: float, _: Collection[Mistake]) -> dict[str, float]:
    at_s = person.stand_or_lie(start_s + person.reaction_s(), 0.0, _STANDING_DEG) + 0.5
    spm, asymmetry = float(person.rng.uniform(95.0, 120.0)), float(person.rng.uniform(0.01, 0.06))
    walk: dict[str, Any] = {"walk_spm": spm, "walk_asymmetry": asymmetry, **_BUSY}
    person.leg.go(at_s, _STANDING_DEG, 0.3, **walk)
    person.trunk.go(at_s, 0.0, 0.3, **walk)
    for track, angle_deg in ((person.leg, _STANDING_DEG), (person.trunk, 0.0)):
        track.go(end_s + 0.2, angle_deg, 0.5, **_BUSY)
    return {"cadence_spm": spm, "step_asymmetry": asymmetry}


def _slow(person: Person, step: Step, start_s: float, end_s: float, mistakes: Collection[Mistake]) -> dict[str, float]:
    from_deg, levels = person.trunk.angle_deg, int(person.rng.integers(5, 8))
    at_s = start_s + person.reaction_s()
    slot_s = 0.88 * (end_s - at_s) / levels
    angles_deg = [from_deg * (1 - (level + 1) / levels) for level in range(levels)]
    if "too-fast" in mistakes:
        person.trunk.go(at_s, angles_deg[0], 0.45 * slot_s, **_BUSY)
        jerks_s, long_s = at_s + slot_s, float(person.rng.uniform(1.0, 1.5))
        person.trunk.go(jerks_s, 0.0, long_s, **_BUSY)
        person.slips.append(Slip("too-fast", "too-fast", step.id, step.side, jerks_s, jerks_s + long_s))
        return {"speed_deg_s": 1.875 * angles_deg[0] / long_s}
    for level, angle_deg in enumerate(angles_deg):
        person.trunk.go(at_s + level * slot_s, angle_deg, person.about(0.45 * slot_s), **_BUSY)
    return {"speed_deg_s": 1.875 * from_deg / levels / (0.45 * slot_s), "stops": float(levels)}


_MOVES: Final[dict[StepKind, Callable[[Person, Step, float, float, Collection[Mistake]], dict[str, float]]]] = {
    "breathe": _upright,
    "question": _upright,
    "free": _free,
    "calibrate": _calibrate,
    "hold": _hold,
    "cycles": _cycles,
    "repetitions": _repetitions,
    "raise": _raise,
    "walk": _walk,
    "slow": _slow,
}
