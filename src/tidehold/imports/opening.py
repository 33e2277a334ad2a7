"""A file or folder of another program: opened, recognised by what is in it, and read."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Final

from tidehold.errors import LogError
from tidehold.imports.hrv_logger import read_hrv_logger
from tidehold.imports.lines import lines_of
from tidehold.imports.nouns import Found
from tidehold.imports.rr_text import read_rr_text, started_by_name
from tidehold.imports.sensor_logger import CHANNELS, read_sensor_files, read_sensor_records
from tidehold.log.disk import named, read_whole
from tidehold.log.layout import MAGIC
from tidehold.wire.profile import Profile
from tidehold.wire.table import is_number

AUTO: Final = "auto"
MOST_BYTES: Final = 1 << 30
"""Of all that is read of one recording: a day of three sensors at 100 Hz is about as much."""
_LOOKED_AT: Final = 40
"""Lines from which a text is recognised."""
_PLAIN_SHARE: Final = 0.5
_ZIP: Final = b"PK\x03\x04"
_SENSORS: Final = frozenset((*CHANNELS, "annotation", "metadata"))
KNOWN: Final = (
    'RR intervals (text, one a line), HRV Logger ("timestamp, rr, since_start"), Elite HRV, '
    "or Sensor Logger (zip, folder, CSV or JSON)"
)


def read_recording(path: Path, origin: str, profiles: Mapping[str, Profile]) -> Found:
    """The recording in a file or folder.

    Args:
        path: File, folder or zip.
        origin: What it is; "auto": what it looks like.
        profiles: Of files, by id.

    Raises:
        LogError: It cannot be read, is not what it is said to be, or nothing in it can be used.
    """
    if path.is_dir():
        return _folder(path, origin, profiles)
    with named("read", path):
        size = path.stat().st_size
    if size > MOST_BYTES:
        raise _too_large(path.name)
    raw = read_whole(path)
    if not raw.strip(b"\0 \t\r\n"):
        raise LogError(f"{path.name}: the file is empty: nothing was imported")
    if raw.startswith(MAGIC):
        raise LogError(f"{path.name}: this is a session file: put it into the folder of the sessions as it is")
    looks = recognise(path.name, raw)
    kind = looks if origin in (AUTO, _family(looks)) else origin
    if kind == "zip":
        return read_sensor_files(path.name, _unzipped(path), profiles)
    if kind == "json":
        return read_sensor_records(path.name, raw, profiles)
    if kind in ("csv", "sensorlogger"):
        return read_sensor_files(path.name, {path.name: raw}, profiles)
    if kind == "hrvlogger":
        return read_hrv_logger(path, raw, profiles)
    if kind in ("rr", "elitehrv"):
        return read_rr_text(path, raw, profiles, kind)
    raise LogError(f"{path.name}: not recognised; known are {KNOWN}: name it with --from, or look at the file")


def recognise(name: str, raw: bytes) -> str:
    """What a file looks like: "zip", "json", "csv" (all Sensor Logger's), "hrvlogger", "elitehrv", "rr"; else ""."""
    if raw.startswith(_ZIP):
        return "zip"
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{")):
        return "json"
    return _recognise_text(name, [line.raw.strip() for line in islice(lines_of(raw[: 1 << 16]), _LOOKED_AT)])


def _recognise_text(name: str, lines: list[bytes]) -> str:
    if not lines:
        return ""
    names = {field.strip(" \"'").lower() for field in lines[0].decode("latin-1").split(",")}
    if {"time", "seconds_elapsed"} <= names:
        return "csv"
    if "rr" in names and names & {"timestamp", "date"}:
        return "hrvlogger"
    plain = [line for line in lines if not line.startswith(b"#")]
    if plain and sum(map(is_number, plain)) > _PLAIN_SHARE * len(plain):
        return "rr" if started_by_name(name) is None else "elitehrv"
    return ""


def _family(looks: str) -> str:
    """The origin that what a file looks like belongs to."""
    return "sensorlogger" if looks in ("zip", "json", "csv") else looks


def _folder(path: Path, origin: str, profiles: Mapping[str, Profile]) -> Found:
    with named("read the folder", path):
        there = sorted(each for each in path.iterdir() if each.is_file() and each.suffix.lower() == ".csv")
    files = [each for each in there if each.stem.lower() in _SENSORS]
    if origin not in (AUTO, "sensorlogger") or not files:
        raise LogError(
            f"{path}: expected a folder that Sensor Logger exported, with Gyroscope.csv, Gravity.csv ... in it: "
            "nothing was imported"
        )
    if sum(each.stat().st_size for each in files) > MOST_BYTES:
        raise _too_large(path.name)
    raw = {each.name: read_whole(each) if each in files else b"" for each in there}
    return read_sensor_files(path.name, raw, profiles)


def _unzipped(path: Path) -> dict[str, bytes]:
    """The CSV files of a zip that are of use, as bytes; of the others only the names."""
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                stem, _, suffix = member.filename.rpartition("/")[2].rpartition(".")
                if suffix.lower() != "csv":  # a folder's name ends in "/": it has none
                    continue
                wanted = stem.lower() in _SENSORS
                left -= member.file_size if wanted else 0
                if left < 0:
                    raise _too_large(path.name)
                files[member.filename] = archive.read(member) if wanted else b""
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError) as error:
        raise LogError(
            f"{path.name}: the zip cannot be read ({error}): nothing was imported; unpack it first"
        ) from None
    return files


def _too_large(name: str) -> LogError:
    return LogError(f"{name}: more than {MOST_BYTES >> 20} MiB: nothing was imported")
