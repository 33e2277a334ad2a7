"""RR intervals as text, one a line: Kubios HRV, Elite HRV and most others.

The file has no times: the intervals lie end to end from the session's start. A number that is no heartbeat's is the
length of a gap, as `tidehold export --to kubios` writes one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Final

from tidehold.imports.lines import Line, lines_of, payload_of
from tidehold.imports.nouns import LONGEST_NS, Broken, Found, nothing_sound, too_long
from tidehold.records import Frame, HostNs, UnixNs
from tidehold.units import NS
from tidehold.wire.decoder import Decoder
from tidehold.wire.profile import Profile
from tidehold.wire.table import is_number, read_number

SOURCE: Final = "strap"
CHANNEL: Final = "lines"
IN_MS: Final = "rr-text"
IN_S: Final = "rr-text-seconds"
SECONDS_BELOW: Final = 10.0
"""Half of a file's numbers are below this only if they are seconds: no heart beats every 10 ms, or every 10 s."""
LONGEST_GAP_S: Final = 3600.0
"""A number beyond this is no gap either."""

_NAMED: Final = re.compile(
    r"(?<!\d)(20\d\d)-?([01]\d)-?([0-3]\d)[ T_-]+([0-2]\d)[-:._h]?([0-5]\d)(?:[-:._m]?([0-5]\d))?(?!\d)"
)
"""A date and a time of day in a file's name, as Elite HRV gives it: "2017-07-16 08-12-33.txt"."""


def read_rr_text(path: Path, raw: bytes, profiles: Mapping[str, Profile], origin: str) -> Found:
    """The recording in a text of RR intervals.

    Args:
        path: Of the file; its name may say when it began.
        raw: The whole file.
        profiles: Of files, by id.
        origin: "rr" or "elitehrv".

    Raises:
        LogError: Nothing in it is an RR interval, or it would be longer than a day.
    """
    lines, left_out = _wanted(list(lines_of(raw)))
    numbers = [number for line in lines if (number := read_number(line.raw.rstrip(b"\r\n"))) is not None]
    in_seconds = bool(numbers) and median(numbers) < SECONDS_BELOW
    profile = profiles[IN_S if in_seconds else IN_MS]
    decoder = Decoder(profile)
    frames: list[Frame] = []
    broken: list[Broken] = []
    total_s, intervals = 0.0, 0
    for line in lines:
        decoded = decoder.decode(CHANNEL, line.raw)
        if decoded.readings:
            total_s += float(decoded.readings[0].values.sum())
            intervals += 1
        else:
            gap_s = _gap_s(line, in_seconds=in_seconds)
            total_s += gap_s
            why = f"a gap of {gap_s:g} s, no RR interval" if gap_s else "; ".join(decoded.refused)
            broken.append(Broken(f"{path.name}:{line.number}", why))
        if total_s * NS > LONGEST_NS:
            raise too_long(path.name, round(total_s * NS))
        frames.append(Frame(HostNs(round(total_s * NS)), SOURCE, CHANNEL, payload_of(line.raw)))
    if not intervals:
        raise nothing_sound(path.name, "RR interval", broken)
    started = started_by_name(path.name)
    return Found(
        origin=origin,
        source=SOURCE,
        profile=profile.id,
        frames=frames,
        started=started,
        started_by="" if started is None else "the file's name",
        broken=broken,
        left_out={"lines without an interval": left_out} if left_out else {},
    )


def _wanted(lines: list[Line]) -> tuple[list[Line], int]:
    """The lines but for comments and headings; how many those are."""
    first = next((i for i, line in enumerate(lines) if is_number(line.raw.rstrip(b"\r\n"))), 0)
    kept = [line for line in lines[first:] if not line.raw.lstrip().startswith(b"#")]
    return kept, len(lines) - len(kept)


def _gap_s(line: Line, *, in_seconds: bool) -> float:
    """How much time a line stands for that is no heartbeat, s; 0 where it is no length of time."""
    number = read_number(line.raw.rstrip(b"\r\n"))
    seconds = 0.0 if number is None else number if in_seconds else number / 1000
    return seconds if 0 < seconds <= LONGEST_GAP_S else 0.0


def started_by_name(name: str) -> UnixNs | None:
    """When a recording began by its file's name, in this machine's time zone; None if the name does not say."""
    found = _NAMED.search(name)
    if found is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        started = dt.datetime(year, month, day, hour, minute, second).astimezone()
    except ValueError:  # the 31st of June
        return None
    return UnixNs(round(started.timestamp()) * NS)
