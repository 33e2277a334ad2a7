"""Draws docs/dashboard.svg, README's picture of the dashboard: `python docs/make_screenshot.py`.

A simulated session with a strap and a phone, in which the person follows a breathing pacer, is recorded in virtual
time, and its last statuses are shown by the dashboard itself, in a terminal of 160x48 that exists in memory only.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Final, Literal

import msgspec

from tidehold.daemon.facts import new_header
from tidehold.log.writer import SessionWriter
from tidehold.records import Recording, Snapshot, Status
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.tui.app import Dashboard, Options
from tidehold.units import NS
from tidehold_simulators.scenario import Pacer, load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

SCENARIO: Final = "stretch-hold"
PACER: Final = Pacer(pattern="4/6", since_s=120.0, lag_s=0.8, jitter_s=0.15)
SECONDS: Final = 292.0
"""In the middle of a hold, and of an inhalation."""
SHOWN: Final = 80
"""Statuses shown to the dashboard: 20 s, so that its traces are full."""
SIZE: Final = (160, 48)
NOT_WANTED: Final = re.compile(r"@font-face \{.*?\}\s*|<!--.*?-->\s*|(?<=terminal)-\d+", re.DOTALL)
"""Rich asks the web for a font, which a README must not, and numbers its pictures."""


class Nothing:
    """Controls of a session that nobody is at."""

    kind: Literal["live", "replay"] = "live"

    async def mark(self, verb: str, arg: str = "") -> None:
        """Not asked for."""

    async def stop(self) -> None:
        """Not asked for."""


class Viewer:
    """The viewer's clock: that of the session."""

    now_s = 0.0

    def __call__(self) -> float:
        """Now, s."""
        return self.now_s


def statuses() -> deque[Status]:
    """The last statuses of a session that is recorded in virtual time."""
    scenario = load_scenario(SCENARIO)
    scenario = msgspec.structs.replace(scenario, body=msgspec.structs.replace(scenario.body, pacer=PACER))
    plan = virtual_header(scenario, builtin_profiles(), phone=True)
    fold = Session(plan)
    told: deque[Status] = deque(maxlen=SHOWN)
    with tempfile.TemporaryDirectory() as folder:
        log = SessionWriter.create(Path(folder), new_header(plan.started, builtin_profiles(), plan.sources))
        for item in virtual_inputs(scenario, SECONDS, phone=True):
            log.append(item)
            for out in fold.feed(item):
                if isinstance(out, Snapshot):
                    told.append(Status(_recording(plan, log.bytes_written), out))
    return told


def _recording(plan: Header, size: int) -> Recording:
    name = "2026-01-01T000000Z"
    return Recording(f"~/tidehold/{name}.mcap", name, plan.started, "recording", size, 0.3)


async def picture(told: Iterable[Status]) -> str:
    """What the dashboard looks like after these statuses, as SVG."""
    viewer = Viewer()

    async def as_they_come() -> AsyncIterator[Status]:
        for status in told:
            viewer.now_s = status.snapshot.t / NS
            yield status
        shown.set()
        await asyncio.Event().wait()

    shown = asyncio.Event()
    app = Dashboard(as_they_come(), Nothing(), now=viewer, options=Options(frames_hz=0, has_sound=False))
    async with app.run_test(size=SIZE) as pilot:
        await shown.wait()
        await pilot.pause()
        app.draw()
        await pilot.pause()
        return NOT_WANTED.sub("", app.export_screenshot(title="tidehold"))


if __name__ == "__main__":
    path = Path(__file__).with_name("dashboard.svg")
    path.write_text(asyncio.run(picture(statuses())))
