"""What of the fold's outputs goes into the file: the slow ones whole, the rest as a digest each second.

A digest lets `check` cover what is not stored. Live run, recovery and check use
this one class, so that equal outputs give equal bytes. Pure.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from tidehold.records import Estimate, HostNs, Output, Sample, Snapshot, encode
from tidehold.units import NS

STORED_STREAMS: Final = frozenset({"hr", "rr", "rr_clean", "contact", "battery", "energy"})
"""Streams of a few samples a second. Waveforms can be made again from the frames, so they are not stored twice."""
DIGESTED: Final = frozenset({"breathing/phase_rad", "breathing/held_s"})
"""Estimates said at every tick: they would be half of the file."""


class Entry(NamedTuple):
    """One message for the file."""

    topic: str
    t: HostNs
    payload: bytes


class Digest(msgspec.Struct, frozen=True, tag="digest"):
    """One second of outputs that are not stored.

    `hash` is BLAKE2b (128 bits) over the waveform samples of the second and what
    is estimated at every tick, in order, then its last snapshot. `sums` of their values let another platform, where the
    last bits may differ, compare all the same. `counts` are samples of each stream,
    stored or not, since the session began.
    """

    t: HostNs
    hash: str
    sums: dict[str, float]
    counts: dict[str, int]
    snapshots: int


class Derived:
    """Turns outputs into messages."""

    def __init__(self) -> None:
        self._second = 0
        self._last = HostNs(0)
        self._hash = hashlib.blake2b(digest_size=16)
        self._sums: dict[str, float] = {}
        self._counts: dict[str, int] = {}
        self._snapshot: Snapshot | None = None
        self._snapshots = 0
        self._topics: dict[str, str] = {}

    def encode(self, out: Output) -> list[Entry]:
        """Messages for one output: itself if it is stored; ahead of it, the digest of a second that is over."""
        over = out.t // NS > self._second
        entries = [self._digest(HostNs(out.t // NS * NS))] if over else []
        if over:
            self._second = out.t // NS
        self._last = max(self._last, out.t)
        if isinstance(out, Snapshot):
            self._snapshot = out
            self._snapshots += 1
        elif isinstance(out, Sample):
            self._count(out)
            if self._topic(out.stream):
                entries.append(Entry(self._topic(out.stream), out.t, encode(out)))
            else:
                self._hash.update(f"{out.t} {out.stream} {len(out.times)}".encode())
                self._hash.update(out.times.tobytes())
                self._hash.update(out.values.tobytes())
                self._sums[out.stream] = self._sums.get(out.stream, 0.0) + float(out.values.sum())
        elif isinstance(out, Estimate) and out.name in DIGESTED:
            self._hash.update(encode(out))
        else:
            entries.append(Entry(f"/out/{type(out).__name__.lower()}", out.t, encode(out)))
        return entries

    def close(self) -> list[Entry]:
        """The digest of the second that the session ended in."""
        return [self._digest(self._last)]

    def _count(self, sample: Sample) -> None:
        self._counts[sample.stream] = self._counts.get(sample.stream, 0) + len(sample.values)

    def _topic(self, stream: str) -> str:
        """Topic of a stored stream; empty for one that is not stored."""
        topic = self._topics.get(stream)
        if topic is None:
            stored = stream.rpartition("/")[2] in STORED_STREAMS
            topic = self._topics[stream] = f"/out/{stream}" if stored else ""
        return topic

    def _digest(self, t: HostNs) -> Entry:
        if self._snapshot is not None:
            self._hash.update(_exact.encode(self._snapshot))
        digest = Digest(t, self._hash.hexdigest(), self._sums, self._counts, self._snapshots)
        self._hash = hashlib.blake2b(digest_size=16)
        self._sums = {}
        self._snapshot = None
        return Entry("/out/digest", t, _json.encode(digest))


def _raw(value: Any) -> Any:
    """An array as its shape and its bytes, row by row; hashes are compared on one and the same platform only."""
    if isinstance(value, np.ndarray):
        return value.shape, value.tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"no exact form for {type(value).__name__}")


_exact = msgspec.msgpack.Encoder(enc_hook=_raw, order="deterministic")
_json = msgspec.json.Encoder(order="deterministic")
