"""The page of a report in a real browser: it draws everything, asks nothing of any network, and prints uncut."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.report.drawable import ROUTINE, report, told
from tests.system.running import Tidehold
from tidehold.report.page import page as html_of
from tidehold.report.plots import plots

MOST_BYTES = 3_000_000
PAPER_PX = 703
"""What the page's print style leaves of the width of A4, at 96 px per inch."""
WORDS = ("begins", "ends")
NUMBERED = """() => {
  const figures = [...document.querySelectorAll('figure')];
  figures.forEach((each, number) => {
    each.querySelector('.title').textContent = `begins-${number}.`;
    each.append(`ends-${number}.`);
  });
  return figures.length;
}"""
DRAWN = """() => Object.values(Bokeh.index).filter(view => view.model.type === 'Figure').map(view => {
  const found = [];
  const look = node => { for (const each of node.querySelectorAll('*')) {
    if (each.tagName === 'svg' || each.tagName === 'canvas') found.push(each);
    if (each.shadowRoot) look(each.shadowRoot);
  } };
  look(view.el.shadowRoot);
  const box = view.el.getBoundingClientRect();
  const marks = found.flatMap(each => [...each.querySelectorAll('path, text')]);
  const inside = marks.filter(each => {
    const own = each.getBoundingClientRect();
    return own.width + own.height > 0 && own.right > box.left && own.left < box.right;
  });
  return { title: view.model.tags[0], marks: inside.length, left: box.left, right: box.right, height: box.height,
           widest: Math.max(...found.map(each => each.getBoundingClientRect().right)) };
})"""


class Opened(NamedTuple):
    """A page in the browser, what it asked the network for, and what it complained of."""

    page: Page
    asked: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("not run: chromium missing")
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def opened(browser: Browser, path: Path, **options: Any) -> Opened:
    """Open a page, and wait until everything on it is drawn."""
    page = browser.new_page(viewport={"width": 1100, "height": 900}, **options)
    found = Opened(page, [], [])
    page.on("request", lambda request: found.asked.append(request.url))
    page.on("console", lambda said: found.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.goto(path.as_uri())
    page.wait_for_function("window.Bokeh && Bokeh.documents.length && Bokeh.documents.every(each => each.is_idle)")
    return found


def assert_sound(found: Opened, path: Path) -> None:
    """Nothing but the file was asked for, there is no complaint, and each plot has something in it."""
    assert found.asked == [path.as_uri()]
    assert found.complaints == []
    drawn = found.page.evaluate(DRAWN)
    assert len(drawn) == found.page.locator("figure").count() > 0
    for plot in drawn:
        assert plot["marks"] > 15, plot  # axes and labels alone are about 10
        assert plot["height"] > 100, plot
        assert 0 <= plot["left"] < plot["widest"] <= 1100, plot


def assert_prints_uncut(found: Opened, folder: Path) -> None:
    """On paper no plot is wider than the sheet, and each is on one sheet from its title to its end."""
    found.page.emulate_media(media="print")
    for plot in found.page.evaluate(DRAWN):
        assert plot["widest"] - plot["left"] <= PAPER_PX, plot
    found.page.emulate_media(media="null")
    plots = found.page.evaluate(NUMBERED)
    printed = folder / "printed.pdf"
    found.page.pdf(path=printed, format="A4")
    if shutil.which("pdftotext") is None:
        pytest.skip("not run: pdftotext missing")
    text = subprocess.run(["pdftotext", "-raw", printed, "-"], capture_output=True, check=True, text=True).stdout
    sheets = text.split("\f")
    for number in range(plots):
        begins, ends = ([at for at, each in enumerate(sheets) if f"{word}-{number}." in each] for word in WORDS)
        assert begins == ends, number
        assert len(begins) == 1, number


def test_a_page_is_drawn_asks_no_network_and_prints_uncut(browser: Browser, tmp_path: Path) -> None:
    evil = "</script><img src=x onerror='document.title=1'>$$x$$<b>"
    named = msgspec.structs.replace(ROUTINE.phases[0].steps[0], name=evil)
    routine = msgspec.structs.replace(
        ROUTINE, phases=(msgspec.structs.replace(ROUTINE.phases[0], steps=(named,)), ROUTINE.phases[1])
    )
    session = told(routine)
    path = tmp_path / "page.html"
    path.write_text(html_of(report(evil), plots(session)), encoding="utf-8")
    found = opened(browser, path)
    assert_sound(found, path)
    assert found.page.title() == "A session"
    assert found.page.locator("#summary p").first.text_content() == evil
    assert found.page.locator("img").count() == 0

    heart = found.page.locator("#heart .plot").first
    heart.scroll_into_view_if_needed()
    box = heart.bounding_box()
    assert box is not None
    found.page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.4)
    found.page.get_by_text("60 per minute").wait_for()
    assert_prints_uncut(found, tmp_path)


def test_even_a_script_on_the_page_reaches_no_network(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(html_of(report(), {}), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    tried = """async () => {
      const forbidden = new Promise(tell =>
        addEventListener('securitypolicyviolation', event => tell(event.effectiveDirective)));
      await fetch('http://127.0.0.1:9/').catch(() => 0);
      return await forbidden;
    }"""
    assert page.evaluate(tried) == "connect-src"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_colours_of_the_system(browser: Browser, tmp_path: Path, scheme: Any) -> None:
    path = tmp_path / "page.html"
    path.write_text(html_of(report(), {}), encoding="utf-8")
    page = browser.new_page(color_scheme=scheme)
    page.goto(path.as_uri())
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(25, 25, 25)"}[scheme]
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [
        ("calm-6", "--seconds", 200),
        ("breath-held", "--seconds", 200),
        ("link-drops", "--seconds", 200),
        ("phone-offline", "--seconds", 200, "--phone"),
        ("daily-followed", "--phone"),
        ("psoas-relief-broken", "--phone"),
    ],
    ids=lambda words: str(words[0]),
)
def test_reports_of_whole_sessions(
    browser: Browser, tmp_path: Path, tidehold: Tidehold, words: tuple[object, ...]
) -> None:
    made = tidehold("simulate", "session", "--scenario", *words, "--out", tmp_path, "--json")
    assert made.code == 0, made.err
    path = tmp_path / "report.html"
    done = tidehold("report", made.json["session"], "--out", path)
    assert done.code == 0, done.err
    assert path.stat().st_size < MOST_BYTES
    found = opened(browser, path)
    assert_sound(found, path)
    assert_prints_uncut(found, tmp_path)
