"""Draws docs/picture.svg, the picture of the README: `python docs/make_picture.py`.

A simulated session is recorded in virtual time and folded, and what the fold said is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tidehold.records import Estimate, Gap, Output, Sample
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

SECONDS = 400
WIDTH, LEFT, RIGHT, TOP, HEIGHT = 860, 62, 26, 18, 92
INK, LINE, BREATH, TRUTH, SHADE = "#24292f", "#0b7285", "#c2410c", "#8c959f", "#e6eaef"

Points = Sequence[tuple[float, float]]


class Panel(NamedTuple):
    """A titled plot with the range of its axes."""

    title: str
    x: tuple[float, float]
    y: tuple[float, float]

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point lies in the panel, pixels."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0])
        up = (y - self.y[0]) / (self.y[1] - self.y[0])
        return LEFT + across * (WIDTH - LEFT - RIGHT), TOP + (1 - up) * HEIGHT

    def line(self, points: Points, colour: str) -> str:
        """Points joined."""
        where = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.place(*point) for point in points))
        return f'<polyline fill="none" stroke="{colour}" stroke-width="1.4" points="{where}"/>'

    def shade(self, start: float, end: float) -> str:
        """A stretch of time set apart."""
        left, right = self.place(start, 0)[0], self.place(end, 0)[0]
        return f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{HEIGHT}" fill="{SHADE}"/>'

    def draw(self, row: int, *parts: str) -> str:
        """The panel with its parts, as the `row`-th of the picture."""
        size = f'width="{WIDTH - LEFT - RIGHT}" height="{HEIGHT}"'
        frame = f'<rect x="{LEFT}" y="{TOP}" {size} fill="none" stroke="{TRUTH}"/>'
        text = [f'<text x="{LEFT}" y="12" fill="{INK}">{self.title}</text>']
        text += [
            f'<text x="{LEFT - 6}" y="{self.place(0, y)[1] + 4:.0f}" text-anchor="end" fill="{INK}">{y:g}</text>'
            for y in self.y
        ]
        text += [
            f'<text x="{self.place(x, 0)[0]:.0f}" y="124" text-anchor="middle" fill="{INK}">{x:.0f} s</text>'
            for x in self.x
        ]
        return f'<g transform="translate(0 {5 + row * 130})">{"".join([*parts, frame, *text])}</g>'


def rr(outputs: list[Output]) -> str:
    """RR intervals against time; gaps set apart."""
    samples = [out for out in outputs if isinstance(out, Sample) and out.stream == "strap/rr"]
    beats = [(t / NS, s * 1e3) for out in samples for t, s in zip(out.times.tolist(), out.values.tolist(), strict=True)]
    gaps = [(gap.start / NS, gap.end / NS) for gap in outputs if isinstance(gap, Gap) and gap.stream == "strap/rr"]
    panel = Panel("RR intervals, ms", (0, SECONDS), (700, 1200))
    return panel.draw(0, *(panel.shade(*gap) for gap in gaps), panel.line(beats, LINE))


def breathing(outputs: list[Output], truth: Points) -> str:
    """The rate that was said, over the one that was breathed; "don't know" set apart."""
    said = [out for out in outputs if isinstance(out, Estimate) and out.name == "breathing/rate_bpm"]
    known = [(each.t / NS, each.value) for each in said if each.value is not None]
    title = "breathing rate, breaths/min: breathed (grey) and said (red); shaded: “don't know”"
    panel = Panel(title, (0, SECONDS), (4, 14))
    unknown = [panel.shade(each.t / NS - 1, each.t / NS) for each in said if each.value is None]
    return panel.draw(1, *unknown, panel.line(truth, TRUTH), panel.line(known, BREATH))


def ecg(outputs: list[Output]) -> str:
    """The last seconds of the ECG."""
    samples = [out for out in outputs if isinstance(out, Sample) and out.stream == "strap/ecg"][-11:]
    times = np.concatenate([out.times for out in samples]) / NS
    millivolts = np.concatenate([out.values for out in samples]) * 1e3
    panel = Panel("ECG, mV", (float(times[0]), float(times[-1])), (-0.6, 1.4))
    return panel.draw(2, panel.line(list(zip(times.tolist(), millivolts.tolist(), strict=True)), LINE))


def main() -> None:
    """Fold a session in which breathing slows from 12 to 6, and draw it."""
    scenario = load_scenario("ramp-12-to-6")
    session = Session(virtual_header(scenario, builtin_profiles()))
    outputs = [out for item in virtual_inputs(scenario, SECONDS) for out in session.feed(item)]
    t, truth = 0.0, list[tuple[float, float]]()
    for stretch in scenario.body.breathing:
        end = t + stretch.seconds if stretch.seconds else SECONDS
        truth += [(t, stretch.rate_bpm), (end, stretch.to_rate_bpm or stretch.rate_bpm)]
        t = end
    size = f'viewBox="0 0 {WIDTH} 400" font-family="sans-serif" font-size="12"'
    parts = [rr(outputs), breathing(outputs, truth), ecg(outputs)]
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" {size}><rect width="{WIDTH}" height="400" fill="#fff"/>'
    Path(__file__).with_name("picture.svg").write_text("\n".join([picture, *parts, "</svg>", ""]))


if __name__ == "__main__":
    main()
