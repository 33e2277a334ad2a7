"""Outputs to send, and waiting for what a receiver hears."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from tests.log.sessions import header as plain_header
from tests.log.sessions import snapshot as plain_snapshot
from tidehold.records import Cue, Estimate, HostNs, LinkView, Output, Sample, Snapshot
from tidehold.routine import Finding
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS

ECG = np.array([1.25e-4, -3.5e-5, 7.0e-3])
ACC = np.array([[0.1, 9.8, -0.25], [0.2, 9.7, -0.5]])


def header(session: str = "test-1") -> Header:
    return plain_header(session, profiles=builtin_profiles())


def snapshot(t_s: float = 1.0) -> Snapshot:
    estimates = {
        "heart/hr_bpm": Estimate(HostNs(round(t_s * NS)), "heart/hr_bpm", 61.5, 0.9),
        "breathing/rate_bpm": Estimate(HostNs(round(t_s * NS)), "breathing/rate_bpm", None, 0.0, "too early"),
    }
    plain = plain_snapshot(HostNs(round(t_s * NS)), {}, {})
    view = LinkView("armed", HostNs(0), {})
    return Snapshot(
        **{name: getattr(plain, name) for name in Snapshot.__struct_fields__}
        | {"estimates": estimates, "links": {"strap": view}, "guide": None}
    )


def said() -> list[Output]:
    times = np.array([1_000_000_000, 1_007_692_308, 1_015_384_615])
    return [
        Sample(HostNs(NS), "strap/ecg", times, ECG),
        Sample(HostNs(NS), "strap/acc", times[:2], ACC),
        snapshot(),
        Cue(HostNs(NS), "step", "Fold forward"),
        Finding(HostNs(NS), "breath-held", "2.3", "left", HostNs(0), None, "Let your breath flow"),
    ]


def wait_until(condition: Callable[[], object], within_s: float = 10.0) -> None:
    """Poll what another thread or program does."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
