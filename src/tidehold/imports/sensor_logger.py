"""Sensor Logger's own exports: the CSV files of a zip or folder, one of them alone, or JSON.

What a person carries about is not all for a session file: of the files and records only motion, battery and the notes
are taken; of Metadata the platform, the version and the time zone.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from tidehold.imports.lines import lines_of
from tidehold.imports.nouns import LONGEST_NS, Broken, Found, nothing_sound, too_long
from tidehold.imports.record_scan import Record, records_of
from tidehold.imports.slices import Piece, Sensor, frames_of, rows_of
from tidehold.records import HostNs, Mark, UnixNs
from tidehold.units import NS
from tidehold.wire.decoder import Decoder
from tidehold.wire.json_parts import NOT_JSON, refusal
from tidehold.wire.profile import Profile
from tidehold.wire.table import read_time

SOURCE: Final = "phone"
ANDROID: Final = "sensor-logger-export-android"
IOS: Final = "sensor-logger-export-ios"
CHANNELS: Final = {
    "accelerometeruncalibrated": "acceleration",
    "totalacceleration": "acceleration",
    "gyroscope": "gyroscope",
    "gravity": "gravity",
    "accelerometer": "user-acceleration",
    "orientation": "orientation",
    "battery": "battery",
}
"""By what the app calls a sensor, without capitals. Both kinds of acceleration with gravity are one stream: the
first of them that is there is taken."""
NOTE: Final = "note"
MAX_NOTE: Final = 2_000
BEFORE_NS: Final = 60 * NS
"""The recording began no longer before its first sample than this, or Metadata tells of another."""
G_BELOW: Final = 4.0
"""Acceleration at rest is 1 in g and 9.8 in m/s^2: half of the samples below this are in g."""
ENOUGH: Final = 300
"""Samples that tell."""


class Exported(NamedTuple):
    """What is in an export, by sensor: name to be told, bytes, pieces; annotations (time, text); Metadata."""

    sensors: dict[str, tuple[str, bytes, list[Piece]]]
    notes: list[tuple[int, str]]
    about: dict[str, str]
    broken: list[Broken]
    left_out: dict[str, int]


def read_sensor_files(name: str, files: Mapping[str, bytes], profiles: Mapping[str, Profile]) -> Found:
    """The recording in CSV files.

    Args:
        name: Of the folder, zip or file, for complaints.
        files: By their names, "Gyroscope.csv" ...
        profiles: Of files, by id.

    Raises:
        LogError: Nothing in it can be used, or it would be longer than a day.
    """
    exported = Exported({}, [], {}, [], {})
    first: str | None = None
    for file, raw in files.items():
        folder, _, base = file.rpartition("/")
        sensor = base.rpartition(".")[0].lower()
        first = folder if first is None and sensor in CHANNELS else first
        if first not in (None, folder):  # of another recording, with the same names
            exported.left_out[file] = 1
        elif sensor in CHANNELS:
            pieces = [Piece(line.start, line.end, line.number) for line in lines_of(raw)]
            exported.sensors[sensor] = (file, raw, pieces)
        elif sensor == "annotation":
            _read_annotations(file, raw, exported)
        elif sensor == "metadata":
            exported.about.update(_first_row(raw))
        else:
            exported.left_out[file] = 1
    return _found(name, exported, profiles)


def read_sensor_records(name: str, raw: bytes, profiles: Mapping[str, Profile]) -> Found:
    """The recording in a JSON export.

    Raises:
        LogError: Nothing in it can be used, or it would be longer than a day.
    """
    exported = Exported({}, [], {}, [], {})
    others: Counter[str] = Counter()
    current: list[Piece] | None = None
    for record in records_of(raw):
        sensor = str(record.parts.get("sensor", "")).lower() if record.parts else ""
        if sensor in CHANNELS:
            current = exported.sensors.setdefault(sensor, (name, raw, []))[2]
            current.append(Piece(record.start, record.end, record.number))
        elif record.parts is None:
            _keep_broken(name, raw, record, current, exported.broken)
        elif sensor == "annotation":
            parts = json.loads(raw[record.start : record.end].decode("utf-8", "replace"))
            _note(f"{name}:{record.number}", parts, exported)
        elif sensor == "metadata":
            exported.about.update({key.lower(): str(value) for key, value in record.parts.items()})
        else:
            others[sensor or "records without a sensor"] += 1
    exported.left_out.update(others)
    return _found(name, exported, profiles)


def _keep_broken(name: str, raw: bytes, record: Record, current: list[Piece] | None, broken: list[Broken]) -> None:
    """A part that is no record: nobody knows what of, so it is said in the session, and not kept."""
    if current is None:
        broken.append(Broken(f"{name}:{record.number}", NOT_JSON))
    else:
        stands_for = refusal(raw[record.start : record.end], NOT_JSON)
        current.append(Piece(record.start, record.end, record.number, stands_for))


def _found(name: str, exported: Exported, profiles: Mapping[str, Profile]) -> Found:
    broken, left_out = list(exported.broken), dict(exported.left_out)
    profile = profiles[_profile_of(exported, profiles)]
    sensors = []
    for sensor, (file, raw, pieces) in _chosen(exported.sensors, profile.id, left_out).items():
        channel = CHANNELS[sensor]
        rows = rows_of(Decoder(profile), channel, raw, pieces)
        sensors.append(Sensor(file, channel, raw, rows))
        broken += sensors[-1].broken()
    times = [
        time for each in sensors for time in (min(each.times, default=None), max(each.times, default=None)) if time
    ]
    if not times:
        raise nothing_sound(name, "sample of a sensor that Tidehold uses", broken)
    start, end = _start(exported.about, min(times)), max(times)
    if end - start > LONGEST_NS:
        raise too_long(name, end - start)
    frames = [frame for each in sensors for frame in frames_of(SOURCE, each, start)]
    marks = [
        Mark(HostNs(min(max(0, time - start), end - start)), NOTE, text[:MAX_NOTE])
        for time, text in sorted(exported.notes)
    ]
    return Found(
        origin="sensorlogger",
        source=SOURCE,
        profile=profile.id,
        frames=sorted(frames, key=lambda frame: frame.t),
        marks=marks,
        started=UnixNs(start),
        started_by="the file",
        utc_offset_s=_offset_s(exported.about, start),
        broken=broken,
        left_out=left_out,
        about={
            key: exported.about[said][:32]
            for key, said in (("platform", "platform"), ("app", "appversion"), ("standardised", "standardisation"))
            if exported.about.get(said)
        },
    )


def _chosen(
    sensors: Mapping[str, tuple[str, bytes, list[Piece]]], profile: str, left_out: dict[str, int]
) -> dict[str, tuple[str, bytes, list[Piece]]]:
    """One sensor for a channel; the units of an iPhone's total acceleration are nowhere said."""
    chosen: dict[str, tuple[str, bytes, list[Piece]]] = {}
    taken: set[str] = set()
    for sensor, channel in CHANNELS.items():
        if sensor not in sensors:
            continue
        if channel in taken or (sensor == "totalacceleration" and profile == IOS):
            left_out[sensor] = len(sensors[sensor][2])
        else:
            taken.add(channel)
            chosen[sensor] = sensors[sensor]
    return chosen


def _profile_of(exported: Exported, profiles: Mapping[str, Profile]) -> str:
    """Android's units or those of an iPhone, by Metadata, or else by what the acceleration is."""
    platform = exported.about.get("platform", "").lower()
    if platform:
        return IOS if platform == "ios" and exported.about.get("standardisation", "").lower() != "true" else ANDROID
    if "accelerometeruncalibrated" not in exported.sensors:
        return ANDROID
    _, raw, pieces = exported.sensors["accelerometeruncalibrated"]
    return IOS if _length(raw, pieces[:ENOUGH], profiles[ANDROID]) < G_BELOW else ANDROID


def _length(raw: bytes, pieces: list[Piece], profile: Profile) -> float:
    """Median length of an acceleration, in the units of the file as they are by `profile`; inf if there is none."""
    decoder = Decoder(profile)
    every = [decoder.decode("acceleration", raw[piece.start : piece.end]).readings for piece in pieces]
    lengths = [float(np.linalg.norm(readings[0].values[0])) for readings in every if readings]
    return float(np.median(lengths)) if lengths else np.inf


def _first_row(raw: bytes) -> dict[str, str]:
    """Metadata: a heading, and one row."""
    try:
        heading, row = islice(csv.reader(io.StringIO(_text(raw))), 2)
    except (ValueError, csv.Error):  # fewer rows, or none that a reader of CSV understands
        return {}
    return {key.strip().lower(): value.strip() for key, value in zip(heading, row, strict=False)}


def _read_annotations(file: str, raw: bytes, exported: Exported) -> None:
    reader = csv.reader(io.StringIO(_text(raw)))
    heading: list[str] | None = None
    try:
        for row in reader:
            if heading is None:
                heading = row
            elif any(row):
                _note(f"{file}:{reader.line_num}", dict(zip(heading, row, strict=False)), exported)
    except csv.Error as error:
        exported.broken.append(Broken(f"{file}:{reader.line_num}", str(error)))


def _note(where: str, parts: Mapping[str, Any], exported: Exported) -> None:
    """What the person wrote, at its time."""
    parts = {key.strip().lower(): value for key, value in parts.items()}
    time = read_time(str(parts.get("time", "")).encode())
    if isinstance(time, str):
        exported.broken.append(Broken(where, time))
    elif text := str(parts.get("text", "")).strip():
        exported.notes.append((time, text.replace("\0", " ")))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8-sig", "replace").replace("\0", " ")


def _start(about: Mapping[str, str], first: int) -> int:
    """When the recording began: as Metadata says, if that is just before the first sample; else with it."""
    said = read_time(about.get("recording epoch time", "").encode())
    if isinstance(said, int) and first - BEFORE_NS <= said * 1_000_000 <= first:
        return said * 1_000_000
    return first


def _offset_s(about: Mapping[str, str], start: int) -> int | None:
    """Where the recording was made, as far as a clock tells."""
    try:
        zone = ZoneInfo(about.get("recording timezone", "") or "?")
        offset = dt.datetime.fromtimestamp(start // NS, zone).utcoffset()
    except (OSError, ValueError, OverflowError, KeyError):  # no such zone, or none that this machine knows
        return None
    return None if offset is None else round(offset.total_seconds())
