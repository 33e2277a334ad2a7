"""Sensor Logger's exports, written without any of Tidehold's code: CSV as the app writes it, and JSON of texts."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Final

T0: Final = 1_746_684_800_123_456_789
"""ns since 1970."""
METADATA: Final = {
    "version": "3",
    "device name": "Jane Roe's phone",
    "recording epoch time": str(T0 // 1_000_000),
    "recording time": "2025-05-08_08-13-20",
    "recording timezone": "Europe/Zurich",
    "platform": "android",
    "appVersion": "1.50.0",
    "device id": "0b1c-secret",
    "sensors": "Accelerometer|Gyroscope",
    "sampleRateMs": "10|10",
    "standardisation": "false",
    "platform version": "14",
}
Rows = list[tuple[int, float, float, float]]


def rows(seconds: float, seed: int, hz: float = 100.0) -> Rows:
    """Samples of three axes: time (ns since 1970), x, y, z, with a phone's jitter."""
    dice = random.Random(seed)
    told = []
    for k in range(round(seconds * hz)):
        t = T0 + round(k / hz * 1e9) + dice.randrange(0, 900_000)
        told.append((t, dice.gauss(0, 0.3), math.sin(k / 37), 9.8 + dice.gauss(0, 0.02)))
    return told


def csv_of(table: Rows) -> str:
    """Columns in the app's order: z before y before x."""
    lines = [f"{t},{(t - T0) / 1e9!r},{z!r},{y!r},{x!r}" for t, x, y, z in table]
    return "time,seconds_elapsed,z,y,x\n" + "".join(f"{line}\n" for line in lines)


def metadata_csv(**changes: str) -> str:
    told = METADATA | {key.replace("_", " "): value for key, value in changes.items()}
    return ",".join(told) + "\n" + ",".join(told.values()) + "\n"


def records_of(sensor: str, table: Rows) -> list[dict[str, str]]:
    """A sensor's records in a JSON export: every value is a text."""
    return [
        {
            "sensor": sensor,
            "time": str(t),
            "seconds_elapsed": repr((t - T0) / 1e9),
            "z": repr(z),
            "y": repr(y),
            "x": repr(x),
        }
        for t, x, y, z in table
    ]


def json_of(*sensors: list[dict[str, str]], indent: int | None = None) -> str:
    about = {"sensor": "Metadata", **METADATA}
    return json.dumps([about, *(record for each in sensors for record in each)], indent=indent, ensure_ascii=False)


def write_folder(folder: Path, tables: dict[str, Rows], **files: str) -> Path:
    """An unpacked export."""
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        (folder / f"{name}.csv").write_text(csv_of(table))
    for name, text in ({"Metadata": metadata_csv()} | files).items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder
