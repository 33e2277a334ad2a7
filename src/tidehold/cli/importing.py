"""`import`: a session file from what another program recorded."""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from tidehold.cli.output import give, say
from tidehold.cli.parser import PLACEMENTS
from tidehold.cli.settings import Settings
from tidehold.daemon.facts import new_header
from tidehold.daemon.recorder import record_all
from tidehold.errors import ConfigError, LogError
from tidehold.imports.inputs import inputs_of, session_id
from tidehold.imports.nouns import Found
from tidehold.imports.opening import read_recording
from tidehold.log.disk import remove_leftover
from tidehold.log.writer import SUFFIX, SessionWriter, session_file_name
from tidehold.records import Output, Rejected, Sample, UnixNs
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.session.phone import DUPLICATE, LATE, TOO_NEW, TOO_OLD
from tidehold.sources.profiles import file_profiles
from tidehold.units import NS
from tidehold.wire.profile import Profile

SHOWN: Final = 20
"""Broken parts that are named one by one; the others are counted."""
UNUSED: Final = frozenset((DUPLICATE, LATE, TOO_NEW, TOO_OLD))
"""Why a sample is not used that is sound by itself: what is broken is named by its line."""
YEARS: Final = range(1971, 2200)
"""That a session can begin in: ns since 1970 end in 2262."""
LATEST_NS: Final = round(dt.datetime(YEARS.stop, 1, 2, tzinfo=dt.UTC).timestamp()) * NS
"""The last of these years is over everywhere."""


def import_(arguments: argparse.Namespace) -> int:
    """`tidehold import`: read all of it, then write the session as if it had been recorded here."""
    settings = Settings.of(arguments)
    profiles = file_profiles() | settings.profiles
    asked = _asked(arguments.started)
    worn = _worn(arguments.placement)
    found = read_recording(arguments.file, arguments.origin, profiles)
    if worn and found.source != "phone":
        raise ConfigError(f"--placement: {arguments.file} is of a strap, which has its own place")
    started, started_by, utc_offset_s = _started(found, asked, arguments.file)
    if started > LATEST_NS:
        raise LogError(f"{arguments.file}: it would begin after {YEARS[-1]} (by {started_by}): nothing was imported")
    about = {"started_by": started_by} | worn | found.about
    header = _header(found, started, utc_offset_s, profiles[found.profile], about)
    path = settings.sessions / (session_file_name(header) + SUFFIX)
    if path.exists():
        raise ConfigError(f"{arguments.file} was imported already: {path}")
    counts: Counter[str] = Counter()
    unused: Counter[str] = Counter()

    def count(out: Output) -> None:
        if isinstance(out, Sample):
            counts[out.stream] += len(out.times)
        elif isinstance(out, Rejected) and out.why in UNUSED:
            unused[f"{out.source}/{out.channel}: {out.why}"] += out.count

    _write(found, profiles[found.profile], header, settings.sessions, count)
    when = dt.datetime.fromtimestamp(started // NS, dt.timezone(dt.timedelta(seconds=header.utc_offset_s)))
    told: dict[str, Any] = {
        "session": str(path),
        "from": found.origin,
        "started": when.isoformat(),
        "started_by": started_by,
        "length_s": round(found.length_ns / NS, 3),
        "samples": dict(sorted(counts.items())),
        "notes": len(found.marks),
        "broken": [msgspec.to_builtins(each) for each in found.broken],
        "unused": dict(sorted(unused.items())),
        "left_out": found.left_out,
    }
    _complain(found)
    for what, n in told["unused"].items():
        say(f"not used: {n} of {what}")
    if arguments.json:
        give(told)
    else:
        streams = ", ".join(f"{n} of {stream}" for stream, n in told["samples"].items())
        print(f"{path}: {told['length_s']:.0f} s from {when:%Y-%m-%d %H:%M:%S} (by {started_by}): {streams}")
    return 0


def _write(found: Found, profile: Profile, header: Header, folder: Path, count: Callable[[Output], None]) -> None:
    """Write the session, or leave nothing: what it is made of is still there."""
    log = SessionWriter.create(folder, header)
    try:
        with log:
            record_all(inputs_of(found, profile.name), log, Session(header), count)
    except BaseException:
        remove_leftover(log.path)
        raise


def _complain(found: Found) -> None:
    """Name what could not be used."""
    for each in found.broken[:SHOWN]:
        say(f"{each.where}: {each.why}")
    if len(found.broken) > SHOWN:
        say(f"... and {len(found.broken) - SHOWN} more")
    for what, n in found.left_out.items():
        say(f"left out: {what}" + (f" ({n})" if n > 1 else ""))


def _worn(place: str | None) -> dict[str, str]:
    """Where the phone was worn, as a header says it.

    Raises:
        ConfigError: Nobody wears one there.
    """
    if place is not None and place not in PLACEMENTS:
        raise ConfigError(f"--placement: expected one of {', '.join(PLACEMENTS)}, found {place!r}")
    return {} if place is None else {"placement": place}


def _asked(text: str | None) -> dt.datetime | None:
    """The time of `--started`; one without a zone is this machine's.

    Raises:
        ConfigError: It is none.
    """
    if text is None:
        return None
    try:
        when = dt.datetime.fromisoformat(text)
        when = when if when.tzinfo else when.astimezone()
        when.timestamp()
    except (ValueError, OverflowError, OSError):
        raise ConfigError(f"--started: expected a time as in 2026-09-21T18:30, found {text!r}") from None
    if when.year not in YEARS:
        raise ConfigError(f"--started: expected a time from {YEARS[0]} to {YEARS[-1]}, found {text!r}")
    return when


def _started(found: Found, asked: dt.datetime | None, path: Path) -> tuple[UnixNs, str, int | None]:
    """When the session began, who says so, and its time zone: the file, else the person, else the file's name and date.

    Raises:
        ConfigError: The file says it itself, and the person something else.
    """
    if asked is not None:
        if found.started is not None and found.started_by == "the file":
            raise ConfigError(f"{path} says itself when it began: leave out --started")
        offset = asked.utcoffset() or dt.timedelta(0)
        return UnixNs(round(asked.timestamp() * 1000) * 1_000_000), "--started", round(offset.total_seconds())
    if found.started is not None:
        return found.started, found.started_by, found.utc_offset_s
    ended = path.stat().st_mtime_ns // NS * NS  # when it was last written, at the earliest after its last line
    return UnixNs(max(0, ended - found.length_ns)), "the file's date, taken for its end", found.utc_offset_s


def _header(found: Found, started: UnixNs, utc_offset_s: int | None, profile: Profile, about: dict[str, str]) -> Header:
    asked = {"kind": "import", "from": found.origin, "profile": profile.id, **about}
    header = new_header(started, {profile.id: profile}, {found.source: asked})
    return msgspec.structs.replace(
        header,
        session=session_id(found, started),
        utc_offset_s=header.utc_offset_s if utc_offset_s is None else utc_offset_s,
    )
