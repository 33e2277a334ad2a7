"""Faults do what they say, keep time in order, and leave alone what is no frame."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from tidehold.records import Frame, HostNs, Input, Link, Mark, Stop, Tick
from tidehold.units import NS
from tidehold_simulators.faults import burst, delay, drop, duplicate, garble, reorder
from tidehold_simulators.strap_model import Emission

Wrapper = Callable[[Iterable[Input]], Iterator[Input]]


def frame(k: int, source: str = "strap") -> Frame:
    return Frame(HostNs(k * NS // 10), source, "hr", k.to_bytes(4, "big"))


def session(n: int = 1000) -> list[Input]:
    """Frames at 10 Hz, a tick every fourth, all kinds of other inputs, and a stop."""
    items: list[Input] = [Link(HostNs(0), "strap", "up")]
    for k in range(1, n + 1):
        items.append(frame(k))
        if k % 4 == 0:
            items.append(Tick(HostNs(k * NS // 10)))
        if k == 501:
            items.append(Mark(HostNs(k * NS // 10), "note", "half"))
    return [*items, Stop(HostNs((n + 1) * NS // 10), "over")]


def frames(items: Iterable[Input]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame)]


def others(items: Iterable[Input]) -> list[Input]:
    return [item for item in items if not isinstance(item, Frame)]


WRAPPERS: dict[str, Wrapper] = {
    "drop": lambda items: drop(items, share=0.1, seed=1),
    "duplicate": lambda items: duplicate(items, share=0.1, seed=1),
    "garble": lambda items: garble(items, share=0.1, seed=1),
    "reorder": lambda items: reorder(items, share=0.1, seed=1),
    "delay": lambda items: delay(items, up_to_s=0.3, seed=1),
    "burst": lambda items: burst(items, at_s=20, for_s=15),
    "all": lambda items: garble(
        delay(
            duplicate(reorder(drop(items, share=0.1, seed=1), share=0.1, seed=2), share=0.1, seed=3),
            up_to_s=0.3,
            seed=4,
        ),
        share=0.1,
        seed=5,
    ),
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_time_stays_in_order_and_the_rest_untouched(name: str) -> None:
    spoilt = list(WRAPPERS[name](session()))
    times = [item.t for item in spoilt]
    assert times == sorted(times)
    assert others(spoilt) == others(session())
    assert frames(spoilt) != frames(session())
    assert isinstance(spoilt[-1], Stop)


@pytest.mark.parametrize("name", WRAPPERS)
def test_same_seed_is_the_same_fault(name: str) -> None:
    assert list(WRAPPERS[name](session())) == list(WRAPPERS[name](session()))


def test_another_seed_is_another_fault() -> None:
    assert list(drop(session(), share=0.1, seed=1)) != list(drop(session(), share=0.1, seed=2))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_shares_have_ends(share: float) -> None:
    assert len(frames(drop(session(), share=share, seed=1))) == 1000 * (1 - share)
    assert len(frames(duplicate(session(), share=share, seed=1))) == 1000 * (1 + share)
    untouched = [a == b for a, b in zip(frames(garble(session(), share=share, seed=1)), frames(session()), strict=True)]
    assert sum(untouched) == 1000 * (1 - share)


def test_drop_loses_its_share() -> None:
    kept = frames(drop(session(), share=0.1, seed=1))
    assert len(kept) == pytest.approx(900, abs=30)
    assert set(kept) < set(frames(session()))


def test_duplicate_comes_right_after() -> None:
    twice = frames(duplicate(session(), share=0.1, seed=1))
    assert len(twice) == pytest.approx(1100, abs=30)
    assert [each for k, each in enumerate(twice) if k == 0 or twice[k - 1] != each] == frames(session())


def test_garble_cuts_lengthens_and_flips() -> None:
    lengths = {len(each.payload) for each in frames(garble(session(), share=1.0, seed=1))}
    assert lengths == set(range(13))  # 0..3 cut, 4 flipped, 5..12 lengthened
    flipped = [
        (int.from_bytes(bad.payload) ^ int.from_bytes(good.payload)).bit_count()
        for bad, good in zip(frames(garble(session(), share=1.0, seed=1)), frames(session()), strict=True)
        if len(bad.payload) == 4
    ]
    assert set(flipped) == {1}
    empty: list[Input] = [Frame(HostNs(1), "strap", "hr", b"")] * 20
    assert all(each.payload for each in frames(garble(empty, share=1.0, seed=1)))


def test_reorder_swaps_neighbours_and_keeps_arrivals() -> None:
    items = session()
    swapped = frames(reorder(items, share=0.1, seed=1))
    assert [each.t for each in swapped] == [each.t for each in frames(items)]
    order = [int.from_bytes(each.payload) for each in swapped]
    assert sorted(order) == list(range(1, 1001))
    moved = [k - n for n, k in enumerate(order, start=1)]
    assert set(moved) == {-1, 0, 1}
    assert moved.count(1) == moved.count(-1) == pytest.approx(90, abs=30)


def test_reorder_at_the_end_has_nothing_to_swap_with() -> None:
    items: list[Input] = [frame(1), Tick(HostNs(NS)), Stop(HostNs(2 * NS), "over")]
    assert list(reorder(items, share=1.0, seed=1)) == items
    assert list(reorder([], share=1.0, seed=1)) == []


def test_delay_is_bounded_and_keeps_the_order_sent() -> None:
    late = frames(delay(session(), up_to_s=0.07, seed=1))
    assert [each.payload for each in late] == [each.payload for each in frames(session())]
    lags = [(each.t - sent.t) / NS for each, sent in zip(late, frames(session()), strict=True)]
    assert 0 <= min(lags) < 0.005
    assert 0.065 < max(lags) <= 0.07
    queued = delay(session(), up_to_s=1.0, seed=1)  # many would overtake: they queue instead
    assert [each.payload for each in frames(queued)] == [
        each.payload for each in frames(session())[: len(frames(delay(session(), up_to_s=1.0, seed=1)))]
    ]


def test_what_is_under_way_when_the_link_goes_down_is_lost() -> None:
    down = Link(HostNs(3 * NS), "strap", "down")
    items: list[Input] = [frame(29), frame(29, "phone"), down, frame(31), frame(32), Tick(HostNs(10 * NS))]
    arrived = list(burst(items, at_s=0, for_s=3.5))
    assert [(item.source, item.t / NS) for item in arrived if isinstance(item, Frame)] == [
        ("phone", 3.5),
        ("strap", 3.5),
        ("strap", 3.5),
    ]
    assert down in arrived


def test_what_is_under_way_at_the_stop_is_lost() -> None:
    items: list[Input] = [frame(1), Stop(HostNs(NS), "over")]
    assert list(burst(items, at_s=0, for_s=5)) == items[1:]


def test_burst_comes_all_at_once() -> None:
    late = frames(burst(session(), at_s=20, for_s=15))
    for each, sent in zip(late, frames(session()), strict=True):
        assert each.t == (35 * NS if 20 * NS <= sent.t < 35 * NS else sent.t)


def test_emissions_suffer_the_same() -> None:
    sent = [Emission(k / 10, "hr", bytes([k])) for k in range(100)]
    assert len(list(drop(sent, share=0.5, seed=1))) == pytest.approx(50, abs=20)
    late = list(delay(sent, up_to_s=0.3, seed=1))
    assert [each.t_s for each in late] == sorted(each.t_s for each in late)
    assert all(0 <= a.t_s - b.t_s <= 0.3 + 1e-9 for a, b in zip(late, sent, strict=True))
    held = list(burst(sent, at_s=2, for_s=3))
    assert [each.t_s for each in held] == pytest.approx([5.0 if 2 <= each.t_s < 5 else each.t_s for each in sent])
    swapped = list(reorder(sent, share=1.0, seed=1))
    assert [each.payload[0] for each in swapped[:4]] == [1, 0, 3, 2]
    assert [each.t_s for each in swapped] == [each.t_s for each in sent]
