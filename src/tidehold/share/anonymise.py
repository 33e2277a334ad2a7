"""The same session without what names a person, a device or a day: inputs to inputs, to be folded and written anew.

Kept: every heartbeat, waveform and movement with its time since the start, what the person did, how long all took, the
time of day. Replaced: ids (by numbers made of them and a secret that is thrown away), addresses, names and serial
numbers. Moved: all dates, by the same whole number of days. Dropped: texts that somebody typed.
**An ECG, a gait or a way of breathing can still be recognised by who has another recording of that person.**
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import Any, Final

import msgspec

from tidehold.coach.pacing import pattern_of
from tidehold.coach.questions import pain_of
from tidehold.errors import ConfigError, WireError
from tidehold.records import Frame, Input, Link, Mark, Stop, UnixNs
from tidehold.routine import Question
from tidehold.session.header import Header
from tidehold.session.holds import due_of
from tidehold.session.tasks import task_of
from tidehold.share.routine_words import GONE, unworded, word_of
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import DAY_NS, NS
from tidehold.wire.json_parts import Parts, read_integer, read_list, read_number, read_object, read_parts, write_object
from tidehold.wire.profile import Match, Profile
from tidehold.wire.undated import undated

FIRST_DAY: Final = 14_610
"""Days since 1970: the earliest session is moved to the 1st of January 2010, ten years after straps' clocks begin."""
STILL: Final = (
    "Names, addresses, serial numbers, typed texts and dates were removed. The ECG and the motion are still those of a "
    "person, and whoever has another recording of that person may recognise them."
)

_READS_KEPT: Final = frozenset(
    {"manufacturer", "model", "firmware", "hardware", "software", "battery", "body-location"}
)
"""What is read of a device and is the same for all of its kind; anything else that is read is replaced."""
_DETAILS_KEPT: Final = frozenset(
    {"profile", "mtu", "attempt", "streams", "rates_hz", "missing", "stream", "silent_s", "uptime_s", "battery"}
)
"""Details of a link that say nothing of whose it is."""
_SOURCES_KEPT: Final = frozenset({"profile", "placement", "kind", "scenario", "seed"})
_CONFIG_KEPT: Final = {
    "phone": ("profile", "placement"),
    "second_phone": ("profile", "placement"),
    "pacer": ("pattern",),
}
_SIDES: Final = frozenset({"left", "right", "both"})
_NUMBER: Final = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
_VERBS: Final = frozenset(
    {"pace", "zero", "hold", "do", "start", "pause", "resume", "skip", "back", "extend", "end", "quit"}
    | {"answer", "pain", "felt", "note", "align"}
)
"""Verbs of marks; any other one was typed."""
_OTHER: Final = "other"
_SERIAL: Final = b"removed"
_PMD_TIME: Final = struct.Struct("<Q")
_STAMPED: Final = 1
"""Where a frame of Polar's measurement data has its time: after the byte that says of what."""


class Secret:
    """Makes the same new id of the same old one, and of which nobody can make the old one.

    Args:
        salt: Random; thrown away with this.
    """

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def of(self, name: str, length: int = 8) -> str:
        """`length` hexadecimal digits in place of a name (BLAKE2b with the salt as its key)."""
        return hashlib.blake2b(name.encode(), key=self._salt, digest_size=16).hexdigest()[:length]


def days_to_move(headers: Iterable[Header]) -> int:
    """By how many days the sessions of a bundle are moved back: the earliest of them to `FIRST_DAY`."""
    return min((header.started + header.utc_offset_s * NS) // DAY_NS for header in headers) - FIRST_DAY


def anonymous_header(header: Header, secret: Secret, days: int) -> Header:
    """The header without names and with another date; its local time of day is kept, its time zone is not."""
    return msgspec.structs.replace(
        header,
        session=secret.of(header.session),
        started=UnixNs(header.started + header.utc_offset_s * NS - days * DAY_NS),
        utc_offset_s=0,
        profiles={_profile_id(name, secret): _unnamed(profile, secret) for name, profile in header.profiles.items()},
        sources={name: _only(asked, _SOURCES_KEPT, secret) for name, asked in header.sources.items()},
        config={
            table: _only(header.config[table], keys, secret)
            for table, keys in _CONFIG_KEPT.items()
            if table in header.config
        },
        routine=None if header.routine is None else unworded(header.routine, secret.of),
        anonymised=True,
    )


def _unnamed(profile: Profile, secret: Secret) -> Profile:
    """A profile without how its device is found, which somebody may have written for their own."""
    channels = tuple(msgspec.structs.replace(channel, topic="") for channel in profile.channel)
    name = profile.name if profile.id in _builtin_ids() else GONE
    new_id = _profile_id(profile.id, secret)
    return msgspec.structs.replace(profile, id=new_id, name=name, match=Match(), channel=channels, example=())


@cache
def _builtin_ids() -> frozenset[str]:
    return frozenset(builtin_profiles())


def _profile_id(name: str, secret: Secret) -> str:
    """As it was where the profile came with Tidehold; one's own may be called after somebody."""
    return name if not name or name in _builtin_ids() else f"own-{secret.of(name)}"


def anonymous_inputs(header: Header, inputs: Iterable[Input], secret: Secret, days: int) -> Iterator[Input]:
    """Every input, in its order and at its time, without what could tell whose it is.

    Args:
        header: Of the session as it was recorded.
        inputs: Of it.
        secret: For ids.
        days: By which dates are moved back.
    """
    moved_ns = days * DAY_NS - header.utc_offset_s * NS
    profiles: dict[str, Profile] = {}
    asked = _questions(header)
    for item in inputs:
        match item:
            case Link():
                if "profile" in item.detail:
                    profiles[item.source] = header.profiles.get(item.detail["profile"], _NOBODY)
                yield Link(item.t, item.source, item.state, _only(item.detail, _DETAILS_KEPT, secret))
            case Frame():
                profile = profiles.get(item.source) or _asked(header, item.source)
                yield Frame(item.t, item.source, item.channel, _payload(item, profile, secret, moved_ns))
            case Mark():
                verb = item.verb if item.verb in _VERBS else _OTHER
                yield Mark(item.t, verb, _words(item, asked, secret) if item.arg else "")
            case Stop():
                yield Stop(item.t, "the session was over")
            case _:
                yield item


_NOBODY: Final = Profile(id="unknown", name="unknown", kind="strap", source="ble")


def _asked(header: Header, source: str) -> Profile:
    """The profile that a source was asked for with."""
    return header.profiles.get(header.sources.get(source, {}).get("profile", ""), _NOBODY)


def _only(values: dict[str, Any], keys: Collection[str], secret: Secret) -> dict[str, Any]:
    kept = {key: value for key, value in values.items() if key in keys}
    return kept | {"profile": _profile_id(str(kept["profile"]), secret)} if "profile" in kept else kept


def _questions(header: Header) -> dict[str, Question]:
    """What the routine asks, by id."""
    routine = header.routine
    if routine is None:
        return {}
    asked = (*routine.questions, *(step.question for step in routine.steps if step.question is not None))
    return {question.id: question for question in asked}


def _words(mark: Mark, asked: dict[str, Question], secret: Secret) -> str:
    """What a mark says besides its verb: what Tidehold itself takes from it, and nothing that was typed freely."""
    sides = [word for word in mark.arg.split() if word in _SIDES]
    match mark.verb:
        case "answer":
            return _answer(mark.arg, asked, secret)
        case "pain":
            pain = pain_of(mark.arg)
            return " ".join([*([] if pain is None else [str(pain.level)]), *sides]) or GONE
        case "felt":
            return " ".join(sides) or GONE
        case "extend":
            return mark.arg if _NUMBER.fullmatch(mark.arg.strip()) else GONE
        case "pace" | "do" | "hold":
            return mark.arg if _is_meant(mark) else GONE
    return GONE


def _is_meant(mark: Mark) -> bool:
    """Whether a mark with a grammar keeps to it: then there is no free text in it."""
    try:
        _GRAMMARS[mark.verb](mark)
    except ConfigError:
        return False
    return True


_GRAMMARS: Final[dict[str, Callable[[Mark], object]]] = {
    "pace": lambda mark: pattern_of(mark.arg),
    "do": lambda mark: task_of(mark.arg),
    "hold": due_of,
}


def _answer(arg: str, asked: dict[str, Question], secret: Secret) -> str:
    """One that the question offers, in the person's own letters, or a number where it asks for one."""
    name, typed = [*arg.split(maxsplit=1), "", ""][:2]
    typed = typed.strip()
    question = asked.get(name)
    if question is None:
        return GONE
    said = next((each for each in question.answers if each.casefold() == typed.casefold()), None)
    if said is not None:
        kept = word_of(said, secret.of)
        answer = typed if kept == said else kept
    else:
        answer = typed if question.most and _NUMBER.fullmatch(typed) else GONE
    return f"{word_of(name, secret.of)} {answer}"


def _payload(frame: Frame, profile: Profile, secret: Secret, moved_ns: int) -> bytes:
    channel = next((each for each in profile.channel if each.id == frame.channel), None)
    if channel is None:
        return b""  # nothing is known of these bytes, so nothing can be said of what is in them
    match channel.codec:
        case "sensor-logger" | "phyphox" as codec:
            try:
                parts = read_parts(frame.payload)
            except WireError:
                parts = None
            if parts is None:
                return b"{}"  # no reading is in it, and its words may be anybody's
            return _sensor_logger(parts, secret, moved_ns) if codec == "sensor-logger" else _phyphox(parts, moved_ns)
        case "pmd":
            return _pmd(frame.payload, profile, moved_ns)
        case "table" | "sensor-logger-export":
            return undated(frame.payload, moved_ns)
    return _SERIAL if channel.mode == "read" and channel.id not in _READS_KEPT else frame.payload


def _pmd(payload: bytes, profile: Profile, moved_ns: int) -> bytes:
    """A frame of a strap's waveform: its clock is moved where it shows a date, and let alone where it was never set."""
    end = _STAMPED + _PMD_TIME.size
    if len(payload) < end or profile.clock.kind != "epoch":
        return payload
    (stamp,) = _PMD_TIME.unpack_from(payload, _STAMPED)
    if stamp < moved_ns:
        return payload
    return payload[:_STAMPED] + _PMD_TIME.pack(stamp - moved_ns) + payload[end:]


def _sensor_logger(parts: Parts, secret: Secret, moved_ns: int) -> bytes:
    """A phone's message with other ids, and each entry's time moved."""
    body: dict[str, bytes | msgspec.Raw] = {}
    for key, part in parts.items():
        if key in ("sessionId", "deviceId"):
            body[key] = msgspec.json.encode(secret.of(bytes(part).decode(errors="replace"), 32))
        elif key == "payload":
            body[key] = b"[" + b",".join(_entry(item, moved_ns) for item in read_list(part) or ()) + b"]"
        elif key in ("messageId", "leftOut"):
            body[key] = part
    return write_object(body.items())


def _entry(item: msgspec.Raw, moved_ns: int) -> bytes:
    entry = read_object(item)
    if entry is None:
        return b"null"
    time = read_integer(entry.get("time"))
    if time is None:
        return bytes(item)
    moved: dict[str, bytes | msgspec.Raw] = {**entry, "time": str(max(0, time - moved_ns)).encode()}
    return write_object(moved.items())


def _phyphox(parts: Parts, moved_ns: int) -> bytes:
    """A phone's buffers, whose times begin with the experiment; only the times of its start and of now are dates."""
    moved: dict[str, bytes | msgspec.Raw] = dict(parts)
    if "time" in parts:
        moved["time"] = _DATED.sub(lambda found: _earlier(found, moved_ns), bytes(parts["time"]))
    return write_object(moved.items())


_DATED: Final = re.compile(rb'("(?:now|systemTime)"\s*:\s*)(-?[0-9.eE+]+)')


def _earlier(found: re.Match[bytes], moved_ns: int) -> bytes:
    seconds = read_number(msgspec.Raw(found[2]))
    return found[1] + (b"0" if seconds is None else msgspec.json.encode(seconds - moved_ns / NS))
