"""A recording of another program as the inputs of a session: what a recorder would have queued, by the file's times."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from typing import Final

from tidehold.imports.nouns import Found
from tidehold.records import HostNs, Input, Link, Stop, Tick, UnixNs
from tidehold.units import NS

TICK_HZ: Final = 4
ENDED: Final = "the file ends"


def inputs_of(found: Found, name: str) -> Iterator[Input]:
    """The inputs of a session, in order.

    Args:
        found: What is in the file.
        name: Of the profile, in words.
    """
    end = found.length_ns
    ticks: Iterator[Input] = (Tick(HostNs(t)) for t in range(NS // TICK_HZ, end + 1, NS // TICK_HZ))
    # Of what is at the same time the frames come first: a tick tells of all up to it.
    yield Link(HostNs(0), found.source, "up", {"profile": found.profile, "name": name})
    yield Link(HostNs(0), found.source, "armed", {"streams": ", ".join(_channels(found))})
    yield from heapq.merge(found.frames, found.marks, ticks, key=lambda item: item.t)
    yield Stop(HostNs(end), ENDED)


def _channels(found: Found) -> list[str]:
    return sorted({frame.channel for frame in found.frames})


def session_id(found: Found, started: UnixNs) -> str:
    """Id of the session: the same for the same file, so that it is not imported twice."""
    told = hashlib.blake2b(f"{started} {found.profile}".encode(), digest_size=4)
    for frame in found.frames:
        told.update(b"%d %d " % (frame.t, len(frame.payload)))
        told.update(frame.payload)
    return told.hexdigest()
