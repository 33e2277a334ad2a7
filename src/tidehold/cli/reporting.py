"""`report`: what a finished session came to, as one HTML page, as text, or as one JSON object."""

from __future__ import annotations

import argparse
import webbrowser
from pathlib import Path

import msgspec

from tidehold.cli.extras import need_report
from tidehold.cli.output import give, say, tell_long
from tidehold.errors import ConfigError
from tidehold.log.told import Told, tell
from tidehold.report.content import report_of
from tidehold.report.nouns import Report
from tidehold.report.text import text_of


def report(arguments: argparse.Namespace) -> int:
    """`tidehold report`: a page beside the session file; with `--text` or `--json` only if it is asked for as well."""
    wants_page = not (arguments.text or arguments.json) or arguments.out is not None or arguments.open
    page = page_of(arguments.file, arguments.out) if wants_page else None
    if page is not None:
        _before(page, force=arguments.force)
    tell_long(arguments.file)
    told = tell(arguments.file, again=True)
    found = report_of(told)
    if page is not None:
        _write(page, found, told, force=arguments.force)
    if arguments.text:
        print(text_of(found), end="")
    if arguments.json:
        tree = msgspec.to_builtins(found)
        give({"session": str(arguments.file), "page": None if page is None else str(page), **tree})
    elif page is not None and not arguments.text:
        print(page)
    if arguments.open and page is not None and not webbrowser.open(page.absolute().as_uri()):
        say(f"no browser could be started: open {page} in one")
    return 0


def page_of(file: Path, out: Path | None) -> Path:
    """Where the page goes: `out`, or the session file's name with .html beside it."""
    return out or file.with_name(file.name.removesuffix(".part").removesuffix(".mcap") + ".html")


def _before(page: Path, *, force: bool) -> None:
    """What can be known to fail before some seconds of work."""
    need_report()
    if not force and (page.exists() or page.is_symlink()):
        raise ConfigError(f"{page} is there already: choose another name, or --force to replace it")


def _write(page: Path, found: Report, told: Told, *, force: bool) -> None:
    from tidehold.report.page import write_page  # noqa: PLC0415 - plots take a second to import

    write_page(page, found, told, force=force)
