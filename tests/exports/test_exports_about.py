"""What is said beside the tables."""

from __future__ import annotations

import json
from pathlib import Path

from tests.exports.exported import STARTED
from tidehold import __version__
from tidehold.exports.about import about
from tidehold.exports.told_tables import tables
from tidehold.log.notes import Recovered
from tidehold.log.told import Told
from tidehold.records import UnixNs
from tidehold.session.header import Header


def test_it_says_what_the_session_was_when_and_with_what_it_was_made(told: Told) -> None:
    said = about(told, tables(told), ".csv")
    assert said["session"] == "size-1"
    assert said["started"] == "2026-09-21T19:43:20.123456789+05:30"
    assert (said["time_zone"], said["length_s"], said["interrupted"]) == ("+05:30", 32.0, False)
    assert said["exported_with"] == {"tidehold": __version__}
    assert said["header"]["routine"]["id"] == "r"
    assert "polar-h10" in said["header"]["profiles"]
    assert said["frames"] == dict(sorted(told.frames.items()))


def test_it_describes_every_column_of_every_table(told: Told) -> None:
    some = list(tables(told))
    said = about(told, some, ".parquet")["tables"]
    assert list(said) == [table.name for table in some]
    assert said["strap_ecg"]["file"] == "strap_ecg.parquet"
    assert said["strap_ecg"]["rows"] == len(told.samples["strap/ecg"])
    assert said["strap_ecg"]["columns"]["ecg_v"] == {"kind": "float", "unit": "V"}


def test_it_is_json_also_of_a_recovered_session_without_an_end() -> None:
    note = Recovered(source="a.part", when=UnixNs(5), lost=(), missing=(), header="kept", outputs="made again")
    told = Told(Path("/home/me/a.mcap"), Header(session="a", started=STARTED), note)
    said = json.loads(json.dumps(about(told, [], ".csv"), allow_nan=False))
    assert (said["ended"], said["interrupted"], said["recovered"]["source"]) == (None, True, "a.part")
    assert "/home/me" not in json.dumps(said)
