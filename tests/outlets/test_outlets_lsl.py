"""What a receiver of the Lab Streaming Layer gets: every sample, at its time on LSL's clock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pylsl
import pytest

from tests.outlets.said import ACC, ECG, header, said, snapshot
from tidehold.outlets.contract import FIGURES
from tidehold.outlets.lsl import Lsl, columns_of
from tidehold.records import HostNs, Output, Sample
from tidehold.units import NS

NOW_S = 4.0
RECEIVER = """
import json, sys
import pylsl
pylsl.set_config_content("[log]\\nlevel = -3\\n")
session, want = sys.argv[1], json.loads(sys.argv[2])
inlets = {}
for name in want:
    found = pylsl.resolve_byprop("source_id", f"tidehold-{session}-{name}", timeout=20)
    inlets[name] = pylsl.StreamInlet(found[0])
    inlets[name].open_stream(timeout=20)
print("ready", flush=True)
got = {}
for name, count in want.items():
    values, times = [], []
    while len(times) < count:
        more, at = inlets[name].pull_chunk(timeout=20, max_samples=count - len(times))
        values += more
        times += at
    channels = inlets[name].info(timeout=20).desc().child("channels").first_child()
    units = []
    while not channels.empty():
        units.append([channels.child_value("label"), channels.child_value("unit")])
        channels = channels.next_sibling()
    got[name] = {"values": values, "times": times, "units": units}
print(json.dumps(got), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def session(request: pytest.FixtureRequest, worker_id: str) -> str:
    """A name that no other worker's outlets have."""
    return f"{worker_id}-{request.node.name[:20]}"


@pytest.fixture
def lsl(session: str) -> Iterator[Lsl]:
    outlet = Lsl(header(session), lambda: HostNs(round(NOW_S * NS)))
    outlet.open()
    yield outlet
    outlet.close()


def received(session: str, want: dict[str, int], lsl: Lsl, outputs: list[Output]) -> dict[str, dict[str, list[Any]]]:
    """What another process gets of these outputs, which are sent once it listens."""
    command = [sys.executable, "-c", RECEIVER, session, json.dumps(want)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "ready\n"
        for out in outputs:
            lsl.send(out)
        got: dict[str, dict[str, list[Any]]] = json.loads(process.stdout.readline())
        process.stdin.write("\n")
        process.stdin.close()
        process.wait(20)
    return got


def test_another_process_gets_every_sample_at_its_time(session: str, lsl: Lsl) -> None:
    outputs = said()
    for out in outputs[:2]:
        lsl.send(Sample(out.t, out.stream, out.times[:1], out.values[:1]))  # type: ignore[union-attr] # opens the outlets
    want = {"strap/ecg": 3, "strap/acc": 2, "figures": 1, "markers": 2}
    offset_s = lsl._offset_s  # the session's clock stands still here, LSL's goes on: the snapshot moves it
    got = received(session, want, lsl, outputs)
    assert np.ravel(got["strap/ecg"]["values"]).tolist() == ECG.tolist()
    assert got["strap/acc"]["values"] == ACC.tolist()
    times = np.array(got["strap/ecg"]["times"], dtype=float)
    assert np.diff(times).tolist() == pytest.approx([1 / 130, 1 / 130], abs=1e-6)
    assert times[0] == pytest.approx(1.0 + offset_s, abs=1e-6)
    assert got["strap/ecg"]["units"] == [["ecg", "V"]]
    assert got["strap/acc"]["units"] == [["x", "m/s^2"], ["y", "m/s^2"], ["z", "m/s^2"]]
    assert got["markers"]["values"] == [["step: Fold forward"], ["finding: breath-held: Let your breath flow"]]
    (row,) = np.array(got["figures"]["values"], dtype=float)
    assert row[0] == 61.5
    assert np.isnan(row[1:]).all()
    assert got["figures"]["units"] == [[each.key, each.unit] for each in FIGURES]


def test_times_follow_the_session_clock_and_not_the_moment_of_sending(lsl: Lsl) -> None:
    lsl.send(snapshot())
    assert lsl._at(HostNs(0)) == pytest.approx(pylsl.local_clock() - NOW_S, abs=5)
    before = lsl._offset_s
    lsl._now = lambda: HostNs(round((NOW_S + 3600) * NS))  # the computer slept for an hour: only one clock counted it
    lsl.send(snapshot())
    assert lsl._offset_s - before == pytest.approx(-3600, abs=5)


def test_an_interruption_between_looks_at_the_clocks_moves_nothing(lsl: Lsl) -> None:
    clock = SimpleNamespace(now_s=100.0, stalls=0)

    def now() -> HostNs:
        if clock.stalls:
            clock.stalls -= 1
            clock.now_s += 0.008
        return HostNs(round(clock.now_s * NS))

    lsl._now, lsl._lsl = now, SimpleNamespace(local_clock=lambda: clock.now_s + 1000.0)
    for stalls in (5, 0, 5, 3, 8):
        clock.stalls = stalls
        lsl._keep_time()
        assert lsl._offset_s == pytest.approx(1000.0, abs=1e-6)


@pytest.mark.parametrize(
    ("stream", "count", "columns"),
    [
        ("strap/rr", 1, (("rr", "s"),)),
        ("phone2/gyr", 3, (("x", "rad/s"), ("y", "rad/s"), ("z", "rad/s"))),
        ("strap/rr_clean", 3, (("rr_clean 1", ""), ("rr_clean 2", ""), ("rr_clean 3", ""))),
        ("strap/unheard", 1, (("unheard", ""),)),
    ],
)
def test_columns_are_those_of_the_profiles(stream: str, count: int, columns: tuple[tuple[str, str], ...]) -> None:
    assert columns_of(header(), stream, count) == columns
