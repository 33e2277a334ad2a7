"""Which files belong to a session, so that it can be forgotten whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tidehold.errors import ConfigError, LogError
from tidehold.log.catalog import sessions
from tidehold.log.disk import is_locked, named, sync_directory_of
from tidehold.log.writer import PART_SUFFIX, SUFFIX

_BESIDE: Final = re.compile(r"(?:(?:-\d+)?\.recovered)?\.(?:mcap|html)|\.mcap\.part(?:(?:-\d+)?-recovered)?")
"""What comes after the stem of the files of a session: itself, what was recovered and from what, their reports."""
_RECOVERED: Final = re.compile(r"(?:-\d+)?\.recovered$")


def files_of(wanted: str, folder: Path) -> tuple[str, list[Path]]:
    """Id and files of a session.

    Args:
        wanted: Its file, or its id.
        folder: Where sessions are looked for by id.

    Raises:
        ConfigError: There is none such, or it is being recorded.
    """
    path = Path(wanted)
    home = path.parent if path.is_file() else folder
    found = [
        each for each in (sessions(home) if home.is_dir() else []) if wanted == each.session or _is(path, each.path)
    ]
    if not found:
        raise ConfigError(f"{wanted}: expected a session file, or the id of a session in {folder}, found none")
    stems = {_stem(Path(each.path).name) for each in found}
    files = [each for each in sorted(home.iterdir()) if any(_is_of(stem, each.name) for stem in stems)]
    if busy := next((file for file in files if is_locked(file)), None):
        raise ConfigError(f"{busy} is being recorded: `tidehold stop` ends it")
    return found[0].session or "", files


def _stem(name: str) -> str:
    return _RECOVERED.sub("", name.removesuffix(PART_SUFFIX).removesuffix(SUFFIX))


def _is_of(stem: str, name: str) -> bool:
    return name.startswith(stem) and _BESIDE.fullmatch(name, len(stem)) is not None


def _is(path: Path, other: str) -> bool:
    return path.is_file() and path.resolve() == Path(other).resolve()


def remove(files: Sequence[Path]) -> None:
    """Remove files, durably.

    Raises:
        LogError: One cannot be removed; those before it are gone.
    """
    for file in files:
        with named("remove", file):
            file.unlink()
    if files:
        sync_directory_of(files[0])
    if left := [file for file in files if file.exists()]:
        raise LogError(f"cannot remove {left[0]}: it is there again; is another program writing it?")
