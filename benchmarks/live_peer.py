"""The peer of `benchmarks.live`: the same four traces, as often, drawn by textual-plot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
from textual.app import App, ComposeResult
from textual_plot import HiResMode, PlotWidget

from tidehold.daemon.client import connect
from tidehold.daemon.place import Place
from tidehold.records import Status

TRACES: Final = {"strap/ecg": 5.0, "strap/acc": 15.0, "phone/acc": 15.0, "strap/rr": 60.0}
FRAMES_HZ: Final = 10.0


class Peer(App[None]):
    CSS = "PlotWidget { height: 1fr; width: 1fr; }"

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._status: Status | None = None

    def compose(self) -> ComposeResult:
        for name in TRACES:
            yield PlotWidget(id=name.replace("/", "-"))

    def on_mount(self) -> None:
        self.run_worker(self._read())
        self.set_interval(1 / FRAMES_HZ, self._draw)

    async def _read(self) -> None:
        async with connect(self._place) as client:
            async for status in client.statuses():
                self._status = status
        self.exit()

    def _draw(self) -> None:
        if self._status is None:
            return
        now = self._status.snapshot
        for name, seconds in TRACES.items():
            trace: Any = now.traces.get(name)
            if trace is None or not len(trace.times):
                continue
            plot = self.query_one(f"#{name.replace('/', '-')}", PlotWidget)
            values = trace.values if trace.values.ndim == 1 else trace.values[:, 2]
            plot.clear()
            plot.set_xlimits(-seconds, 0.0)
            plot.plot((trace.times - now.t) / 1e9, np.asarray(values), hires_mode=HiResMode.BRAILLE)


if __name__ == "__main__":
    Peer(Place(Path(sys.argv[1]))).run()
