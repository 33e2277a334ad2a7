"""Files and folders of other programs: recognised by what is in them, refused by name."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.imports.sensor_files import csv_of, json_of, records_of, rows, write_folder
from tidehold.errors import LogError
from tidehold.imports import opening
from tidehold.imports.opening import read_recording, recognise
from tidehold.log.layout import MAGIC
from tidehold.sources.profiles import file_profiles

PROFILES = file_profiles()
GYR = rows(1, 5)
FILES = {
    "a.json": (json_of(records_of("Gyroscope", GYR)).encode(), "json"),
    "Gyroscope.csv": (csv_of(GYR).encode(), "csv"),
    "hrv.csv": (b"timestamp, rr, since_start \n\n1675889367255,894,1\n", "hrvlogger"),
    "iphone.csv": (b"date,rr,since start\n2025-03-15 09:00:15.123,823,0\n", "hrvlogger"),
    "rr.txt": (b"# of a morning\n812\n830\nabc\n", "rr"),
    "2017-07-16 08-12-33.txt": (b"812\n830\n", "elitehrv"),
}


@pytest.mark.parametrize(("name", "raw", "looks"), [(name, *each) for name, each in FILES.items()], ids=FILES)
def test_a_file_is_known_by_what_is_in_it(tmp_path: Path, name: str, raw: bytes, looks: str) -> None:
    (tmp_path / name).write_bytes(raw)
    assert recognise(name, raw) == looks
    assert recognise(name, b"\xef\xbb\xbf" + raw) == looks
    found = read_recording(tmp_path / name, "auto", PROFILES)
    origin = "sensorlogger" if looks in ("json", "csv") else looks
    assert found.origin == origin
    assert read_recording(tmp_path / name, origin, PROFILES).frames == found.frames


def test_a_folder_and_its_zip_are_the_same(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "export", {"Gyroscope": GYR}, Location="time\n1\n", Notes="x\n")
    (folder / "Microphone.mp4").write_bytes(b"none of it")
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("export")
        for file in sorted(folder.iterdir()):
            archive.write(file, f"export/{file.name}")
    one, other = (read_recording(tmp_path / name, "auto", PROFILES) for name in ("export", "export.zip"))
    assert one.frames == other.frames
    assert (one.started, one.about) == (other.started, other.about)
    assert set(one.left_out) == {"Location.csv", "Notes.csv"}
    assert set(other.left_out) == {"export/Location.csv", "export/Notes.csv"}


@pytest.mark.parametrize(
    ("raw", "origin", "why"),
    [
        (b"", "auto", "the file is empty"),
        (b"\0\0\n", "rr", "the file is empty"),
        (MAGIC + b"\x01", "auto", "this is a session file: put it into the folder of the sessions as it is"),
        (b"Dear diary\n", "auto", "not recognised; known are RR intervals"),
        (b"Dear diary\n", "rr", "no RR interval in it"),
        (b"Dear diary\n", "hrvlogger", "no RR interval with a time in it"),
        (b"Dear diary\n", "sensorlogger", "no sample of a sensor"),
        (b"PK\x03\x04 but no zip", "auto", r"the zip cannot be read \(File is not a zip file\)"),
        (b"[]", "auto", "no sample of a sensor"),
    ],
)
def test_what_is_none_of_them_is_refused_by_name(tmp_path: Path, raw: bytes, origin: str, why: str) -> None:
    (tmp_path / "x.txt").write_bytes(raw)
    with pytest.raises(LogError, match=rf"x\.txt: {why}"):
        read_recording(tmp_path / "x.txt", origin, PROFILES)


def test_folders_that_are_none_and_files_that_are_not_there(tmp_path: Path) -> None:
    for origin in ("auto", "rr", "sensorlogger"):
        with pytest.raises(LogError, match="expected a folder that Sensor Logger exported"):
            read_recording(tmp_path, origin, PROFILES)
    with pytest.raises(LogError, match=r"cannot read .*gone\.txt"):
        read_recording(tmp_path / "gone.txt", "auto", PROFILES)


def test_what_is_too_large_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_BYTES", 1 << 20)
    folder = write_folder(tmp_path / "export", {"Gyroscope": GYR})
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Gyroscope.csv", b"0" * (2 << 20))
    os.truncate(folder / "Gyroscope.csv", 2 << 20)
    (tmp_path / "rr.txt").write_bytes(b"800\n" * (1 << 19))
    for name in ("bomb.zip", "export", "rr.txt"):
        with pytest.raises(LogError, match="more than 1 MiB: nothing was imported"):
            read_recording(tmp_path / name, "auto", PROFILES)


def zipped() -> bytes:
    with zipfile.ZipFile(held := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Gyroscope.csv", csv_of(GYR[:5]))
    return held.getvalue()


ZIP = zipped()


def test_a_zip_with_a_nameless_file_in_it_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("?", b"")
        archive.writestr("Sub.csv/", b"")
        archive.writestr("Gyroscope.csv", csv_of(GYR[:5]))
    (tmp_path / "x.zip").write_bytes((tmp_path / "x.zip").read_bytes().replace(b"?", b"\0"))  # a name ends at its NUL
    assert read_recording(tmp_path / "x.zip", "auto", PROFILES).source == "phone"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(4, len(ZIP) - 1), st.integers(0, 255), st.integers(0, len(ZIP)))
def test_a_damaged_zip_is_read_or_refused(tmp_path: Path, at: int, byte: int, cut: int) -> None:
    changed = bytearray(ZIP)
    changed[at] = byte
    for raw in (bytes(changed), ZIP[: max(4, cut)]):
        (tmp_path / "x.zip").write_bytes(raw)
        try:
            found = read_recording(tmp_path / "x.zip", "auto", PROFILES)
        except LogError:
            continue
        assert found.source == "phone"
