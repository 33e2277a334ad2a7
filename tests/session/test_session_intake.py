"""One source's frames through decoder and clocks, against the truth that made them."""

from __future__ import annotations

import numpy as np
import pytest

from tidehold.records import DeviceNs, Estimate, Frame, Gap, HostNs, Link, Output, Rejected, Sample
from tidehold.session.intake import Intake
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold.wire.heart_rate import Contact, HeartRate, encode_heart_rate
from tidehold.wire.pmd import Measurement, PmdFrame, encode_frame
from tidehold.wire.profile import Channel, Match, Profile, Stream

ECG_HZ, ECG_N = 130.0, 73
START_2019 = 599_616_000 * NS


def intake() -> Intake:
    made = Intake("strap", builtin_profiles()["polar-h10"])
    made.link(Link(HostNs(0), "strap", "up", {"profile": "polar-h10"}))
    return made


def ecg(device_ns: int) -> bytes:
    counts = np.arange(ECG_N, dtype=np.int32)
    return encode_frame(PmdFrame(Measurement.ECG, 0, DeviceNs(device_ns), counts))


def beats(*rr_ticks: int, contact: Contact = Contact.DETECTED) -> bytes:
    return encode_heart_rate(HeartRate(60, contact, None, rr_ticks))


def samples(outputs: list[Output], stream: str) -> list[Sample]:
    return [out for out in outputs if isinstance(out, Sample) and out.stream == stream]


def gaps(outputs: list[Output]) -> list[Gap]:
    return [out for out in outputs if isinstance(out, Gap)]


@pytest.mark.parametrize("reset_after_s", [None, 100.0], ids=["steady", "reset to 2019"])
@pytest.mark.parametrize("seed", range(5))
def test_samples_lie_within_5_ms_rms_of_the_truth_after_a_minute(seed: int, reset_after_s: float | None) -> None:
    """60 ppm drift, 0-70 ms arrival jitter, ECG and acceleration as a strap sends them."""
    rng = np.random.default_rng(seed)
    one = intake()
    errors = []
    for k in range(1, 360):
        true_s = k * ECG_N / ECG_HZ  # true time of the frame's last sample
        since_s = true_s - (reset_after_s or 0.0) if reset_after_s and true_s > reset_after_s else true_s
        origin = START_2019 if since_s < true_s else 820_000_000 * NS
        stamp = origin + round(since_s * (1 + 60e-6) * NS)
        t = HostNs(round((true_s + rng.uniform(0, 0.07)) * NS))
        found = samples(one.frame(Frame(t, "strap", "pmd", ecg(stamp))), "strap/ecg")
        settled = true_s > 60 and not (reset_after_s and 0 <= true_s - reset_after_s < 60)
        if settled:
            truth_s = true_s - np.arange(ECG_N - 1, -1, -1) / ECG_HZ
            errors.append(found[0].times / NS - truth_s)
    rms_ms = 1e3 * float(np.sqrt(np.mean(np.concatenate(errors) ** 2)))
    assert rms_ms < 5


def test_a_reset_is_a_gap_in_every_timed_stream_and_breaks_no_heartbeats() -> None:
    one = intake()
    outputs: list[Output] = []
    for k in range(1, 80):
        stamp = (820_000_000 if k < 40 else 599_616_000) * NS + k * 561_538_461
        t = HostNs(k * 561_538_461)
        outputs += one.frame(Frame(t, "strap", "pmd", ecg(stamp)))
        outputs += one.frame(Frame(t, "strap", "hr", beats(575)))
    assert [(gap.stream, gap.why, gap.lost) for gap in gaps(outputs)] == [("strap/ecg", "device clock was reset", None)]


def test_a_clock_that_leaps_for_one_frame_loses_nothing() -> None:
    one = intake()
    outputs: list[Output] = []
    for k in range(1, 60):
        leap = 10**17 if k == 30 else 0
        outputs += one.frame(Frame(HostNs(k * 561_538_461), "strap", "pmd", ecg(10**18 + leap + k * 561_538_461)))
    assert not [gap for gap in gaps(outputs) if gap.lost and gap.lost > ECG_N]
    ends = [sample.times[-1] / NS for sample in samples(outputs, "strap/ecg")]
    assert max(ends) < 60


def test_beats_that_were_delivered_twice_are_no_series() -> None:
    one = intake()
    outputs: list[Output] = []
    for second in range(1, 30):
        for late_ns in (0, 200_000_000):
            outputs += one.frame(Frame(HostNs(second * NS + late_ns), "strap", "hr", beats(1024)))
    assert "beats placed anew by arrival" in {gap.why for gap in gaps(outputs)}
    assert all(gap.end >= gap.start for gap in gaps(outputs))


def test_contact_that_is_not_supported_is_not_lost() -> None:
    one = intake()
    t = HostNs(NS)
    assert samples(one.frame(Frame(t, "strap", "hr", beats(1024, contact=Contact.NOT_SUPPORTED))), "strap/rr")
    assert not samples(one.frame(Frame(t, "strap", "hr", beats(1024, contact=Contact.LOST))), "strap/rr")


def test_coverage_and_clock_are_said_once_a_minute() -> None:
    one = intake()
    said: list[Output] = []
    for second in range(1, 200):
        t = HostNs(second * NS)
        one.frame(Frame(t, "strap", "hr", beats(1024)))
        said += one.estimates(t)
    coverage = [out for out in said if isinstance(out, Estimate) and out.name == "strap/rr_coverage"]
    assert [round(out.value or 0, 2) for out in coverage] == [1.0, 1.0, 1.0]
    assert all(out.quality == 1.0 for out in coverage)
    drift = [out for out in said if isinstance(out, Estimate) and out.name == "strap/clock_drift_ppm"]
    assert [(out.value, out.why) for out in drift] == [(None, "too few frames with a device time")] * 3


def test_missing_beats_show_in_the_coverage_with_its_reason() -> None:
    one = intake()
    said: list[Output] = []
    for second in range(1, 140):
        t = HostNs(second * NS)
        if second % 60 > 25:
            one.frame(Frame(t, "strap", "hr", beats(1024)))
        said += one.estimates(t)
    coverage = [out for out in said if isinstance(out, Estimate) and out.name == "strap/rr_coverage"]
    assert any("beats are missing" in out.why and out.quality == 0.0 for out in coverage)


def test_words_of_the_device_are_kept_by_channel() -> None:
    one = intake()
    one.frame(Frame(HostNs(1), "strap", "firmware", b"5.0.0"))
    assert one.said == {"firmware": "5.0.0"}
    assert one.rate_hz("ecg") is None
    assert one.rate_hz("hr") is None


def test_nothing_is_open_at_the_end_of_a_sound_session() -> None:
    one = intake()
    one.frame(Frame(HostNs(NS), "strap", "hr", beats(1024)))
    assert one.close(HostNs(2 * NS)) == []


def test_an_empty_frame_is_refused() -> None:
    assert [type(out) for out in intake().frame(Frame(HostNs(1), "strap", "pmd", b""))] == [Rejected]


IMU = Profile(
    id="an-imu",
    name="An IMU without a clock",
    kind="imu",
    source="ble",
    match=Match(name_prefix="IMU"),
    channel=(Channel("level", "notify", "battery", "2A19", "180F"),),
    stream=(Stream("battery", "level", "1", rate_hz=50.0),),
)


def test_a_stream_without_device_times_has_its_rate_by_arrival() -> None:
    one = Intake("imu", IMU)
    assert one.rate_hz("battery") is None
    for k in range(200):
        out = one.frame(Frame(HostNs(NS + k * NS // 50), "imu", "level", b"\x32"))
        assert samples(out, "imu/battery")[0].times.tolist() == [NS + k * NS // 50]
    assert one.rate_hz("battery") == pytest.approx(50.0)
    assert one.tick(HostNs(9 * NS)) == []


def test_a_stream_without_device_times_has_gaps_where_the_link_was_lost() -> None:
    one = Intake("imu", IMU)
    outputs: list[Output] = []
    for t in (1, 2, 3):
        outputs += one.frame(Frame(HostNs(t * NS), "imu", "level", b"\x32"))
    one.link(Link(HostNs(4 * NS), "imu", "down", {"reason": "gone"}))
    outputs += one.frame(Frame(HostNs(9 * NS), "imu", "level", b"\x32"))
    assert gaps(outputs) == [
        Gap(HostNs(9 * NS), "imu/battery", HostNs(3 * NS), HostNs(9 * NS), None, "link lost: gone")
    ]
