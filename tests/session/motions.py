"""Movements for the tests of this room, one for each kind of task, with what a task must find in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np

from tests.estimators.limbs import Limb, Series, limb, raised, told
from tests.estimators.moves import mounted, people_set
from tests.estimators.test_estimators_leg_raise import TOPS, lain, length_s
from tests.estimators.test_estimators_movement_plane import slant
from tests.estimators.walkers import walker
from tests.session.phones import PROFILE, UTC_2026
from tidehold.estimators.hold import HoldEstimator
from tidehold.records import Frame, Gap, HostNs, Input, Link, Mark, Output, Sample, Stop, Tick, UnixNs, Values
from tidehold.routine import Measured, Routine, TaskKind
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.session.tasks import Tasks, task_of
from tidehold.units import NS

SET = people_set(12)
WALKER = walker(7, 40)


class Motion(NamedTuple):
    """What is done: where the phone is, the marks "do" by their time s, and figures with how near they must be."""

    limb: Limb
    placement: str
    marks: Mapping[float, str]
    seconds: float
    finds: Mapping[str, tuple[float, float]]


def pressing(t: Values, skipped: int = -1) -> Values:
    """A trunk at 40 deg from 8 s on; from 20 s on three cycles: eases back by 2 deg, shakes, goes 5 deg deeper."""
    angle = raised(40, 5, 3)(t)
    for number, start in enumerate((20, 35, 50)):
        if number != skipped:
            shake = np.where((t > start) & (t < start + 5), 0.01 * np.sin(20 * np.pi * t), 0)
            angle = angle + raised(-2, start, 0.8)(t) + raised(5, start + 5, 1.5)(t) + shake
    return np.asarray(angle)


def creeping(t: Values) -> Values:
    """Held at 40 deg from 8 s on, and from 20 s on slowly to 48 deg."""
    return np.asarray(raised(40, 5, 3)(t) + 8 * np.clip((t - 20) / 20, 0, 1) + 0.2 * np.sin(0.4 * np.pi * t))


def bending(t: Values) -> Values:
    """Two bends with a straight back, of 50 deg, and back."""
    return np.asarray(raised(50, 5, 3)(t) + raised(-50, 12, 3)(t) + raised(50, 20, 3)(t) + raised(-50, 27, 3)(t))


def rolling(t: Values) -> Values:
    """Down by 80 deg, up again slowly until a stop at 20 s, and from 22 s on at 20 deg/s."""
    slow, quick = -20 * np.clip((t - 14) / 6, 0, 1), -60 * np.clip((t - 22) / 3, 0, 1)
    return np.asarray(raised(80, 4, 3)(t) + slow + quick)


@cache
def motion(kind: TaskKind) -> Motion:
    """The one of a kind."""
    return MOTIONS[kind]()


MOTIONS: dict[TaskKind, Callable[[], Motion]] = {
    "repetitions": lambda: Motion(
        limb(SET.angle, SET.length_s),
        "shin",
        {2.0: "repetitions left 9"},
        SET.length_s,
        {
            "repetitions": (SET.repetitions, 0),
            "repetition_deg": (float(np.median(SET.amplitudes_deg)), 3),
            "repetition_tempo_s": (float(np.median(np.diff(SET.starts_s))), 1.0),
        },
    ),
    "raise": lambda: Motion(
        lain(), "shin", {0.5: "raise left"}, length_s(TOPS) + 1, {"raise_deg": (max(TOPS), 1), "raise_attempts": (3, 0)}
    ),
    "walk": lambda: Motion(
        WALKER.limb,
        "thigh",
        {0.5: "walk"},
        42,
        {
            "cadence_spm": (WALKER.cadence_spm, 1),
            "step_asymmetry": (WALKER.asymmetry, 0.03),
            "stride_cv": (WALKER.stride_cv, 0.01),
        },
    ),
    "slow": lambda: Motion(
        limb(rolling, 30), "breastbone", {12.0: "slow 10"}, 30, {"speed_deg_s": (20, 1), "over_share": (1 / 3, 0.06)}
    ),
    "stretch": lambda: Motion(
        mounted(limb(creeping, 45), slant(3)),
        "breastbone",
        {4.0: "stretch 41"},
        45,
        {"reached_deg": (42, 2), "past_target_deg": (4, 0.5), "tremor_rise_percent_min": (0, 0)},
    ),
    "cycles": lambda: Motion(
        limb(pressing, 68), "breastbone", {20.0: "cycles 3"}, 67, {"cycles_done": (3, 0), "gain_deg": (9, 0.3)}
    ),
    "hinge": lambda: Motion(limb(bending, 36), "breastbone", {1.0: "hinge"}, 35, {"hinge_deg": (50, 0.5)}),
}
"""Made when they are needed."""
CYCLE_S = 15.0
"""Nobody waits for longer ones."""


class Rig:
    """A motion sensor's estimator with tasks, asked as the fold asks."""

    def __init__(self, placement: str, source: str = "phone") -> None:
        self.estimator = HoldEstimator(source, placement)
        self.tasks = Tasks()
        self.tasks.watch(source, placement, self.estimator)

    def run(
        self, samples: Iterable[Sample | Gap], until_s: float, marks: Mapping[float, str], shift: int = 0
    ) -> list[list[Output]]:
        """What the tasks say at each tick until `until_s`, and at the end; all times are shifted by `shift` ns."""
        waiting = sorted(samples, key=lambda sample: sample.t)
        place, said = 0, []
        for tick in range(1, round(4 * until_s) + 1):
            now = HostNs(tick * NS // 4)
            while place < len(waiting) and waiting[place].t <= now:
                each = waiting[place]
                assert isinstance(each, Sample)
                self.estimator.update(Sample(HostNs(each.t + shift), each.stream, each.times + shift, each.values))
                place += 1
            said.append(self._tick(HostNs(now + shift), tick, marks.get(tick / 4)))
        said.append(self.tasks.close(HostNs(round(until_s * NS) + shift)))
        return said

    def _tick(self, now: HostNs, tick: int, text: str | None) -> list[Output]:
        said: list[Output] = []
        if text is not None:
            task = task_of(text)
            if task is not None and task.kind == "cycles":
                task = msgspec.structs.replace(task, deepen_s=CYCLE_S - task.press_s)
            said += self.tasks.ask(now, task)
        if tick % 4 == 0:
            self.estimator.estimate(now)
        self.estimator.live(now)
        said += self.tasks.live(now)
        return said + (self.tasks.estimates(now) if tick % 4 == 0 else [])


def measured(said: Iterable[Iterable[Output]]) -> list[Measured]:
    return [out for outputs in said for out in outputs if isinstance(out, Measured)]


def done(kind: TaskKind, person: Limb | dict[str, Series] | None = None) -> Measured:
    """What the task of a kind comes to, with another limb if one is given."""
    each = motion(kind)
    (found,) = measured(Rig(each.placement).run(told(person or each.limb), each.seconds, each.marks))
    return found


def fold(
    person: Limb, placement: str, marks: Mapping[float, tuple[str, str]], seconds: float, led: Routine | None = None
) -> list[Output]:
    """What a session says whose phone is on this limb: its messages as Sensor Logger writes them."""
    header = Header(
        session="test",
        started=UnixNs(UTC_2026),
        profiles={PROFILE.id: PROFILE},
        sources={"phone": {"profile": PROFILE.id, "placement": placement}},
        routine=led,
        ask_first=False,
    )
    items: list[Input] = [
        Link(HostNs(1), "phone", "up", {"profile": PROFILE.id}),
        Link(HostNs(2), "phone", "armed"),
        *_frames(person),
        *(Tick(HostNs(tick * NS // 4)) for tick in range(1, round(4 * seconds))),
        *(Mark(HostNs(round(t * NS)), *words) for t, words in marks.items()),
        Stop(HostNs(round(seconds * NS)), "over"),
    ]
    session = Session(header)
    return [out for item in sorted(items, key=lambda item: item.t) for out in session.feed(item)]


def _frames(person: Limb, every_s: float = 0.5) -> list[Frame]:
    frames = []
    last = int(max(person.acc.times[-1], person.gyr.times[-1]))
    for number in range(1, -(-last // round(every_s * NS)) + 1):
        start, end = (round(count * every_s * NS) for count in (number - 1, number))
        entries = []
        for name, series in (("totalacceleration", person.acc), ("gyroscope", person.gyr)):
            first, after = series.times.searchsorted([start, end])
            entries += [
                {"name": name, "time": UTC_2026 + t, "values": {"x": x, "y": y, "z": z}}
                for t, (x, y, z) in zip(
                    series.times[first:after].tolist(), series.values[first:after].tolist(), strict=True
                )
            ]
        payload = msgspec.json.encode({"messageId": number, "sessionId": "run", "deviceId": "d", "payload": entries})
        frames.append(Frame(HostNs(end + 10_000_000), "phone", "push", payload))
    return frames
