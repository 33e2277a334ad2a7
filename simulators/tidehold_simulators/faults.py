"""Faults on the way from the strap to the fold: wrappers over an iterator of timed items.

They take the fold's inputs or the strap's emissions, in order of time, and give
them on in order of time. Only frames and emissions suffer; links, ticks, marks
and the stop pass. Each is seeded, and they nest:
`garble(delay(inputs, up_to_s=0.07, seed=1), share=0.01, seed=2)`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import msgspec
import numpy as np

from tidehold.records import Frame, HostNs, Input, Link, Stop
from tidehold.units import NS
from tidehold_simulators.strap_model import Emission

Item = TypeVar("Item", bound=Emission | Input)


def drop(items: Iterable[Item], *, share: float, seed: int) -> Iterator[Item]:
    """Lose a share of the frames."""
    for item, hit in _dice(items, share, seed):
        if not hit:
            yield item


def duplicate(items: Iterable[Item], *, share: float, seed: int) -> Iterator[Item]:
    """Deliver a share of the frames twice (bleak issue 2002)."""
    for item, hit in _dice(items, share, seed):
        yield item
        if hit:
            yield item


def garble(items: Iterable[Item], *, share: float, seed: int) -> Iterator[Item]:
    """Spoil a share of the payloads: cut short, lengthened by noise, or one bit flipped."""
    rng = np.random.default_rng((seed, 1))
    for item, hit in _dice(items, share, seed):
        yield _with_payload(item, _spoilt(_payload(item), rng)) if hit else item


def reorder(items: Iterable[Item], *, share: float, seed: int) -> Iterator[Item]:
    """Let a share of the frames change places with the frame after them; the times of arrival stay."""
    early: Item | None = None
    between: list[Item] = []
    for item, hit in _dice(items, share, seed):
        if early is None and hit:
            early = item
        elif early is None:
            yield item
        elif isinstance(item, Frame | Emission):
            yield _at(early, item)
            yield from between
            yield _at(item, early)
            early, between = None, []
        else:
            between.append(item)
    if early is not None:
        yield early
        yield from between


def delay(items: Iterable[Item], *, up_to_s: float, seed: int) -> Iterator[Item]:
    """Let every frame arrive 0 to `up_to_s` late, but never before the one sent earlier, as a link does.

    A real H10's frames came 0-68 ms above the least delay. What is under way when
    its link goes down, or when the session stops, is lost.
    """
    rng = np.random.default_rng(seed)
    return _retimed(items, lambda item: _later(item, up_to_s * float(rng.random())))


def burst(items: Iterable[Item], *, at_s: float, for_s: float) -> Iterator[Item]:
    """Hold the frames of a while back and deliver them all at its end (Polar issue 569: packets 15 s late)."""

    def held(item: Item) -> Item:
        t_s = _when(item) if isinstance(item, Emission) else _when(item) / NS
        return _later(item, at_s + for_s - t_s) if at_s <= t_s < at_s + for_s else item

    return _retimed(items, held)


def _dice(items: Iterable[Item], share: float, seed: int) -> Iterator[tuple[Item, bool]]:
    """Each item, and whether the fault hits it; only what carries a payload is hit."""
    rng = np.random.default_rng(seed)
    for item in items:
        yield item, isinstance(item, Frame | Emission) and bool(rng.random() < share)


def _retimed(items: Iterable[Item], arrival: Callable[[Item], Item]) -> Iterator[Item]:
    """The items with their frames at their `arrival`, which may be later than sent, never earlier."""
    under_way: deque[Item] = deque()
    for item in items:
        while under_way and _when(under_way[0]) <= _when(item):
            yield under_way.popleft()
        if isinstance(item, Frame | Emission):
            moved = arrival(item)
            overtaking = under_way and _when(moved) < _when(under_way[-1])
            under_way.append(_at(under_way[-1], moved) if overtaking else moved)
            continue
        if isinstance(item, Stop):
            under_way.clear()
        elif isinstance(item, Link) and item.state == "down":
            under_way = deque(each for each in under_way if isinstance(each, Frame) and each.source != item.source)
        yield item
    yield from under_way


def _when(item: Emission | Input) -> float:
    """Time of an item: s of an emission, ns of an input; only items of one kind are compared."""
    return item.t_s if isinstance(item, Emission) else item.t


def _at(clock: Item, item: Item) -> Item:
    """`item` at the time of `clock`."""
    if isinstance(clock, Emission):
        return msgspec.structs.replace(item, t_s=clock.t_s)
    return msgspec.structs.replace(item, t=_when(clock))


def _later(item: Item, by_s: float) -> Item:
    if isinstance(item, Emission):
        return msgspec.structs.replace(item, t_s=item.t_s + by_s)
    return msgspec.structs.replace(item, t=HostNs(round(_when(item) + by_s * NS)))


def _payload(item: Emission | Input) -> bytes:
    return item.payload if isinstance(item, Frame | Emission) else b""


def _with_payload(item: Item, payload: bytes) -> Item:
    return msgspec.structs.replace(item, payload=payload)


def _spoilt(payload: bytes, rng: np.random.Generator) -> bytes:
    """`payload` cut short, lengthened by up to 8 bytes, or with one bit flipped."""
    kind = int(rng.integers(3)) if payload else 1
    if kind == 0:
        return payload[: int(rng.integers(len(payload)))]
    if kind == 1:
        return payload + rng.bytes(int(rng.integers(1, 9)))
    bit = int(rng.integers(8 * len(payload)))
    whole = bytearray(payload)
    whole[bit // 8] ^= 1 << bit % 8
    return bytes(whole)
