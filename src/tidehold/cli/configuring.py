"""`config`, `daemon`, `completions`: how Tidehold is set up on this machine."""

from __future__ import annotations

import argparse
import sys
from typing import Any

import msgspec
import shtab

from tidehold.cli.output import give, say
from tidehold.cli.parser import build
from tidehold.daemon.config import config_path, load_config, overrides
from tidehold.daemon.unit import COMMANDS, install_unit


def path(arguments: argparse.Namespace) -> int:
    """`tidehold config path`: where the configuration is looked for."""
    print(arguments.config or config_path())
    return 0


def show(arguments: argparse.Namespace) -> int:
    """`tidehold config show`: every setting as it holds, file and environment put together."""
    tree: dict[str, Any] = msgspec.to_builtins(load_config(arguments.config))
    if arguments.json:
        give(tree)
        return 0
    plain = {key: value for key, value in tree.items() if not isinstance(value, dict)}
    print("\n".join(_line(key, value) for key, value in plain.items()))
    for table, values in tree.items():
        if isinstance(values, dict):
            print(f"\n[{table}]")
            print("\n".join(_line(key, value) for key, value in values.items()))
    for variable in overrides():
        say(f"{variable} overrides the file")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """`tidehold config check`: exit 0 if the configuration is right, 2 if not."""
    load_config(arguments.config)
    where = arguments.config or config_path()
    say(f"{where}: right" if where.exists() else f"{where}: not there, so the defaults hold")
    return 0


def daemon(arguments: argparse.Namespace) -> int:
    """`tidehold daemon --install-unit`: the recorder as a systemd user service."""
    words = [sys.executable, "-m", "tidehold.cli", "record", "--headless", *arguments.record]
    unit = install_unit(words, force=arguments.force)
    say(f"wrote {unit}; now:")
    for command in COMMANDS:
        say(f"  {command}")
    return 0


def completions(arguments: argparse.Namespace) -> int:
    """`tidehold completions SHELL`: a completion script."""
    print(shtab.complete(build(), shell=arguments.shell))
    return 0


def _line(key: str, value: object) -> str:
    """A setting as TOML says it."""
    text = msgspec.json.encode(value).decode()  # strings, numbers, booleans and lists are the same in TOML
    return f"{key} = {text}"
