"""The program that plays and speaks: orders on standard input, reports on standard output, a line each.

It is a process of its own: what audio libraries print does not get into the dashboard's picture, a driver that hangs or
crashes takes nothing with it, and a dashboard that draws does not hold up the next block of samples.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from typing import BinaryIO

import msgspec

from tidehold.sound.desk import Desk, Open
from tidehold.sound.device import DeviceSink
from tidehold.sound.orders import Report, Trouble, read_order, write
from tidehold.sound.speech import Engine, find_engine

SILENT = "--no-speech"


def run(
    orders: Iterable[bytes], reports: BinaryIO, engine: Engine | None, sink: Open = DeviceSink, *, speaks: bool = True
) -> None:
    """Carry out orders until there are no more, or nothing will sound any more."""
    one_at_a_time = threading.Lock()

    def report(told: Report) -> None:
        with one_at_a_time:
            try:
                reports.write(write(told))
                reports.flush()
            except (OSError, ValueError):
                return  # whoever wanted to know is gone

    desk = Desk(sink, engine, report, speaks=speaks)
    for line in orders:
        try:
            order = read_order(line)
        except msgspec.MsgspecError as error:
            report(Trouble(f"no order: {error}", is_all=False))
            continue
        desk.order(order)
        if desk.is_silent:
            break
    desk.close()


def main(words: list[str]) -> None:
    """`python -m tidehold.sound.desk_program [--no-speech]`."""
    speaks = SILENT not in words
    run(sys.stdin.buffer, sys.stdout.buffer, find_engine() if speaks else None, speaks=speaks)


if __name__ == "__main__":
    main(sys.argv[1:])
