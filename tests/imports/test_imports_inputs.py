"""The inputs of an imported session: what a recorder would have queued, in order."""

from __future__ import annotations

import msgspec

from tidehold.imports.inputs import ENDED, inputs_of, session_id
from tidehold.imports.nouns import Found
from tidehold.records import Frame, HostNs, Link, Mark, Stop, Tick, UnixNs

QUARTER = 250_000_000
FOUND = Found(
    origin="rr",
    source="strap",
    profile="rr-text",
    frames=[Frame(HostNs(t), "strap", "lines", b"%d" % t) for t in (0, QUARTER, QUARTER + 1, 800_000_000)],
    marks=[Mark(HostNs(QUARTER), "note", "x")],
)


def test_ticks_come_at_4_hz_after_what_is_at_their_time_and_the_stop_last() -> None:
    told = list(inputs_of(FOUND, "RR intervals"))
    assert [type(item) for item in told] == [Link, Link, Frame, Frame, Mark, Tick, Frame, Tick, Tick, Frame, Stop]
    assert [item.t for item in told if isinstance(item, Tick)] == [QUARTER, 2 * QUARTER, 3 * QUARTER]
    assert told[0] == Link(HostNs(0), "strap", "up", {"profile": "rr-text", "name": "RR intervals"})
    assert told[1] == Link(HostNs(0), "strap", "armed", {"streams": "lines"})
    assert told[-1] == Stop(HostNs(800_000_000), ENDED)
    times = [item.t for item in told]
    assert times == sorted(times)


def test_the_same_file_is_the_same_session() -> None:
    one = session_id(FOUND, UnixNs(5))
    assert one == session_id(msgspec.structs.replace(FOUND, broken=[]), UnixNs(5))
    others = [
        session_id(FOUND, UnixNs(6)),
        session_id(msgspec.structs.replace(FOUND, profile="rr-text-seconds"), UnixNs(5)),
        session_id(msgspec.structs.replace(FOUND, frames=FOUND.frames[1:]), UnixNs(5)),
    ]
    assert len({one, *others}) == 4
