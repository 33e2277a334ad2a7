"""A guided session as it is told when it is over, made by hand: what each figure is to be made of is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tidehold.log.told import Told
from tidehold.records import Cue, Estimate, Hold, HoldFigures, HostNs, Mark, Sample, UnixNs
from tidehold.routine import Phase, Question, Routine, Scored, Side, Step, StepState
from tidehold.session.header import Header
from tidehold.units import NS

STEPS = (
    Step(id="1", name="Breathe", kind="breathe", seconds=60, pattern="4/6"),
    Step(id="2", name="Bend", kind="hold", seconds=30, side="left"),
    Step(id="2", name="Bend", kind="hold", seconds=30, side="right"),
    Step(id="3", name="Press", kind="cycles", seconds=50, side="left", cycles=2),
    Step(
        id="4", name="Pain", kind="question", seconds=30, question=Question("pain-now", "Pain?", answers=(), most=10)
    ),
)  # fmt: skip
ROUTINE = Routine(
    id="evening",
    name="Evening",
    phases=(Phase(id="p", name="P", steps=STEPS),),
    questions=(Question("bowel-bladder", "Changes?", stops=("yes",)),),
)
BEGIN_S, END_S = 10.0, 210.0


def t(seconds: float) -> HostNs:
    return HostNs(round(seconds * NS))


def told(routine: Routine | None = ROUTINE, **header: Any) -> Told:
    plain: dict[str, Any] = {"session": "s1", "started": UnixNs(1_780_000_000 * NS), "utc_offset_s": 3600}
    made = Told(Path("/sessions/s1.mcap"), Header(**(plain | header), routine=routine))
    made.length_s = 220.0
    return made


def estimate(made: Told, name: str, *values: float | None, at_s: float = 1.0) -> None:
    for place, value in enumerate(values):
        made.hear(Estimate(t(at_s + place), name, value, 1.0, "" if value is not None else "not known"))


def mark(made: Told, at_s: float, verb: str, arg: str = "") -> None:
    made.take(Mark(t(at_s), verb, arg))


def step(
    made: Told, id_: str, side: Side, start_s: float, end_s: float, state: StepState = "done", **figures: float | None
) -> None:
    lasted_s = 0.0 if state == "todo" else end_s - start_s
    span = (t(start_s), t(end_s), lasted_s)
    made.hear(Scored(t(end_s), "step", id_, side, state, *span, 90.0, 1.0, {}, figures, ""))


def hold(made: Told, start_s: float, end_s: float, rms_deg: float = 0.5, source: str = "phone", **more: Any) -> None:
    figures = HoldFigures(
        **dict.fromkeys(HoldFigures.__struct_fields__, 0.0) | {"slips": (), "rms_deg": rms_deg}  # type: ignore[arg-type]
        | {"drift_deg_min": more.get("drift_deg_min"), "breathing_removed": True}
    )  # fmt: skip
    score = more.get("score", 80.0)
    short = None if more.get("is_short") else figures
    made.hear(Hold(t(end_s), source, "breastbone", t(start_s), t(end_s), short, score, {}, ""))


def followed() -> Told:
    """To its end: every step as long as it is to be."""
    made = told()
    step(made, "1", "", 10, 70)
    step(made, "2", "left", 70, 100, reached_deg=44.0)
    step(made, "2", "right", 100, 130, reached_deg=41.0)
    step(made, "3", "left", 130, 180, gain_deg=6.0, reached_deg=99.0)
    step(made, "4", "", 180, 210)
    made.hear(Cue(t(10), "step", "Breathe"))
    made.hear(Cue(t(END_S), "done", "The routine is over."))
    return made


def samples(made: Told, name: str, rows: list[list[float]]) -> None:
    made.hear(Sample(t(2), name, np.arange(len(rows), dtype=np.int64), np.array(rows)))
