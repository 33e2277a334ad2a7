"""How fast a session folds again: `python -m benchmarks.replay [--minutes 60] [--json]`.

An hour of a simulated strap (RR, ECG 130 Hz, acceleration 200 Hz) and phone (acceleration and angular velocity 100 Hz,
five messages a second) is written as a session file in virtual time; `--no-phone` leaves the phone out.
Then one core reads it and folds it, as `tidehold replay --fast` does. Beside it, as a peer measured in
the same run, the time that the `mcap` package takes to read the file alone (its CRC checks on).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from mcap.reader import NonSeekingReader

from tidehold.daemon.facts import new_header
from tidehold.daemon.recorder import record_all
from tidehold.estimators.breathing import BreathingEstimator
from tidehold.estimators.contract import Estimator
from tidehold.estimators.heart import HeartEstimator
from tidehold.estimators.hold import HoldEstimator
from tidehold.log.reader import read_session
from tidehold.log.writer import SessionWriter
from tidehold.records import Sample
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

USED = ("strap/rr", "phone/acc", "phone/gyr")
"""Streams that the estimators work on."""


def make(folder: Path, minutes: float, *, phone: bool) -> Path:
    scenario = load_scenario("calm-6")
    plan = virtual_header(scenario, builtin_profiles(), phone=phone)
    header = new_header(plan.started, builtin_profiles(), plan.sources)
    log = SessionWriter.create(folder, header)
    sent = msgspec.structs.replace(scenario.phone, gravity=False) if phone else False
    record_all(virtual_inputs(scenario, minutes * 60, acc_hz=200, phone=sent), log, Session(header))
    return log.path


def used(path: Path) -> list[Sample]:
    session = read_session(path)
    fold = Session(session.header)
    said = (out for item in session.inputs() for out in fold.feed(item))
    return [out for out in said if isinstance(out, Sample) and out.stream in USED]


def estimate(samples: list[Sample]) -> None:
    """What the estimators cost by themselves, asked at every notification."""
    estimators: tuple[Estimator, ...] = (HeartEstimator(), BreathingEstimator(), HoldEstimator("phone"))
    for sample in samples:
        for estimator in estimators:
            estimator.update(sample)
            estimator.estimate(sample.t)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--no-phone", action="store_true")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = make(Path(folder), arguments.minutes, phone=not arguments.no_phone)
        before = time.process_time()
        with path.open("rb") as file:
            messages = sum(1 for _ in NonSeekingReader(file, validate_crcs=True).iter_messages(log_time_order=False))
        mcap_s = time.process_time() - before
        before = time.process_time()
        read = sum(1 for _ in read_session(path).inputs())
        read_s = time.process_time() - before
        before = time.process_time()
        session = read_session(path)
        fold = Session(session.header)
        inputs = outputs = 0
        for item in session.inputs():
            inputs += 1
            outputs += len(fold.feed(item))
        fold_s = time.process_time() - before
        size = path.stat().st_size
        samples = used(path)
        before = time.process_time()
        estimate(samples)
        estimators_s = time.process_time() - before
    assert read == inputs
    result = {
        "seconds": arguments.minutes * 60,
        "inputs": inputs,
        "outputs": outputs,
        "file_mb": round(size / 1e6, 2),
        "messages": messages,
        "cpu_s": round(fold_s, 2),
        "times_real_time": round(arguments.minutes * 60 / fold_s, 1),
        "estimators_ms_per_s": round(1e3 * estimators_s / (arguments.minutes * 60), 3),
        "read_cpu_s": round(read_s, 2),
        "mcap_read_cpu_s": round(mcap_s, 2),
        "times_mcap_read": round(fold_s / mcap_s, 2),
    }
    print(json.dumps(result) if arguments.json else "\n".join(f"{key:16} {value}" for key, value in result.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
