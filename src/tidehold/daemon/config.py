"""Where things are kept, and what the person set in `tidehold.toml`."""

from __future__ import annotations

import os
import re
import tempfile
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from tidehold.coach.pacing import pattern_of
from tidehold.errors import ConfigError
from tidehold.sources.paths import own_path


class StrapConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which strap to use: by address, or by name, or (both empty) any."""

    address: str = ""
    name: str = ""
    enabled: bool = True
    """Whether there is one at all; without it, a session is recorded from a phone or a motion sensor."""


class PhoneConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The phone's app, and how its messages come."""

    profile: str = ""
    """Id of the device profile that fits the app's settings; empty: no phone unless it is asked for."""
    broker: Literal["embedded", "external"] = "embedded"
    address: str = ""
    """Where the embedded broker listens; empty: the person is asked once."""
    host: str = ""
    """Of an external broker."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 0
    """0: 1883, or 8883 with TLS."""
    topic: str = ""
    """Where the app publishes; empty: as the profile says."""
    username: str = ""
    password_file: str = ""
    """File whose first line is the password for an external broker."""
    tls: bool = False
    tls_ca: str = ""
    """File with the certificate authority of an external broker; empty: those that the system trusts."""
    mqtt5: bool = False
    """Whether to speak MQTT 5 to an external broker, instead of 3.1.1."""
    placement: Literal["", "shin", "thigh", "breastbone", "belly"] = ""
    """Where the phone is worn; on breastbone or belly it sees the breathing too."""


class SecondPhoneConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another phone, for the angle of the joint between both; it sends to the same broker as the first."""

    profile: str = ""
    """Id of the device profile that fits its app's settings; empty: none unless it is asked for."""
    topic: str = ""
    """Where its app publishes; empty: as the profile says, with "-2" after it."""
    placement: Literal["", "shin", "thigh", "breastbone", "belly"] = ""
    """Where it is worn."""


class ImuConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which BLE motion sensor to use: by address or by name; both empty: none unless it is asked for."""

    address: str = ""
    name: str = ""


class PacerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The breathing that the pacer asks for."""

    pattern: str = "4/6"
    """Seconds as in/out or in/hold/out/hold."""

    def __post_init__(self) -> None:
        try:
            pattern_of(self.pattern)
        except ConfigError as error:
            raise ValueError(str(error).partition(": ")[2].replace(", found ", ", got ")) from None


class RoutineConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the person is led through."""

    name: str = ""
    """Id of a routine, or its file; empty: none unless it is asked for."""
    variant: str = ""
    first: Literal["left", "right"] = "left"
    """The side that is begun with."""
    affected: Literal["", "left", "right", "both"] = ""
    """The side of steps for the affected one; empty: the one that is begun with."""


class SoundConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be heard beside a view of the session."""

    enabled: bool = True
    volume: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.6
    speech: bool = True
    """Prompts in words, where a speech engine is installed."""


class OutletsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Other programs that are told of a session while it goes on; none unless they are asked for."""

    lsl: bool = False
    """Lab Streaming Layer."""
    osc: str = ""
    """HOST:PORT of a receiver of Open Sound Control."""
    mqtt: str = ""
    """HOST[:PORT] of a broker for snapshots."""
    mqtt_name: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]+$")] = "tidehold"
    """First part of the topics, and the device's id in Home Assistant."""
    mqtt_username: str = ""
    mqtt_password_file: str = ""
    """File whose first line is the password."""
    mqtt_tls: bool = False
    mqtt_tls_ca: str = ""
    """File with the broker's certificate authority; empty: those that the system trusts."""
    mqtt_discovery: str = "homeassistant"
    """Prefix of Home Assistant's discovery; empty for none."""


class DiaryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the diary asks for."""

    items: tuple[str, ...] = ("supplements", "kneeling stool", "sleep position", "long sitting")
    """Of the checklist at a check-in, in the person's own words."""


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The person's settings; every one has a default."""

    strap: StrapConfig = StrapConfig()
    phone: PhoneConfig = PhoneConfig()
    second_phone: SecondPhoneConfig = SecondPhoneConfig()
    imu: ImuConfig = ImuConfig()
    pacer: PacerConfig = PacerConfig()
    sound: SoundConfig = SoundConfig()
    routine: RoutineConfig = RoutineConfig()
    outlets: OutletsConfig = OutletsConfig()
    diary: DiaryConfig = DiaryConfig()
    sessions: str = ""
    """Folder of the session files; empty: the place that XDG gives for data."""
    profiles: tuple[str, ...] = ()
    """Folders with device profiles of one's own."""
    routines: tuple[str, ...] = ()
    """Folders with routines of one's own."""


_TABLES: Final[dict[str, type[msgspec.Struct]]] = {
    "strap": StrapConfig,
    "phone": PhoneConfig,
    "second_phone": SecondPhoneConfig,
    "imu": ImuConfig,
    "pacer": PacerConfig,
    "sound": SoundConfig,
    "routine": RoutineConfig,
    "outlets": OutletsConfig,
    "diary": DiaryConfig,
}
_LISTS: Final = ("profiles", "routines", "items")
Kind = TypeVar("Kind", bound=msgspec.Struct)


def config_path() -> Path:
    """`$XDG_CONFIG_HOME/tidehold/tidehold.toml`."""
    return _xdg("XDG_CONFIG_HOME", ".config") / "tidehold.toml"


def sessions_path(config: Config) -> Path:
    """Folder of the session files."""
    return own_path(config.sessions) if config.sessions else _xdg("XDG_DATA_HOME", ".local/share") / "sessions"


def remembered_path() -> Path:
    """File that remembers the strap last chosen with `scan --remember`."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "strap.json"


class Remembered(msgspec.Struct, frozen=True):
    """What the person agreed to for the phone, and the password that the phone was given."""

    address: str
    port: int
    password: str
    second_password: str = ""
    """Of the second phone, once there was one."""


def remembered_phone_path() -> Path:
    """File that remembers where the phone may send to, and its password; for its owner's eyes only."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "phone.json"


class Followed(msgspec.Struct, frozen=True):
    """What is remembered of earlier routines: nothing that was measured, and no answer but "no"."""

    passed: tuple[str, ...] = ()
    """Ids of the questions that were answered before a routine and did not end it: they are not asked first again."""
    sessions: dict[str, int] = {}
    """How often each routine was followed to its end, by `daemon.followed.name_of`."""


def followed_path() -> Path:
    """File that remembers which routines were followed."""
    return _xdg("XDG_STATE_HOME", ".local/state") / "routines.json"


def load_config(path: Path | None = None) -> Config:
    """Settings from `path`, or from the usual place, where a missing file means defaults; the environment overrides it.

    TIDEHOLD_PHONE_PROFILE is `profile` of `[phone]`, TIDEHOLD_SESSIONS is `sessions`; lists are separated as in PATH.

    Raises:
        ConfigError: Not readable, or a key is wrong; names file, key, expected and found.
    """
    where = path or config_path()
    try:
        tree = tomllib.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if path is not None:
            raise ConfigError(f"{where}: expected a configuration file, found none") from None
        tree = {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{where}: expected a readable TOML file, found: {error}") from None
    _convert(tree, str(where))  # a mistake in the file is named there, whatever the environment says
    for variable, (table, key, text) in overrides().items():
        field: object = text.split(os.pathsep) if key in _LISTS else text
        (tree.setdefault(table, {}) if table else tree)[key] = field
        _convert(tree, variable, strict=False)
    return _convert(tree, str(where), strict=False)


def overrides() -> dict[str, tuple[str, str, str]]:
    """Variables of the environment that override settings: table (empty: none), key, and text of each."""
    keys = [(table, key) for table, kind in _TABLES.items() for key in kind.__struct_fields__]
    keys += [("", key) for key in Config.__struct_fields__ if key not in _TABLES]
    named = {"_".join(filter(None, ("TIDEHOLD", table, key))).upper(): (table, key) for table, key in keys}
    return {name: (*key, os.environ[name]) for name, key in named.items() if name in os.environ}


def _convert(tree: dict[str, Any], where: str, *, strict: bool = True) -> Config:
    """The settings in a tree; of an environment, numbers and booleans are texts, which `strict` refuses."""
    try:
        return msgspec.convert(tree, Config, strict=strict)
    except msgspec.ValidationError as error:
        what, _, key = str(error).partition(" - at `$")
        if unknown := re.fullmatch(r"Object contains unknown field `(.*)`", what):
            known = ", ".join(field.name for field in msgspec.structs.fields(_TABLES.get(key.strip(".`"), Config)))
            name = f"{key.strip('.`')}.{unknown[1]}".lstrip(".")
            raise ConfigError(f"{where}: {name}: expected one of {known}, found an unknown key") from None
        expected, _, found = what.partition(", got ")
        found = f", found {found}" if found else ""
        raise ConfigError(f"{where}: {key.strip('.`')}: {expected.replace('E', 'e', 1)}{found}") from None


def recall_strap() -> StrapConfig:
    """The strap that `scan --remember` chose, or none."""
    return _recall(remembered_path(), StrapConfig, "a remembered strap") or StrapConfig()


def remember_strap(strap: StrapConfig) -> Path:
    """Use this strap from now on; returns the file that says so."""
    return _remember(remembered_path(), strap)


def recall_phone() -> Remembered | None:
    """What was agreed for the phone, or None if nobody was asked yet."""
    return _recall(remembered_phone_path(), Remembered, "what was agreed for the phone")


def remember_phone(agreed: Remembered) -> Path:
    """Listen there from now on, with that password; returns the file that says so."""
    return _remember(remembered_phone_path(), agreed)


def recall_followed() -> Followed:
    """Which routines were followed so far."""
    return _recall(followed_path(), Followed, "the routines that were followed") or Followed()


def remember_followed(followed: Followed) -> Path:
    """Keep which routines were followed; returns the file that says so."""
    return _remember(followed_path(), followed)


def _recall(path: Path, kind: type[Kind], what: str) -> Kind | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError(f"{path}: expected {what}, found: {error}; delete the file") from None


def _remember(path: Path, choice: msgspec.Struct) -> Path:
    write_whole(path, msgspec.json.encode(choice))
    return path


def write_whole(path: Path, raw: bytes) -> None:
    """Write a file for its owner's eyes only, so that no half of it is ever there; a link to it stays a link.

    Raises:
        OSError: It cannot be written, and is as it was.
    """
    there = path.resolve()
    there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=there.parent, prefix=".tidehold-")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).replace(there)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _xdg(variable: str, default: str) -> Path:
    base = os.environ.get(variable, "")
    # XDG Base Directory 0.8: a relative path in the variable is to be ignored
    return (Path(base) if Path(base).is_absolute() else Path.home() / default) / "tidehold"
