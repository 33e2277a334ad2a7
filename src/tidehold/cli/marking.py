"""`mark`: something the person did, from a script or another input device, into the session that is being recorded."""

from __future__ import annotations

import argparse
import asyncio
from typing import Final

import msgspec

from tidehold.cli.output import say
from tidehold.cli.settings import place_of
from tidehold.daemon.client import ANSWER_S, HubError, connect
from tidehold.daemon.lines import MarkWish
from tidehold.daemon.place import Place
from tidehold.errors import ConfigError
from tidehold.units import NS

_SEEN_NS: Final = NS
"""Four ticks after the last one before it, a mark has been folded in, and its refusal has been told."""


def mark(arguments: argparse.Namespace) -> int:
    """`tidehold mark VERB [ARG]`: exit 0 if the session took it, 1 if it refuses it, 4 if there is none."""
    arg = " ".join(arguments.arg)
    try:
        msgspec.convert({"type": "mark", "verb": arguments.mark, "arg": arg}, MarkWish)
    except msgspec.ValidationError:
        raise ConfigError(
            "mark: expected a verb of lower-case letters, and a text of at most 2000 characters on lines of its own, "
            f"found {arguments.mark[:40]!r} {arg[:40]!r}"
        ) from None
    refused = asyncio.run(_marked(place_of(arguments), arguments.mark, arg))
    if refused:
        say(f"refused: {arguments.mark}: {refused}")
        return 1
    say(f"marked: {arguments.mark}{' ' if arg else ''}{arg}")
    return 0


async def _marked(place: Place, verb: str, arg: str) -> str:
    """Mark it; why the session refuses it, "" if it does not.

    Raises:
        HubError: Nothing is being recorded, the recorder does not take it, or tells nothing of it.
    """
    start = f"person/{verb}: "
    try:
        async with connect(place) as client, asyncio.timeout(ANSWER_S):
            statuses = client.statuses()
            before = await anext(statuses, None)
            await client.mark(verb, arg)  # it says so if the session is over
            async for status in statuses:
                assert before is not None  # noqa: S101 - or the mark had not been taken
                for key, count in status.snapshot.rejected.items():
                    if key.startswith(start) and count > before.snapshot.rejected.get(key, 0):
                        return key.removeprefix(start)
                if status.snapshot.t >= before.snapshot.t + _SEEN_NS:
                    break
    except TimeoutError:
        raise HubError("the recorder tells nothing: whether it took the mark is not known; is it frozen?") from None
    return ""
