"""Sensor Logger's exports by an independent writer: every sample and time comes back, and nothing private does."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.imports.sensor_files import METADATA, T0, Rows, csv_of, json_of, metadata_csv, records_of, rows
from tidehold.errors import LogError
from tidehold.imports.inputs import inputs_of
from tidehold.imports.nouns import Broken, Found
from tidehold.imports.sensor_logger import read_sensor_files, read_sensor_records
from tidehold.records import Frame, Link, Mark, Rejected, Sample, UnixNs
from tidehold.session.file_intake import FileIntake
from tidehold.sources.profiles import file_profiles

PROFILES = file_profiles()
ANNOTATION = (
    "time,seconds_elapsed,text,millisecond_press_duration\n"
    f'{T0 + 500_000_000},0.5,"left, hip é",\n\n{T0},0,,\nsoon,0,x,\n'
)


def files(tables: dict[str, Rows], **texts: str) -> dict[str, bytes]:
    csv = {f"{name}.csv": csv_of(table).encode() for name, table in tables.items()}
    return csv | {f"{name}.csv": text.encode() for name, text in texts.items()}


def samples(found: Found) -> dict[str, tuple[list[int], list[Any]]]:
    """What the session says that is in it: times (ns since 1970) and values of each stream."""
    assert found.started is not None
    intake = FileIntake(found.source, PROFILES[found.profile], found.started)
    told: dict[str, tuple[list[int], list[Any]]] = {}
    for item in inputs_of(found, "x"):
        for out in intake.frame(item) if isinstance(item, Frame) else ():
            if isinstance(out, Sample):
                times, values = told.setdefault(out.stream, ([], []))
                times += (out.times + found.started).tolist()
                values += out.values.tolist()
    return told


def expected(table: Rows, scale: float = 1.0) -> tuple[list[int], list[list[float]]]:
    return [row[0] for row in table], [[scale * x, scale * y, scale * z] for _, x, y, z in table]


TABLES = {
    "TotalAcceleration": rows(2, 1),
    "Gyroscope": rows(2, 2),
    "Gravity": rows(2, 3, 50.0),
    "Accelerometer": rows(2, 4),
}
STREAMS = {
    "phone/acc": expected(TABLES["TotalAcceleration"]),
    "phone/gyr": expected(TABLES["Gyroscope"]),
    "phone/gravity": expected(TABLES["Gravity"]),
    "phone/user-acc": expected(TABLES["Accelerometer"]),
}


def test_every_sample_of_the_csv_files_comes_back_to_the_bit_and_the_ns() -> None:
    found = read_sensor_files("x", files(TABLES, Metadata=metadata_csv()), PROFILES)
    assert samples(found) == STREAMS
    assert (found.profile, found.broken, found.left_out) == ("sensor-logger-export-android", [], {})


@pytest.mark.parametrize("indent", [None, 1])
def test_every_record_of_the_json_file_comes_back_to_the_bit_and_the_ns(indent: int | None) -> None:
    text = json_of(*(records_of(name, table) for name, table in TABLES.items()), indent=indent)
    found = read_sensor_records("x.json", text.encode(), PROFILES)
    assert samples(found) == STREAMS
    assert (found.broken, found.left_out) == ([], {})
    assert all(frame.payload in text.encode() for frame in found.frames)


def test_the_start_and_the_time_zone_are_metadatas() -> None:
    found = read_sensor_files("x", files(TABLES, Metadata=metadata_csv()), PROFILES)
    assert (found.started, found.started_by) == (T0 // 1_000_000 * 1_000_000, "the file")
    assert found.utc_offset_s == 7200
    assert found.about == {"platform": "android", "app": "1.50.0", "standardised": "false"}


@pytest.mark.parametrize("said", ["0", "soon", "", str(T0 // 1_000_000 - 120_000), str(T0 // 1_000_000 + 5_000)])
def test_a_start_that_does_not_fit_the_samples_is_not_believed(said: str) -> None:
    about = metadata_csv(recording_epoch_time=said, recording_timezone="Nowhere/At_all")
    found = read_sensor_files("x", files(TABLES, Metadata=about), PROFILES)
    assert found.started == min(row[0] for table in TABLES.values() for row in table)
    assert found.utc_offset_s is None


def test_columns_are_those_of_the_heading_also_where_rows_are_not_in_order() -> None:
    table = rows(1, 7)
    lines = [f"{t},{x!r},{y!r},{z / 10!r}\n" for t, x, y, z in table]
    raw = "".join(["time,x,y,z\n", lines[60], *lines[:50]]).encode()
    found = read_sensor_files("x", {"Gyroscope.csv": raw}, PROFILES)
    assert samples(found) == {"phone/gyr": expected([(t, x, y, z / 10) for t, x, y, z in [*table[:50], table[60]]])}


def test_of_two_recordings_in_one_zip_the_first_is_read_and_the_other_named() -> None:
    one, other = csv_of(rows(1, 1)).encode(), csv_of(rows(2, 2)).encode()
    found = read_sensor_files(
        "x.zip", {"a/Gravity.csv": one, "b/Gravity.csv": other, "b/Gyroscope.csv": other}, PROFILES
    )
    assert found.left_out == {"b/Gravity.csv": 1, "b/Gyroscope.csv": 1}
    assert samples(found) == {"phone/gravity": expected(rows(1, 1))}


def test_an_iphones_acceleration_is_in_g_and_the_other_way_round() -> None:
    tables = {
        "AccelerometerUncalibrated": [(t, x / 10, y / 10, z / 10) for t, x, y, z in rows(1, 1)],
        "Gravity": rows(1, 2),
    }
    for about in ({"Metadata": metadata_csv(platform="ios")}, {}):
        found = read_sensor_files("x", files(tables, **about), PROFILES)
        assert found.profile == "sensor-logger-export-ios"
        told = samples(found)
        assert told["phone/acc"] == expected(tables["AccelerometerUncalibrated"], -9.80665)
        assert told["phone/gravity"] == expected(tables["Gravity"], -1.0)


def test_standardised_is_android_whatever_the_phone() -> None:
    about = metadata_csv(platform="ios", standardisation="true")
    assert read_sensor_files("x", files(TABLES, Metadata=about), PROFILES).profile == "sensor-logger-export-android"
    about = metadata_csv(platform="ios")
    found = read_sensor_files("x", files(TABLES, Metadata=about), PROFILES)
    assert (found.profile, found.left_out) == ("sensor-logger-export-ios", {"totalacceleration": 201})
    assert "phone/acc" not in samples(found)


def test_without_metadata_the_acceleration_tells_the_units() -> None:
    tables = {"AccelerometerUncalibrated": rows(1, 1), "TotalAcceleration": rows(1, 2)}
    found = read_sensor_files("x", files(tables), PROFILES)
    assert (found.profile, found.left_out) == ("sensor-logger-export-android", {"totalacceleration": 101})
    assert samples(found) == {"phone/acc": expected(tables["AccelerometerUncalibrated"])}


def test_notes_become_marks_at_their_times() -> None:
    found = read_sensor_files("x", files(TABLES, Annotation=ANNOTATION, Metadata=metadata_csv()), PROFILES)
    assert found.started is not None
    assert found.marks == [Mark(T0 + 500_000_000 - found.started, "note", "left, hip é")]  # type: ignore[arg-type]
    assert found.broken == [Broken("Annotation.csv:5", "time is not an integer")]
    note = {"sensor": "Annotation", "time": str(T0 + 500_000_000), "text": "left, hip é"}
    text = json_of(records_of("Gyroscope", TABLES["Gyroscope"]), [note])
    assert [mark.arg for mark in read_sensor_records("x", text.encode(), PROFILES).marks] == ["left, hip é"]
    escaped = json.dumps([*records_of("Gyroscope", TABLES["Gyroscope"]), note])
    assert [mark.arg for mark in read_sensor_records("x", escaped.encode(), PROFILES).marks] == ["left, hip é"]


def test_nothing_private_is_in_what_is_kept() -> None:
    place = {"sensor": "Location", "time": str(T0), "latitude": "47.3769", "longitude": "8.5417"}
    by_csv = read_sensor_files(
        "x", files(TABLES, Metadata=metadata_csv(), Location="time,latitude\n1,47.3769\n"), PROFILES
    )
    text = json_of(records_of("Gyroscope", TABLES["Gyroscope"]), [place], records_of("Gravity", TABLES["Gravity"]))
    by_json = read_sensor_records("x", text.encode(), PROFILES)
    assert (by_csv.left_out, by_json.left_out) == ({"Location.csv": 1}, {"location": 1})
    for found in (by_csv, by_json):
        kept = msgspec.json.encode(msgspec.structs.replace(found, frames=[])) + b"".join(
            each.payload for each in found.frames
        )
        assert not [
            word for word in ("47.37", "8.54", METADATA["device name"], METADATA["device id"]) if word.encode() in kept
        ]


def test_a_broken_record_is_named_replaced_and_rejected() -> None:
    records = json_of(records_of("Gyroscope", TABLES["Gyroscope"]), indent=1).split("\n },\n")
    records[50] = records[50].replace('"z": ', '"z" ')
    text = "\n },\n".join(records)
    line = text[: text.index('"z" ')].rpartition("{")[0].count("\n") + 1
    found = read_sensor_records("x.json", text.encode(), PROFILES)
    assert found.broken == [Broken(f"x.json:{line}", "not JSON")]
    (refused,) = [frame for frame in found.frames if frame.payload.startswith(b'{"refused"')]
    assert b"".join(frame.payload for frame in found.frames).count(b'"sensor"') == 199
    assert FileIntake("phone", PROFILES[found.profile], UnixNs(0)).frame(refused) == [
        Rejected(refused.t, "phone", "gyroscope", "not JSON")
    ]
    broken_before_all = read_sensor_records("x.json", b'[{"a" 1},' + text.encode()[1:], PROFILES).broken
    assert broken_before_all == [Broken("x.json:1", "not JSON"), *found.broken]


def test_a_file_cut_off_keeps_what_is_whole() -> None:
    text = json_of(records_of("Gyroscope", TABLES["Gyroscope"])).encode()
    found = read_sensor_records("x.json", text[: len(text) * 2 // 3], PROFILES)
    assert [each.why for each in found.broken] == ["not JSON"]
    times = samples(found)["phone/gyr"][0]
    assert times == STREAMS["phone/gyr"][0][: len(times)]
    assert len(times) > 100
    csv = csv_of(TABLES["Gyroscope"]).encode()
    found = read_sensor_files("x", {"Gyroscope.csv": csv[:-30]}, PROFILES)
    assert [each.where for each in found.broken] == ["Gyroscope.csv:201"]
    assert len(samples(found)["phone/gyr"][0]) == 199


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "no sample of a sensor that Tidehold uses in it: nothing"),
        ({"Location.csv": b"time\n1\n"}, "no sample of a sensor"),
        ({"Gyroscope.csv": b"time,seconds_elapsed,z,y,x\n"}, "no sample of a sensor"),
        ({"Gyroscope.csv": b"\0\xff,\n"}, r"Gyroscope\.csv:1: gyr: time is not an integer"),
    ],
)
def test_an_export_with_nothing_sound_is_refused(told: dict[str, bytes], why: str) -> None:
    with pytest.raises(LogError, match=why):
        read_sensor_files("x", told, PROFILES)


def test_days_are_refused() -> None:
    day = 86_400_000_000_000
    tables = {"Gyroscope": [(T0, 0.0, 0.0, 0.0)], "Gravity": [(T0 + 2 * day, 0.0, 0.0, 0.0)]}
    with pytest.raises(LogError, match="48 h long by its own times"):
        read_sensor_files("x", files(tables), PROFILES)


def test_the_link_says_what_it_is() -> None:
    found = read_sensor_files("x", files(TABLES), PROFILES)
    up, armed = list(inputs_of(found, "Sensor Logger export"))[:2]
    assert isinstance(up, Link)
    assert up.detail["profile"] == found.profile
    assert isinstance(armed, Link)
    assert armed.state == "armed"


TEXT = json_of(
    records_of("Gyroscope", rows(0.05, 9)), [{"sensor": "Annotation", "time": str(T0), "text": "x"}]
).encode()
CSV = csv_of(rows(0.05, 9)).encode()


@settings(max_examples=60)
@given(st.binary(max_size=40), st.integers(0, len(CSV)), st.integers(0, 60))
def test_no_bytes_crash_it(garbage: bytes, at: int, width: int) -> None:
    for name in ("Gyroscope.csv", "Annotation.csv", "Metadata.csv"):
        raw = CSV[:at] + garbage + CSV[at + width :]
        try:
            found = read_sensor_files("x", {"Gravity.csv": CSV, name: raw}, PROFILES)
        except LogError:
            continue
        assert len(samples(found)["phone/gravity"][0]) == 5
    try:
        found = read_sensor_records("x", TEXT[:at] + garbage + TEXT[at + width :], PROFILES)
    except LogError:
        return
    assert all(np.isfinite(values).all() for _, values in samples(found).values())
