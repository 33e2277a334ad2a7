"""Makes a finished file of what is intact in an interrupted or damaged one, which itself is left as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Final

import msgspec

from tidehold.errors import LogError
from tidehold.log import disk
from tidehold.log.appender import Appender
from tidehold.log.derived import Entry
from tidehold.log.inputs import is_input, read_input
from tidehold.log.layout import HEADER_TOPIC, RECOVERED_TOPIC
from tidehold.log.notes import KEPT, MADE_AGAIN, Recovered, encode_recovered
from tidehold.log.reader import read_session
from tidehold.log.refold import MakeFold, Refold
from tidehold.log.scan import Message
from tidehold.log.survey import Survey, survey
from tidehold.log.writer import PART_SUFFIX, SUFFIX
from tidehold.records import UnixNs
from tidehold.session.fold import Session
from tidehold.session.header import Header

DONE_SUFFIX: Final = "-recovered"
"""Put after the name of a ".mcap.part" that was recovered: it is kept, but not recovered again."""
_MAKING_SUFFIX: Final = ".making"
_HEADER_LOST: Final = "lost but for the session's name and start; nothing can be folded without profiles"


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What `recover` did.

    `path` is the sound file, and `kept` the file it was made from, under the name
    it has now; both are the same if there was nothing to do. `note` is in the
    sound file too; None where all was there.
    """

    path: str
    kept: str
    inputs: int
    note: Recovered | None


def recover(path: Path, now: UnixNs, *, out: Path | None = None, make_fold: MakeFold = Session) -> Recovery:
    """Save all that is intact of a session in a new, finished file, and read that back before saying so.

    Inputs keep their numbers, so that what is missing stays visible. Where only
    the end is missing, the outputs are kept as the live run wrote them, and
    `check` compares with that run; where inputs are missing before the last one,
    the outputs are made again from those that are there.

    Args:
        path: The damaged or unfinished file. It is never written to; a ".mcap.part" gets `DONE_SUFFIX` after its name.
        now: The time, for the note in the new file.
        out: The new file; by default "<name>.recovered.mcap" beside the old one, or the next such name that is free.
        make_fold: Makes the fold.

    Raises:
        LogError: It is being recorded, or nothing of it is intact, or the new file cannot be written.
    """
    with disk.held(path):
        found = survey(path, disk.read_whole(path))
        is_part = path.name.endswith(PART_SUFFIX)
        if found.finished and not found.findings and found.header is not None:
            final = path.with_name(path.name.removesuffix(".part")) if is_part else path
            if is_part:  # stopped between its last byte and its last name
                disk.rename(path, final)
            return Recovery(path=str(final), kept=str(final), inputs=found.inputs, note=None)
        target = out or _free_name(path, ".recovered" + SUFFIX)
        note = _write(path, found, target, now, make_fold)
        kept = _free_name(path, DONE_SUFFIX, strip=False) if is_part else path
        if is_part:
            disk.rename(path, kept)
        return Recovery(path=str(target), kept=str(kept), inputs=found.inputs, note=note)


def recover_all(
    directory: Path, now: UnixNs, *, make_fold: MakeFold = Session
) -> tuple[list[Recovery], list[tuple[Path, LogError]]]:
    """Recover every interrupted session of a folder; what was recovered, and what could not be, and why.

    Raises:
        LogError: The folder cannot be read.
    """
    done: list[Recovery] = []
    failed: list[tuple[Path, LogError]] = []
    for path in disk.files(directory, PART_SUFFIX):
        try:
            if not disk.is_locked(path):
                done.append(recover(path, now, make_fold=make_fold))
        except LogError as error:
            failed.append((path, error))
    return done, failed


def _free_name(path: Path, suffix: str, *, strip: bool = True) -> Path:
    """The first name beside `path` that is not taken: with this suffix, or with a number before it."""
    stem = path.name.removesuffix(".part").removesuffix(SUFFIX) if strip else path.name
    names = (path.with_name(f"{stem}{'' if number == 1 else f'-{number}'}{suffix}") for number in count(1))
    return next(name for name in names if not name.exists())


def _write(path: Path, found: Survey, target: Path, now: UnixNs, make_fold: MakeFold) -> Recovered:
    """Make the new file; its note."""
    header = found.header or Header(session=found.stamp.session, started=found.stamp.started)
    again: dict[int, list[Entry]] | None = None
    outputs = KEPT
    if found.has_holes and found.header is None:
        again, outputs = {}, "left out: " + _HEADER_LOST
    elif found.has_holes:
        again, outputs = _fold_again(found, header, make_fold)
    note = Recovered(
        source=path.name,
        when=now,
        lost=tuple(finding for finding in found.findings if finding.end > finding.start),
        missing=found.missing,
        header=KEPT if found.header else _HEADER_LOST,
        outputs=outputs,
    )
    making = target.with_name(target.name + _MAKING_SUFFIX)
    disk.remove_leftover(making)
    try:
        with closing(Appender(making, header, [(RECOVERED_TOPIC, encode_recovered(note))])) as file:
            _copy(found, file, again)
            file.complete()
            _read_back(making, found)
            file.rename(target)
    finally:
        making.unlink(missing_ok=True)  # after an error; it holds nothing that its source does not
    return note


def _fold_again(found: Survey, header: Header, make_fold: MakeFold) -> tuple[dict[int, list[Entry]], str]:
    """Outputs by the input they come after, and what to say of them."""
    refold = Refold(header, make_fold)
    again: dict[int, list[Entry]] = {}
    number = 0
    for message in _inputs(found):
        number = message.sequence
        try:
            again[number] = list(refold.feed(number, read_input(message.topic, message.t, message.payload)))
        except LogError as error:
            return again, f"{MADE_AGAIN} up to a point: {error}"
    again.setdefault(number, []).extend(refold.close())
    return again, MADE_AGAIN


def _inputs(found: Survey) -> Iterator[Message]:
    return (message for chunk in found.chunks() for message in chunk if is_input(message.topic))


def _copy(found: Survey, file: Appender, again: dict[int, list[Entry]] | None) -> None:
    """Inputs as they are; outputs as they are, or those made again."""
    numbers = count(1)
    for chunk in found.chunks():
        for message in chunk:
            if is_input(message.topic):
                file.add(*message)
                for topic, t, payload in (again or {}).get(message.sequence, ()):
                    file.add(topic, next(numbers), t, payload)
            elif again is None and message.topic not in (HEADER_TOPIC, RECOVERED_TOPIC):
                file.add(*message)
        file.flush()  # chunk by chunk: what one damage can take does not grow


def _read_back(making: Path, found: Survey) -> None:
    """Compare the new file with what was to be saved.

    Raises:
        LogError: They differ, or the new file is not sound: a bug, or a bad disk.
    """
    file = read_session(making)
    written: Iterable[Message] = (message for message in file.messages() if is_input(message.topic))
    try:
        same = all(mine == other for mine, other in zip(_inputs(found), written, strict=True))
    except ValueError:
        same = False
    if not same:
        raise LogError(f"{making} does not read back as it was written: check the disk, and recover to another folder")
