"""A session as tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from tests.exports.exported import FIGURES, NOTE, STARTED
from tidehold.exports.tables import Table
from tidehold.exports.told_tables import tables
from tidehold.log.told import Told
from tidehold.session.header import Header
from tidehold.units import NS

ALWAYS = (
    "estimates",
    "breaths",
    "holds",
    "measured",
    "findings",
    "scores",
    "cues",
    "gaps",
    "marks",
    "links",
    "pacing",
    "rejected",
)


def by_name(told: Told) -> dict[str, Table]:
    return {table.name: table for table in tables(told)}


def rows(table: Table) -> list[dict[str, Any]]:
    known = {column.name: column.known() for column in table.columns}
    return [dict(zip(known, values, strict=True)) for values in zip(*known.values(), strict=True)]


def test_all_columns_of_a_table_are_of_one_length_and_have_names_of_their_own(told: Told, by_hand: Told) -> None:
    for each in (told, by_hand):
        for table in tables(each):
            assert {len(column.values) for column in table.columns} == {table.rows}
            assert len({column.name for column in table.columns}) == len(table.columns)


def test_there_is_one_table_per_stream_and_one_per_kind(told: Told) -> None:
    assert list(by_name(told)) == [*sorted(name.replace("/", "_") for name in told.samples), *ALWAYS]


def test_a_session_without_anything_has_the_tables_of_every_session_without_rows() -> None:
    empty = by_name(Told(Path("a"), Header(session="a", started=STARTED)))
    assert tuple(empty) == ALWAYS
    assert {table.rows for table in empty.values()} == {0}


def test_every_sample_is_there(told: Told) -> None:
    found = by_name(told)
    for name, series in told.samples.items():
        table = found[name.replace("/", "_")]
        assert table.rows == len(series)
    ecg = found["strap_ecg"]
    assert np.array_equal(ecg.columns[0].values, told.samples["strap/ecg"].times)
    assert np.array_equal(ecg.columns[3].values, told.samples["strap/ecg"].values)
    assert [column.unit for column in ecg.columns] == ["ns", "s", "", "V"]


def test_cleaned_intervals_say_in_words_what_became_of_them(by_hand: Told) -> None:
    found = rows(by_name(by_hand)["strap_rr_clean"])
    assert [(row["interval_s"], row["beats"], row["flag"]) for row in found] == [
        (0.9375, 1, "clean"),
        (0.5, 2, "missed"),
        (0.75, 1, "stray"),
    ]


def test_estimates_are_in_order_of_time_and_unknown_ones_empty(by_hand: Told) -> None:
    found = rows(by_name(by_hand)["estimates"])
    assert [(row["t_s"], row["name"], row["value"], row["why"]) for row in found] == [
        (1.0, "heart/hr_bpm", None, "too early"),
        (1.25, "phone/angle_deg", 12.5, ""),
        (2.0, "heart/hr_bpm", 61.5, ""),
        (2.0, "breathing/rate_bpm", 6.25, ""),
    ]


def test_all_estimates_of_a_session_are_there(told: Told) -> None:
    assert by_name(told)["estimates"].rows == sum(len(said) for said in told.estimates.values())


def test_a_breath_has_three_moments(by_hand: Told) -> None:
    [row] = rows(by_name(by_hand)["breaths"])
    assert (row["inhale_s"], row["exhale_s"], row["end_s"], row["quality"]) == (2.0, 4.0, 8.0, 0.9)


def test_a_hold_has_all_its_figures_or_none(by_hand: Told) -> None:
    with_figures, without = rows(by_name(by_hand)["holds"])
    assert with_figures["start_ns"] == -NS // 2
    assert with_figures["score"] == 81.25
    assert json.loads(with_figures["slips_deg"]) == [4.5, 2.0]
    assert json.loads(with_figures["parts"]) == {"steadiness": 80.0}
    for name in FIGURES.__struct_fields__:
        if name != "slips":
            assert with_figures[name] == getattr(FIGURES, name)
            assert without[name] is None
    assert (without["score"], without["slips_deg"], without["why"]) == (None, None, "too short")


def test_every_figure_of_a_task_is_a_row_and_a_task_without_any_is_one_too(by_hand: Told) -> None:
    found = rows(by_name(by_hand)["measured"])
    assert [(row["task"], row["side"], row["figure"], row["value"], row["why"]) for row in found] == [
        ("stretch", "left", "reached_deg", 44.5, ""),
        ("stretch", "left", "turned_deg", None, "tipped besides"),
        ("walk", "", None, None, "too short"),
    ]


def test_a_finding_that_went_on_has_no_end(by_hand: Told) -> None:
    found = rows(by_name(by_hand)["findings"])
    assert [(row["kind"], row["start_s"], row["end_s"]) for row in found] == [
        ("breath-held", 14.0, 18.0),
        ("slouch", 54.0, None),
    ]


def test_scores_name_their_step_and_are_empty_where_there_is_none(by_hand: Told) -> None:
    found = rows(by_name(by_hand)["scores"])
    assert [(row["scope"], row["id"], row["name"], row["state"], row["score"]) for row in found] == [
        ("step", "2", "Stay", "done", 93.5),
        ("step", "3", "", "todo", None),
        ("session", "r", "", "cut", None),
    ]
    assert (json.loads(found[0]["parts"]), json.loads(found[0]["figures"])) == ({"a": 1.0}, {"b": None})


def test_what_the_person_did_and_was_told_is_there_to_the_letter(by_hand: Told) -> None:
    found = by_name(by_hand)
    assert [(row["t_s"], row["verb"], row["arg"]) for row in rows(found["marks"])] == [
        (2.0, "pain", "6 left hip"),
        (9.0, "note", NOTE),
    ]
    assert [(row["kind"], row["text"]) for row in rows(found["cues"])] == [("step", "Stay")]


def test_gaps_that_cannot_be_counted_have_no_count(by_hand: Told) -> None:
    found = rows(by_name(by_hand)["gaps"])
    assert [(row["stream"], row["start_s"], row["end_s"], row["lost_samples"]) for row in found] == [
        ("strap/ecg", 10.0, 12.0, 260),
        ("strap/rr", 20.0, 30.0, None),
    ]


def test_links_have_their_reason_and_no_address(by_hand: Told) -> None:
    [row] = rows(by_name(by_hand)["links"])
    assert (row["source"], row["state"], row["reason"]) == ("strap", "down", "lost")
    assert "00:11" not in str(row)


def test_breathing_that_was_asked_for_has_its_end_or_goes_on(by_hand: Told) -> None:
    found = rows(by_name(by_hand)["pacing"])
    parts = [(row["inhale_s"], row["full_s"], row["exhale_s"], row["empty_s"]) for row in found]
    assert parts == [(4, 0, 6, 0), (2, 1, 3, 1)]
    assert [(row["start_s"], row["end_s"]) for row in found] == [(5.0, 25.0), (30.0, None)]


def test_what_was_rejected_is_counted(by_hand: Told) -> None:
    [row] = rows(by_name(by_hand)["rejected"])
    assert row == {"channel": "phone/a/b", "why": "of no: known kind", "count": 3}
