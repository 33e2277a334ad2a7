"""kill -9 at a random moment, against what the killed process said it had appended."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.log.sessions import NOW, PLATFORM, SOFTWARE, SmallFold
from tidehold.log.catalog import sessions
from tidehold.log.check import check
from tidehold.log.reader import read_session
from tidehold.log.recover import recover
from tidehold.records import Frame, Input, Tick
from tidehold.units import NS

MOST_LOST_S = 1.0
ROOT = Path(__file__).parents[2]


def kill_once(folder: Path, seed: int) -> float:
    """Record, kill at a moment that the seed decides, recover, compare; how many seconds are lost."""
    moment = random.Random(seed).uniform(0.05, 2.5) * NS
    command = [sys.executable, "-m", "tests.log.endless", str(folder), str(seed)]
    said: list[tuple[int, int, str]] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if not line.endswith("\n"):
                break  # killed within its last word
            number, t, payload = line.split()
            said.append((int(number), int(t), payload))
            if said[-1][1] >= moment:
                process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert [each.state for each in sessions(folder)] == ["interrupted"]
    made = recover(next(folder.glob("*.part")), NOW, make_fold=SmallFold)
    kept = list(read_session(Path(made.path)).inputs())
    assert [_said(item, number) for number, item in enumerate(kept, 1)] == said[: len(kept)]
    assert check(Path(made.path), software=SOFTWARE, platform=PLATFORM, make_fold=SmallFold).same
    assert [each.state for each in sessions(folder)] == ["recovered"]
    return (said[-1][1] - (kept[-1].t if kept else 0)) / NS


def _said(item: Input, number: int) -> tuple[int, int, str]:
    assert isinstance(item, Frame | Tick)
    return number, item.t, item.payload.hex() if isinstance(item, Frame) else "-"


@pytest.mark.parametrize("count", [4, pytest.param(50, marks=pytest.mark.long)])
def test_a_process_killed_at_any_moment_loses_at_most_a_second(count: int, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        lost = list(pool.map(lambda seed: kill_once(tmp_path / str(seed), seed), range(count)))
    print(f"killed {count} times: lost {min(lost):.3f} to {max(lost):.3f} s")
    assert len(lost) == count
    assert max(lost) <= MOST_LOST_S
