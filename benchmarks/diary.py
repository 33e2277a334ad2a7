"""Ninety daily sessions with a known truth: how long the catalogue takes, and whether a rebuilt one is the same.

    python -m benchmarks.diary [--days 90] [--json]

One session is simulated and recorded as always; the others are copies of its file, byte for byte in what the sensors
sent, with another day and id, and with the day's truth in place of what was measured. They are as long to read as any.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from tidehold.daemon.recorder import record_all
from tidehold.diary import check_ins
from tidehold.diary.catalogue import refresh
from tidehold.diary.nouns import CheckIn, Entry
from tidehold.diary.store import FILE_NAME, Diary
from tidehold.log.appender import Appender
from tidehold.log.inputs import is_input, pack_input
from tidehold.log.layout import HEADER_TOPIC
from tidehold.log.outputs import read_output
from tidehold.log.reader import read_session
from tidehold.log.writer import PART_SUFFIX, SUFFIX, SessionWriter, session_file_name
from tidehold.records import HostNs, Mark, UnixNs
from tidehold.routine import Measured, Scored, Side
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

DAYS: Final = 90
WANTED_S: Final = 30.0
"""Of one processor, for all of them: what else runs on the machine is none of the diary's doing."""
FIRST: Final = UnixNs(1_767_286_800 * NS)
"""2026-01-01T17:00:00Z."""
SCENARIO: Final = "daily-followed"
SECONDS: Final = 320.5
DAY_NS: Final = 86_400 * NS
FLARES: Final = ((30, 34), (62, 67))
"""Days of the flare-ups, without the last."""
LEFT_DEG: Final = (44.0, 58.0)
"""Reached on the first and on the last day: the left side improves, and the right one does not."""
RIGHT_DEG: Final = 41.0
PAIN: Final = (6.0, 2.0)
NOISE_DEG: Final = 2.0
NOISE_PAIN: Final = 0.7
FLARE_PAIN: Final = 3.0
FLARE_DEG: Final = -6.0
_BEFORE: Final = HostNs(NS)
_AFTER: Final = HostNs(317 * NS)
"""Within the session: before its routine begins, and after that is over."""


class Day(NamedTuple):
    """One day's truth, with its noise."""

    day: int
    is_flare: bool
    pain_before: int
    pain_after: int
    reached_left_deg: float
    reached_right_deg: float

    @property
    def started(self) -> UnixNs:
        """When its session begins."""
        return UnixNs(FIRST + self.day * DAY_NS)


def course(days: int = DAYS, seed: int = 1) -> list[Day]:
    """A person who gets better, with noise and two flare-ups: less pain, and farther on the left, not on the right."""
    dice = np.random.default_rng(seed)
    made = []
    for day in range(days):
        share = day / max(1, days - 1)
        is_flare = any(first <= day < end for first, end in FLARES)
        worse = FLARE_PAIN if is_flare else 0.0
        pain = PAIN[0] + share * (PAIN[1] - PAIN[0]) + worse + dice.normal(0, NOISE_PAIN)
        stiffer = FLARE_DEG if is_flare else 0.0
        left = LEFT_DEG[0] + share * (LEFT_DEG[1] - LEFT_DEG[0]) + stiffer + dice.normal(0, NOISE_DEG)
        right = RIGHT_DEG + stiffer + dice.normal(0, NOISE_DEG)
        before = _pain(pain)
        made.append(Day(day, is_flare, before, _pain(pain - 0.5), float(left), float(right)))
    return made


def _pain(value: float) -> int:
    return min(10, max(0, round(value)))


def entries(days: Sequence[Day]) -> list[Entry]:
    """The days as the catalogue has them, without their files."""
    return [
        Entry(
            session=f"day-{day.day:03d}",
            path=f"day-{day.day:03d}.mcap",
            started=day.started,
            utc_offset_s=0,
            length_s=SECONDS,
            routine="daily-5-min",
            ended="done",
            figures={
                "done_share": 1.0,
                "pain_before": float(day.pain_before),
                "pain_after": float(day.pain_after),
                "reached_left_deg": day.reached_left_deg,
                "reached_right_deg": day.reached_right_deg,
            },
        )
        for day in days
    ]


def record_template(folder: Path, scenario_name: str = SCENARIO, seconds: float = SECONDS) -> Path:
    """One session, simulated and recorded as always; its file."""
    scenario = load_scenario(scenario_name)
    header = virtual_header(scenario, builtin_profiles(), phone=True)
    log = SessionWriter.create(folder, header)
    record_all(virtual_inputs(scenario, seconds, acc_hz=50, phone=True), log, Session(header), lambda _: None)
    return next(folder.glob(f"*{SUFFIX}"))


def write_days(folder: Path, template: Path, days: Sequence[Day]) -> None:
    """A session file for each day, and a check-in for each day of a flare-up."""
    folder.mkdir()
    file = read_session(template)
    messages = [tuple(message) for message in file.messages() if message.topic != HEADER_TOPIC]
    for day in days:
        name = f"day-{day.day:03d}"
        _copy(folder, msgspec.structs.replace(file.header, session=name, started=day.started), messages, day)
        if day.is_flare:
            at = UnixNs(day.started - 600 * NS)
            check_ins.append(folder, CheckIn(at=at, when="before", pain=day.pain_before, flare_up=True))


def _copy(folder: Path, header: Header, messages: Sequence[tuple[Any, ...]], day: Day) -> None:
    """The same session on another day."""
    name = session_file_name(header)
    appender = Appender(folder / (name + PART_SUFFIX), header)
    marks = [Mark(_BEFORE, "pain", f"{day.pain_before} left hip"), Mark(_AFTER, "pain", str(day.pain_after))]
    number = 0
    for topic, sequence, t, payload in messages:
        if not is_input(topic):
            appender.add(topic, sequence, t, _as_of(topic, payload, day))
            continue
        while marks and marks[0].t < t:
            number += 1
            appender.add(*_packed(marks.pop(0), number))
        number += 1
        appender.add(topic, number, t, payload)
    appender.complete()
    appender.rename(folder / (name + SUFFIX))


def _packed(mark: Mark, number: int) -> tuple[str, int, int, bytes]:
    topic, payload = pack_input(mark)
    return topic, number, mark.t, payload


def _as_of(topic: str, payload: bytes, day: Day) -> bytes:
    """An output with the day's truth in it, where there is one."""
    if topic not in ("/out/scored", "/out/measured"):
        return payload
    out = read_output(topic, payload)
    side: Side = out.side if isinstance(out, Scored) else out.task.side if isinstance(out, Measured) else ""
    if not isinstance(out, Scored | Measured) or out.figures.get("reached_deg") is None or not side:
        return payload
    deg = day.reached_left_deg if side == "left" else day.reached_right_deg
    return msgspec.json.encode(msgspec.structs.replace(out, figures=out.figures | {"reached_deg": deg}))


class Timed(NamedTuple):
    """How long something took."""

    wall_s: float
    cpu_s: float


def timed(work: Any) -> tuple[Any, Timed]:
    """What it came to, and how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    return done, Timed(time.perf_counter() - wall, time.process_time() - cpu)


def measure(folder: Path, days: int, scenario: str = SCENARIO, seconds: float = SECONDS) -> dict[str, Any]:
    """Make the sessions, catalogue them, look again, and rebuild."""
    template = record_template(folder / "template", scenario, seconds)
    sessions = folder / "sessions"
    _, making = timed(lambda: write_days(sessions, template, course(days)))
    with Diary.open(folder / FILE_NAME) as diary:
        found, first = timed(lambda: refresh(diary, sessions))
        rows = diary.rows()
        _, again = timed(lambda: refresh(diary, sessions))
        warned = [f"{each.rule}: {each.why}" for each in diary.warned()]
    with Diary.open(folder / f"again-{FILE_NAME}") as diary:
        refresh(diary, sessions, rebuild=True)
        is_same = diary.rows() == rows
        known = diary.entries()
    return {
        "sessions": len(found.new),
        "left_out": len(found.left_out),
        "session_s": known[0].length_s if known else 0.0,
        "megabytes": sum(path.stat().st_size for path in sessions.glob(f"*{SUFFIX}")) / 1e6,
        "making_s": making.wall_s,
        "catalogue_s": first.wall_s,
        "catalogue_cpu_s": first.cpu_s,
        "second_look_s": again.wall_s,
        "rebuilt_is_same": is_same,
        "warnings": warned,
    }


def fails_of(found: dict[str, Any], days: int) -> list[str]:
    """What is not good enough."""
    fails = []
    if found["sessions"] != days or found["left_out"]:
        fails.append(f"{found['sessions']} of {days} sessions are in the catalogue, {found['left_out']} left out")
    if found["catalogue_cpu_s"] > WANTED_S:
        fails.append(f"{found['catalogue_cpu_s']:.1f} s of a processor, {WANTED_S:.0f} are wanted")
    if not found["rebuilt_is_same"]:
        fails.append("the rebuilt catalogue is another one")
    return fails


def main(words: list[str] | None = None) -> int:
    """Measure, print; exit 1 if it is not good enough."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="diary-") as folder:
        found = measure(Path(folder), arguments.days)
    fails = fails_of(found, arguments.days)
    if arguments.json:
        print(json.dumps(found | {"fails": fails}, indent=2))
        return 1 if fails else 0
    print(f"{found['sessions']} sessions of {found['session_s']:.0f} s, {found['megabytes']:.0f} MB in all")
    print(f"catalogued in {found['catalogue_s']:.1f} s ({found['catalogue_cpu_s']:.1f} s of a processor)")
    print(f"looked at again in {found['second_look_s']:.2f} s")
    print(f"rebuilt: {'the same rows' if found['rebuilt_is_same'] else 'other rows'}")
    for each in (*found["warnings"], *fails):
        print(each)
    return 1 if fails else 0


if __name__ == "__main__":
    sys.exit(main())
