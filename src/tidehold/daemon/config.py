"""Where things are kept, and what the person set in `tidehold.toml`."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import msgspec

from tidehold.errors import ConfigError


class StrapConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which strap to use: by address, or by name, or (both empty) any."""

    address: str = ""
    name: str = ""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The person's settings; every one has a default."""

    strap: StrapConfig = StrapConfig()
    sessions: str = ""
    """Folder of the session files; empty: the place that XDG gives for data."""
    profiles: tuple[str, ...] = ()
    """Folders with device profiles of one's own."""


def config_path() -> Path:
    """`$XDG_CONFIG_HOME/tidehold/tidehold.toml`."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "tidehold.toml"


def sessions_path(config: Config) -> Path:
    """Folder of the session files."""
    return Path(config.sessions).expanduser() if config.sessions else _xdg("XDG_DATA_HOME", ".local/share") / "sessions"


def remembered_path() -> Path:
    """File that remembers the strap last chosen with `scan --remember`."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "strap.json"


def load_config(path: Path | None = None) -> Config:
    """Settings from `path`, or from the usual place, where a missing file means defaults.

    Raises:
        ConfigError: Not readable, or a key is wrong; names file, key, expected and found.
    """
    where = path or config_path()
    try:
        tree = tomllib.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path is None:
            return Config()
        raise ConfigError(f"{where}: expected a configuration file, found none") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{where}: expected a readable TOML file, found: {error}") from None
    try:
        return msgspec.convert(tree, Config)
    except msgspec.ValidationError as error:
        what, _, key = str(error).partition(" - at `$")
        if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what):
            known = ", ".join(field.name for field in msgspec.structs.fields(StrapConfig if key else Config))
            name = f"{key.strip('.`')}.{unknown[1]}".lstrip(".")
            raise ConfigError(f"{where}: {name}: expected one of {known}, found an unknown key") from None
        expected, _, found = what.partition(", got ")
        raise ConfigError(f"{where}: {key.strip('.`')}: {expected.replace('E', 'e', 1)}, found {found}") from None


def recall_strap() -> StrapConfig:
    """The strap that `scan --remember` chose, or none."""
    try:
        return msgspec.json.decode(remembered_path().read_bytes(), type=StrapConfig)
    except FileNotFoundError:
        return StrapConfig()
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(
            f"{remembered_path()}: expected a remembered strap, found: {error}; delete the file"
        ) from None


def remember_strap(strap: StrapConfig) -> Path:
    """Use this strap from now on; returns the file that says so."""
    path = remembered_path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(strap))
    return path


def _xdg(variable: str, default: str) -> Path:
    base = os.environ.get(variable, "")
    # XDG Base Directory 0.8: a relative path in the variable is to be ignored
    return (Path(base) if Path(base).is_absolute() else Path.home() / default) / "tidehold"
