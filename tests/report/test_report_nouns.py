"""The nouns of a report go through JSON and back."""

from __future__ import annotations

import msgspec
import pytest

from tidehold.report.nouns import Report, Row, Section, Table


def test_a_report_is_the_same_after_json() -> None:
    rows = (Row(name="RMSSD", value=31.5, unit="ms", text="32 ms"), Row(name="grade", value=None, why="too short"))
    table = Table(title="T", columns=("a", "b"), rows=(("1", "2"),), notes=("n",))
    report = Report(
        title="Daily", about={"date": "today"}, facts={"score": 84.0},
        sections=(Section(id="summary", title="Summary", text=("One.",), rows=rows, tables=(table,)),),
    )  # fmt: skip
    assert msgspec.json.decode(msgspec.json.encode(report), type=Report) == report


def test_a_tone_is_one_of_four() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "a", "value": 1.0, "tone": "red"}, Row)
