"""Files that are written whole or not at all: what comes out of a session for people and other programs."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidehold.errors import ConfigError
from tidehold.log.disk import make_directory, named
from tidehold.log.layout import MAGIC


@contextmanager
def whole(path: Path, *, force: bool = False) -> Iterator[Path]:
    """A place beside `path` for a new file or folder, which becomes `path` when the block is left without an error.

    After an error nothing is left of it, and what was at `path` is as it was. For its owner only (0600, folders 0700).

    Raises:
        ConfigError: Something is there already, and not to be replaced (`force`), or never: a session, a folder by a
            file, a folder with folders in it.
        LogError: The disk does not let it be written.
    """
    if not force and (path.exists() or path.is_symlink()):
        raise ConfigError(f"{path} is there already: choose another name, or --force to replace it")
    if force and _is_session(path):
        raise ConfigError(f"{path} is a session file, which nothing replaces: choose another name")
    if force and path.is_dir() and not _is_ours(path):
        raise ConfigError(f"{path} is a folder with other things in it: choose another name")
    make_directory(path.parent.absolute())
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    others = os.umask(0o077)  # nobody else reads it while it is being written either, which may take minutes
    try:
        with named("write", path):
            yield beside
            if path.is_dir() and not beside.is_dir():
                raise ConfigError(f"{path} is a folder, and this is a file: choose another name")
            _own(beside)
            if force and path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            beside.replace(path)
    finally:
        os.umask(others)
        if beside.is_dir():
            shutil.rmtree(beside)
        else:
            beside.unlink(missing_ok=True)


def _is_ours(folder: Path) -> bool:
    """Whether nothing but plain files is in a folder: then it can be one that was written here."""
    return all(each.is_file() and not each.is_symlink() for each in folder.iterdir())


def _is_session(path: Path) -> bool:
    """Whether a session would be lost: by its name, or by how it begins."""
    if not path.is_file():
        return False
    with named("read", path), path.open("rb") as file:
        return path.name.endswith((".mcap", ".mcap.part")) or file.read(len(MAGIC)) == MAGIC


def _own(beside: Path) -> None:
    if beside.is_dir():
        beside.chmod(0o700)
        for each in beside.iterdir():
            each.chmod(0o600)
    else:
        beside.chmod(0o600)
