"""Configuration, flags and remembered choices, put together for a command."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

import msgspec

from tidehold.daemon.config import (
    Config,
    ImuConfig,
    StrapConfig,
    config_path,
    load_config,
    overrides,
    recall_strap,
    remembered_path,
    sessions_path,
)
from tidehold.daemon.place import Place, usual_place
from tidehold.sources.ble_options import Wanted
from tidehold.sources.paths import own_path
from tidehold.sources.profiles import builtin_profiles, load_folder
from tidehold.wire.profile import Profile

ADDRESS = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
"""A Bluetooth address, or the UUID that macOS gives instead."""


class Settings(msgspec.Struct, frozen=True):
    """What a command works with: flags win over the configuration, which wins over defaults."""

    config: Config
    profiles: dict[str, Profile]
    sessions: Path

    @classmethod
    def of(cls, arguments: argparse.Namespace, config: Config | None = None) -> Settings:
        """The settings for these arguments; `config` in place of the configured ones.

        Raises:
            ConfigError: The configuration or a device profile is wrong.
        """
        config = load_config(arguments.config) if config is None else config
        profiles = builtin_profiles()
        for folder in (*config.profiles, *arguments.profile_folders):
            profiles |= load_folder(own_path(folder))
        return cls(config, profiles, getattr(arguments, "out", None) or sessions_path(config))

    @property
    def recorded(self) -> dict[str, Any]:
        """The configuration as a session's header keeps it: nothing that names a person, a folder or a secret."""
        tree: dict[str, Any] = msgspec.to_builtins(self.config)
        kept = {
            "strap": ("name",),
            "imu": ("name",),
            "phone": ("profile", "broker", "topic", "tls", "mqtt5", "placement"),
            "second_phone": ("profile", "topic", "placement"),
            "pacer": ("pattern",),
        }
        return {table: {key: tree[table][key] for key in keys} for table, keys in kept.items()}

    def wanted_strap(self, flag: str | None) -> Wanted | None:
        """Which strap, or None for none: the flag, else the configured one, else the remembered one, else any."""
        if flag == "none" or (flag is None and not self.config.strap.enabled):
            return None
        if flag == "any":
            return Wanted()
        strap = strap_named(flag) if flag else self.config.strap
        if strap == StrapConfig():
            strap = recall_strap()
        return wanted_by(strap)

    def wanted_imu(self, flag: str | None) -> Wanted | None:
        """Which BLE motion sensor: the flag, else the configured one, else none."""
        if flag == "any":
            return Wanted()
        imu = self.config.imu
        if flag is None and imu == ImuConfig():
            return None
        return wanted_by(strap_named(flag) if flag else StrapConfig(imu.address, imu.name))

    def of_kind(self, kind: str) -> dict[str, Profile]:
        """The profiles of one kind of device, by id."""
        return {name: profile for name, profile in self.profiles.items() if profile.kind == kind}


def is_first_run(arguments: argparse.Namespace) -> bool:
    """Whether nobody has said yet which strap: no flag, no configuration, nothing remembered."""
    said = arguments.config or arguments.strap or any(name.startswith("TIDEHOLD_STRAP_") for name in overrides())
    return not said and not config_path().exists() and not remembered_path().exists()


def place_of(arguments: argparse.Namespace) -> Place:
    """Where the recorder's socket is: as asked for, or in the usual place."""
    return usual_place() if arguments.place is None else Place(arguments.place.absolute())


def wanted_words(wanted: Wanted, radio: str) -> dict[str, str]:
    """How a device was asked for, for the session's header."""
    return {"address": wanted.address or "", "name": wanted.name or "", "radio": radio}


def strap_named(text: str) -> StrapConfig:
    """A strap as a person names it: by address where it looks like one, else by name."""
    return StrapConfig(address=text) if ADDRESS.fullmatch(text) else StrapConfig(name=text)


def wanted_by(strap: StrapConfig) -> Wanted:
    """What to look for to find this strap."""
    return Wanted(strap.address or None, strap.name or None)
