"""The catalogue: what each session came to, made from its file, and made again where that has changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, NamedTuple

import msgspec

from tidehold.diary import check_ins
from tidehold.diary.figures import answers_of, figures_of
from tidehold.diary.nouns import Entry
from tidehold.diary.store import Diary, KnownFile
from tidehold.errors import LogError
from tidehold.log.disk import files, is_locked
from tidehold.log.told import Told, tell
from tidehold.log.writer import PART_SUFFIX, SUFFIX

MADE_AS: Final = 2
"""Edition of `entry_of`, raised with every change of what it says: entries of an older one are made again."""
TOGETHER: Final = 16
"""Files that are written down at once: a catalogue that is stopped half-way goes on from there."""
_TWICE: Final = "holds the same session as "


class Refreshed(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at the sessions folder came to; files by path."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    left_out: dict[str, str] = {}
    """Files that are in the folder and not in the catalogue, and why."""
    troubles: tuple[str, ...] = ()
    """Lines of the check-ins that could not be read."""


class _Looked(NamedTuple):
    """A file, and the session in it, if it can be read."""

    file: KnownFile
    entry: Entry | None


def entry_of(told: Told) -> Entry:
    """A session as the catalogue has it."""
    header, routine = told.header, told.header.routine
    notes = [mark.arg if mark.verb == "note" else f"pain {mark.arg}" for mark in told.marks if mark.verb in _NOTED]
    if any(source.get("kind") == "virtual" for source in header.sources.values()):
        notes.append("simulated")
    if told.recovered is not None:
        notes.append("recovered")
    return Entry(
        session=header.session,
        path=str(told.path),
        started=header.started,
        utc_offset_s=header.utc_offset_s,
        length_s=told.length_s,
        routine=routine.id if routine else "",
        variant=routine.variant if routine else "",
        ended=_ended(told),
        figures=figures_of(told),
        answers=answers_of(told),
        notes=tuple(note.strip() for note in notes if note.strip()),
    )


_NOTED: Final = ("note", "pain")


def _ended(told: Told) -> Literal["done", "stopped", "cut", ""]:
    """How the routine ended, by its cues; it is cut where it had begun and no cue says so."""
    if told.header.routine is None:
        return ""
    for cue in reversed(told.cues):
        if cue.kind == "done":
            return "done"
        if cue.kind == "stopped":
            return "stopped"
    return "cut" if any(cue.kind == "step" for cue in told.cues) else ""


def refresh(
    diary: Diary, folder: Path, *, rebuild: bool = False, progress: Callable[[int, int], None] | None = None
) -> Refreshed:
    """Bring the diary up to what is in the sessions folder: sessions from their files, check-ins from theirs.

    Files are told apart by name, size and time of change: those that are as they were are not read. One that cannot
    be read, or was not recorded to its end, is named and left out; the rest goes on. What the stop rules then come to
    is written down.

    Args:
        diary: Open.
        folder: With the session files; one that is missing is empty.
        rebuild: Read every file, whatever is known of it.
        progress: Told how many of the files that are to be read have been, and how many there are.

    Raises:
        LogError: The folder, or the database, cannot be read or written.
    """
    known = diary.files()
    is_home = not known or any(Path(path).parent == folder.absolute() for path in known)
    there, left_out = _listed(folder)
    gone = [path for path in known if path not in there]
    new = [path for path in there if path not in known]
    changed = [path for path, file in known.items() if path in there and _is_other(file, there[path])]
    again = _doubles(known, {known[path].session for path in gone + changed})
    to_read = sorted(there if rebuild else {*new, *changed, *again}.intersection(there))
    with diary.together():
        for path in gone:
            diary.drop_file(path)
            del known[path]
    looked: list[_Looked] = []
    for number, path in enumerate(to_read, 1):
        looked.append(_look_at(path, there[path]))
        if len(looked) == TOGETHER or number == len(to_read):
            with diary.together():
                for each in looked:
                    _write_down(diary, each, known)
            looked.clear()
        if progress:
            progress(number, len(to_read))
    left_out |= {path: file.why for path, file in known.items() if file.why}
    troubles = _take_check_ins(diary, folder, is_home=is_home)
    diary.warned()
    return Refreshed(
        new=tuple(new),
        changed=tuple(changed),
        gone=tuple(gone),
        left_out=dict(sorted(left_out.items())),
        troubles=troubles,
    )


def forget(diary: Diary, folder: Path, session_id: str) -> int:
    """Remove all that the diary knows of a session, and what was said of it: from the database and from the check-ins.

    Its session file is not touched: while it is there, the next `refresh` takes it in again.

    Returns:
        How many entries and check-ins there were in the database.

    Raises:
        LogError: Something could not be written; then it is to be called again.
    """
    gone = diary.forget(session_id)
    check_ins.forget(folder, session_id)
    return gone


def _listed(folder: Path) -> tuple[dict[str, os.stat_result], dict[str, str]]:
    """Session files by path, by name; and those that were not recorded to their end, with what to do."""
    if not folder.exists():
        return {}, {}
    there: dict[str, os.stat_result] = {}
    folder = folder.absolute()
    for path in files(folder, SUFFIX):
        with suppress(FileNotFoundError):  # removed just now
            there[str(path)] = path.stat()
    cut = {
        str(path): f"was not recorded to its end: `tidehold recover {path}` completes it"
        for path in files(folder, PART_SUFFIX)
        if not is_locked(path)
    }
    return there, cut


def _is_other(file: KnownFile, found: os.stat_result) -> bool:
    return (file.size, file.mtime_ns, file.made_as) != (found.st_size, found.st_mtime_ns, MADE_AS)


def _doubles(known: Mapping[str, KnownFile], lost: Container[str]) -> list[str]:
    """Files that were left out because a session was in another one, which is that no longer."""
    return [path for path, file in known.items() if file.session in lost and file.why]


def _look_at(path: str, found: os.stat_result) -> _Looked:
    why, session, entry = "", "", None
    try:
        entry = entry_of(tell(Path(path)))
        session = entry.session
    except LogError as error:
        why = str(error)
    return _Looked(KnownFile(path, found.st_size, found.st_mtime_ns, MADE_AS, session, why), entry)


def _write_down(diary: Diary, looked: _Looked, known: dict[str, KnownFile]) -> None:
    """Of files with one and the same session, the first by name counts."""
    file, entry = looked
    same = [each for each in known.values() if file.session and each.session == file.session and each.path != file.path]
    first = min(each.path for each in (file, *same))
    if file.path != first:
        file, entry = file._replace(why=_TWICE + first), None
    for each in same:
        if each.path != first and each.why != _TWICE + first:
            known[each.path] = each._replace(why=_TWICE + first)
            diary.put_file(known[each.path])
    known[file.path] = file
    diary.put_file(file, entry)


def _take_check_ins(diary: Diary, folder: Path, *, is_home: bool) -> tuple[str, ...]:
    """What the file of check-ins says is what was said; without a file, the database has the last copy of it.

    A check-in is in the file before it is in the database, so the database is read first: what is in it and not in the
    file was taken out of that. Only a folder that `is_home` gets a file: another one may be to be given away.
    """
    before = {each.at: each for each in diary.check_ins()}
    there = (folder / check_ins.FILE_NAME).exists()
    said = check_ins.read(folder)
    now = {each.at: each for each in said.check_ins}
    if not there:
        for each in before.values() if is_home else ():
            check_ins.append(folder, each)
        return ()
    with diary.together():
        for at, each in now.items():
            if before.get(at) != each:
                diary.add_check_in(each)
        if not said.troubles:  # what cannot be read any more may be what is still here
            diary.drop_check_ins(at for at in before if at not in now)
    return said.troubles
