"""kill -9 at a random moment, against the sender's own log of what it sent."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.system.running import Start, wait_for
from tidehold.log.catalog import sessions
from tidehold.log.reader import read_session
from tidehold.records import Frame
from tidehold.session.fold import Session
from tidehold_simulators.process import StrapProcess

MOST_LOST_S = 1.0


class Killed(NamedTuple):
    lost_s: float
    frames: int
    recovered: bool
    replayed: bool


def kill_once(folder: Path, seed: int, start: Start) -> Killed:
    """Record from a strap, kill the recorder at a moment that the seed decides, recover, compare."""
    folder.mkdir()
    sent_log, out = folder / "sent", folder / "sessions"
    with StrapProcess("calm-6", "--seed", str(seed), "--sent-log", str(sent_log)) as strap:
        recorder = start("record", "--headless", "--radio", strap.radio, "--out", out)
        wait_for(lambda: sent_log.exists() and b" pmd " in sent_log.read_bytes(), recorder)
        time.sleep(random.Random(seed).uniform(0.0, 3.0))  # the moment itself: nothing is waited for
        killed_at = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        recorder.send_signal(signal.SIGKILL)
        recorder.wait(10)
    listed = sessions(out)
    assert [each.state for each in listed] == ["interrupted"]
    done = start("recover", out)
    assert done.wait(60) == 0, done.stderr.read() if done.stderr else ""
    recovered = read_session(next(out.glob("*.mcap")))
    kept: Counter[tuple[str, str]] = Counter()
    fold = Session(recovered.header)
    outputs = 0
    for item in recovered.inputs():
        outputs += len(fold.feed(item))
        if isinstance(item, Frame):
            kept[item.channel, item.payload.hex()] += 1
    lost_s, frames = 0.0, 0
    for line in sent_log.read_text().splitlines():
        stamp, channel, payload = line.split()
        if int(stamp) >= killed_at:
            continue
        frames += 1
        if kept[channel, payload]:
            kept[channel, payload] -= 1
        else:
            lost_s = max(lost_s, (killed_at - int(stamp)) / 1e9)
    return Killed(lost_s, frames, recovered.recovered is not None, outputs > 0)


@pytest.mark.parametrize("count", [1, pytest.param(50, marks=pytest.mark.long)])
def test_a_recorder_killed_at_any_moment_loses_at_most_a_second(count: int, tmp_path: Path, start: Start) -> None:
    at_once = min(4, 2 * (os.cpu_count() or 1))
    with ThreadPoolExecutor(at_once) as pool:
        results = list(pool.map(lambda seed: kill_once(tmp_path / str(seed), seed, start), range(count)))
    worst = max(result.lost_s for result in results)
    print(f"killed {count} times: most lost {worst:.2f} s; recovered {sum(r.recovered for r in results)}")
    assert all(result.frames > 0 and result.recovered and result.replayed for result in results)
    assert worst <= MOST_LOST_S
