"""The page's HTML: one file, no network, everything that people wrote escaped."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from html import unescape
from pathlib import Path

import msgspec
import pytest

from tests.report.drawable import bare, report, told
from tidehold.errors import ConfigError
from tidehold.report.figures import HALF, new_figure
from tidehold.report.nouns import Report, Row, Section, Table
from tidehold.report.page import page, write_page
from tidehold.report.plots import plots

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&$$x$$"


@pytest.fixture(scope="module")
def whole() -> str:
    return page(report(), plots(told()))


def scripts(html: str) -> list[str]:
    return re.findall(r"<script>(.*?)</script>", html, re.DOTALL)


def without_scripts(html: str) -> str:
    return re.sub(r"<script>.*?</script>", "", html, flags=re.DOTALL)


def sections(*rows: Row) -> Report:
    return Report(title="T", about={}, sections=(Section(id="a", title="A", rows=rows),))


def test_bokeh_is_in_the_page_once_and_the_page_is_small(whole: str) -> None:
    assert whole.count("Bokeh Contributors") == 1
    assert 1.2e6 < len(whole.encode()) < 1.6e6


def test_nothing_is_asked_of_any_network(whole: str) -> None:
    html = without_scripts(whole)
    assert not re.search(r"""\b(src|srcset|action|poster)\s*=|@import|url\(|https?:|<link|<iframe|<object""", html)
    assert set(re.findall(r'href="([^"]*)"', html)) == {f"#{section.id}" for section in report().sections}


def test_the_policy_lets_these_scripts_run_and_no_other(whole: str) -> None:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', whole)
    assert found
    policy = dict(part.strip().split(" ", 1) for part in unescape(found[1]).split(";"))
    sums = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts(whole)]
    assert len(sums) == 3
    assert policy["script-src"] == " ".join(f"'sha256-{each}'" for each in sums)
    assert (policy["default-src"], policy["base-uri"], policy["form-action"]) == ("'none'", "'none'", "'none'")
    assert "unsafe-eval" not in found[1]


def test_a_page_without_plots_has_no_script_at_all() -> None:
    html = page(report())
    assert "<script" not in html
    assert "script-src 'none'" in html
    assert len(html) < 20_000
    assert page(report(), {"heart": []}) == html


def test_each_plot_has_its_place_in_its_section(whole: str) -> None:
    drawn = {name: len(own) for name, own in plots(told()).items()}
    for name, count in drawn.items():
        part = whole.split(f'<section id="{name}">')[1].split("</section>", maxsplit=1)[0]
        assert part.count("<figure") == count, name
        assert part.count("data-root-id") == count, name
    assert whole.count('<figure class="half"') == 1


def test_plots_of_no_section_are_an_error() -> None:
    with pytest.raises(ValueError, match="no section of the report for the plots of elsewhere"):
        page(report(), {"elsewhere": [new_figure("a")]})


def test_what_people_wrote_is_never_html() -> None:
    row = Row(name=NASTY, value=None, unit=NASTY, text=NASTY, why=NASTY, how=NASTY)
    table = Table(title=NASTY, columns=(NASTY,), rows=((NASTY,),), notes=(NASTY,))
    parts = tuple(
        Section(id=name, title=NASTY, text=(NASTY,), rows=(row,), tables=(table,)) for name in ("summary", "a", "b")
    )
    fig = new_figure(NASTY, NASTY, width=HALF, y_label=NASTY)
    fig.line([0, 1], [0, 1], legend_label=NASTY)
    html = page(Report(title=NASTY, about={NASTY: NASTY}, sections=parts), {"a": [fig]})
    assert "alert(1)</script>" not in html
    assert "<img" not in without_scripts(html)
    assert not re.search(r'="[^"<>]*"[^\s/>]', without_scripts(html))  # no quote ends an attribute early
    assert len(scripts(html)) == 3


def test_a_figure_says_its_value_its_sign_and_how_it_was_made() -> None:
    html = page(sections(Row(name="rate", value=6.04, unit="/min", tone="good", how="A median.")))
    assert "6.04 /min" in html
    assert 'aria-label="good">✓' in html
    assert '<div class="aside">A median.</div>' in html


def test_what_is_not_known_says_why() -> None:
    html = page(
        sections(Row(name="rate", value=None, tone="unknown", why="no strap"), Row(name="n", value=3.0, why="x"))
    )
    assert "not known" in html
    assert '<div class="aside">no strap</div>' in html
    assert '<div class="aside">x</div>' not in html


def test_how_is_said_once_where_a_section_is_for_that() -> None:
    row = Row(name="rate", value="slow", unit="1", how="A median.")
    html = page(
        Report(title="T", about={}, sections=(Section(id="a", title="A", rows=(row,)), Section(id="how", title="How")))
    )
    assert '<div class="aside">A median.</div>' not in html
    assert 'title="A median."' in html
    assert "slow</td>" in html


def test_figures_of_the_summary_are_tiles() -> None:
    html = page(report())
    assert html.count('<div class="tile ') == 2
    assert "94 of 100" in html
    assert "nobody walked" in html


def test_columns_of_numbers_are_on_the_right() -> None:
    table = Table(
        title="T", columns=("what", "left", "right"), rows=(("angle", "44.1", "-"), ("held", "1:05", "9 min"))
    )
    html = page(Report(title="T", about={}, sections=(Section(id="a", title="A", tables=(table,)),)))
    assert '<th scope="col" class="number">left</th>' in html
    assert html.count('class="number"') == 3


def test_a_page_of_few_sections_has_no_contents() -> None:
    assert "<nav" not in page(sections())
    assert "<nav" in page(report())


def test_it_is_written_whole_and_over_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "r.html"
    write_page(path, report(), told())
    assert path.stat().st_mode & 0o777 == 0o600
    html = path.read_text(encoding="utf-8")
    assert html.count("<figure") == 9
    with pytest.raises(ConfigError, match="is there already"):
        write_page(path, report("new"), None)
    assert path.read_text(encoding="utf-8") == html
    write_page(path, report("new"), None, force=True)
    assert "new" in path.read_text(encoding="utf-8")
    assert [each.name for each in path.parent.iterdir()] == ["r.html"]


def test_plots_for_which_a_report_has_no_section_are_left_out(tmp_path: Path) -> None:
    short = msgspec.structs.replace(report(), sections=report().sections[:2])
    write_page(tmp_path / "r.html", short, told())
    assert (tmp_path / "r.html").read_text(encoding="utf-8").count("<figure") == 1


def test_a_session_of_nothing_has_a_page(tmp_path: Path) -> None:
    write_page(tmp_path / "r.html", report(), bare())
    assert "<figure" not in (tmp_path / "r.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", ["bokeh.embed", "tidehold.report.plots"])
def test_without_bokeh_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, module: str) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=r"pip install 'tidehold\[report\]'"):
        write_page(tmp_path / "r.html", report(), told())
    assert not list(tmp_path.iterdir())
