"""A phone in virtual time: links as a live session would have them, frames sifted, samples as its app exports them."""

from collections.abc import Iterable

import numpy as np
import pytest

from tidehold.records import Frame, Input, Link
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold.wire.decoder import Decoder
from tidehold_simulators.body import SeededBody
from tidehold_simulators.phone_model import Phone
from tidehold_simulators.scenario import App, Fault, PhoneSpec, Scenario, load_scenario
from tidehold_simulators.virtual import STARTED
from tidehold_simulators.virtual_phone import phone_inputs

PROFILES = builtin_profiles()
APPS: tuple[App, ...] = ("sensor-logger-ios", "sensor-logger-android", "sensor-logger-standardised", "phyphox")
BACK_TO_SI = {"sensor-logger-ios": {"acc": -9.80665, "gravity": -1.0}}
"""Written down once more, to be independent of the encoders."""


def scenario(*faults: Fault, **phone: object) -> Scenario:
    return Scenario(name="x", about="y", phone=PhoneSpec(**phone), fault=faults)  # type: ignore[arg-type]  # whatever it takes


def inputs(of: Scenario, seconds: float = 60.0) -> list[Input]:
    profile = PROFILES[of.phone.profile]
    return list(phone_inputs(of, SeededBody(of.body, of.seed), profile, seconds, started=STARTED))


def links(items: Iterable[Input]) -> list[tuple[str, float]]:
    return [(item.state, round(item.t / NS, 2)) for item in items if isinstance(item, Link)]


def frames(items: Iterable[Input]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame)]


def test_the_phone_is_found_and_heard() -> None:
    items = inputs(scenario(), 10)
    assert links(items) == [("searching", 0), ("up", 0.02), ("armed", 0.22)]
    up, armed = (item for item in items[1:3] if isinstance(item, Link))
    assert up.detail == {
        "profile": "sensor-logger-standardised",
        "broker": "virtual",
        "topic": "sensor-logger",
        "attempt": "1",
    }
    assert armed.detail == {"streams": "acc gyr gravity battery"}
    assert {(each.source, each.channel) for each in frames(items)} == {("phone", "push")}
    assert len(frames(items)) == 49


def test_a_silence_is_said_when_it_has_lasted() -> None:
    faults = (Fault(kind="phone-sleep", at_s=10, for_s=20), Fault(kind="phone-offline", at_s=40, for_s=30))
    items = inputs(scenario(*faults))
    assert [state for state, _ in links(items)] == ["searching", "up", "armed", "stalled", "armed", "stalled"]
    times = [t for _, t in links(items)][3:]
    assert times == pytest.approx([15, 30, 45], abs=0.25)
    assert items[-1] == Link(items[-1].t, "phone", "stalled", {"stream": "push", "silent_s": "5.0"})
    assert links(inputs(scenario(Fault(kind="phone-late", at_s=10, for_s=4))))[3:] == []


def test_a_broker_that_is_lost_is_found_again() -> None:
    items = inputs(scenario(Fault(kind="broker-lost", at_s=20, for_s=15)))
    assert links(items)[3:] == [("down", 20), ("searching", 20), ("up", 35), ("armed", 35.02)]
    down = next(item for item in items if isinstance(item, Link) and item.state == "down")
    assert down.detail == {"reason": "the broker closed the connection", "uptime_s": "20.0"}
    assert not [each for each in frames(items) if 20 * NS < each.t < 35 * NS]
    times = np.concatenate([_acc_times(each, "sensor-logger-standardised") for each in frames(items)])
    assert np.diff(np.unique(times))[1:].max() < 0.02 * NS, "nothing is lost"
    absent = inputs(scenario(Fault(kind="broker-lost", at_s=0, for_s=3)), 10)
    assert links(absent) == [("searching", 0), ("up", 3), ("armed", 3.02)]
    assert not [item for item in inputs(scenario(Fault(kind="broker-lost", at_s=0, for_s=30)), 10) if item.t < 30 * NS][
        1:
    ]


def _acc_times(frame: Frame, profile: str) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    found = [
        reading.times
        for reading in Decoder(PROFILES[profile]).decode("push", frame.payload).readings
        if reading.stream == "acc"
    ]
    assert found[0] is not None
    return found[0]


@pytest.mark.parametrize("app", APPS)
def test_what_is_heard_is_what_the_app_exports_sample_for_sample(app: App) -> None:
    of = scenario(
        Fault(kind="phone-offline", at_s=20, for_s=8),
        Fault(kind="phone-late", at_s=40, for_s=4),
        app=app,
        duplicate_share=0.01,
        reorder_share=0.02,
        resend_share=0.02,
    )
    decoder = Decoder(PROFILES[app])
    rows: dict[str, dict[int, tuple[float, ...]]] = {}
    for frame in frames(inputs(of)):
        decoded = decoder.decode("push", frame.payload)
        assert not decoded.refused
        for reading in decoded.readings:
            assert reading.times is not None
            told = zip(reading.times.tolist(), np.atleast_2d(reading.values.T).T.tolist(), strict=True)
            rows.setdefault(reading.stream, {}).update((time, tuple(row)) for time, row in told)
    phone = Phone(of, SeededBody(of.body, of.seed), started_unix_ns=STARTED)
    for sensor, samples in phone.exported(60).items():
        assert sorted(rows[sensor]) == sorted(samples.times.tolist())
        values = np.array([rows[sensor][time] for time in samples.times.tolist()])
        np.testing.assert_allclose(values, samples.values * BACK_TO_SI.get(app, {}).get(sensor, 1.0), rtol=1e-12)


def test_nothing_is_kept_that_the_profile_does_not_name() -> None:
    of = scenario(app="sensor-logger-android")
    phone = Phone(of, SeededBody(of.body, of.seed), started_unix_ns=STARTED)
    sent = b"".join(message.payload for message in phone.advance(20))
    kept = b"".join(frame.payload for frame in frames(inputs(of, 20)))
    for word in (b"latitude", b"12.345", b"dBFS", b"qw"):
        assert word in sent
        assert word not in kept
    assert b"batteryLevel" in kept


def test_a_wrong_profile_shows_as_gravity_of_1_upside_down() -> None:
    of = load_scenario("wrong-profile")
    frame = frames(inputs(of, 5))[2]
    readings = {
        each.stream: each for each in Decoder(PROFILES["sensor-logger-android"]).decode("push", frame.payload).readings
    }
    assert np.linalg.norm(readings["acc"].values, axis=1) == pytest.approx(1, abs=0.02)
    assert readings["acc"].values[:, 2].max() < 0


@pytest.mark.parametrize("minutes", [10, pytest.param(60, marks=pytest.mark.long)])
def test_a_long_session_of_a_phone_is_as_long_as_it_should_be(minutes: int) -> None:
    of = scenario(rate_hz=10.0, batch_s=2.0, extras=False)
    found = frames(inputs(of, 60 * minutes))
    assert len(found) == pytest.approx(30 * minutes, abs=2)
    assert found[-1].t > (60 * minutes - 3) * NS
