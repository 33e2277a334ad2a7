"""Steps of a clock that a slow network must not be taken for."""

from __future__ import annotations

import pytest

from tidehold.align.clock_map import ClockMap
from tidehold.align.clock_watch import ClockWatch, Order
from tidehold.records import DeviceNs, HostNs
from tidehold.units import NS

MS = NS // 1000
BATCH = 200 * MS


class Phone:
    """Sends a batch every 200 ms and says what the watch made of it."""

    def __init__(self) -> None:
        self.clock = ClockMap(NS // 2)
        self.watch = ClockWatch(self.clock)
        self.steps = 0
        self.t = 0

    def send(self, n: int, *, set_ms: int = 0, late_ms: int = 0, again_ms: int = 0, back_ms: int = 0) -> None:
        for _ in range(n):
            self.t += BATCH
            newest = self.t + set_ms * MS
            order = Order("acc", newest - BATCH + 10 * MS - again_ms * MS, newest, back_ms * MS)
            arrival = HostNs(self.t + late_ms * MS)
            self.clock.observe(DeviceNs(newest), arrival)
            self.steps += self.watch.stepped([order], DeviceNs(newest), arrival)

    def error_ms(self, set_ms: int = 0) -> float:
        return (self.clock.to_host(DeviceNs(self.t + set_ms * MS)) - self.t) / MS


@pytest.mark.parametrize("by_ms", [-80, -200, -1000])
def test_a_small_step_back_is_seen_within_a_second_or_so(by_ms: int) -> None:
    phone = Phone()
    phone.send(100)
    phone.send(8, set_ms=by_ms)
    assert phone.steps == 1
    assert abs(phone.error_ms(by_ms)) < 1
    phone.send(100, set_ms=by_ms)
    assert phone.steps == 1


def test_a_step_inside_a_message_is_seen_too() -> None:
    phone = Phone()
    phone.send(100)
    phone.send(1, set_ms=-150, back_ms=150)
    phone.send(8, set_ms=-150)
    assert phone.steps == 1


def test_a_network_that_becomes_slow_is_no_step() -> None:
    phone = Phone()
    phone.send(100)
    phone.send(100, late_ms=300)
    assert phone.steps == 0
    assert abs(phone.error_ms()) < 20


def test_samples_sent_again_are_no_step() -> None:
    phone = Phone()
    phone.send(100)
    phone.send(100, again_ms=200)
    assert phone.steps == 0


def test_a_message_out_of_turn_tells_nothing_of_the_order() -> None:
    phone = Phone()
    phone.send(50)
    assert not phone.watch.stepped(None, DeviceNs(phone.t), HostNs(phone.t))


def test_first_messages_that_were_late_are_not_slewed_for_long() -> None:
    phone = Phone()
    phone.send(1, late_ms=1800)
    phone.send(30)
    assert abs(phone.error_ms()) < 300
    phone.send(60)
    assert abs(phone.error_ms()) < 5
