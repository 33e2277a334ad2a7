"""TOML text to a checked `Profile`.

Every complaint is one line: file, key, what was expected, what was found. A
profile that passes is whole: its references lead somewhere, its commands are
commands, and its examples decode to what they say.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import msgspec

from tidehold.errors import ProfileError, WireError
from tidehold.toml_complaint import Complaint, explain
from tidehold.wire.decoder import CODECS, PMD_STREAMS, Carried, Decoded, Decoder
from tidehold.wire.packed import LAYOUT_PATTERN, count_numbers
from tidehold.wire.pmd_control import Op, decode_command
from tidehold.wire.profile import Channel, Codec, Example, Profile, Stream
from tidehold.wire.schema import profile_schema
from tidehold.wire.table import LAYOUT_PATTERN as COLUMNS_PATTERN

TOLERANCE: Final = 1e-9
"""Relative: examples are written with the digits a person writes."""

_MESSAGES: Final[tuple[Codec, ...]] = ("sensor-logger", "phyphox")
"""Codecs of MQTT messages."""
_SLICES: Final[tuple[Codec, ...]] = ("table", "sensor-logger-export")
"""Codecs of files."""
_MODES: Final = {"message": "mqtt", "slice": "file"}
"""Ways of sources that are no Bluetooth devices."""


def parse_profile(text: str, where: str) -> Profile:
    """The profile in a TOML text.

    Args:
        text: The whole file.
        where: Its name, for the complaint.

    Raises:
        ProfileError: "where: key: expected ..., found ..."; of several mistakes, the first.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{where}: expected TOML, found: {error}") from None
    try:
        profile = msgspec.convert(document, Profile)
    except msgspec.ValidationError as error:
        raise _error(where, explain(str(error), document, profile_schema())) from None
    for check in _CHECKS:
        for complaint in check(profile):
            raise _error(where, complaint)
    return profile


def _error(where: str, complaint: Complaint) -> ProfileError:
    return ProfileError(f"{where}: {complaint.key}: expected {complaint.expected}, found {complaint.found}")


def _ids(profile: Profile) -> Iterator[Complaint]:
    for table in ("channel", "stream"):
        ids = [item.id for item in getattr(profile, table)]
        for i, item in enumerate(ids):
            if item in ids[:i]:
                yield Complaint(f"{table}[{i}].id", "an id of its own", f"{item!r} twice")

        if not ids:
            yield Complaint(table, "at least one", "none")


def _match(profile: Profile) -> Iterator[Complaint]:
    if profile.source == "ble" and not profile.match.name_prefix and not profile.match.services:
        yield Complaint("match", "a name_prefix or services", "neither")


def _clock(profile: Profile) -> Iterator[Complaint]:
    kind, epoch = profile.clock.kind, profile.clock.epoch
    if (kind == "epoch") != (epoch is not None):
        yield Complaint("clock.epoch", f"{'a' if kind == 'epoch' else 'no'} date for a clock of this kind", repr(epoch))
    try:
        dt.date.fromisoformat("2000-01-01" if epoch is None else epoch)
    except ValueError:
        yield Complaint("clock.epoch", "a date as in 2000-01-01", repr(epoch))


def _channels(profile: Profile) -> Iterator[Complaint]:
    for i, channel in enumerate(profile.channel):
        for wrong in (*_ways(profile.source, channel), *_codec_keys(channel)):
            yield Complaint(f"channel[{i}].{wrong.key}", *wrong[1:])


def _ways(source: str, channel: Channel) -> Iterator[Complaint]:
    """A topic comes by MQTT, a characteristic of a service by Bluetooth, lines from a file."""
    for mode, only in _MODES.items():
        if (channel.mode == mode) != (source == only):
            yield Complaint("mode", f"{mode} with source {only}, and with no other", f"{channel.mode!r} with {source}")
    needed = {"mqtt": ("topic",), "ble": ("uuid", "service"), "file": ()}[source]
    for key in ("topic", "uuid", "service"):
        if (key in needed) != bool(getattr(channel, key)):
            yield Complaint(
                key, "a value" if key in needed else f"none with source {source}", repr(getattr(channel, key))
            )


def _codec_keys(channel: Channel) -> Iterator[Complaint]:
    """What goes with a codec, and with no other."""
    if (channel.mode == "write") != (channel.codec == "setting"):
        yield Complaint("mode", "write with codec setting, and with no other", f"{channel.mode!r} with {channel.codec}")
    for mode, codecs in (("message", _MESSAGES), ("slice", _SLICES)):
        if (channel.mode == mode) != (channel.codec in codecs):
            yield Complaint("mode", f"{mode} with one of {', '.join(codecs)}", f"{channel.mode!r} with {channel.codec}")
    if (channel.codec == "setting") != (channel.value is not None):
        yield Complaint("value", "what is written with codec setting, and with no other", repr(channel.value))
    laid_out = ("packed", *_SLICES)
    if (channel.codec in laid_out) != bool(channel.layout):
        wanted = f"a layout with one of {', '.join(laid_out)}, and with no other"
        yield Complaint("layout", wanted, repr(channel.layout))
    elif channel.codec in _SLICES:
        if not re.fullmatch(COLUMNS_PATTERN, channel.layout):
            yield Complaint("layout", 'names of columns as in "time, x"', repr(channel.layout))
    elif channel.layout and not (re.fullmatch(LAYOUT_PATTERN, channel.layout) and count_numbers(channel.layout)):
        yield Complaint(
            "layout", "< or > and numbers of a fixed size, of bBhHiIlLqQefd, as struct reads them", repr(channel.layout)
        )


def _streams(profile: Profile) -> Iterator[Complaint]:
    channels = {channel.id: channel for channel in profile.channel}
    for i, stream in enumerate(profile.stream):
        key = f"stream[{i}]"
        channel = channels.get(stream.channel)
        carries = CODECS[channel.codec].carries if channel else None
        if channel is None:
            yield Complaint(f"{key}.channel", f"one of the channels {', '.join(channels)}", repr(stream.channel))
        elif carries is not None and stream.id not in carries:
            names = ", ".join(carries) or "nothing"
            yield Complaint(f"{key}.id", f"what codec {channel.codec} carries: {names}", repr(stream.id))
        else:
            if carries is not None:
                yield from _carried(key, stream, carries[stream.id])
            yield from _made(key, stream, channel)
            if stream.range and not -math.inf < stream.range[0] < stream.range[1] < math.inf:
                yield Complaint(f"{key}.range", "two finite numbers, the lower first", str(list(stream.range)))
            yield from _commands(key, stream, [each.codec for each in profile.channel])


def _made(key: str, stream: Stream, channel: Channel) -> Iterator[Complaint]:
    """A stream that the profile itself makes of a payload says where its columns are, and no other does."""
    free = CODECS[channel.codec].carries is None
    columns = (len(stream.columns) or 1) if free else 0
    if len(stream.axes) != columns:
        yield Complaint(f"{key}.axes", f"{columns} names, as many as columns", str(len(stream.axes)))
    if channel.codec == "packed":
        places = count_numbers(channel.layout)
        for i, axis in enumerate(stream.axes):
            place = axis.removeprefix("-")
            if not (re.fullmatch(r"[0-9]{1,3}", place) and int(place) < places):
                yield Complaint(f"{key}.axes[{i}]", f"a place in the layout, 0 to {places - 1}", repr(axis))
    if (channel.codec in _MESSAGES) != bool(stream.sensor):
        yield Complaint(
            f"{key}.sensor", f"a name with one of {', '.join(_MESSAGES)}, and with no other", repr(stream.sensor)
        )
    if not math.isfinite(stream.scale) or stream.scale == 0 or (stream.scale != 1 and not free):
        wanted = "a finite number other than 0" if free else f"1 with codec {channel.codec}"
        yield Complaint(f"{key}.scale", wanted, str(stream.scale))


def _carried(key: str, stream: Stream, carried: Carried) -> Iterator[Complaint]:
    if stream.unit != carried.unit:
        yield Complaint(f"{key}.unit", repr(carried.unit), repr(stream.unit))
    if len(stream.columns) != carried.columns:
        yield Complaint(f"{key}.columns", f"{carried.columns} names", str(len(stream.columns)))


def _commands(key: str, stream: Stream, codecs: Iterable[Codec]) -> Iterator[Complaint]:
    """The writes of a stream must be commands about it, and there must be somewhere to write them."""
    writes = {op: getattr(stream, op.name.lower()) for op in Op}
    if any(writes.values()) and "pmd-control" not in codecs:
        yield Complaint(key, "a channel of codec pmd-control to write commands to", "none")
    for op, write in writes.items():
        if write is not None and _commanded(write) != (op, stream.id):
            name = op.name.lower()
            yield Complaint(f"{key}.{name}", f"a PMD command, {name} {stream.id}", repr(write))
    if (stream.start is None) != (stream.stop is None):
        yield Complaint(f"{key}.stop", "start and stop together: a stream left on empties the battery", "one of them")


def _commanded(write: str) -> tuple[Op, str] | None:
    """What a write asks for, and of which stream; None if it is no command."""
    try:
        command = decode_command(bytes.fromhex(write))
    except WireError:
        return None
    return command.op, PMD_STREAMS.get(command.measurement, ("", 0))[0]


def _examples(profile: Profile) -> Iterator[Complaint]:
    channels = [channel.id for channel in profile.channel]
    for i, example in enumerate(profile.example):
        key = f"example[{i}]"
        if (example.payload is None) != bool(example.json):
            found = "neither" if example.payload is None else "both"
            yield Complaint(key, "a payload in hexadecimal or one in json", found)
        elif example.channel in channels:
            decoded = Decoder(profile).decode(example.channel, example.encoded())
            yield from (Complaint(f"{key}.{wrong.key}", *wrong[1:]) for wrong in _differences(example, decoded))
        else:
            yield Complaint(f"{key}.channel", f"one of the channels {', '.join(channels)}", repr(example.channel))


def _differences(example: Example, decoded: Decoded) -> Iterator[Complaint]:
    """Where a payload does not decode to what its example says, and to nothing else."""
    refused = "; ".join(decoded.refused)
    if bool(example.refused) != bool(refused) or example.refused not in refused:
        yield Complaint("refused", example.refused or "nothing", refused or "nothing")
    if example.text != decoded.text:
        yield Complaint("text", repr(example.text), repr(decoded.text))
    found = {reading.stream: reading.values.tolist() for reading in decoded.readings}
    if sorted(found) != sorted(example.expect):
        yield Complaint("expect", ", ".join(example.expect) or "nothing", ", ".join(found) or "nothing")
    for stream, values in found.items():
        wanted = [list(value) if isinstance(value, tuple) else value for value in example.expect.get(stream, ())]
        if not _same(values, wanted):
            yield Complaint(f"expect.{stream}", str(wanted), str(values))
    newest = max((reading.device for reading in decoded.readings if reading.device is not None), default=None)
    if decoded.readings and newest != example.device_ns:
        yield Complaint("device_ns", str(example.device_ns), str(newest))
    if dict(decoded.skipped) != example.skipped:
        yield Complaint("skipped", str(example.skipped), str(dict(decoded.skipped)))


def _same(values: object, wanted: object) -> bool:
    if isinstance(values, list) and isinstance(wanted, list):
        return len(values) == len(wanted) and all(map(_same, values, wanted))
    return isinstance(values, float) and isinstance(wanted, float) and math.isclose(values, wanted, rel_tol=TOLERANCE)


_CHECKS: Final[tuple[Callable[[Profile], Iterator[Complaint]], ...]] = (
    _ids,
    _match,
    _clock,
    _channels,
    _streams,
    _examples,
)
