"""What a file of another program comes to."""

from __future__ import annotations

from typing import Final

import msgspec

from tidehold.errors import LogError
from tidehold.records import Frame, Mark, UnixNs
from tidehold.units import NS

LONGEST_NS: Final = 24 * 3600 * NS
"""Of a session that is imported; a file that seems to be longer has times that are none."""


class Broken(msgspec.Struct, frozen=True):
    """A part of a file that cannot be used: where ("F.csv:17"), and why."""

    where: str
    why: str


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A recording of another program, ready to become a session.

    Attributes:
        origin: What the file is: "rr", "hrvlogger", "elitehrv", "sensorlogger".
        source: What the session calls it: "strap" or "phone".
        profile: Id of the profile that decodes it.
        frames: Slices of the file, to the byte, by their time since the start.
        marks: What the person noted, by time.
        started: When it began; None where the file does not say.
        started_by: What says so ("the file", "the file's name"); "" for nothing.
        utc_offset_s: Time zone of the recording, where it says.
        broken: What of it cannot be used, in the order of the file.
        left_out: What is in it and none of Tidehold's business, or of no use to it: how many of each.
        about: Facts for the session's header; nothing that names a person.
    """

    origin: str
    source: str
    profile: str
    frames: list[Frame]
    marks: list[Mark] = []
    started: UnixNs | None = None
    started_by: str = ""
    utc_offset_s: int | None = None
    broken: list[Broken] = []
    left_out: dict[str, int] = {}
    about: dict[str, str] = {}

    @property
    def length_ns(self) -> int:
        """From the start to the last of it."""
        return max([frame.t for frame in self.frames] + [mark.t for mark in self.marks])


def nothing_sound(name: str, wanted: str, broken: list[Broken]) -> LogError:
    """The error for a file of which nothing can be used."""
    first = f"; {broken[0].where}: {broken[0].why}" if broken else ""
    return LogError(f"{name}: no {wanted} in it{first}: nothing was imported")


def too_long(name: str, length_ns: int) -> LogError:
    """The error for a file that would be a session of days."""
    hours = length_ns / NS / 3600
    return LogError(
        f"{name}: {hours:.0f} h long by its own times, and more than {LONGEST_NS // NS // 3600} h is no session: "
        "nothing was imported; cut it, or look at its times"
    )
