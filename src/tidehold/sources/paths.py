"""Paths as a person writes them."""

from __future__ import annotations

from pathlib import Path

from tidehold.errors import ConfigError


def own_path(text: str) -> Path:
    """A path with "~" for a home folder.

    Raises:
        ConfigError: It is nobody's home folder.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ConfigError(f"{text}: expected a path, found the home folder of somebody who is not known here") from None
