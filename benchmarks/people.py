"""Real people through the whole road: `python -m benchmarks.people DATA_DIR [--seconds 90] [NAME ...]`.

A recording wears the simulated strap; `tidehold demo --headless` records it over the virtual link in real time.
The breathing rate said at the end is compared with the reference window (`win32`) nearest to the end. Exit 1 if one is
off by more than 1 breath/min, or unknown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

RECORDINGS = ("physio_1", "ds210_sub-08_rest")
RATE = 1  # column of win32: the rate on which two breath counters agree, else NaN


def demo(file: Path, seconds: float) -> tuple[dict[str, object], bool]:
    """What the demo says at the end, and whether `check` holds."""
    tidehold = [sys.executable, "-m", "tidehold.cli"]
    with tempfile.TemporaryDirectory() as folder:
        asked = ["--headless", "--seconds", str(seconds), "--json", "--out", folder, "--recording", str(file)]
        run = subprocess.run([*tidehold, "demo", *asked], check=True, capture_output=True)
        said = json.loads(run.stdout)
        checked = subprocess.run([*tidehold, "check", said["session"]], check=False, capture_output=True)
    return said["breathing"], checked.returncode == 0


def reference(file: Path, t_s: float) -> float:
    """Breaths/min of the reference window that ends nearest to `t_s`, of those with a rate."""
    with np.load(file, allow_pickle=False) as data:
        windows = data["win32"]
    known = windows[np.isfinite(windows[:, RATE])]
    return float(known[np.argmin(np.abs(known[:, 0] - t_s)), RATE])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("names", nargs="*", default=RECORDINGS)
    parser.add_argument("--seconds", type=float, default=90.0)
    arguments = parser.parse_args()
    files = [arguments.data / f"{name}.npz" for name in arguments.names]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda file: demo(file, arguments.seconds), files))
    wrong = 0
    for file, (said, holds) in zip(files, results, strict=True):
        wanted, rate = reference(file, arguments.seconds), said["rate_bpm"]
        fits = holds and isinstance(rate, float) and abs(rate - wanted) <= 1
        wrong += not fits
        print(
            f"{file.stem}: said {rate} (confidence {said['confidence']}) {said['why']}, reference {wanted:.2f}, ",
            end="",
        )
        print(f"check {'holds' if holds else 'fails'}{'' if fits else '  <- wrong'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
