"""`bundle` and `forget`: to give sessions away, and to be rid of one."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from pathlib import Path

import msgspec

from tidehold.cli.diary import open_diary
from tidehold.cli.output import give, say
from tidehold.cli.settings import Settings
from tidehold.daemon.recorder import record_all
from tidehold.diary.catalogue import forget as forget_in
from tidehold.errors import ConfigError
from tidehold.log.catalog import sessions
from tidehold.log.reader import SessionFile, read_session
from tidehold.log.whole import whole
from tidehold.log.writer import SessionWriter
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.share.anonymise import STILL, Secret, anonymous_header, anonymous_inputs, days_to_move
from tidehold.share.bundle import write_bundle
from tidehold.share.forget import files_of, remove


def bundle(arguments: argparse.Namespace) -> int:
    """`tidehold bundle`: sessions in one file, with checksums."""
    sources = [read_session(file) for file in arguments.file]
    counted = Counter(each.header.session for each in sources)
    if double := next((session for session, count in counted.items() if count > 1), None):
        raise ConfigError(f"session {double} is there twice: a bundle has every session once")
    with (
        whole(arguments.out, force=arguments.force) as beside,
        tempfile.TemporaryDirectory(prefix="tidehold-", dir=arguments.out.absolute().parent) as folder,
    ):
        files = _anonymised(sources, Path(folder)) if arguments.anonymise else list(arguments.file)
        bundled = write_bundle(beside, files, anonymised=arguments.anonymise)
    if arguments.json:
        give({"bundle": str(arguments.out), "anonymised": arguments.anonymise, "files": msgspec.to_builtins(bundled)})
    else:
        say(f"{len(bundled)} session(s), {sum(each.size for each in bundled) / 1e6:.1f} MB, to {arguments.out}")
    if arguments.anonymise:
        say(STILL)
    return 0


def _anonymised(sources: list[SessionFile], folder: Path) -> list[Path]:
    """The sessions without what tells whose they are, folded anew, so that `check` holds for them as well."""
    secret = Secret(secrets.token_bytes(32))
    days = days_to_move(each.header for each in sources)
    made = []
    for number, source in enumerate(sources, 1):
        say(f"session {number} of {len(sources)}: {source.path}")
        made.append(_anonymous(source, folder, secret, days))
    return made


def _anonymous(source: SessionFile, folder: Path, secret: Secret, days: int) -> Path:
    header: Header = anonymous_header(source.header, secret, days)
    with SessionWriter.create(folder, header) as log:
        record_all(anonymous_inputs(source.header, source.inputs(), secret, days), log, Session(header))
        return log.path


def forget(arguments: argparse.Namespace) -> int:
    """`tidehold forget`: a session, its report, and what the diary knows of it. Asks first."""
    settings = Settings.of(arguments)
    session, files = files_of(arguments.session, settings.sessions)
    for file in files:
        say(f"  {file}")
    if not arguments.yes and not _agrees(session):
        say("nothing was removed")
        if arguments.json:
            give({"session": session, "files": [], "diary": 0})
        return 1
    known = (
        0 if _is_elsewhere(session, files, settings.sessions) else _forget_in_diary(session, files, settings.sessions)
    )
    remove(files)
    if arguments.json:
        give({"session": session, "files": [str(file) for file in files], "diary": known})
    else:
        say(f"removed {len(files)} file(s), and {known} line(s) of the diary")
    return 0


def _is_elsewhere(session: str, files: list[Path], folder: Path) -> bool:
    """Whether these are copies only: the diary is of the sessions in its folder, and this one stays there."""
    if not session or not folder.is_dir():
        return False
    gone = {file.absolute() for file in files}
    return any(each.session == session and Path(each.path).absolute() not in gone for each in sessions(folder))


def _forget_in_diary(session: str, files: list[Path], folder: Path) -> int:
    """How many lines the diary had: check-ins lie with the sessions, wherever the session's own file is by now."""
    with open_diary() as diary:
        if not session:  # of a file that is damaged the diary may know it
            known = diary.files()
            paths = [str(file.absolute()) for file in files]
            session = next((known[path].session for path in paths if path in known and known[path].session), "")
        folders = {folder.absolute(), files[0].parent.absolute()}
        return sum(forget_in(diary, each, session) for each in sorted(folders)) if session else 0


def _agrees(session: str) -> bool:
    """Whether the person says yes.

    Raises:
        ConfigError: Nobody is there to be asked.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError("nobody is here to be asked: --yes removes it without asking")
    sys.stderr.write(f"Remove these files, and all that the diary knows of session {session or 'without id'}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
