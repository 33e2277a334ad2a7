"""How the numbers were made."""

from __future__ import annotations

from tests.report.made import cells, made, table_of
from tidehold.report.how import HOW, how_section
from tidehold.report.nouns import Row, Section


def test_only_figures_of_this_report_are_explained_each_sentence_once() -> None:
    rows = (
        Row(name="RMSSD during", value=1.0, how=HOW["rmssd"]),
        Row(name="RMSSD", value=None, how=HOW["rmssd"]),
        Row(name="plain", value=1.0),
    )
    sections = [Section(id="a", title="A", rows=rows), Section(id="b", title="B", rows=rows[:1])]
    section = how_section(made(10, params={"heart.window_s": 30.0}), sections)
    assert table_of(section, "Figures").rows == (("RMSSD during, RMSSD", HOW["rmssd"]),)
    assert cells(table_of(section, "Recorded with")) == {"tidehold": ("0.1.0",)}
    assert cells(table_of(section, "Figures of the analysis")) == {"heart.window_s": ("30",)}


def test_a_report_without_figures_has_no_tables() -> None:
    assert how_section(made(10, software={}), []).tables == ()


def test_every_sentence_ends_as_one_and_is_there_once() -> None:
    assert all(not text[0].islower() and text.endswith(".") for text in HOW.values())
    assert len(set(HOW.values())) == len(HOW)
