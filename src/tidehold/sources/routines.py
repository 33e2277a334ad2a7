"""Routines from files: those that come with Tidehold, and a person's own."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from tidehold.coach.routine_book import RoutineBook
from tidehold.coach.routine_toml import parse_routine
from tidehold.errors import ConfigError
from tidehold.sources.paths import own_path

_BUILTIN: Final[Traversable] = resources.files("tidehold") / "routines"
SUFFIX: Final = ".toml"


def routine_files(folders: Iterable[Path] = ()) -> dict[str, Traversable]:
    """Files of the routines that come with Tidehold and of those in `folders`, by id; a later one wins.

    Raises:
        ConfigError: A folder is none, or cannot be read.
    """
    files: dict[str, Traversable] = {}
    for folder in (_BUILTIN, *folders):
        if not folder.is_dir():
            raise ConfigError(f"{folder}: expected a folder of routines, found none")
        try:
            found = sorted((file for file in folder.iterdir() if file.name.endswith(SUFFIX)), key=lambda at: at.name)
        except OSError as error:
            raise ConfigError(f"{folder}: expected a folder that can be read, found: {error.strerror}") from None
        files |= {file.name.removesuffix(SUFFIX): file for file in found}
    return files


def load_all(folders: Iterable[Path] = ()) -> dict[str, RoutineBook]:
    """The routines that come with Tidehold and those in `folders`, by id.

    Raises:
        ConfigError: One is wrong, or a folder is none.
    """
    return {name: load_routine(file) for name, file in routine_files(folders).items()}


def find_routine(wanted: str, folders: Iterable[Path] = ()) -> RoutineBook:
    """The routine of this name, or in this file.

    Args:
        wanted: An id, or a path (with a slash in it, or with `.toml` at its end).
        folders: Where a person's own routines are.

    Raises:
        ConfigError: There is none; the text lists those that there are. Or it is wrong.
    """
    if "/" in wanted or wanted.endswith(SUFFIX):
        return load_routine(own_path(wanted), is_named=False)
    files = routine_files(folders)
    if wanted not in files:
        raise ConfigError(f"routine: expected one of {', '.join(files)}, or a file, found {wanted!r}")
    return load_routine(files[wanted])


def load_routine(file: Traversable, *, is_named: bool = True) -> RoutineBook:
    """The routine in a TOML file.

    Args:
        file: A path, or a file of an installed package.
        is_named: Whether it must be called as its id, which keeps ids unique in a folder.

    Raises:
        ConfigError: The file cannot be read, the routine is wrong, or its id is not the file's name.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: expected UTF-8, found {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise ConfigError(f"{file}: expected a readable file, found: {error.strerror}") from None
    except ValueError as error:  # of a path with a zero in it
        raise ConfigError(f"{str(file)!r}: expected a readable file, found: {error}") from None
    book = parse_routine(text, str(file))
    if is_named and f"{book.id}{SUFFIX}" != file.name:
        raise ConfigError(f"{file}: id: expected the file's name {file.name.removesuffix(SUFFIX)!r}, found {book.id!r}")
    return book
