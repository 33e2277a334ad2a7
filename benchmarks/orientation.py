"""Direction of "up" from a recorded IMU, sample by sample: `python -m benchmarks.orientation DATA_DIR PREDICTIONS_DIR`.

Every trial `broad_*.npz` of DATA_DIR goes through the grid and the filter of the tilt estimator, 20 samples at a time
as from a phone. PREDICTIONS_DIR gets `<trial>.npy`, (N, 3) unit vectors "up" in the sensor's frame, one a sample.
Each is what the filter says with the samples up to that one; where the last cell of the grid is not complete,
the direction before is held. Of a trial only what a phone could know is read: `acc` (m/s^2) and `gyr` (rad/s).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from tidehold.estimators.attitude import Attitude
from tidehold.estimators.imu_grid import RATE_HZ, STEP_NS, ImuGrid
from tidehold.records import Values

SAMPLES_PER_MESSAGE = 20


def directions(acc: Values, gyr: Values) -> Values:
    """Unit vectors "up" (n, 3) of a trial at 100 Hz, causal."""
    times = STEP_NS * np.arange(len(acc), dtype=np.int64)
    grid, attitude = ImuGrid(), Attitude()
    said: list[Values] = [np.empty((0, 3))]
    for start in range(0, len(acc), SAMPLES_PER_MESSAGE):
        part = slice(start, start + SAMPLES_PER_MESSAGE)
        grid.push("acc", times[part], acc[part])
        grid.push("gyr", times[part], gyr[part])
        said += [attitude.update(stretch.acc, stretch.gyr)[0] for stretch in grid.take()]
    known = np.concatenate(said)
    return np.concatenate((known, np.repeat(known[-1:], len(acc) - len(known), axis=0)))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("predictions", type=Path)
    arguments = parser.parse_args()
    files = sorted(arguments.data.glob("broad_*.npz"))
    if not files:
        print(f"no trials in {arguments.data}", file=sys.stderr)
        return 2
    arguments.predictions.mkdir(parents=True, exist_ok=True)
    for file in files:
        with np.load(file, allow_pickle=False) as data:
            acc, gyr = data["acc"].astype(np.float64), data["gyr"].astype(np.float64)
        up = directions(acc, gyr)
        np.save(arguments.predictions / f"{file.stem}.npy", up)
        print(f"{file.stem}: {len(up)} samples, {len(up) / RATE_HZ:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
