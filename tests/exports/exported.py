"""Sessions to export: short ones from simulated devices, and one by hand with every kind of thing in it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import msgspec
import numpy as np

from tidehold.daemon.recorder import record_all
from tidehold.log.told import Told
from tidehold.log.writer import SessionWriter
from tidehold.records import (
    Breath,
    Cue,
    Estimate,
    Frame,
    Gap,
    Hold,
    HoldFigures,
    HostNs,
    Input,
    Link,
    Mark,
    Output,
    Pacing,
    Pattern,
    Rejected,
    Sample,
    Stop,
    UnixNs,
)
from tidehold.routine import Finding, Measured, Phase, Routine, Scored, Step, Task
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

STARTED = UnixNs(1_790_000_000 * NS + 123_456_789)
"""Not on a whole second, so that nothing is right by chance."""
OFFSET_S = 5 * 3600 + 1800
SECONDS = 32
NOTE = 'hurts; "left", Größe 1\nand a new line'


def simulated_header() -> Header:
    header = virtual_header(load_scenario("link-drops"), builtin_profiles(), phone=True)
    breathe = Step(id="1", name="Breathe", kind="breathe", seconds=10, pattern="4/6")
    routine = Routine(id="r", name="R", phases=(Phase(id="p", name="P", steps=(breathe,)),))
    return msgspec.structs.replace(
        header, started=STARTED, utc_offset_s=OFFSET_S, routine=routine, ask_first=False, session="size-1"
    )


def simulated_inputs() -> list[Input]:
    """Of a strap whose link is lost at 20 s for 3 s, and a phone; a routine of one step of 10 s."""
    items = list(virtual_inputs(load_scenario("link-drops"), SECONDS, phone=True))
    items += [Mark(HostNs(4 * NS), "start"), Mark(HostNs(9 * NS), "note", NOTE)]
    return sorted(items, key=lambda item: item.t)


def only(source: str, items: Iterable[Input]) -> list[Input]:
    return [item for item in items if not isinstance(item, Frame | Link) or item.source == source]


def recorded(folder: Path, items: Iterable[Input], header: Header | None = None) -> Path:
    header = header or simulated_header()
    with SessionWriter.create(folder, header) as log:
        record_all(items, log, Session(header))
        return log.path


def interrupted(whole: Path, folder: Path) -> Path:
    part = folder / "cut.mcap.part"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size * 6 // 10])
    return part


FIGURES = HoldFigures(
    inclination_deg=10.0,
    angle_deg=None,
    rms_deg=0.5,
    drift_deg_min=1.5,
    shift_deg=0.25,
    ellipse_deg2=2.0,
    path_deg=20.0,
    velocity_deg_s=1.0,
    jerk_m2_s5=0.125,
    tremor_deg_s=0.0625,
    tremor_hz=None,
    in_band=0.75,
    in_wide_band=1.0,
    longest_in_band_s=12.0,
    settling_s=None,
    corrections=3,
    slips=(4.5, 2.0),
    breathing_removed=True,
)


def by_hand() -> Told:
    """A told session of 60 s with one or more of everything, known and not known."""
    step = Step(id="2", name="Stay", kind="hold", seconds=30, side="left")
    told = Told(
        Path("by-hand.mcap"),
        Header(
            session="by-hand",
            started=STARTED,
            utc_offset_s=-3 * 3600,
            software={"tidehold": "0.1.0"},
            routine=Routine(id="r", name="R", phases=(Phase(id="p", name="P", steps=(step,)),)),
        ),
    )
    beats = np.array([5, 6, 7], np.int64) * NS + 7
    outs: list[Output] = [
        Sample(at(5), "strap/hr", np.array([5, 6, 9], np.int64) * NS, np.array([60.0, 61.0, 300.0])),
        Sample(at(5), "strap/rr", beats, np.array([0.9375, 1.0, 0.75])),
        Sample(at(5), "strap/rr_clean", beats, np.array([[0.9375, 1, 0], [0.5, 2, 1], [0.75, 1, 4]])),
        Sample(at(5), "strap/battery", beats[:1], np.array([87.0])),
        Sample(at(5), "strap/odd", beats[:2], np.array([[1.0, 2.0], [3.0, np.nan]])),
        Estimate(at(1), "heart/hr_bpm", None, 0.0, "too early"),
        Estimate(at(2), "heart/hr_bpm", 61.5, 0.9),
        Estimate(at(2), "breathing/rate_bpm", 6.25, 0.8),
        Estimate(at(1.25), "phone/angle_deg", 12.5, 1.0),
        Gap(at(12), "strap/ecg", at(10), at(12), 260, "link lost"),
        Gap(at(30), "strap/rr", at(20), at(30), None, "no skin contact"),
        Breath(at(9), at(2), at(4), at(8), 0.9),
        Hold(at(40), "phone", "shin", at(-0.5), at(39), FIGURES, 81.25, {"steadiness": 80.0}, "as steady as usual"),
        Hold(at(50), "phone", "shin", at(49), at(49.5), None, None, {}, "too short"),
        Measured(
            at(45),
            "phone",
            Task("stretch", "left"),
            at(20),
            at(45),
            {"reached_deg": 44.5, "turned_deg": None},
            0.9,
            {"turned_deg": "tipped besides"},
        ),
        Measured(at(46), "phone", Task("walk"), at(45), at(46), {}, 0.0, {"": "too short"}),
        Finding(at(15), "breath-held", "2", "left", at(14), at(18), "the breath is held"),
        Finding(at(55), "slouch", "2", "left", at(54), None, "the trunk sinks"),
        Scored(at(30), "step", "2", "left", "done", at(0), at(30), 28.0, 93.5, 0.75, {"a": 1.0}, {"b": None}, "mean"),
        Scored(at(60), "step", "3", "", "todo", at(60), at(60), 0.0, None, 0.0, {}, {}, "not reached"),
        Scored(at(60), "session", "r", "", "cut", at(0), at(60), 28.0, None, 0.0, {}, {}, "too little"),
        Cue(at(3), "step", "Stay"),
        Rejected(at(3), "phone", "a/b", "of no: known kind", 3),
    ]
    for out in outs:
        told.hear(out)
    for item in (Mark(at(2), "pain", "6 left hip"), Mark(at(9), "note", NOTE), Stop(at(60), "over")):
        told.take(item)
    told.take(Link(at(0.5), "strap", "down", {"reason": "lost", "address": "00:11"}))
    told.pacings = [(at(5), Pacing(at(5), Pattern())), (at(25), None), (at(30), Pacing(at(30), Pattern(2, 1, 3, 1)))]
    return told


def at(seconds: float) -> HostNs:
    return HostNs(round(seconds * NS))


def queried(query: str) -> duckdb.DuckDBPyRelation:
    """What DuckDB finds."""
    found = duckdb.sql(query)
    assert found is not None
    return found
