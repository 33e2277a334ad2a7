"""`check-in`, `catalogue`: what the person says, and what the diary knows of the sessions."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import textwrap
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from tidehold.cli.check_in import said_by_flags, said_on_terminal
from tidehold.cli.output import give, say, table
from tidehold.cli.settings import Settings
from tidehold.daemon.config import recall_followed, remember_followed
from tidehold.daemon.place import state_folder
from tidehold.diary import check_ins
from tidehold.diary.catalogue import Refreshed, refresh
from tidehold.diary.improvement import improvement
from tidehold.diary.nouns import CATALOGUED, CheckIn, Entry
from tidehold.diary.stop_rules import Warned, warnings
from tidehold.diary.store import FILE_NAME, Diary
from tidehold.errors import ConfigError, LogError
from tidehold.records import UnixNs
from tidehold.tui.lines import clean
from tidehold.units import NS

_WIDTH: Final = 72
_MANY: Final = 10
"""Files to be read before it is said how far that has come."""
_SHORT: Final = 40
_JUST_NOW_S: Final = 3 * 3600
"""After the end of a session that was over before midnight: what is said is still of it."""


def diary_path() -> Path:
    """Where the diary is: in the folder of what outlives a login."""
    return state_folder() / FILE_NAME


def open_diary() -> Diary:
    """The person's diary, to be used in a `with` statement.

    Raises:
        LogError: It is damaged, of a newer version, or cannot be read or written.
    """
    return Diary.open(diary_path())


def bring_up_to_date(diary: Diary, folder: Path, *, rebuild: bool = False) -> Refreshed:
    """Look at the sessions folder, and say what of it cannot be taken in.

    Raises:
        LogError: The folder, or the diary, cannot be read or written.
    """

    def progress(number: int, count: int) -> None:
        if count >= _MANY and (number % _MANY == 0 or number == count):
            say(f"read {number} of {count} session files")

    found = refresh(diary, folder, rebuild=rebuild, progress=progress)
    for path, why in found.left_out.items():
        say(f"left out: {why if path in why else f'{path}: {why}'}")
    for trouble in found.troubles:
        say(trouble)
    return found


def tell_warnings(entries: Iterable[Entry], said: Iterable[CheckIn]) -> list[Warned]:
    """Say which stop rules are in force, so that it cannot be overlooked, and whether one of them cannot be judged.

    Returns:
        Those in force.
    """
    entries, said = list(entries), list(said)
    found = warnings(entries, said)
    for each in found:
        shout(each.text, f"since {_day(each.since)}: {each.why}")
    seen = improvement(entries, said)
    if seen is not None and seen.state == "unknown":
        say(f"whether {seen.sessions} consistent sessions have helped cannot be told: {seen.why}")
    return found


def shout(text: str, why: str = "") -> None:
    """Say what must not be overlooked."""
    say("")
    say("!" * _WIDTH)
    for line in textwrap.wrap(text.upper(), _WIDTH - 6):
        say(f"!! {line}")
    for line in textwrap.wrap(why, _WIDTH - 6):
        say(f"!! {line}")
    say("!" * _WIDTH)


def warning_trees(found: Iterable[Warned]) -> list[dict[str, Any]]:
    """Stop rules as JSON has them."""
    return [{"rule": each.rule, "since": _iso(each.since), "text": each.text, "why": each.why} for each in found]


def check_in(arguments: argparse.Namespace) -> int:
    """`tidehold check-in`: keep what the person says; asks where no flag says anything."""
    settings = Settings.of(arguments)
    folder = settings.sessions
    if arguments.list:
        return _list(arguments, folder)
    now = UnixNs(time.time_ns())
    empty = CheckIn(at=now, utc_offset_s=_offset_s(now), when=arguments.when or "")
    flagged = said_by_flags(arguments, empty)
    asks = flagged == empty
    if asks and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError("nothing to note, and nobody is here to be asked: see `tidehold check-in --help` for flags")
    try:
        last, found = _keep(arguments, settings, empty, None if asks else flagged)
    except LogError:
        _alarm(empty, flagged)  # whatever cannot be written: this is to be said
        raise
    if last is not None:
        _ask_first_again(last)
    if arguments.json:
        give(
            {
                "check_in": None if last is None else check_in_tree(last),
                "file": str(folder / check_ins.FILE_NAME),
                "warnings": warning_trees(found),
            }
        )
    return 0


def _keep(
    arguments: argparse.Namespace, settings: Settings, empty: CheckIn, flagged: CheckIn | None
) -> tuple[CheckIn | None, list[Warned]]:
    """Keep what is said, by flags or else on the terminal; what it came to, and the stop rules in force."""
    last: CheckIn | None = None
    with open_diary() as diary:
        bring_up_to_date(diary, settings.sessions)
        session = _session(arguments, diary.entries(), empty.at)
        if session:
            say(f"of session {session}")
        asked = said_on_terminal(empty, settings.config.diary.items)
        for version in asked if flagged is None else (flagged,):
            before, last = last or empty, msgspec.structs.replace(version, session=session)
            if flagged is None:
                _alarm(before, last)
            check_ins.append(settings.sessions, last)
            diary.add_check_in(last)
        diary.warned()
        if last is None:
            say("nothing was noted")
        elif not arguments.json:
            print(f"noted: {_words(last)}", flush=True)
        return last, tell_warnings(diary.entries(), diary.check_ins())


def _session(arguments: argparse.Namespace, entries: Sequence[Entry], now: UnixNs) -> str:
    """Of which session it is: the one that is named, or after one the last, if that is not long ago; "" for none.

    Raises:
        ConfigError: The named one is not in the catalogue.
    """
    if arguments.session:
        if all(entry.session != arguments.session for entry in entries):
            raise ConfigError(
                f"--session: expected the id of a session, found {arguments.session[:_SHORT]!r}: "
                "`tidehold catalogue` lists them"
            )
        return str(arguments.session)
    if arguments.when != "after" or not entries:
        return ""
    last = entries[-1]
    ended = UnixNs(last.started + round(last.length_s * NS))
    is_recent = _day(ended) == _day(now) or now - ended < _JUST_NOW_S * NS
    return last.session if ended <= now and is_recent else ""


def _alarm(before: CheckIn, now: CheckIn) -> None:
    """Say at once what an answer means, before anything else is asked."""
    earlier = {each.rule for each in warnings([], [before])}
    for each in warnings([], [now]):
        if each.rule not in earlier:
            shout(each.text)


def _ask_first_again(said: CheckIn) -> None:
    """After a yes to a warning question, the next routine begins with its questions."""
    if not warnings([], [said]):
        return
    try:
        remember_followed(msgspec.structs.replace(recall_followed(), passed=()))
    except (OSError, ConfigError) as error:
        say(f"the next routine may begin without its questions: {error}")


def _list(arguments: argparse.Namespace, folder: Path) -> int:
    """`tidehold check-in --list`: all that was noted so far, and what follows from it."""
    with open_diary() as diary:
        bring_up_to_date(diary, folder)
        said = diary.check_ins()
        raised = diary.warned()
        if arguments.json:
            give(
                {
                    "check_ins": [check_in_tree(each) for each in said],
                    "raised": [
                        tree | {"until": None if each.until is None else _iso(each.until)}
                        for tree, each in zip(warning_trees(raised), raised, strict=True)
                    ],
                    "warnings": warning_trees(warnings(diary.entries(), said)),
                }
            )
            tell_warnings(diary.entries(), said)
            return 0
        if said:
            table(_filled([_HEADS, *(_row(each) for each in said)]))
        else:
            say("nothing was noted so far")
        for each in raised:
            if each.until is not None:
                say(f"{_day(each.since)} to {_day(each.until)}: {each.text} ({each.why})")
        tell_warnings(diary.entries(), said)
    return 0


def catalogue(arguments: argparse.Namespace) -> int:
    """`tidehold catalogue`: what each session came to, from what is stored in its file."""
    folder = Settings.of(arguments).sessions
    with open_diary() as diary:
        found = bring_up_to_date(diary, folder, rebuild=arguments.rebuild)
        entries, said = diary.entries(), diary.check_ins()
        if arguments.json:
            give(
                {
                    "database": str(diary.path),
                    "folder": str(folder),
                    **msgspec.to_builtins(found),
                    "units": CATALOGUED,
                    "sessions": [entry_tree(entry) for entry in entries],
                    "warnings": warning_trees(warnings(entries, said)),
                }
            )
        elif entries:
            table([_COLUMNS, *(_line(entry) for entry in entries)])
        words = f"{len(found.new)} new, {len(found.changed)} changed, {len(found.gone)} gone"
        say(f"{len(entries)} sessions in {folder}: {words}; {len(said)} check-ins")
        tell_warnings(entries, said)
    return 0


_COLUMNS: Final = ("started", "session", "routine", "length", "ended", "done", "score", "pain", "notes")
_HEADS: Final = (
    *("time", "when", "pain", "where", "medication", "flare-up", "below the knee", "bladder, bowel"),
    *("raise l/r", "checklist", "note"),
)


def _line(entry: Entry) -> tuple[str, ...]:
    figures = entry.figures
    pains = [f"{figures[name]:g}" if name in figures else "?" for name in ("pain_before", "pain_after")]
    return (
        _moment(entry.started, entry.utc_offset_s),
        clean(entry.session, _SHORT),
        clean(f"{entry.routine} {entry.variant}".strip(), _SHORT) or "-",
        str(dt.timedelta(seconds=round(entry.length_s))),
        entry.ended or "-",
        f"{100 * figures['done_share']:.0f} %" if "done_share" in figures else "-",
        f"{figures['score']:.0f}" if "score" in figures else "-",
        "-" if pains == ["?", "?"] else " > ".join(pains),
        clean("; ".join(entry.notes), _SHORT),
    )


def _row(said: CheckIn) -> tuple[str, ...]:
    raises = ["?" if deg is None else f"{deg:g}" for deg in (said.raise_left_deg, said.raise_right_deg)]
    return (
        _moment(said.at, said.utc_offset_s),
        said.when,
        "" if said.pain is None else str(said.pain),
        clean(said.where, _SHORT),
        clean(said.medication, _SHORT),
        "" if said.flare_up is None else "yes" if said.flare_up else "no",
        said.radiating,
        said.bladder,
        "" if raises == ["?", "?"] else "/".join(raises),
        clean("; ".join(f"{name}: {text}" for name, text in said.items.items()), 2 * _SHORT),
        clean(said.note, 2 * _SHORT),
    )


def _filled(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without columns of which nobody said anything."""
    kept = [place for place in range(len(rows[0])) if any(row[place] for row in rows[1:])]
    return [tuple(row[place] for place in kept) for row in rows]


def _words(said: CheckIn) -> str:
    """A check-in in a line."""
    return ", ".join(f"{head} {cell}" for head, cell in zip(_HEADS[1:], _row(said)[1:], strict=True) if cell)


def check_in_tree(said: CheckIn) -> dict[str, Any]:
    """A check-in as JSON has it; its time with its time zone."""
    return msgspec.to_builtins(said) | {"at": _iso(said.at, said.utc_offset_s)}  # type: ignore[no-any-return]


def entry_tree(entry: Entry) -> dict[str, Any]:
    """A session as JSON has it; its time with its time zone."""
    return msgspec.to_builtins(entry) | {"started": _iso(entry.started, entry.utc_offset_s)}  # type: ignore[no-any-return]


def _offset_s(t: UnixNs) -> int:
    """Of this computer's time zone, from UTC."""
    offset = _local(t).utcoffset() or dt.timedelta(0)
    return round(offset.total_seconds())


def _local(t: UnixNs, utc_offset_s: int | None = None) -> dt.datetime:
    """Wall time in the zone of a record, or in this computer's."""
    zone = None if utc_offset_s is None else dt.timezone(dt.timedelta(seconds=utc_offset_s))
    return dt.datetime.fromtimestamp(t // NS, dt.UTC).astimezone(zone)


def _iso(t: UnixNs, utc_offset_s: int | None = None) -> str:
    return _local(t, utc_offset_s).isoformat()


def _moment(t: UnixNs, utc_offset_s: int) -> str:
    return f"{_local(t, utc_offset_s):%Y-%m-%d %H:%M}"


def _day(t: UnixNs) -> str:
    return f"{_local(t):%Y-%m-%d}"
