"""Changing single settings in a person's `tidehold.toml`; all else in it stays as they wrote it, comments too."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from tidehold.daemon.config import write_whole
from tidehold.errors import ConfigError

Setting = str | bool
Changes = Mapping[tuple[str, str], Setting]
"""New values by table and key."""

UNSAID: Final[tuple[Setting, ...]] = ("", True)
"""What holds without being said, of the settings that are changed here: it is written only where its key stands."""
_HEADING: Final = "# Settings of Tidehold. `tidehold config show` prints all, `config check` checks them.\n"


def changed(text: str, changes: Changes, where: str) -> str:
    """The file's text with some settings changed.

    Args:
        text: What is in the file.
        changes: New values.
        where: Of the file, for what is wrong with it.

    Raises:
        ConfigError: The text is no TOML, or a setting cannot be changed in it without changing another.
    """
    try:
        wanted = with_changes(tomllib.loads(text), changes)
        document = tomlkit.parse(text)
        for (table, key), value in changes.items():
            if key not in wanted.get(table, {}):
                continue
            if table not in document:
                document[table] = tomlkit.table()
            inside: Any = document[table]
            if key not in inside or inside[key] != value:
                inside[key] = value
        new = tomlkit.dumps(document)
        came_out = tomllib.loads(new)
    except (tomllib.TOMLDecodeError, TOMLKitError, AttributeError, TypeError, ValueError) as error:
        raise ConfigError(f"{where}: expected a TOML file with tables of settings, found: {error}") from None
    if came_out != wanted:  # rather no change than a wrong one
        names = ", ".join(f"{table}.{key}" for table, key in changes)
        raise ConfigError(f"{where}: expected a file in which {names} can be changed, found one too unusual for that")
    return new


def change_config(path: Path, changes: Changes) -> None:
    """Change settings in a file, which is replaced as a whole (`write_whole`); without one, begin one.

    Raises:
        ConfigError: It cannot be read or written, or not be changed.
    """
    try:
        text = path.read_bytes().decode() if path.exists() else _HEADING
        new = changed(text, changes, str(path))
        write_whole(path, new.encode())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a file that can be written, found: {error}") from None


def with_changes(tree: Mapping[str, Any], changes: Changes) -> dict[str, Any]:
    """A tree of settings as it is once they are changed."""
    new = copy.deepcopy(dict(tree))
    for (table, key), value in changes.items():
        if value not in UNSAID or key in new.get(table, {}):
            new.setdefault(table, {})[key] = value
    return new
