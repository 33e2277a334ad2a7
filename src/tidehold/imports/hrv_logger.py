"""RR intervals as HRV Logger exports them: with a time for each, which may be of the beat or of its arrival.

On a phone several intervals arrive together, so the app's times are no beat times: the steps between them are not
the intervals. Then the session takes them for what they are, times of arrival, and places the beats as it does those of
a strap. Where the steps are the intervals, the times are those of the beats (or of the intervals' begins), and stay.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from tidehold.imports.lines import Line, lines_of, payload_of
from tidehold.imports.nouns import LONGEST_NS, Broken, Found, nothing_sound, too_long
from tidehold.records import Frame, HostNs, UnixNs
from tidehold.units import NS
from tidehold.wire.decoder import Decoder
from tidehold.wire.profile import Profile
from tidehold.wire.table import read_number

SOURCE: Final = "strap"
CHANNEL: Final = "lines"
OF_ARRIVAL: Final = "hrv-logger"
OF_BEATS: Final = "hrv-logger-beats"
NEAR_NS: Final = 12_000_000
"""A step between two times is an interval if it is this near to it; both may be rounded to ms, and a strap's
beats may be placed 1 % apart from what they are."""
MOST: Final = 0.8
"""So many of the steps tell what the times are; the others may be gaps."""
LEAD_NS: Final = 2 * NS
"""From the start of the session to the first arrival: beats lie before they arrive."""
BACK_NS: Final = 5 * NS
FORTH_NS: Final = 12 * 3600 * NS
"""A step back or forth by more is no time that passed: the clock was set, or the line is broken."""

_OFFSET: Final = re.compile(r"\s+([+-]\d\d):?(\d\d)$")


class _Row(NamedTuple):
    line: Line
    rr_ns: int | None
    stamp: int | None
    why: str


def read_hrv_logger(path: Path, raw: bytes, profiles: Mapping[str, Profile]) -> Found:
    """The recording in a file with a time and an RR interval a line.

    Raises:
        LogError: Nothing in it is an RR interval, or it would be longer than a day.
    """
    rows = _rows(raw, Decoder(profiles[OF_ARRIVAL]))
    whole = [(row.stamp, row.rr_ns) for row in rows if row.stamp is not None and row.rr_ns is not None]
    broken = [Broken(f"{path.name}:{row.line.number}", row.why) for row in rows if row.why]
    if not whole:
        raise nothing_sound(path.name, "RR interval with a time", broken)
    shift = _shift(rows)
    profile = profiles[OF_ARRIVAL if shift is None else OF_BEATS]
    frames, more = _placed(path.name, rows, begins=shift or False)
    first, first_rr = whole[0]
    lead = LEAD_NS if shift is None else 0
    start = first - lead - (0 if shift else first_rr)
    frames = _since(start, frames)
    if frames[-1].t > LONGEST_NS:
        raise too_long(path.name, frames[-1].t)
    return Found(
        origin="hrvlogger",
        source=SOURCE,
        profile=profile.id,
        frames=frames,
        started=UnixNs(start),
        started_by="the file",
        broken=sorted([*broken, *more], key=_line_of),
        about={"times": "of arrival" if shift is None else "of beats"},
    )


def _since(start: int, frames: list[Frame]) -> list[Frame]:
    """The frames by session time, each a little after the one before: no two beats are at once."""
    times: list[int] = []
    for frame in frames:
        times.append(max(0, frame.t - start, times[-1] + 1 if times else 0))
    return [Frame(HostNs(t), SOURCE, CHANNEL, frame.payload) for t, frame in zip(times, frames, strict=True)]


def _line_of(broken: Broken) -> int:
    return int(broken.where.rpartition(":")[2])


def _rows(raw: bytes, decoder: Decoder) -> list[_Row]:
    rows: list[_Row] = []
    place: int | None = None
    for line in lines_of(raw):
        fields = [field.strip(" \t\"'\r\n") for field in line.raw.decode("latin-1").split(",")]
        decoded = decoder.decode(CHANNEL, line.raw)
        names = [field.lower() for field in fields]
        if not decoded.readings and "rr" in names and not rows:
            place = next((names.index(name) for name in ("timestamp", "date", "time") if name in names), None)
            rows.append(_Row(line, None, None, ""))
            continue
        at = place or 0
        stamp = stamp_ns(fields[at]) if at < len(fields) else None
        rr_ns = round(float(decoded.readings[0].values[0]) * NS) if decoded.readings else None
        why = "; ".join(decoded.refused) or ("" if stamp is not None else "no time: placed behind the line before it")
        rows.append(_Row(line, rr_ns, stamp, why))
    return rows


def stamp_ns(text: str) -> int | None:
    """A time as HRV Logger writes one, ns since 1970: ms or s since then, or a date; one without a zone is local."""
    number = read_number(text.encode("ascii", "replace"))
    if number is not None:
        ms = number if number > 1e11 else number * 1000
        return round(ms * 1000) * 1000 if 0 < ms < 1e13 else None  # a double holds us until 2255
    try:
        when = dt.datetime.fromisoformat(_OFFSET.sub(r"\1:\2", text))
        seconds = when.timestamp() if when.tzinfo else when.astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return None
    return round(seconds * 1_000_000) * 1000 if seconds > 0 else None


def _shift(rows: list[_Row]) -> bool | None:
    """What the times are: False for the ends of the intervals, True for their begins, None for arrivals."""
    steps = [
        (after.stamp - before.stamp, before.rr_ns, after.rr_ns)
        for before, after in pairwise(rows)
        if before.stamp is not None and after.stamp is not None and before.rr_ns and after.rr_ns
    ]
    ends = sum(abs(step - after) <= NEAR_NS for step, _, after in steps)
    begins = sum(abs(step - before) <= NEAR_NS for step, before, _ in steps)
    if max(ends, begins) < MOST * len(steps):
        return None
    return begins > ends


def _placed(name: str, rows: list[_Row], *, begins: bool) -> tuple[list[Frame], list[Broken]]:
    """Each line at its time, ns since 1970, never before the line ahead of it; and whose times could not be true."""
    frames: list[Frame] = []
    broken: list[Broken] = []
    now: int | None = None
    moved = 0
    for row in rows:
        rr_ns = row.rr_ns or 0
        stamp = None if row.stamp is None else row.stamp + moved + (rr_ns if begins else 0)
        if now is None:
            now = stamp
        elif stamp is None:
            now += rr_ns
        elif -BACK_NS <= stamp - now <= FORTH_NS:
            now = max(now, stamp)
        else:
            moved += now + rr_ns - stamp
            now += rr_ns
            broken.append(Broken(f"{name}:{row.line.number}", "its time leaps: placed behind the line before it"))
        frames.append(Frame(HostNs(now or 0), SOURCE, CHANNEL, payload_of(row.line.raw)))
    return frames, broken
