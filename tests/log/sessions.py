"""Synthetic sessions, a small fold and damage, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from mcap.exceptions import EndOfFile
from mcap.records import Channel, Chunk
from mcap.records import Message as McapMessage
from mcap.stream_reader import StreamReader, breakup_chunk

from tidehold.errors import LogError
from tidehold.log.reader import read_session
from tidehold.log.writer import SessionWriter
from tidehold.records import (
    Cue,
    Estimate,
    Frame,
    Gap,
    HostNs,
    Input,
    Link,
    Mark,
    Output,
    Rejected,
    Sample,
    Snapshot,
    Stop,
    Tick,
    Trace,
    UnixNs,
)
from tidehold.session.header import Header
from tidehold.units import NS

NOW = UnixNs(1_800_000_000 * NS)
STARTED = UnixNs(1_790_000_000 * NS + 123_456_789)
SOFTWARE = {"tidehold": "0.1.0"}
PLATFORM = {"system": "test"}


def header(session: str = "test-1", **changes: object) -> Header:
    plain: dict[str, object] = {"software": SOFTWARE, "platform": PLATFORM, "params": {"a": 0.5}}
    return Header(session=session, started=STARTED, **(plain | changes))  # type: ignore[arg-type]


class SmallFold:
    """A fold that says every kind of output, and depends on all that came before."""

    def __init__(self, _: Header | None = None) -> None:
        self._heard = 0
        self._recent = np.zeros(50)

    def feed(self, item: Input) -> list[Output]:
        self._heard = (self._heard * 31 + hash_of(item)) % 1_000_003
        match item:
            case Frame():
                return self._frame(item)
            case Link(state="down"):
                return [Gap(item.t, "strap/rr", HostNs(item.t // 2), item.t, None, "link lost")]
            case Tick():
                return self._tick(item.t)
            case Mark():
                return [Cue(item.t, item.verb, item.arg)]
            case _:
                return []

    def _frame(self, frame: Frame) -> list[Output]:
        if frame.channel == "hr":
            times = np.array([frame.t - 1000, frame.t])
            beats = np.frombuffer(frame.payload[2:6], "<u2") / 1024
            return [
                Sample(frame.t, "strap/hr", times[1:], np.array([float(frame.payload[1])])),
                Sample(frame.t, "strap/rr", times[: len(beats)], beats),
            ]
        if frame.channel == "pmd":
            values = np.frombuffer(frame.payload, np.uint8).astype(float).reshape(-1, 3) * 1e-3
            self._recent = np.concatenate([self._recent, values[:, 0]])[-50:]
            return [Sample(frame.t, "strap/acc", frame.t - np.arange(len(values), dtype=np.int64)[::-1], values)]
        return [Rejected(frame.t, frame.source, frame.channel, "of no known kind")]

    def _tick(self, t: HostNs) -> list[Output]:
        seen: list[Output] = [
            snapshot(t, {"n": self._heard}, {"strap/acc": Trace(np.arange(50), self._recent)}),
        ]
        if t % NS == 0:
            value = self._heard / 7 if self._heard % 5 else None
            seen.insert(0, Estimate(t, "heart/hr_bpm", value, 0.5, "" if value else "too early"))
        return seen


def snapshot(t: HostNs, counts: dict[str, int], traces: dict[str, Trace]) -> Snapshot:
    """A snapshot with little in it, whatever fields the noun has."""
    empty: dict[str, object] = {name: {} for name in Snapshot.__struct_fields__}
    return Snapshot(**(empty | {"t": t, "inputs": counts, "gaps": 0, "traces": traces, "pacing": None}))  # type: ignore[arg-type]


def hash_of(item: Input) -> int:
    return item.t + (sum(item.payload) if isinstance(item, Frame) else 0)


def inputs(seconds: int, seed: int = 0) -> list[Input]:
    """Inputs of a strap session: link, heart rate 1 Hz, a waveform 5 Hz, ticks 4 Hz, marks, a stop."""
    dice = np.random.default_rng(seed)
    items: list[Input] = [Link(HostNs(5), "strap", "up", {"profile": "generic", "name": "Größe 1"})]
    for step in range(seconds * 20):
        t = step * (NS // 20)
        if step % 20 == 7:
            rr = dice.integers(700, 1100, 2).astype("<u2").tobytes()
            items.append(Frame(HostNs(t + 11), "strap", "hr", bytes([16, int(dice.integers(50, 90))]) + rr))
        if step % 4 == 1:
            items.append(Frame(HostNs(t + 12), "strap", "pmd", dice.integers(0, 40, 60, np.uint8).tobytes()))
        if step % 5 == 0:
            items.append(Tick(HostNs(t)))
        if step % 60 == 33:
            items.append(Frame(HostNs(t), "phone", "a/b", b""))
        if step % 100 == 50:
            items.append(Mark(HostNs(t), "note", f"step {step}"))
            items.append(Link(HostNs(t), "strap", "down", {"reason": "test"}))
    items.append(Stop(HostNs(seconds * NS), "over"))
    return items


def write(folder: Path, items: Iterable[Input], *, finish: bool = True, session: str = "test-1") -> Path:
    """Record as the recorder does: raw first, then outputs, a flush every 0.5 s of session time."""
    fold = SmallFold()
    with SessionWriter.create(folder, header(session)) as log:
        flushed = 0
        for item in items:
            if item.t - flushed >= NS // 2:
                flushed = item.t
                log.flush()
            log.append(item)
            for out in fold.feed(item):
                log.put(out)
        if finish:
            log.finish()
        return log.path


class Span(NamedTuple):
    """A chunk as the mcap package sees it: its bytes, and the numbers of its inputs."""

    start: int
    end: int
    numbers: tuple[int, ...]


def spans(path: Path) -> list[Span]:
    """Chunks of an undamaged file, by an independent reader."""
    found: list[Span] = []
    start = 0
    with path.open("rb") as file, suppress(EndOfFile):  # an unfinished file just ends
        for record in StreamReader(file, emit_chunks=True).records:
            if isinstance(record, Chunk):
                found.append(Span(start, file.tell(), tuple(_numbers(record))))
            start = file.tell()
    return found


def _numbers(chunk: Chunk) -> Iterator[int]:
    topics: dict[int, str] = {}
    for record in breakup_chunk(chunk, validate_crc=True):
        if isinstance(record, Channel):
            topics[record.id] = record.topic
        elif isinstance(record, McapMessage) and topics[record.channel_id].startswith("/in/"):
            yield record.sequence


def complaint(call: Callable[[], object]) -> str | None:
    """What is said against a call; None if it goes well."""
    try:
        call()
    except LogError as error:
        return str(error)
    return None


def numbered(path: Path) -> dict[int, Input]:
    """The inputs of a sound file by number, the holes of a recovered one left out."""
    file = read_session(path)
    numbers = [message.sequence for message in file.messages() if message.topic.startswith("/in/")]
    return dict(zip(numbers, file.inputs(), strict=True))
