"""The strap says what its body does, when it did it, in however many steps it is asked."""

from collections.abc import Iterable

import msgspec
import numpy as np
import pytest

from tidehold.wire.heart_rate import Contact, HeartRate, decode_heart_rate
from tidehold.wire.pmd import Measurement, PmdFrame, decode_frame
from tidehold_simulators.body import SeededBody, Truth
from tidehold_simulators.encoders import OFFERS, Stream
from tidehold_simulators.limbs import Motion
from tidehold_simulators.scenario import CLOCK_2019_NS, Fault, Placement, Scenario, StrapSpec
from tidehold_simulators.signals import Floats
from tidehold_simulators.strap_model import Emission, Strap

EXACT = StrapSpec(drift_ppm=0.0, acc_rate_factor=1.0, warm_up_s=0.0, beat_latency_s=0.0)


def strap_of(
    spec: StrapSpec = EXACT,
    *faults: Fault,
    hr_on: bool = True,
    streams: tuple[Stream, ...] = ("ecg", "acc"),
    seconds: float | None = None,
) -> Strap:
    """A strap on a calm body, with everything on unless told otherwise."""
    scenario = Scenario(name="x", about="y", strap=spec, fault=faults, seconds=seconds)
    strap = Strap(scenario, SeededBody(scenario.body, scenario.seed))
    strap.hr_on = hr_on
    for stream in streams:
        if stream in strap.streams:
            strap.start(stream, strap.settings(stream).rates_hz[-1])
    return strap


def heart_rates(sent: Iterable[Emission]) -> list[tuple[float, HeartRate]]:
    return [(each.t_s, decode_heart_rate(each.payload)) for each in sent if each.channel == "hr"]


def frames(sent: Iterable[Emission], measurement: Measurement) -> list[tuple[float, PmdFrame]]:
    all_frames = [(each.t_s, decode_frame(each.payload)) for each in sent if each.channel == "pmd"]
    return [(t_s, frame) for t_s, frame in all_frames if frame.measurement == measurement]


def ticks(sent: Iterable[Emission]) -> list[int]:
    return [tick for _, measurement in heart_rates(sent) for tick in measurement.rr_ticks or ()]


class Imu:
    """A body of which only the chest motion is known, and not for long: whatever else is asked of it fails."""

    has_beats = False
    has_ecg = False
    has_acc = True
    ends_s = 5.0

    def beats(self, until_s: float) -> Floats:
        raise AssertionError(until_s)

    def ecg_uv(self, t: Floats) -> Floats:
        raise AssertionError(t)

    def acc_g(self, t: Floats) -> Floats:
        return np.tile([0.0, 0.0, 1.0], (len(t), 1))

    def motion(self, placement: Placement, t: Floats) -> Motion:
        raise AssertionError(placement, t)

    def gravity(self, placement: Placement, t: Floats) -> Floats:
        raise AssertionError(placement, t)

    def tilt_deg(self, placement: Placement, t: Floats) -> Floats:
        raise AssertionError(placement, t)

    def truth(self, t_s: float) -> Truth:
        raise AssertionError(t_s)


FAULTS = (
    Fault(kind="strap-slip", at_s=5.3, for_s=14, every_s=40),
    Fault(kind="clock-reset", at_s=20.0),
    Fault(kind="link-drop", at_s=30, for_s=2),
)


@pytest.mark.parametrize("faults", [(), FAULTS])
def test_steps_change_nothing(faults: tuple[Fault, ...]) -> None:
    whole = strap_of(StrapSpec(), *faults).advance(60)
    small = strap_of(StrapSpec(), *faults)
    assert [each for k in range(600) for each in small.advance((k + 1) / 10)] == whole
    uneven = strap_of(StrapSpec(), *faults)
    assert [each for t in (0.3, 0.30001, 7.77, 7.77, 31.0, 60.0) for each in uneven.advance(t)] == whole
    assert len(whole) > 300


def test_emissions_come_in_order_of_time() -> None:
    times = [each.t_s for each in strap_of(StrapSpec()).advance(60)]
    assert times == sorted(times)
    assert times[0] > 0
    assert times[-1] <= 60


def test_time_does_not_go_back() -> None:
    strap = strap_of()
    strap.advance(10)
    assert strap.advance(5) == []
    assert strap.t_s == 10


def test_rr_intervals_add_up_to_the_beats() -> None:
    strap = strap_of(streams=())
    sums = np.cumsum(ticks(strap.advance(3600))) / 1024
    beats = SeededBody(Scenario(name="x", about="y").body, 1).beats(3600)
    np.testing.assert_allclose(sums, beats[1 : len(sums) + 1] - beats[0], atol=1 / 1024)
    assert len(beats) - len(sums) <= 2


def test_rr_intervals_are_measured_by_a_clock_that_drifts() -> None:
    exact, fast = (strap_of(msgspec.structs.replace(EXACT, drift_ppm=ppm), streams=()) for ppm in (0.0, 1000.0))
    assert sum(ticks(fast.advance(3600))) / sum(ticks(exact.advance(3600))) == pytest.approx(1.001, abs=1e-6)


def test_heart_rate_comes_each_second_with_the_beats_since() -> None:
    told = heart_rates(strap_of().advance(120))
    np.testing.assert_allclose(np.diff([t_s for t_s, _ in told]), 1.0)
    assert {len(each.rr_ticks or ()) for _, each in told} <= {0, 1, 2, 3, 4}
    beats = SeededBody(Scenario(name="x", about="y").body, 1).beats(120)
    for t_s, each in told[2:]:
        assert len(each.rr_ticks or ()) == ((beats > t_s - 1) & (beats <= t_s)).sum()
        assert each.rate == pytest.approx(65, abs=12)
        assert each.contact == Contact.DETECTED


def test_no_contact_support_is_not_contact_lost() -> None:
    told = heart_rates(strap_of(StrapSpec(contact_supported=False)).advance(20))
    assert {each.contact for _, each in told} == {Contact.NOT_SUPPORTED}


def test_beats_that_nobody_heard_are_gone() -> None:
    strap = strap_of(hr_on=False, streams=())
    assert strap.advance(30) == []
    strap.hr_on = True
    told = strap.advance(31.5)
    assert len(told) == 1
    assert len(ticks(told)) <= 2


def test_beats_are_recognised_late() -> None:
    spec = msgspec.structs.replace(EXACT, beat_latency_s=1.5)
    at_once, late = (heart_rates(strap_of(each).advance(60)) for each in (EXACT, spec))
    assert late[0][0] >= at_once[0][0] + 1
    all_at_once = [tick for _, each in at_once for tick in each.rr_ticks or ()]
    all_late = [tick for _, each in late for tick in each.rr_ticks or ()]
    assert all_late == all_at_once[: len(all_late)]


@pytest.mark.parametrize(("rate_hz", "factor"), [(25, 1.0), (50, 51 / 50), (100, 0.98), (200, 1.02)])
def test_acc_frames_come_at_the_true_rate(rate_hz: int, factor: float) -> None:
    strap = strap_of(msgspec.structs.replace(EXACT, acc_rate_factor=factor), hr_on=False, streams=())
    strap.start("acc", rate_hz)
    sent = frames(strap.advance(120), Measurement.ACC)
    assert {frame.counts.shape for _, frame in sent} == {(36, 3)}
    stamps = np.array([frame.device - sent[0][1].device for _, frame in sent])
    np.testing.assert_allclose(np.diff(stamps), 36 / (rate_hz * factor) * 1e9, atol=1)


def test_frames_are_stamped_with_the_strap_s_clock_at_their_last_sample() -> None:
    spec = msgspec.structs.replace(EXACT, drift_ppm=60.0, clock_start_ns=820_000_000_123_456_789)
    for measurement in (Measurement.ECG, Measurement.ACC):
        for t_s, frame in frames(strap_of(spec).advance(300), measurement):
            assert frame.device - spec.clock_start_ns == pytest.approx(t_s * 1e9 * 1.00006, abs=2)


def test_frames_hold_the_body_at_the_time_of_their_samples() -> None:
    body = SeededBody(Scenario(name="x", about="y").body, 1)
    sent = strap_of().advance(30)
    for t_s, frame in frames(sent, Measurement.ECG):
        t = t_s + np.arange(-72, 1) / 130
        np.testing.assert_allclose(frame.counts, body.ecg_uv(t), atol=60)  # noise lives between the microseconds
        assert np.abs(frame.counts - body.ecg_uv(t)).mean() < 12
    for t_s, frame in frames(sent, Measurement.ACC):
        t = t_s + np.arange(-35, 1) / 200
        np.testing.assert_allclose(frame.counts, body.acc_g(t) * 1000, atol=12)


def test_first_sample_comes_after_the_warm_up() -> None:
    strap = strap_of(msgspec.structs.replace(EXACT, warm_up_s=30.0))
    sent = strap.advance(40)
    assert frames(sent, Measurement.ECG)[0][0] == pytest.approx(30 + 73 / 130)
    assert frames(sent, Measurement.ACC)[0][0] == pytest.approx(30 + 36 / 200)
    assert heart_rates(sent)[0][0] <= 4


def test_streams_start_and_stop_when_told() -> None:
    strap = strap_of(hr_on=False, streams=())
    strap.advance(10)
    strap.start("ecg", 130)
    assert strap.running == ("ecg",)
    first = strap.advance(20)
    assert first[0].t_s == pytest.approx(10 + 73 / 130)
    strap.stop("ecg")
    strap.stop("ecg")
    assert list(strap.running) == []
    assert strap.advance(30) == []
    strap.start("ecg", 130)
    assert strap.advance(31)[0].t_s == pytest.approx(30 + 73 / 130)


def test_what_is_not_on_offer_is_refused() -> None:
    strap = strap_of(hr_on=False, streams=())
    with pytest.raises(ValueError, match="acc is not offered at 130 Hz"):
        strap.start("acc", 130)
    strap.start("ecg", 130)
    with pytest.raises(ValueError, match="ecg is on already"):
        strap.start("ecg", 130)
    plain = strap_of(StrapSpec(pmd=False), hr_on=False, streams=())
    assert plain.streams == ()
    with pytest.raises(ValueError, match="this strap has no ecg"):
        plain.start("ecg", 130)
    assert strap.settings("acc") == OFFERS["acc"]


def test_strap_says_what_it_is() -> None:
    strap = strap_of(StrapSpec(name="Tidehold Sim 0042", battery_percent=12), hr_on=False, streams=())
    assert strap.battery_percent == 12
    assert strap.information["serial"] == "0042"
    assert set(strap.information) == {"manufacturer", "model", "serial", "firmware", "hardware", "software"}
    assert all(strap.information.values())


def test_body_without_a_heart_gives_only_motion_and_ends() -> None:
    strap = Strap(Scenario(name="x", about="y", strap=EXACT), Imu())
    assert strap.streams == ("acc",)
    strap.hr_on = True
    strap.start("acc", 100)
    sent = strap.advance(60)
    assert {each.channel for each in sent} == {"pmd"}
    assert 4.6 < sent[-1].t_s <= 5.0
    assert strap.advance(120) == []


def test_scenario_ends_for_every_stream() -> None:
    sent = strap_of(seconds=30).advance(60)
    assert sent[-1].t_s <= 30
    assert {each.channel for each in sent if each.t_s > 29} == {"hr", "pmd"}


def test_slipped_strap_reports_noise_then_nothing() -> None:
    slip = Fault(kind="strap-slip", at_s=60, for_s=20)
    sent = strap_of(EXACT, slip).advance(120)
    told = heart_rates(sent)
    before, noise, flat, after = (
        [each for t_s, each in told if start <= t_s < end] for start, end in ((5, 60), (60, 63), (63, 70), (80, 120))
    )
    assert {each.contact for each in before + after} == {Contact.DETECTED}
    assert len(noise) == 3
    assert {each.contact for each in noise + flat} == {Contact.LOST}
    assert any(each.rr_ticks for each in noise)
    assert {(each.rate, each.rr_ticks) for each in flat} == {(0, None)}
    assert not [t_s for t_s, _ in told if 70 <= t_s < 80]
    assert max(tick for each in after for tick in each.rr_ticks or ()) < 1.4 * 1024  # no interval across the slip
    assert after[-1].rate == pytest.approx(65, abs=12)


def test_slipped_strap_without_contact_support_does_not_say_so() -> None:
    slip = Fault(kind="strap-slip", at_s=60, for_s=20)
    told = heart_rates(strap_of(StrapSpec(contact_supported=False), slip).advance(75))
    assert {each.contact for _, each in told} == {Contact.NOT_SUPPORTED}
    assert told[-1][1].rate == 0


def test_electrodes_of_a_slipped_strap_see_noise() -> None:
    slip = Fault(kind="strap-slip", at_s=60, for_s=20)
    sent = frames(strap_of(EXACT, slip).advance(120), Measurement.ECG)
    spread: dict[bool, list[float]] = {True: [], False: []}
    for t_s, frame in sent:
        if not 60 < t_s < 60.6 and not 80 < t_s < 80.6:
            spread[60 < t_s < 80].append(float(np.std(frame.counts)))
    assert min(spread[True]) > 3000
    assert max(spread[False]) < 400
    assert max(np.abs(frame.counts).max() for _, frame in sent) <= 20_000


def test_clock_falls_back_to_2019() -> None:
    strap = strap_of(EXACT, Fault(kind="clock-reset", at_s=60, every_s=60))
    for t_s, frame in frames(strap.advance(150), Measurement.ACC):
        start, since = (EXACT.clock_start_ns, t_s) if t_s < 60 else (CLOCK_2019_NS, t_s % 60)
        assert frame.device - start == pytest.approx(since * 1e9, abs=2)


def test_link_faults_are_told_to_whoever_plays_the_strap() -> None:
    drop = Fault(kind="link-drop", at_s=10, for_s=3, every_s=60)
    dead = Fault(kind="supervision-timeout", at_s=40, for_s=5)
    strap = strap_of(EXACT, drop, dead, Fault(kind="strap-slip", at_s=0, for_s=5))
    assert [strap.link_down(t) for t in (0, 10, 13, 44.9, 72)] == [None, drop, None, dead, drop]
