"""`progress` and `compare`: many sessions, and two."""

from __future__ import annotations

import argparse
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tidehold.cli.diary import bring_up_to_date, open_diary, tell_warnings
from tidehold.cli.extras import need_report
from tidehold.cli.output import give, say, table
from tidehold.cli.settings import Settings
from tidehold.diary.catalogue import entry_of
from tidehold.diary.compare import SHARES, UNKNOWN_ERROR, Compared
from tidehold.diary.compare import compare as compare_entries
from tidehold.diary.nouns import CheckIn, Entry
from tidehold.diary.own import is_simulated
from tidehold.diary.progress import LEAST, local
from tidehold.diary.progress import progress as progress_of
from tidehold.errors import ConfigError
from tidehold.log.told import tell
from tidehold.log.whole import whole
from tidehold.records import UnixNs
from tidehold.report.page import page
from tidehold.report.progress_page import progress_plots, progress_report
from tidehold.report.text import text_of
from tidehold.units import DAY_NS

WEEK_NS: Final = 7 * DAY_NS


def progress(arguments: argparse.Namespace) -> int:
    """`tidehold progress`: what has changed over all sessions, and what has not."""
    if arguments.weeks is not None and arguments.weeks < 1:
        raise ConfigError(f"--weeks: expected a number of weeks from 1 on, found {arguments.weeks}")
    if arguments.open and not arguments.html:
        raise ConfigError("--open: expected --html F.html beside it, found no page to show")
    if arguments.html is not None:
        need_report()
    now = UnixNs(time.time_ns())
    since = None if arguments.weeks is None else UnixNs(now - arguments.weeks * WEEK_NS)
    with known(Settings.of(arguments)) as (entries, check_ins):
        seen, ever = progress_of(entries, check_ins, since, now), progress_of(entries, check_ins)
        tell_simulated(entries)
        warned = tell_warnings(entries, check_ins)
        report = progress_report(seen, warned, entries[-1].utc_offset_s if entries else 0, ever)
    if arguments.json:
        give(report.facts)
    elif arguments.html is None:
        print(text_of(report), end="")
    if arguments.html is not None:
        with whole(arguments.html, force=arguments.force) as beside:
            beside.write_text(page(report, progress_plots(seen)), encoding="utf-8", newline="\n")
        say(f"wrote {arguments.html}")
        if arguments.open:
            webbrowser.open(arguments.html.absolute().as_uri())
    return 0


def compare(arguments: argparse.Namespace) -> int:
    """`tidehold compare`: two sessions side by side."""
    with known(Settings.of(arguments)) as (entries, _):
        first, second = (_entry(wanted, entries) for wanted in (arguments.first, arguments.second))
        if first.session == second.session:
            raise ConfigError(f"expected two sessions, found session {first.session} twice")
        both = {first.session, second.session}
        found = compare_entries(first, second, [each for each in entries if each.session not in both])
    if arguments.json:
        give({"first": first.session, "second": second.session, "figures": [each._asdict() for each in found]})
        return 0
    heads = [f"{local(each.started, each.utc_offset_s):%Y-%m-%d %H:%M}" for each in (first, second)]
    table([("", *heads, "unit", "error", ""), *(_row(each) for each in found)])
    if first.routine != second.routine:
        say(f"they followed different routines: {first.routine or 'none'}, {second.routine or 'none'}")
    if any(each.verdict == UNKNOWN_ERROR for each in found):
        say(f"an error is known where one is published, or where {LEAST} other sessions have the figure")
    return 0


@contextmanager
def known(settings: Settings) -> Iterator[tuple[list[Entry], list[CheckIn]]]:
    """What the diary knows, brought up to the session files; troubles with them are said."""
    with open_diary() as diary:
        bring_up_to_date(diary, settings.sessions)
        yield diary.entries(), diary.check_ins()


def tell_simulated(entries: list[Entry]) -> None:
    """Say which sessions are left out, or that all of them are nobody's."""
    count = sum(is_simulated(entry) for entry in entries)
    if count == len(entries) > 0:
        say("every session here is simulated: this is how it will look with your own")
    elif count:
        say(f"left out: {count} simulated session{'s' if count > 1 else ''}")


def _entry(wanted: str, entries: list[Entry]) -> Entry:
    """A session by its file or its id.

    Raises:
        ConfigError: There is none.
        LogError: The file is damaged.
    """
    if Path(wanted).is_file():
        return entry_of(tell(Path(wanted)))
    for entry in entries:
        if entry.session == wanted:
            return entry
    raise ConfigError(f"{wanted}: expected a session file, or the id of one (`tidehold catalogue`), found none")


def _row(each: Compared) -> tuple[str, ...]:
    """A figure for the eye: shares in percent."""
    scale, unit = (100, "%") if each.name in SHARES else (1, "" if each.unit == "1" else each.unit.removeprefix("1"))
    values = ("-" if value is None else f"{scale * value:.4g}" for value in (each.first, each.second))
    error = "-" if each.error is None else f"{scale * each.error:.3g}"
    return each.label, *values, unit, error, each.verdict
