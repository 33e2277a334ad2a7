"""What a live session costs: `python -m benchmarks.live [--seconds 40] [--json]`.

A simulated strap (ECG 130 Hz, acceleration) and phone (100 Hz), each a process; the recorder with its broker, a
process; the dashboard on a pseudo-terminal of 160x48, a process; and, in the same run, a peer that draws the same
traces as often with textual-plot. CPU is per cent of one core, user and system, over the same span.

Latencies are measured in the recorder: from an input's stamp to its `log.append`, and from there to `fdatasync`.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import pty
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tidehold.daemon.client import HubError, hello_now, status_now, stop_now
from tidehold.daemon.place import Place
from tidehold_simulators.process import PhoneProcess, StrapProcess

COLUMNS, LINES = 160, 48
PROFILE = "sensor-logger-standardised"


def cpu_s(pid: int) -> float:
    """User and system time of a process so far, s (proc(5), stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def on_terminal(words: list[str], environment: dict[str, str]) -> Iterator[int]:
    """A program on a pseudo-terminal whose output is read and thrown away."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    plain = {key: text for key, text in environment.items() if key not in {"COLUMNS", "LINES", "NO_COLOR"}}
    process = subprocess.Popen(
        words, stdin=slave, stdout=slave, stderr=slave, env=plain | {"TERM": "xterm-256color"}, start_new_session=True
    )
    os.close(slave)

    def drain() -> None:
        try:
            while os.read(master, 65536):
                pass
        except OSError:  # the program is gone
            return

    threading.Thread(target=drain, daemon=True).start()
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()
        os.close(master)


def until_served(place: Place, process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            hello_now(place)
        except HubError:
            assert process.poll() is None, "the recorder ended"
            time.sleep(0.05)
        else:
            return


def measure(seconds: float, folder: Path) -> dict[str, Any]:
    place = Place(folder / "place")
    place.folder.mkdir(mode=0o700)
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    environment = os.environ | homes
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        broker = f"127.0.0.1:{probe.getsockname()[1]}"
    with StrapProcess("calm-6") as strap:
        sensors = ["--radio", strap.radio, "--phone", PROFILE, "--listen", broker]
        words = ["record", "--headless", "--place", str(place.folder), "--out", str(folder / "out"), *sensors]
        report = folder / "latencies.json"
        recorder = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.live_recorder", str(report), *words], env=environment
        )
        until_served(place, recorder)
        password = json.loads((folder / "state/tidehold/phone.json").read_text())["password"]
        phone = PhoneProcess("calm-6", broker, "--born", str(strap.born_ns), user="phone", password=password)
        watch = [sys.executable, "-m", "tidehold.cli", "watch", "--place", str(place.folder)]
        peer = [sys.executable, "-m", "benchmarks.live_peer", str(place.folder)]
        with phone, on_terminal(watch, environment) as dashboard, on_terminal(peer, environment) as other:
            while (now := status_now(place)).snapshot.t < 20e9:  # all traces are full, all programs are loaded
                time.sleep(0.5)
            pids = {"recorder": recorder.pid, "dashboard": dashboard, "textual_plot": other}
            before = {name: cpu_s(pid) for name, pid in pids.items()}
            began = time.monotonic()
            time.sleep(seconds)
            span = time.monotonic() - began
            used = {name: 100 * (cpu_s(pid) - before[name]) / span for name, pid in pids.items()}
            now = status_now(place)
        ended = stop_now(place)
        recorder.wait()
    latencies = json.loads(report.read_text())
    checked = subprocess.run(
        [sys.executable, "-m", "tidehold.cli", "check", ended.path], capture_output=True, check=False
    )
    return {
        "seconds": round(span, 1),
        "streams": sorted(now.snapshot.streams),
        **{f"{name}_cpu_percent": round(percent, 1) for name, percent in used.items()},
        "dashboard_over_textual_plot": round(used["dashboard"] / used["textual_plot"], 2),
        **latencies,
        "check_holds": checked.returncode == 0,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="live-") as folder:
        result = measure(arguments.seconds, Path(folder))
    print(json.dumps(result) if arguments.json else "\n".join(f"{key:28} {value}" for key, value in result.items()))
    return 0 if result["check_holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
