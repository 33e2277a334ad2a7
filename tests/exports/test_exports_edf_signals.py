"""Signals of a session on given grids."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.exports.exported import STARTED, at
from tidehold.exports.edf_grid import Laid
from tidehold.exports.edf_signals import Placed, Signal, slow_signals, wave_signals, waves
from tidehold.exports.streams import Kept
from tidehold.log.told import Told
from tidehold.records import Sample, Stop
from tidehold.session.header import Header
from tidehold.sources.profiles import file_profiles
from tidehold.units import NS

AT = np.arange(0, 40, dtype=np.int64) * (NS // 4)


def known(signal: Signal) -> dict[float, float]:
    """Values of the slots of `AT` that have one, by time, s."""
    return {float(t / NS): float(value) for t, value in zip(AT, signal.values, strict=True) if not np.isnan(value)}


def test_waveforms_are_signals_of_their_own_and_slow_streams_are_not(told: Told) -> None:
    assert [kept.name for kept in waves(told)] == ["phone/acc", "phone/gravity", "phone/gyr", "strap/acc", "strap/ecg"]


def test_what_only_imported_sessions_have_is_there_too() -> None:
    name = "sensor-logger-export-android"
    sources = {"phone": {"profile": name}}
    told = Told(
        Path("a"), Header(session="a", started=STARTED, profiles={name: file_profiles()[name]}, sources=sources)
    )
    told.take(Stop(at(10), "over"))
    times = np.arange(3, dtype=np.int64) * NS
    told.hear(Sample(at(2), "phone/user-acc", times, np.ones((3, 3))))
    told.hear(Sample(at(2), "phone/orientation", times, np.full((3, 4), 0.5)))
    laid = Laid(np.arange(3), np.array([], np.int64), 0.0)
    made = [signal for kept in waves(told) for signal in wave_signals(Placed(kept, laid, 1.0, 1.0), 3)]
    assert [(signal.label, signal.dimension, set(signal.values)) for signal in made] == [
        (f"Ori {axis} phone", "", {0.5}) for axis in "WXYZ"
    ] + [(f"UAcc {axis} phone", "m/s^2", {1.0}) for axis in "XYZ"]


def test_samples_far_from_the_session_are_left_out() -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    told.take(Stop(at(10), "over"))
    times = np.array([-61, -59, 5, 69, 71, 10**9], np.int64) * NS
    told.hear(Sample(at(1), "a/ecg", times, np.arange(6.0)))
    told.hear(Sample(at(1), "a/acc", times[-1:], np.zeros((1, 3))))
    [kept] = waves(told)
    assert kept.values[:, 0].tolist() == [1.0, 2.0, 3.0]


def test_every_column_is_a_signal_and_only_filled_slots_are_made_up() -> None:
    values = np.array([[1.0, 10.0], [3.0, 30.0], [9.0, 90.0]])
    kept = Kept("a", "gyr", "rad/s", ("x_rad_s", "y_rad_s"), np.array([0, 1, 5]), values, None)
    laid = Laid(np.array([0, 2, 5]), np.array([1]), 0.001)
    first, second = wave_signals(Placed(kept, laid, 10.0, 9.9), 7)
    assert (first.label, second.label, first.dimension) == ("Gyr X a", "Gyr Y a", "rad/s")
    nan = np.nan
    assert np.array_equal(first.values, [1, 2, 3, nan, nan, 9, nan], equal_nan=True)
    assert np.array_equal(second.values, [10, 20, 30, nan, nan, 90, nan], equal_nan=True)


def test_volts_are_told_in_microvolts() -> None:
    kept = Kept("a", "ecg", "V", ("ecg_v",), np.array([0]), np.array([[0.001]]), 130.0)
    [signal] = wave_signals(Placed(kept, Laid(np.array([0]), np.empty(0, np.int64), 0.0), 130.0, 130.0), 1)
    assert (signal.label, signal.dimension, signal.values.tolist()) == ("ECG a", "uV", [1000.0])


def test_slow_signals_hold_what_was_said_last_and_are_unknown_otherwise(by_hand: Told) -> None:
    made = {signal.label: signal for signal in (make(AT) for make in slow_signals(by_hand))}
    assert list(made) == ["HR strap", "RR strap", "RR clean strap", "Breath rate", "Heart rate", "Angle phone"]
    hr = known(made["HR strap"])
    assert (hr[5.0], hr[5.75], hr[6.0], hr[8.25], hr[9.0]) == (60, 60, 61, 61, 300)
    assert set(hr) == {5 + k / 4 for k in range(14)} | {9.0, 9.25, 9.5, 9.75}
    assert known(made["Heart rate"]) == {2 + k / 4: 61.5 for k in range(5)}
    assert known(made["Angle phone"]) == {1.25 + k / 4: 12.5 for k in range(5)}


def test_a_tachogram_has_the_interval_that_each_moment_lies_in(by_hand: Told) -> None:
    made = {signal.label: signal for signal in (make(AT) for make in slow_signals(by_hand))}
    rr = known(made["RR strap"])
    assert rr == {
        **dict.fromkeys((4.25, 4.5, 4.75, 5.0), 0.9375),
        **dict.fromkeys((5.25, 5.5, 5.75, 6.0), 1.0),
        **dict.fromkeys((6.5, 6.75, 7.0), 0.75),
    }
    clean = known(made["RR clean strap"])
    assert clean == {
        **dict.fromkeys((4.25, 4.5, 4.75, 5.0), 0.9375),
        **dict.fromkeys((5.25, 5.5, 5.75, 6.0), 0.5),  # two beats of 0.5 s; the stray one after them is not known
    }


def test_a_session_without_figures_has_no_slow_signals() -> None:
    assert slow_signals(Told(Path("a"), Header(session="a", started=STARTED))) == []
