"""What an independent receiver (oscpy) hears: every sample as it was said."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import numpy as np
import pytest
from oscpy.parser import read_packet

from tests.outlets.said import ACC, ECG, said, snapshot, wait_until
from tidehold.outlets.contract import FIGURES, OutletError
from tidehold.outlets.osc import PACKET_BYTES, Osc
from tidehold.records import Estimate, HostNs, Sample, Snapshot


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        found.settimeout(10)
        yield found


def heard(receiver: socket.socket, count: int) -> list[tuple[str, list[object], int]]:
    """Address, values and size of packet of each of the next `count` messages."""
    found: list[tuple[str, list[object], int]] = []
    while len(found) < count:
        packet = receiver.recv(65536)
        for address, _, values, _ in read_packet(packet):
            found.append((address.decode(), list(values), len(packet)))
    return found


def opened(receiver: socket.socket) -> Osc:
    osc = Osc("localhost", receiver.getsockname()[1])
    osc.open()
    return osc


def test_samples_arrive_one_by_one(receiver: socket.socket) -> None:
    osc = opened(receiver)
    for out in said()[:2]:
        osc.send(out)
    got = heard(receiver, 5)
    assert [each[0] for each in got] == ["/tidehold/strap/ecg"] * 3 + ["/tidehold/strap/acc"] * 2
    rests = np.array([0.0, 0.007692308, 0.015384615], np.float32).tolist()
    ecg = ECG.astype(np.float32).tolist()
    assert [each[1] for each in got[:3]] == [[1, rest, value] for rest, value in zip(rests, ecg, strict=True)]
    assert [each[1][2:] for each in got[3:]] == ACC.astype(np.float32).tolist()
    osc.close()


def test_long_frames_go_in_packets_that_networks_carry_whole(receiver: socket.socket) -> None:
    osc = opened(receiver)
    times = np.arange(73) * 7_692_307
    values = np.linspace(0, 7e-5, 73)
    osc.send(Sample(HostNs(0), "strap/ecg", times, values))
    got = heard(receiver, 73)
    assert [each[1][2] for each in got] == values.astype(np.float32).tolist()
    assert max(each[2] for each in got) <= PACKET_BYTES < 1472
    osc.close()


def test_reasons_go_in_packets_that_networks_carry_whole_too(receiver: socket.socket) -> None:
    osc = opened(receiver)
    why = "no breathing is seen: the phone lies still for too long, or is not on the chest; put it on the belly"
    unknown = {each.estimate: Estimate(HostNs(0), each.estimate, None, 0.0, why) for each in FIGURES}
    plain = snapshot()
    more = {name: getattr(plain, name) for name in Snapshot.__struct_fields__} | {"estimates": unknown}
    osc.send(Snapshot(**more))
    got = heard(receiver, len(FIGURES))
    assert [each[0] for each in got] == [f"/tidehold/unknown/{each.key}" for each in FIGURES]
    assert max(each[2] for each in got) <= PACKET_BYTES
    osc.close()


def test_unknown_has_its_reason_and_cues_and_findings_are_words(receiver: socket.socket) -> None:
    osc = opened(receiver)
    for out in said()[2:]:
        osc.send(out)
    got = {address: values for address, values, _ in heard(receiver, 4)}
    assert got["/tidehold/figure/heart_rate"] == [61.5, pytest.approx(0.9)]
    assert got["/tidehold/unknown/breathing_rate"] == [b"too early"]
    assert got["/tidehold/cue"] == [b"step", b"Fold forward"]
    assert got["/tidehold/finding"] == [b"breath-held", b"Let your breath flow", 1]
    osc.close()


def test_a_whole_number_is_a_float_too(receiver: socket.socket) -> None:
    osc = opened(receiver)
    plain = snapshot()
    whole = {"heart/hr_bpm": Estimate(HostNs(0), "heart/hr_bpm", 60, 1)}
    osc.send(Snapshot(**{name: getattr(plain, name) for name in Snapshot.__struct_fields__} | {"estimates": whole}))
    assert receiver.recv(65536).count(b",ff\0") == 1
    osc.close()


def test_nobody_listening_is_no_failure() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    osc = Osc("127.0.0.1", port)
    osc.open()
    for _ in range(3):
        osc.send(snapshot())
    osc.close()
    wait_until(lambda: osc._client._sock.fileno() == -1)


def test_a_host_that_is_none_is_named() -> None:
    with pytest.raises(OutletError, match=r"no\.such\.host\.invalid:9000 cannot be found"):
        Osc("no.such.host.invalid", 9000).open()
