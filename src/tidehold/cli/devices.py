"""`scan` and `profiles`: what is within reach, and what is known of devices."""

from __future__ import annotations

import argparse
import asyncio

from tidehold.cli.output import give, say, table
from tidehold.cli.radio import transport_to
from tidehold.cli.settings import Settings, strap_named, wanted_by
from tidehold.daemon.config import StrapConfig, remember_strap
from tidehold.sources.ble import Seen
from tidehold.sources.ble import scan as scan_ble
from tidehold.sources.ble_scan import is_wanted
from tidehold.sources.profiles import load_folder


def scan(arguments: argparse.Namespace) -> int:
    """`tidehold scan`: the devices heard, those that a profile knows first."""
    settings = Settings.of(arguments)

    async def listen() -> list[Seen]:
        async with transport_to(arguments.radio) as transport:
            return await scan_ble(transport, arguments.seconds, settings.profiles)

    heard = asyncio.run(listen())
    if arguments.json:
        give({"devices": [device._asdict() for device in heard]})
    elif not heard:
        say("nothing heard; wear the strap, with wet electrodes: most advertise only then; switch a motion sensor on")
    else:
        rows = [("address", "name", "dBm", "profile")]
        rows += [
            (each.address, each.name or "-", "-" if each.rssi_dbm is None else str(each.rssi_dbm), each.profile or "-")
            for each in heard
        ]
        table(rows)
    return _remember(arguments.remember, heard, settings) if arguments.remember else 0


def _remember(text: str, heard: list[Seen], settings: Settings) -> int:
    wanted = wanted_by(strap_named(text))
    straps = settings.of_kind("strap")
    found = [
        each
        for each in heard
        if each.profile in straps and is_wanted(wanted, {}, each.address, each.name, each.services)
    ]
    if len(found) != 1:
        say(f"{text!r} fits {len(found)} of the straps heard; nothing is remembered")
        return 1
    path = remember_strap(StrapConfig(found[0].address, found[0].name or ""))
    say(f"{found[0].name or found[0].address} is used from now on ({path})")
    return 0


def profiles(arguments: argparse.Namespace) -> int:
    """`tidehold profiles`: list all, or validate those in a folder of one's own."""
    known = Settings.of(arguments).profiles if arguments.folder is None else load_folder(arguments.folder)
    if arguments.json:
        give(
            {
                "profiles": [
                    {
                        "id": each.id,
                        "name": each.name,
                        "kind": each.kind,
                        "streams": [stream.id for stream in each.stream],
                    }
                    for each in known.values()
                ]
            }
        )
        return 0
    rows = [("id", "name", "streams")]
    rows += [(each.id, each.name, " ".join(stream.id for stream in each.stream)) for each in known.values()]
    table(rows)
    say(f"{len(known)} profiles, every example of each decodes as it says")
    return 0
