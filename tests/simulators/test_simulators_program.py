"""What the programs that play a device share: whose body, orders on standard input, the log of what was sent."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tidehold.errors import ConfigError, SourceError
from tidehold_simulators.body import SeededBody
from tidehold_simulators.program import (
    add_body_arguments,
    boot_ns,
    say_ready,
    scenario_and_body,
    sent_log,
)
from tidehold_simulators.recording import RecordedBody

PROGRAM = """
import asyncio, sys
from tidehold_simulators.program import obey_stdin, stop_on_signals, say_ready

def obey(words):
    if words[:1] != ["wait"]:
        return False
    print(f"waited {float(words[1])}", flush=True)
    return True

async def main():
    stop = stop_on_signals()
    obey_stdin(obey, "wait SECONDS", stop, leash="leash" in sys.argv)
    say_ready()
    await stop.wait()

asyncio.run(main())
"""


def asked(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_body_arguments(parser)
    return parser.parse_args(words)


def test_body_is_the_one_asked_for(tmp_path: Path) -> None:
    scenario, body = scenario_and_body(asked())
    assert (scenario.name, scenario.seed) == ("calm-6", 1)
    assert isinstance(body, SeededBody)
    scenario, other = scenario_and_body(asked("--scenario", "link-drops", "--seed", "7"))
    assert (scenario.name, scenario.seed) == ("link-drops", 7)
    assert not np.array_equal(body.beats(20), other.beats(20))
    path = tmp_path / "someone.npz"
    np.savez(path, beat_t=np.arange(0.5, 20, 0.75))
    _, recorded = scenario_and_body(asked("--recording", str(path)))
    assert isinstance(recorded, RecordedBody)
    with pytest.raises(ConfigError):
        scenario_and_body(asked("--scenario", "no-such"))


def test_log_has_every_line_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sent.log"
    before = boot_ns()
    with ExitStack() as files:
        write = sent_log(path, files)
        write("hr", b"\x10\x40")
        write("sensor-logger", b"{}")
        lines = [line.split() for line in path.read_text().splitlines()]
    assert [line[1:] for line in lines] == [["hr", "1040"], ["sensor-logger", "7b7d"]]
    assert before <= int(lines[0][0]) <= int(lines[1][0]) <= boot_ns()
    assert path.stat().st_mode & 0o077 == 0
    with ExitStack() as files:
        sent_log(None, files)("hr", b"")
        with pytest.raises(SourceError, match="cannot write the log of what is sent: Is a directory"):
            sent_log(tmp_path, files)


def test_readiness_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    say_ready(broker="127.0.0.1:1883", born=3)
    assert json.loads(capsys.readouterr().out) == {"ready": True, "broker": "127.0.0.1:1883", "born": 3}


@pytest.mark.parametrize("leash", [True, False])
def test_orders_are_obeyed_or_complained_about(leash: bool) -> None:
    command = [sys.executable, "-W", "error", "-c", PROGRAM, *(["leash"] if leash else [])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        orders = b"wait 3\nwait soon\n\njump\n" + (b"" if leash else b"quit\n")
        said, complaints = process.communicate(orders, timeout=30)
    assert process.returncode == 0
    assert said.decode().splitlines() == ['{"ready": true}', "waited 3.0"]
    expected = "expected wait SECONDS or quit, found "
    assert complaints.decode().splitlines() == [expected + each for each in ("'wait soon'", "''", "'jump'")]


def test_without_an_input_that_can_be_waited_for_it_goes_on() -> None:
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b'{"ready": true}\n'
        process.terminate()
        assert process.wait(20) == 0
