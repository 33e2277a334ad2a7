"""Streams with their units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.exports.exported import STARTED, at
from tidehold.exports.streams import Kept, streams
from tidehold.log.told import Told
from tidehold.records import Link, Sample
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles


def by_name(told: Told) -> dict[str, Kept]:
    return {kept.name: kept for kept in streams(told)}


def test_every_stream_of_a_session_has_its_unit_in_its_columns(told: Told) -> None:
    found = by_name(told)
    assert list(found) == sorted(found)
    assert {name: (kept.unit, kept.columns) for name, kept in found.items()} == {
        "phone/acc": ("m/s^2", ("x_m_s2", "y_m_s2", "z_m_s2")),
        "phone/battery": ("1", ("battery_percent",)),
        "phone/gravity": ("m/s^2", ("x_m_s2", "y_m_s2", "z_m_s2")),
        "phone/gyr": ("rad/s", ("x_rad_s", "y_rad_s", "z_rad_s")),
        "strap/acc": ("m/s^2", ("x_m_s2", "y_m_s2", "z_m_s2")),
        "strap/battery": ("1", ("battery_percent",)),
        "strap/contact": ("1", ("contact",)),
        "strap/ecg": ("V", ("ecg_v",)),
        "strap/hr": ("1/min", ("hr_bpm",)),
        "strap/rr": ("s", ("rr_s",)),
        "strap/rr_clean": ("1", ("interval_s", "beats", "flag")),
    }
    assert found["strap/ecg"].rate_hz == 130
    assert found["strap/rr"].rate_hz is None


def test_samples_are_those_of_the_session_in_order_of_time(told: Told) -> None:
    for name, kept in by_name(told).items():
        series = told.samples[name]
        assert len(kept.times) == len(series)
        assert (np.diff(kept.times) >= 0).all()
        order = series.times.argsort(kind="stable")
        assert np.array_equal(kept.values, series.values[order].reshape(len(series), -1))


def test_a_stream_that_came_out_of_order_is_put_in_order() -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    told.hear(Sample(at(1), "strap/ecg", np.array([30, 10, 20]), np.array([3.0, 1.0, 2.0])))
    [kept] = streams(told)
    assert kept.times.tolist() == [10, 20, 30]
    assert kept.values[:, 0].tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("stream", "shape", "columns"),
    [
        ("a/ecg", (2,), ("ecg_v",)),
        ("a/gyr", (2, 3), ("x_rad_s", "y_rad_s", "z_rad_s")),
        ("a/odd", (2, 2), ("odd0", "odd1")),
        ("a/odd", (2,), ("odd",)),
    ],
)
def test_of_an_unknown_device_the_usual_units_hold(
    stream: str, shape: tuple[int, ...], columns: tuple[str, ...]
) -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    told.hear(Sample(at(1), stream, np.array([1, 2]), np.zeros(shape)))
    assert [kept.columns for kept in streams(told)] == [columns]


def test_the_profile_of_the_last_link_describes_a_stream_or_that_of_the_header() -> None:
    header = Header(
        session="a", started=STARTED, profiles=builtin_profiles(), sources={"a": {"profile": "micro-bit-imu"}}
    )
    told = Told(Path("a"), header)
    told.hear(Sample(at(1), "a/acc", np.array([1]), np.zeros((1, 3))))
    assert [kept.rate_hz for kept in streams(told)] == [50]
    told.take(Link(at(0), "a", "up", {"profile": "polar-h10"}))
    assert [kept.rate_hz for kept in streams(told)] == [200]


def test_a_stream_without_samples_is_none() -> None:
    told = Told(Path("a"), Header(session="a", started=STARTED))
    told.hear(Sample(at(1), "a/ecg", np.empty(0, np.int64), np.empty(0)))
    assert list(streams(told)) == []
