"""`mark`: something the person did, from a script or another input device, into the session that is being recorded."""

from __future__ import annotations

import argparse

import msgspec

from tidehold.cli.output import say
from tidehold.cli.settings import place_of
from tidehold.daemon.client import mark_now
from tidehold.daemon.lines import MarkWish
from tidehold.errors import ConfigError


def mark(arguments: argparse.Namespace) -> int:
    """`tidehold mark VERB [ARG]`: exit 0 if the recorder took it, 4 if there is none."""
    arg = " ".join(arguments.arg)
    try:
        msgspec.convert({"type": "mark", "verb": arguments.mark, "arg": arg}, MarkWish)
    except msgspec.ValidationError:
        raise ConfigError(
            "mark: expected a verb of lower-case letters, and a text of at most 2000 characters on lines of its own, "
            f"found {arguments.mark[:40]!r} {arg[:40]!r}"
        ) from None
    mark_now(place_of(arguments), arguments.mark, arg)
    say(f"marked: {arguments.mark}{' ' if arg else ''}{arg}")
    return 0
