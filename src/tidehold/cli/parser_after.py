"""The grammar of what comes after a session: report, export, import, diary, progress, plan, sharing."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

Verbs = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it
Add = Callable[["Verbs[argparse.ArgumentParser]", str, str, str], argparse.ArgumentParser]

FORMATS = ("csv", "parquet", "kubios", "hrvlogger", "elitehrv", "edf", "fit")
ORIGINS = ("auto", "rr", "hrvlogger", "elitehrv", "sensorlogger")


def add_after(verbs: Verbs[argparse.ArgumentParser], add: Add) -> None:
    """Add all of them; `add` is what makes a verb."""
    for part in (_report, _export, _import, _diary, _progress, _plan, _share):
        part(verbs, add)


def _report(verbs: Verbs[argparse.ArgumentParser], add: Add) -> None:
    report = add(verbs, "report", "reporting.report", "say what a session came to: one HTML page, text or JSON")
    report.add_argument("file", type=Path)
    report.add_argument("--out", type=Path, metavar="F.html", help="default: beside the session file")
    report.add_argument("--open", action="store_true", help="show it in the browser")
    form = report.add_mutually_exclusive_group()
    form.add_argument("--text", action="store_true", help="print it as text")
    form.add_argument("--json", action="store_true", help="print it as one JSON object")
    _force(report)


def _export(verbs: Verbs[argparse.ArgumentParser], add: Add) -> None:
    export = add(verbs, "export", "exporting.export", "write a session in the format of other programs")
    export.add_argument("file", type=Path)
    export.add_argument("--to", choices=FORMATS, required=True, help="the format")
    export.add_argument("--out", type=Path, required=True, metavar="PATH", help="a file; of csv and parquet a folder")
    _force(export)
    _json(export)


def _import(verbs: Verbs[argparse.ArgumentParser], add: Add) -> None:
    importing = add(verbs, "import", "importing.import_", "make a session file of what another program recorded")
    importing.add_argument("file", type=Path, metavar="FILE|DIR")
    importing.add_argument("--from", choices=ORIGINS, default="auto", dest="origin", help="default: by what is in it")
    importing.add_argument("--started", metavar="TIME", help="when it began (ISO 8601), where the file does not say")
    importing.add_argument("--placement", metavar="PLACE", help="where the phone was worn: shin, thigh ...")
    importing.add_argument("--out", type=Path, metavar="DIR", help="folder for the session file")
    _config(importing)
    _json(importing)


def _diary(verbs: Verbs[argparse.ArgumentParser], add: Add) -> None:
    check_in = add(verbs, "check-in", "diary.check_in", "note how you are: pain, medication, flare-up, checklist")
    check_in.add_argument("when", nargs="?", choices=("before", "after"), help="before or after a session")
    check_in.add_argument("--session", metavar="ID", help="which one; default for after: the last one, if not long ago")
    check_in.add_argument("--pain", type=int, metavar="0..10")
    check_in.add_argument("--where", metavar="TEXT", help="where the pain is felt")
    check_in.add_argument("--medication", metavar="TEXT", help='what was taken, or "none"')
    check_in.add_argument("--flare-up", action=argparse.BooleanOptionalAction, help="whether this is one")
    check_in.add_argument("--radiating", choices=("no", "yes"), help="more pain that radiates below the knee")
    check_in.add_argument("--bladder", choices=("no", "yes"), help="new bowel or bladder changes")
    check_in.add_argument("--raise-left", type=float, metavar="DEG", help="straight-leg raise, left")
    check_in.add_argument("--raise-right", type=float, metavar="DEG", help="straight-leg raise, right")
    check_in.add_argument("--item", action="append", default=[], metavar="NAME=TEXT", help="of your checklist")
    check_in.add_argument("--note", metavar="TEXT")
    check_in.add_argument("--list", action="store_true", help="show what was noted so far")
    _config(check_in)
    _json(check_in)
    catalogue = add(verbs, "catalogue", "diary.catalogue", "list what the diary knows of your sessions")
    catalogue.add_argument("--rebuild", action="store_true", help="make it again from the session files")
    _config(catalogue)
    _json(catalogue)


def _progress(verbs: Verbs[argparse.ArgumentParser], add: Add) -> None:
    progress = add(verbs, "progress", "progress.progress", "show what has changed over your sessions, and what has not")
    progress.add_argument("--weeks", type=int, metavar="N", help="of the last N weeks only")
    progress.add_argument("--html", type=Path, metavar="F.html", help="as a page with plots")
    progress.add_argument("--open", action="store_true", help="show that page in the browser")
    _force(progress)
    _config(progress)
    _json(progress)
    compare = add(verbs, "compare", "progress.compare", "two sessions side by side")
    compare.add_argument("first", metavar="A", help="a file, or a session's id")
    compare.add_argument("second", metavar="B")
    _config(compare)
    _json(compare)


def _plan(verbs: Verbs[argparse.ArgumentParser], add: Add) -> None:
    plan = add(verbs, "plan", "planning.plan", "what is due: daily, weekly and monthly routines")
    plan.add_argument("--ics", type=Path, metavar="F.ics", help="write reminders for a calendar")
    plan.add_argument("--at", default="18:00", metavar="HH:MM", help="time of day of the reminders (default 18:00)")
    _force(plan)
    _config(plan)
    _json(plan)


def _share(verbs: Verbs[argparse.ArgumentParser], add: Add) -> None:
    bundle = add(verbs, "bundle", "sharing.bundle", "put sessions into one file with checksums, to give away")
    bundle.add_argument("file", type=Path, nargs="+")
    bundle.add_argument("--out", type=Path, required=True, metavar="F.zip")
    bundle.add_argument("--anonymise", action="store_true", help="without names, addresses, places and dates")
    _force(bundle)
    _json(bundle)
    forget = add(verbs, "forget", "sharing.forget", "remove a session, its files and all that the diary knows of it")
    forget.add_argument("session", metavar="FILE|ID")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    _config(forget)
    _json(forget)


def _force(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="over a file that is there")


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")


def _config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of tidehold.toml in the usual place")
    parser.add_argument(
        "--profiles",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="device profiles of your own",
        dest="profile_folders",
    )
