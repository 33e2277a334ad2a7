"""A hub that serves, snapshots as large as a real session's, and views that read what they please."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np

from tidehold.daemon.hub import Hub
from tidehold.daemon.place import Place, claim
from tidehold.records import (
    Estimate,
    HostNs,
    Input,
    LinkView,
    Recording,
    Snapshot,
    StreamView,
    Trace,
    UnixNs,
)
from tidehold.sources.clock import SessionClock
from tidehold.units import NS

RECORDING = Recording("sessions/a.mcap.part", "cafe0123", UnixNs(1_700_000_000 * NS), "recording")
TRACES = {"strap/ecg": (5, 130, 0), "strap/acc": (15, 25, 3), "strap/rr": (60, 1.1, 0), "phone/acc": (15, 12.5, 3)}
"""Seconds, rate in Hz, columns (0: none) of each trace in a session with strap and phone."""


def snapshot(t_s: float = 60.0, traces: dict[str, tuple[float, float, int]] | None = None) -> Snapshot:
    """A snapshot of a session with strap and phone, full of traces."""
    t = HostNs(round(t_s * NS))
    dice = np.random.default_rng(7)
    drawn = {}
    for name, (seconds, rate, columns) in (TRACES if traces is None else traces).items():
        count = round(seconds * rate)
        times = np.linspace(t - seconds * NS, t, count).astype(np.int64)
        drawn[name] = Trace(times, dice.standard_normal((count, columns) if columns else count))
    return Snapshot(
        t=t,
        inputs={"strap/ecg": 400, "strap/hr": 60},
        links={"strap": LinkView("armed", HostNs(3 * NS), {"streams": "ecg,acc,hr"})},
        said={},
        streams={name: StreamView(1000, 130.0, 0.1, 0, (1.0,)) for name in drawn},
        estimates={name: Estimate(t, name, 61.5, 0.9) for name in ("heart/hr_bpm", "breathing/rate_bpm")},
        rejected={},
        gaps=0,
        traces=drawn,
    )


class Served:
    """A hub that serves, and what was put."""

    def __init__(self, hub: Hub, inputs: list[Input]) -> None:
        self.hub = hub
        self.inputs = inputs


@contextlib.asynccontextmanager
async def serving(
    place: Place, recording: Callable[[], Recording] = lambda: RECORDING, look_every_s: float = 5.0
) -> AsyncIterator[Served]:
    """A hub as the recorder runs it: cancelled first, left afterwards."""
    inputs: list[Input] = []
    with claim(place) as seat:
        async with Hub(SessionClock(), seat, recording, look_every_s=look_every_s) as hub:
            task = asyncio.create_task(hub.run(inputs.append))
            try:
                await asyncio.sleep(0)
                yield Served(hub, inputs)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


class Raw:
    """A view that says and reads bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def say(self, raw: bytes) -> None:
        self.writer.write(raw + b"\n")

    async def hear(self) -> dict[str, Any]:
        """The next line; empty at the end."""
        async with asyncio.timeout(10):
            line = await self.reader.readline()
        heard: dict[str, Any] = json.loads(line) if line else {}
        return heard

    async def hear_kind(self, kind: str) -> dict[str, Any]:
        """The next line of a kind."""
        while (heard := await self.hear())["type"] != kind:
            pass
        return heard


@contextlib.asynccontextmanager
async def raw_view(path: Path) -> AsyncIterator[Raw]:
    reader, writer = await asyncio.open_unix_connection(path, limit=2**24)
    try:
        yield Raw(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def until(condition: Callable[[], object], within_s: float = 20) -> None:
    """Wait for what nobody announces."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.005)
