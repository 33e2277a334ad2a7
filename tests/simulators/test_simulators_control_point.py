"""Answers of the PMD control point: those captured from a real H10, and every refusal."""

from __future__ import annotations

import pytest

from tidehold_simulators.control_point import Status, answer
from tidehold_simulators.encoders import OFFERS, Offer, Stream

START_ECG = "0200 00018200 01010e00"
START_ACC = "0202 0001c800 01011000 02010800"


class FakeStrap:
    def __init__(self, streams: tuple[Stream, ...] = ("ecg", "acc")) -> None:
        self.streams = streams
        self.rates: dict[Stream, int] = {}

    @property
    def running(self) -> tuple[Stream, ...]:
        return tuple(self.rates)

    def settings(self, stream: Stream) -> Offer:
        return OFFERS[stream]

    def start(self, stream: Stream, rate_hz: int) -> None:
        self.rates[stream] = rate_hz

    def stop(self, stream: Stream) -> None:
        del self.rates[stream]


def ask(strap: FakeStrap, command: str, mtu: int = 232) -> str:
    return answer(strap, bytes.fromhex(command), mtu).hex()


@pytest.mark.parametrize(
    ("command", "response"),
    [
        ("0102", "f0010200000004190032006400c800010110000203020004000800"),  # real capture
        ("0100", "f001000000000182000101 0e00"),
        (START_ACC, "f00202000001"),  # real capture
        (START_ECG, "f00200000000"),
    ],
)
def test_answers_as_a_real_strap(command: str, response: str) -> None:
    assert ask(FakeStrap(), command) == response.replace(" ", "")


@pytest.mark.parametrize(("stream", "start", "stop"), [("acc", START_ACC, "0302"), ("ecg", START_ECG, "0300")])
def test_starts_and_stops_once(stream: Stream, start: str, stop: str) -> None:
    strap = FakeStrap()
    assert ask(strap, stop) == f"f003{stop[2:]}0600"
    assert ask(strap, start)[6:8] == "00"
    assert strap.rates == {stream: {"acc": 200, "ecg": 130}[stream]}
    assert ask(strap, start) == f"f002{stop[2:]}0600"
    assert ask(strap, stop) == f"f003{stop[2:]}0000"
    assert not strap.rates


@pytest.mark.parametrize("rate", [25, 50, 100, 200])
def test_starts_at_every_rate_on_offer(rate: int) -> None:
    strap = FakeStrap()
    assert ask(strap, f"0202 0001{rate:02x}00 01011000 02010200") == "f00202000001"
    assert strap.rates == {"acc": rate}


REFUSED = {
    "bad op 0": ("0002", Status.BAD_OP),
    "bad op 9": ("0902", Status.BAD_OP),
    "bad type": ("013f", Status.BAD_TYPE),
    "a type that straps of this make have, but not this one": ("0101", Status.UNSUPPORTED),
    "settings with a tail": ("010200", Status.BAD_LENGTH),
    "stop with a tail": ("030200", Status.BAD_LENGTH),
    "value cut off": (START_ECG[:-2], Status.BAD_LENGTH),
    "setting cut off": (START_ECG[:-4] + "02", Status.BAD_LENGTH),
    "no settings at all": ("0200", Status.BAD_PARAMETER),
    "no rate": ("0200 01010e00", Status.BAD_PARAMETER),
    "no range for acceleration": ("0202 0001c800 01011000", Status.BAD_PARAMETER),
    "a range for ECG": (START_ECG + "02010800", Status.BAD_PARAMETER),
    "the rate twice": (START_ECG + "00018200", Status.BAD_PARAMETER),
    "two rates": ("0200 000282008200 01010e00", Status.BAD_PARAMETER),
    "no rate in a rate": ("0200 00008200 01010e00", Status.BAD_PARAMETER),
    "a setting nobody knows": (START_ECG + "0901", Status.BAD_PARAMETER),
    "a known setting that does not apply": (START_ECG + "040101", Status.BAD_PARAMETER),
    "resolution": ("0200 00018200 01011000", Status.BAD_RESOLUTION),
    "rate": ("0202 00018200 01011000 02010800", Status.BAD_RATE),
    "range": ("0202 0001c800 01011000 02011000", Status.BAD_RANGE),
}


@pytest.mark.parametrize(("command", "status"), REFUSED.values(), ids=REFUSED)
def test_refuses(command: str, status: Status) -> None:
    strap = FakeStrap()
    said = bytes.fromhex(command)
    assert answer(strap, said, 232) == bytes((0xF0, said[0], said[1], status, 0))
    assert not strap.rates


@pytest.mark.parametrize(("command", "response"), [("", "f000000400"), ("01", "f001000400")])
def test_answers_even_what_is_too_short_to_be_a_command(command: str, response: str) -> None:
    assert ask(FakeStrap(), command) == response


@pytest.mark.parametrize(("mtu", "status"), [(23, 10), (231, 10), (232, 0)])
def test_start_needs_an_mtu_that_whole_frames_fit(mtu: int, status: int) -> None:
    strap = FakeStrap()
    assert answer(strap, bytes.fromhex(START_ECG), mtu)[3] == status
    assert bool(strap.rates) is (status == 0)


def test_says_mtu_before_already_in_state() -> None:
    strap = FakeStrap()
    ask(strap, START_ECG)
    assert ask(strap, START_ECG, mtu=23) == "f002000a00"  # as seen after a reconnection to a stream left running


def test_only_the_low_six_bits_are_the_type() -> None:
    assert ask(FakeStrap(), "01c2").startswith("f001c20000")


@pytest.mark.parametrize("command", ["0100", START_ECG, "0300"])
def test_refuses_a_stream_that_this_strap_does_not_have(command: str) -> None:
    assert ask(FakeStrap(("acc",)), command)[6:8] == "03"
