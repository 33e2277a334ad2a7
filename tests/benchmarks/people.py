"""Small recordings of made-up people, as the benchmarks read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tidehold.records import Values

RATE_BPM = 13.0
RATE_HZ = RATE_BPM / 60


def beats(seconds: float) -> dict[str, Values]:
    """Heartbeats of a person who breathes 13 times a minute, an artefact among them."""
    times, dice = [0.4], np.random.default_rng(1)
    while times[-1] < seconds:
        times.append(times[-1] + 0.85 + 0.04 * np.sin(2 * np.pi * RATE_HZ * times[-1]) + dice.normal(0, 0.008))
    beat_t = np.delete(np.array(times), 9)
    return {"beat_t": beat_t, "rr_ms": np.diff(beat_t, prepend=np.nan) * 1000}


def ecg(seconds: float, unit: float = 1.0, offset: float = 0.0) -> dict[str, Values]:
    """Their ECG, in mV times `unit`: R waves that swing with the breath."""
    t = np.arange(int(seconds * 130)) / 130
    wave = np.zeros(len(t))
    for beat in beats(seconds)["beat_t"]:
        tall = 1 + 0.1 * np.sin(2 * np.pi * RATE_HZ * beat)
        wave += tall * (np.exp(-(((t - beat) / 0.012) ** 2)) - 0.3 * np.exp(-(((t - beat - 0.03) / 0.012) ** 2)))
    return {"ecg": wave * unit + offset, "fs_ecg": np.array(130.0)}


def chest(seconds: float, held: tuple[float, float] = (0.0, 0.0)) -> dict[str, Values]:
    """Gravity on their chest in g, at 10 Hz, swinging by 2 degrees with the breath, which they hold for a while."""
    t = np.arange(int(seconds * 10)) / 10
    breathing = np.where((t >= held[0]) & (t < held[1]), 0.0, np.sin(2 * np.pi * RATE_HZ * t))
    tilt = np.radians(70 + breathing) + np.random.default_rng(3).normal(0, 5e-4, len(t))
    return {"acc": np.stack([0.1 + 0 * t, np.cos(tilt), np.sin(tilt)], axis=1), "fs_acc": np.array(10.0)}


def save(folder: Path, name: str, duration_s: float, **fields: Values) -> Path:
    """A recording of it; the folder."""
    folder.mkdir(exist_ok=True)
    np.savez(folder / f"{name}.npz", duration=duration_s, **fields)  # type: ignore[arg-type]
    return folder
