"""Messages and samples put back into order, whatever the network does to them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.align.hold_back import CAPACITY, HoldBack, Part, Ready, StreamOrder
from tidehold.records import DeviceNs, HostNs, Times
from tidehold.units import NS

MS = NS // 1000


class Sender:
    """Feeds a hold-back by number, with samples every 200 ms, and keeps what comes out."""

    def __init__(self) -> None:
        self.hold: HoldBack[int] = HoldBack()
        self.out: list[Ready[int]] = []
        self.twice: list[int] = []

    def send(self, number: int, at_ms: int, *, run: str = "a", device_ms: int | None = None) -> None:
        newest = DeviceNs((number * 200 if device_ms is None else device_ms) * MS)
        t = HostNs(at_ms * MS)
        self.out += self.hold.due(t)
        if self.hold.standing((run, number), newest) == "twice":
            self.twice.append(number)
        else:
            self.out += self.hold.take(number, t, (run, number), newest)

    @property
    def numbers(self) -> list[int]:
        return [ready.item for ready in self.out]


def test_without_a_hole_nothing_waits_whatever_the_first_number() -> None:
    sender = Sender()
    for k in range(10):
        sender.send(70 + k, k * 200)
        assert sender.numbers[-1] == 70 + k
    assert sender.hold.waiting == 0


def test_messages_behind_a_hole_wait_until_it_is_filled() -> None:
    sender = Sender()
    for number, at in ((1, 0), (3, 400), (4, 600), (6, 700)):
        sender.send(number, at)
    assert sender.numbers == [1]
    sender.send(2, 800)
    assert sender.numbers == [1, 2, 3, 4]
    sender.send(5, 900)
    assert sender.numbers == [1, 2, 3, 4, 5, 6]
    assert not any(ready.hole for ready in sender.out)


def test_a_hole_that_stays_is_gone_over_after_two_seconds_and_told() -> None:
    sender = Sender()
    for number, at in ((1, 0), (3, 400), (4, 600), (6, 800)):
        sender.send(number, at)
    assert sender.hold.due(HostNs(2399 * MS)) == []
    assert sender.hold.due(HostNs(2400 * MS)) == [Ready(3, hole=True), Ready(4, hole=False)]
    assert sender.hold.due(HostNs(2800 * MS)) == [Ready(6, hole=True)]
    sender.send(2, 2900)
    assert sender.hold.standing(("a", 2), DeviceNs(400 * MS)) == "twice"
    assert sender.numbers == [1, 2]  # too late, for the stream to judge; those between were taken by hand


def test_a_number_that_came_already_came_twice() -> None:
    sender = Sender()
    for number, at in ((5, 0), (6, 200), (5, 210), (8, 400), (8, 410), (7, 500), (7, 510), (4, 600), (4, 610)):
        sender.send(number, at)
    assert sender.twice == [5, 8, 7, 4]
    assert sender.numbers == [5, 6, 7, 8, 4]  # 4 is from before the first: late, but it came once


def test_how_a_message_stands_to_those_before() -> None:
    sender = Sender()
    for number, at in ((5, 0), (6, 200), (8, 400)):
        sender.send(number, at)
    newest = DeviceNs(0)
    stands = {number: sender.hold.standing(("a", number), newest) for number in (3, 5, 7, 8, 9)}
    assert stands == {3: "old", 5: "twice", 7: "next", 8: "twice", 9: "ahead"}
    assert sender.hold.standing(("b", 3), newest) == "next"
    assert sender.hold.standing(None, newest) == "next"


@pytest.mark.parametrize("run", ["b", "a"], ids=["with a new name", "with the old name"])
def test_a_run_that_begins_anew_lets_go_of_the_old_one_and_waits_for_nothing(run: str) -> None:
    sender = Sender()
    for number, at in ((500, 0), (502, 400)):
        sender.send(number, at, device_ms=at)
    for number, at in ((0, 600), (1, 800), (2, 1000)):
        sender.send(number, at, run=run, device_ms=at)
    assert sender.numbers == [500, 502, 0, 1, 2]
    assert not sender.twice


def test_a_phone_that_was_switched_on_anew_counts_and_stamps_from_the_start() -> None:
    sender = Sender()
    for k in range(3):
        sender.send(k, k * 200, device_ms=10_000_000 + k * 200)
    for k in range(3):
        sender.send(k, 5000 + k * 200, device_ms=k * 200)
    assert sender.numbers == [0, 1, 2, 0, 1, 2]


def test_messages_without_samples_keep_their_place() -> None:
    hold: HoldBack[int] = HoldBack()
    out = [hold.take(number, HostNs(number), ("a", number), None) for number in (1, 3, 2)]
    assert [[ready.item for ready in each] for each in out] == [[1], [], [2, 3]]
    assert hold.standing(("a", 1), None) == "twice"
    assert hold.standing(("a", 1), DeviceNs(1)) == "twice"


def test_runs_that_are_remembered_are_few() -> None:
    sender = Sender()
    for k in range(100):
        sender.send(1, k, run=str(k), device_ms=k)
    assert len(sender.out) == 100
    assert sender.hold.standing(("99", 1), DeviceNs(0)) == "twice"
    assert sender.hold.standing(("1", 1), DeviceNs(0)) == "next"


def test_what_waits_is_bounded() -> None:
    sender, hold = Sender(), HoldBack[int]()
    for k in range(3 * CAPACITY):
        sender.send(2 * k, 0)
        hold.take(k, HostNs(0), None, DeviceNs(k))
        assert sender.hold.waiting <= CAPACITY
        assert hold.waiting <= CAPACITY
    assert len(sender.out) + sender.hold.waiting == 3 * CAPACITY


def test_without_numbers_each_waits_half_a_second_and_they_go_by_their_samples() -> None:
    hold: HoldBack[str] = HoldBack()
    assert hold.take("b", HostNs(0), None, DeviceNs(20)) == []
    assert hold.take("a", HostNs(100 * MS), None, DeviceNs(10)) == []
    assert hold.take("c", HostNs(200 * MS), None, DeviceNs(30)) == []
    assert hold.due(HostNs(499 * MS)) == []
    assert [ready.item for ready in hold.due(HostNs(500 * MS))] == ["a", "b"]
    assert hold.waiting == 1
    assert [ready.item for ready in hold.all()] == ["c"]


@given(st.permutations(range(1, 12)), st.lists(st.integers(0, 11), max_size=8), st.randoms())
def test_any_permutation_inside_the_window_with_duplicates_comes_out_in_order(
    order: list[int], again: list[int], dice: object
) -> None:
    numbers = [0, *order]
    for number in again:
        numbers.insert(numbers.index(number) + 1 + dice.randrange(3), number)  # type: ignore[attr-defined]
    sender = Sender()
    for k, number in enumerate(numbers):
        sender.send(number, k * 50)
    assert sender.numbers == list(range(12))
    assert sorted(sender.twice) == sorted(again)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1500)), max_size=60))
def test_held_and_let_go_and_twice_are_all_that_came(sent: list[tuple[int, int]]) -> None:
    sender, now = Sender(), 0
    for number, after in sent:
        now += after
        sender.send(number, now)
        waited = [held.arrival for run in sender.hold._runs.values() for held in run.held.values()]
        assert all(now * MS - arrival < 2 * NS for arrival in waited)
        assert (
            len(sender.out) + len(sender.twice) + sender.hold.waiting
            == len(sender.twice) + len(sender.numbers) + sender.hold.waiting
        )
    sender.out += sender.hold.all()
    assert len(sender.out) + len(sender.twice) == len(sent)


def part(*times: int) -> Part:
    array: Times = np.array(times, np.int64)
    return Part(array, array.astype(float), bool((np.diff(array) > 0).all()))


def test_a_stream_is_sorted_and_its_repeats_and_late_ones_are_counted() -> None:
    order = StreamOrder()
    first = order.merge([part(10, 30), part(20, 30, 40)])
    assert (first.times.tolist(), first.duplicates, first.late) == ([10, 20, 30, 40], 1, 0)
    assert first.values.tolist() == [10.0, 20.0, 30.0, 40.0]
    second = order.merge([part(20, 25, 40, 50)])
    assert (second.times.tolist(), second.duplicates, second.late) == ([50], 2, 1)
    third = order.merge([part(1, 50)])
    assert (len(third.times), third.duplicates, third.late) == (0, 1, 1)
    assert order.last == 50


def test_the_usual_distance_is_known_from_some_samples_on() -> None:
    order = StreamOrder()
    assert order.interval_ns() is None
    order.merge([part(*range(0, 80, 10))])
    assert order.interval_ns() is None
    order.merge([part(500, 510)])
    assert order.interval_ns() == 10


@given(st.lists(st.lists(st.integers(0, 60), min_size=1, max_size=12), min_size=1, max_size=8))
def test_times_increase_and_nothing_is_lost_uncounted(messages: list[list[int]]) -> None:
    order, let_go, counted = StreamOrder(), [], 0
    for message in messages:
        merged = order.merge([part(*message)])
        let_go += merged.times.tolist()
        counted += merged.duplicates + merged.late
        assert np.array_equal(merged.values, merged.times)
    assert let_go == sorted(set(let_go))
    assert len(let_go) + counted == sum(map(len, messages))
    late = [time for message in messages for time in message if time not in let_go]
    assert counted >= len(late)
