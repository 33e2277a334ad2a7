"""The data's quality in words."""

from __future__ import annotations

import numpy as np

from tests.report.made import beats, cells, estimate, gap, made, ns, rows, samples, table_of
from tidehold.log.told import Told
from tidehold.records import Rejected
from tidehold.report.breathing import breathing
from tidehold.report.heart import heart
from tidehold.report.nouns import Section
from tidehold.report.quality import quality
from tidehold.report.quality_section import grade_reasons, quality_section


def section_of(told: Told) -> Section:
    return quality_section(quality(told, breathing(told), heart(told).whole))


def sound() -> Told:
    told = made(120)
    beats(told, np.full(147, 0.8))
    samples(told, "phone/acc", 20, 0, 120)
    return told


def test_the_grade_says_by_which_limits() -> None:
    section = section_of(sound())
    assert section.text[0].startswith("The data are good. The grade is the worst of the parts")
    assert rows(section)["grade"] == "good"
    table = table_of(section, "How the grade")
    assert cells(table)["heartbeats known"] == ("98.0 %", "95 % or more", "80 % or more", "good")
    assert cells(table)["recording"] == ("finished", "whole", "cut or with holes", "good")


def test_a_worse_grade_says_why() -> None:
    told = made(50, stop=False)
    told.hear(Rejected(ns(4), "phone", "push", "duplicate", 3))
    found = quality(told, breathing(told), heart(told).whole)
    assert grade_reasons(found) == "length 50 s (good: 60 s or more) and sensors heard none (good: all)"
    section = quality_section(found)
    assert section.text[0].startswith("The data are poor. Length 50 s")
    assert section.text[1].startswith("Interrupted: the recording has no end")
    assert rows(section)["artefacts"] == "- no heartbeats"
    assert table_of(section, "Parts of messages").rows == (("phone/push: duplicate", "3"),)
    assert not [table for table in section.tables if table.title == "Streams"]


def test_streams_gaps_clocks_and_artefacts_are_in_the_ledger() -> None:
    told = sound()
    beats(told, np.full(10, 0.8), 118.7, [0] * 9 + [4])
    gap(told, "strap/rr", 10, 14, "link lost")
    gap(told, "phone/acc", 10, 12.5, "asleep", 50)
    estimate(told, "strap/clock_drift_ppm", 60, 61.2)
    estimate(told, "strap/clock_residual_ms", 60, 35.4)
    estimate(told, "strap/rr_coverage", 66, 0.934)
    estimate(told, "align/residual_ms", 60, None, why="collecting")
    section = section_of(told)
    assert table_of(section, "What is missing").rows == (
        ("strap/rr", "link lost", "1", "4 s", "4 s", "-"), ("phone/acc", "asleep", "1", "2.5 s", "2.5 s", "50"),
    )  # fmt: skip
    assert cells(table_of(section, "Streams"))["phone/acc"] == ("2400", "20.00", "100.0 %", "1", "2.5 s")
    assert cells(table_of(section, "Heartbeats by")) == {"clean": ("156",), "stray": ("1",)}
    said = rows(section)
    assert said["clock of the strap, drift"] == "61 ppm"
    assert said["clock of the strap, messages late by"] == "35 ms"
    assert said["RR coverage of a minute"] == "93.4 to 93.4 %"
    assert said["strap and phone apart by at most"] == "- collecting"


def test_of_very_many_kinds_of_gaps_the_rest_is_counted() -> None:
    told = sound()
    for place in range(45):
        gap(told, "phone/acc", 10, 11 + place, f"reason {place}")
    table = table_of(section_of(told), "What is missing")
    assert (len(table.rows), table.notes) == (40, ("5 more kinds of gaps are not shown.",))
