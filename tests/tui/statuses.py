"""Synthetic statuses: what a recorder would say of a calm person with a strap and a phone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Literal

import msgspec
import numpy as np

from tidehold.records import (
    Estimate,
    Hold,
    HoldFigures,
    HostNs,
    LinkView,
    Pacing,
    Pattern,
    Recording,
    Snapshot,
    Status,
    StreamView,
    Trace,
    UnixNs,
    Values,
)
from tidehold.routine import Bar, Doing, Finding, Guide, Measured, Question, Side, StepState, Task
from tidehold.units import NS

ECG_HZ, ACC_HZ, PHONE_HZ, STEP = 130, 200, 100, 8
"""Rates of the streams, and every how many-th sample of an acceleration is in a trace."""
FRAME_S = {"ecg": 73 / ECG_HZ, "acc": 36 / ACC_HZ, "phone": 0.2}
"""Samples come in frames of such a length."""
PACING = Pacing(HostNs(0), Pattern())
LAG_S = 0.4
"""By which the person is behind it."""
RATES_HZ = {"strap/ecg": 129.93, "strap/acc": 199.87, "phone/acc": 100.21, "phone/gyr": 100.21}


def ecg(t_s: Values) -> Values:
    """Two beats in three seconds or so, V."""
    into = np.mod(t_s, 0.92)
    shape = [(0.10, 0.02, 0.12), (0.235, 0.008, -0.12), (0.25, 0.009, 1.1), (0.268, 0.009, -0.25), (0.47, 0.04, 0.28)]
    waves = [height * np.exp(-(((into - at) / width) ** 2) / 2) for at, width, height in shape]
    return np.asarray(1e-3 * np.sum(waves, axis=0), np.float64)


def chest(t_s: Values) -> Values:
    """Breathing six times a minute, (n, 3) m/s^2."""
    breath = np.sin(2 * np.pi * t_s / 10)
    return np.column_stack((0.4 + 0.02 * breath, 9.6 + 0.05 * breath, 1.8 + 0.3 * breath + 0.01 * np.sin(40 * t_s)))


def limb(t_s: Values) -> Values:
    """A leg that trembles a little, (n, 3) m/s^2."""
    return np.column_stack((0.1 * np.sin(t_s), 5.5 + 0.4 * np.sin(t_s / 3), 8.1 + 0.05 * np.sin(17 * t_s)))


def trace(shape: Any, t_s: float, seconds: float, rate_hz: float, frame_s: float) -> Trace:
    """The last seconds of a stream whose frames come whole."""
    until = np.floor(t_s / frame_s) * frame_s
    first = max(int(np.ceil((until - seconds) * rate_hz)), 0)
    times_s = np.arange(first, int(until * rate_hz)) / rate_hz
    return Trace(np.rint(times_s * NS).astype(np.int64), shape(times_s))


def rr(t_s: float) -> Trace:
    """Intervals that follow the breath."""
    times_s = np.arange(max(t_s - 60, 1.0), t_s, 0.92)
    return Trace(np.rint(times_s * NS).astype(np.int64), 0.92 + 0.06 * np.sin(2 * np.pi * times_s / 10))


def estimates(t_s: float) -> dict[str, Estimate]:
    """All known."""
    t = HostNs(int(t_s) * NS)
    known = {
        "heart/hr_bpm": (65.2, 0.99),
        "heart/rmssd_ms": (48.3, 0.97),
        "heart/artefact_share": (0.02, 1.0),
        "heart/sdnn_ms": (61.7, 0.97),
        "heart/rsa_ms": (112.4, 0.86),
        "breathing/rate_bpm": (6.03, 0.86),
        "breathing/rr_evidence": (0.93, 0.93),
        "breathing/ecg_evidence": (0.41, 0.41),
        "breathing/motion_evidence": (1.0, 1.0),
        "breathing/inhale_s": (4.1, 0.86),
        "breathing/exhale_s": (5.9, 0.86),
        "breathing/inhale_share": (0.41, 0.86),
        "pacing/score": (84.2, 0.92),
        "pacing/plv": (0.914, 0.92),
        "pacing/lag_s": (LAG_S, 0.92),
        "pacing/cue_error_s": (0.48, 0.92),
        "pacing/coverage": (0.92, 0.92),
        "strap/clock_drift_ppm": (12.0, 0.9),
        "phone/tilt_deg": (34.2, 0.95),
        "phone/rms_deg": (0.42, 0.95),
        "phone/gravity_g": (1.0, 0.95),
        "phone/angle_deg": (44.3, 0.94),
        "phone/hold_s": (23.2, 0.95),
        "phone/hold_rms_deg": (0.42, 0.95),
        "phone/hold_drift_deg_min": (1.24, 0.49),
        "phone/hold_in_band": (0.98, 0.95),
        "phone/hold_tremor_deg_s": (0.31, 0.95),
        "phone/hold_score": (81.4, 0.95),
        "align/residual_ms": (11.6, 0.8),
    }
    now = HostNs(round(t_s * NS))
    live = {
        "breathing/phase_rad": (2 * np.pi * ((t_s - LAG_S) / PACING.pattern.length_s % 1), 0.81),
        "breathing/held_s": (0.0, 0.86),
    }
    told = {name: Estimate(t, name, value, quality) for name, (value, quality) in known.items()}
    return told | {name: Estimate(now, name, value, quality) for name, (value, quality) in live.items()}


def estimated(status: Status, **values: float) -> Status:
    """The same with other values of estimates, by name with "__" for the slash."""
    told = dict(status.snapshot.estimates)
    for key, value in values.items():
        name = key.replace("__", "/")
        told[name] = Estimate(status.snapshot.t, name, value, 0.86)
    return snapped(status, estimates=told)


def unknown(status: Status, **reasons: str) -> Status:
    """The same with estimates unknown, by name with "__" for the slash."""
    told = dict(status.snapshot.estimates)
    for key, why in reasons.items():
        name = key.replace("__", "/")
        told[name] = Estimate(status.snapshot.t, name, None, 0.31, why)
    return snapped(status, estimates=told)


def without(status: Status, *kinds: str) -> Status:
    """The same from a strap that has no such streams ("ecg", "acc")."""
    channels = {"ecg": "breathing/ecg_evidence", "acc": "breathing/motion_evidence"}
    gone = {*(f"strap/{kind}" for kind in kinds), *(channels[kind] for kind in kinds)}
    snapshot = status.snapshot
    return snapped(
        status,
        streams={name: each for name, each in snapshot.streams.items() if name not in gone},
        traces={name: each for name, each in snapshot.traces.items() if name not in gone},
        estimates={name: each for name, each in snapshot.estimates.items() if name not in gone},
    )


USUAL = "RMS 0.36 deg (usual 0.40); 70 is as steady as your last 3 holds"


def held(score: float | None = 70.4, why: str = USUAL) -> Hold:
    """A hold of half a minute, over for a minute; without a score if that is None."""
    figures = HoldFigures(
        inclination_deg=14.6,
        angle_deg=45.0,
        rms_deg=0.36,
        drift_deg_min=0.84,
        shift_deg=0.2,
        ellipse_deg2=0.97,
        path_deg=24.5,
        velocity_deg_s=0.85,
        jerk_m2_s5=0.5,
        tremor_deg_s=0.42,
        tremor_hz=8.53,
        in_band=0.97,
        in_wide_band=1.0,
        longest_in_band_s=28.6,
        settling_s=0.0,
        corrections=0,
        slips=(2.1,),
        breathing_removed=False,
    )
    parts = {} if score is None else {"steadiness": 72.0, "drift": 80.6, "in band": 97.0, "slips": -10.0}
    start, end = HostNs(500 * NS), HostNs(530 * NS)
    return Hold(HostNs(531 * NS), "phone", "shin", start, end, figures, score, parts, why)


def snapped(status: Status, **changes: Any) -> Status:
    """The same with another snapshot."""
    return msgspec.structs.replace(status, snapshot=msgspec.structs.replace(status.snapshot, **changes))


def recorded(status: Status, **changes: Any) -> Status:
    """The same with another recording."""
    return msgspec.structs.replace(status, recording=msgspec.structs.replace(status.recording, **changes))


def linked(status: Status, source: str, state: Any, **detail: str) -> Status:
    """The same with another link, two seconds old."""
    link = LinkView(state, HostNs(status.snapshot.t - 2 * NS), detail)
    return snapped(status, links=status.snapshot.links | {source: link})


def aged(status: Status, source: str, age_s: float) -> Status:
    """The same, with the streams of a source silent for so long."""
    streams = {
        name: msgspec.structs.replace(view, age_s=age_s) if name.startswith(f"{source}/") else view
        for name, view in status.snapshot.streams.items()
    }
    return snapped(status, streams=streams)


def recording(t_s: float, state: Literal["recording", "finished", "replay"] = "recording") -> Recording:
    """How the recording is going."""
    return Recording(
        path="/data/tidehold/2026-01-01T10-00-00.mcap",
        session="2026-01-01T10-00-00",
        started=UnixNs(1_767_261_600 * NS),
        state=state,
        bytes_written=round(5200 * t_s),
        unsynced_s=0.4,
        length_s=1380.0 if state == "replay" else None,
    )


def nothing(t_s: float = 0.25) -> Status:
    """A session that has just begun: nothing is known."""
    return Status(
        recording(t_s),
        Snapshot(
            t=HostNs(round(t_s * NS)),
            inputs={},
            links={"strap": LinkView("searching", HostNs(0), {})},
            said={},
            streams={},
            estimates={},
            rejected={},
            gaps=0,
            traces={},
            pacing=PACING,
        ),
    )


def status(t_s: float, *, with_phone: bool = True) -> Status:
    """All is well at session time `t_s`."""
    beats = int(t_s / 0.92)
    streams = {
        "strap/hr": StreamView(int(t_s), None, t_s % 1, 0, (65.0,)),
        "strap/rr": StreamView(beats, None, t_s % 1, 0, (0.918,)),
        "strap/contact": StreamView(int(t_s), None, t_s % 1, 0, (2.0,)),
        "strap/battery": StreamView(1, None, t_s, 0, (80.0,)),
        "strap/ecg": StreamView(int(t_s * ECG_HZ), RATES_HZ["strap/ecg"], t_s % FRAME_S["ecg"], 0, (0.00012,)),
        "strap/acc": StreamView(int(t_s * ACC_HZ), RATES_HZ["strap/acc"], t_s % FRAME_S["acc"], 1, (0.4, 9.6, 1.9)),
    }
    traces = {
        "strap/ecg": trace(ecg, t_s, 5, ECG_HZ, FRAME_S["ecg"]),
        "strap/acc": trace(chest, t_s, 15, ACC_HZ / STEP, FRAME_S["acc"]),
        "strap/rr": rr(t_s),
    }
    links = {"strap": LinkView("armed", HostNs(NS), {"streams": "hr rr contact battery ecg acc"})}
    told = estimates(t_s)
    if with_phone:
        streams |= {
            "phone/acc": StreamView(int(t_s * PHONE_HZ), RATES_HZ["phone/acc"], 0.12, 0, (0.1, 5.5, 8.1)),
            "phone/gyr": StreamView(int(t_s * PHONE_HZ), RATES_HZ["phone/gyr"], 0.12, 0, (0.0, 0.01, 0.0)),
        }
        traces["phone/acc"] = trace(limb, t_s, 15, PHONE_HZ / STEP, FRAME_S["phone"])
        links["phone"] = LinkView("armed", HostNs(2 * NS), {"profile": "sensor-logger", "broker": "embedded"})
    else:
        told = {name: each for name, each in told.items() if not name.startswith(("phone/", "align/"))}
    return Status(
        recording(t_s),
        Snapshot(
            t=HostNs(round(t_s * NS)),
            inputs={"strap/hr": int(t_s), "strap/pmd": int(7 * t_s), "phone/push": int(5 * t_s)},
            links=links,
            said={"strap/model": "Simulated strap", "strap/firmware": "5.0.0"},
            streams=streams,
            estimates=told,
            rejected={"strap/hr: too short": 2},
            gaps=1,
            traces=traces,
            pacing=PACING,
        ),
    )


def replayed(t_s: float, speed: float = 1.0) -> Status:
    """A replay; speed 0: it is paused."""
    return recorded(msgspec.structs.replace(status(t_s), recording=recording(t_s, "replay")), speed=speed)


def session(start_s: float, count: int) -> Iterator[Status]:
    """Statuses four times a second."""
    return (status(start_s + k / 4) for k in range(count))


async def then_silence(statuses: Iterable[Status]) -> AsyncIterator[Status]:
    """The statuses at once, and then none for ever: the recorder hangs."""
    for each in statuses:
        yield each
    await asyncio.Event().wait()


async def then_over(statuses: Iterable[Status]) -> AsyncIterator[Status]:
    """The statuses at once, and then the end."""
    for each in statuses:
        yield each


STEPS: tuple[tuple[str, Side, str, str, float], ...] = (
    ("1.1", "", "Release with a ball", "preparation", 120),
    ("1.2", "", "Breathe 4 in, 6 out", "preparation", 180),
    ("1.3", "left", "Neural flossing", "preparation", 120),
    ("2.1", "", "Alignment", "execution", 30),
    ("2.2", "left", "Stage 1: first stretch", "execution", 30),
    ("2.2", "right", "Stage 1: first stretch", "execution", 30),
    ("2.3", "left", "Stage 2: ten per cent more", "execution", 60),
    ("2.3", "right", "Stage 2: ten per cent more", "execution", 60),
    ("2.4", "left", "Stage 3: with rotation", "execution", 120),
    ("2.4", "right", "Stage 3: with rotation", "execution", 120),
    ("2.5", "left", "Press and deepen", "execution", 75),
    ("2.5", "right", "Press and deepen", "execution", 75),
    ("3.1", "", "Roll up slowly", "recovery", 60),
    ("3.2", "", "Pelvic clocks", "recovery", 180),
    ("3.3", "", "Standing march", "recovery", 120),
)
"""Id, side, name, phase and seconds."""
WARNING = Question(
    "bladder",
    "Are there new changes of bowel or bladder control?",
    stops=("yes",),
    stop_text="Do not go on. Changes of bowel or bladder control need a clinician today.",
)


def bars(at: int, **states: StepState) -> tuple[Bar, ...]:
    """The steps, done before `at`; others by id and side ("s1_3left")."""
    usual: list[StepState] = ["done" if place < at else "now" if place == at else "todo" for place in range(len(STEPS))]
    return tuple(
        Bar(
            name,
            side,
            words,
            phase,
            seconds,
            states.get(f"s{name.replace('.', '_')}{side}", state),
            70.0 + place if state == "done" else None,
        )
        for place, ((name, side, words, phase, seconds), state) in enumerate(zip(STEPS, usual, strict=True))
    )


def finding(kind: str, text: str, since_s: float, until_s: float | None = None) -> Finding:
    """Something that went wrong, `since_s` seconds into the session."""
    until = None if until_s is None else HostNs(round(until_s * NS))
    return Finding(HostNs(round(since_s * NS)), kind, "2.3", "left", HostNs(round(since_s * NS)), until, text)


def guide(at: int, into_s: float = 0.0, **changes: Any) -> Guide:
    """In the middle of a step of the routine."""
    steps = STEPS[at:]
    left_s = steps[0][4] - into_s if steps else 0.0
    known = Guide(
        "psoas-relief",
        "Psoas relief",
        "running",
        bars(at, s1_3left="skipped", s2_1="cut"),
        at,
        into_s,
        left_s,
        left_s + sum(step[4] for step in steps[1:]),
        prompt="Hinge forward a little further, back long",
        text="Go a tenth further than before. Breathe on; ease off if it is sharp.",
        then=", ".join(filter(None, (steps[1][2], steps[1][1]))) if len(steps) > 1 else "the end",
        score=84.0,
    )
    return msgspec.structs.replace(known, **changes)


def guided(status: Status, guide: Guide, **changes: Any) -> Status:
    """The same with a routine, and with other parts of the snapshot."""
    return snapped(status, guide=guide, **changes)


def doing(kind: Any, side: Side = "", asks: str = "", **task: Any) -> Doing:
    """A task that goes on."""
    return Doing(Task(kind, side, **task), HostNs(590 * NS), asks)


def measured(kind: Any, side: Side = "", why: dict[str, str] | None = None, **figures: float | None) -> Measured:
    """What a task came to."""
    t = HostNs(600 * NS)
    return Measured(t, "phone", Task(kind, side), HostNs(540 * NS), t, figures, 0.9, why or {})


def _cycle(t: Status) -> Status:
    return estimated(t, phone__cycles_done=1.0, phone__gain_deg=2.4, phone__angle_deg=48.6)


NOTES = (
    "This is not a medical device.",
    (
        "Have firm cushions at hand that hold your torso 30 degrees higher. "
        "Keep them from the alignment until you roll up."
    ),
    "Ice and electrical stimulation are named beside this variant; they are off here: ask a clinician first.",
)
"""The most that a routine of this project has."""


def guided_states(t_s: float) -> dict[str, Status]:
    """Every state of a guided session, at session time `t_s`."""
    well = status(t_s)
    idle = unknown(well, phone__hold_s="moving")
    past = (
        finding("past-target", "past the target by 4 degrees: ease off a little", t_s - 6),
        finding("breath-held", "your breath stands still: breathe out", t_s - 12),
        finding("pace-off", "over long ago", t_s - 60, t_s - 40),
    )
    flossing = estimated(idle, phone__repetitions=7.0, phone__repetition_deg=41.2, phone__repetition_tempo_s=3.4)
    return {
        "ready": guided(
            idle,
            guide(0, state="ready", bars=bars(-1), prompt="Press enter when you sit ready", notes=NOTES, score=None),
        ),
        "breathe": guided(idle, guide(1, 42.3, prompt="Breathe with the disc", text="Nothing else for three minutes.")),
        "hold": guided(
            estimated(well, phone__angle_deg=49.3, breathing__held_s=0.0),
            guide(6, 23.4, target_deg=45.1, findings=past, unmeasured="turning: the phone is on the shin"),
        ),
        "press": guided(
            _cycle(idle),
            guide(
                10,
                26.5,
                prompt="Press both heels down",
                part="press",
                part_left_s=3.5,
                then="deepen 20 s",
                target_deg=48.0,
            ),
            doing=doing("cycles", "left", count=3),
        ),
        "repetitions": guided(
            flossing,
            guide(2, 51.0, bars=bars(2), prompt="Leg out, chin tucked, then back"),
            doing=doing("repetitions", "left", count=10),
        ),
        "walk": guided(
            unknown(
                estimated(idle, phone__cadence_spm=112.3, phone__stride_cv=0.021, phone__step_asymmetry=0.043),
                phone__stride_length_m="one phone cannot tell a stride's length",
            ),
            guide(14, 30.0, prompt="Walk as you usually do", then="the end"),
            doing=doing("walk"),
        ),
        "slow": guided(
            estimated(idle, phone__speed_deg_s=14.0, phone__over_share=0.12, phone__stops=2.0),
            guide(12, 20.0, prompt="Roll up, one level after the other"),
            doing=doing("slow", "", "slower", limit_deg_s=10.0),
        ),
        "paused": guided(well, guide(8, 61.0, state="paused", prompt="Paused: space goes on")),
        "done": guided(
            idle,
            guide(15, state="done", bars=bars(15, s1_3left="skipped", s2_1="cut"), session_left_s=0.0, then=""),
            measured=(measured("repetitions", "left", repetitions=10.0, repetition_deg=41.2, tempo_cv=0.081),),
        ),
        "stopped": guided(idle, guide(4, 3.0, state="stopped", ended=WARNING.stop_text)),
        "question": guided(idle, guide(0, state="asking", bars=bars(-1), question=WARNING, score=None)),
    }
