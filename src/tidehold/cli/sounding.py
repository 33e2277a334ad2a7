"""The sound beside a view: as it was asked for, and made where the session is shown, never where it is recorded."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

from tidehold.cli.output import say
from tidehold.daemon.checkup import Check
from tidehold.daemon.config import Config
from tidehold.records import Status
from tidehold.sound.desk_process import DeskProcess
from tidehold.sound.orders import Trouble
from tidehold.sound.sounder import Sounder, first_report

TRY_S = 5.0
"""How long a sound device may take to be there."""


class Hearing(NamedTuple):
    """What is to be heard, and how loud."""

    is_on: bool = True
    volume: float = 0.6
    is_muted: bool = False
    speaks: bool = True

    @classmethod
    def of(cls, arguments: argparse.Namespace, config: Config) -> Hearing:
        """As the flags say, or else the configuration."""
        sound = config.sound
        asked = getattr(arguments, "sound", None)  # who listens without a view is not asked
        is_on = sound.enabled if asked is None else asked
        volume = sound.volume if arguments.volume is None else arguments.volume
        return cls(is_on, volume, arguments.mute, sound.speech)


@contextlib.contextmanager
def sounding(hearing: Hearing) -> Iterator[Sounder | None]:
    """Sound for a while, if it is wanted; what the view did not tell of its troubles is told at the end."""
    if not hearing.is_on:
        yield None
        return
    try:
        sounder = Sounder(
            lambda report: DeskProcess(report, speaks=hearing.speaks), volume=hearing.volume, muted=hearing.is_muted
        )
    except OSError as error:
        say(f"no sound: {error}")
        yield None
        return
    try:
        yield sounder
    finally:
        sounder.close()
        while text := sounder.news():
            say(text)


async def heard(statuses: AsyncIterator[Status], sounder: Sounder | None) -> AsyncIterator[Status]:
    """The same statuses, which are heard on the way."""
    async for status in statuses:
        if sounder is not None:
            sounder.hear(status)
        yield status


def check_sound(config: Config) -> Check:
    """Whether anything can be heard, for `doctor`: the loudspeaker is opened, and nothing is played."""
    if not config.sound.enabled:
        return Check("sound", "not tried", "turned off ([sound] enabled)")
    report = first_report(lambda hear: DeskProcess(hear, speaks=config.sound.speech), TRY_S)
    if report is None:
        return Check("sound", "warning", f"the device did not answer within {TRY_S:.0f} s", "--no-sound does without")
    if isinstance(report, Trouble):
        return Check("sound", "warning", report.text, report.advice)
    if not report.engine and config.sound.speech:
        return Check(
            "sound", "ok", f"{report.device}; tones only, no speech engine", "apt install espeak-ng, for words"
        )
    return Check("sound", "ok", f"{report.device}; {report.engine} speaks" if report.engine else report.device)
