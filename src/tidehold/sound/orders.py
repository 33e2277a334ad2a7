"""What is asked of whatever makes the sound, and what that has to say; as lines of JSON between two processes."""

from __future__ import annotations

from typing import Final

import msgspec

from tidehold.sound.tones import Kind

TEXT_LIMIT: Final = 400
"""Characters of a spoken text: an order fits into a pipe at one go (4,096 bytes), and nobody listens for longer."""


class Play(msgspec.Struct, frozen=True, tag="play"):
    """A tone, at a moment of the hearer's clock, s."""

    kind: Kind
    at_s: float


class Speak(msgspec.Struct, frozen=True, tag="speak"):
    """Words, as soon as possible; if `urgent`, instead of what is being said and what waits."""

    text: str
    urgent: bool = False


class Forget(msgspec.Struct, frozen=True, tag="forget"):
    """The pacer's tones that were to begin after `after_s` are not to be played."""

    after_s: float


class Loudness(msgspec.Struct, frozen=True, tag="loudness"):
    """How loud, 0 to 1, or silent."""

    volume: float
    muted: bool = False


Order = Play | Speak | Forget | Loudness


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """It sounds; `device` is what on, `engine` is who speaks ("" for nobody)."""

    device: str
    engine: str


class Trouble(msgspec.Struct, frozen=True, tag="trouble"):
    """Something does not sound, or not any more: why, and what to do about it; `is_all`: nothing does."""

    text: str
    advice: str = ""
    is_all: bool = True


Report = Ready | Trouble

_encoder = msgspec.json.Encoder()
_orders = msgspec.json.Decoder(Order)
_reports = msgspec.json.Decoder(Report)


def write(item: Order | Report) -> bytes:
    """One line."""
    return _encoder.encode(item) + b"\n"


def read_order(line: bytes) -> Order:
    """The order that `write` wrote.

    Raises:
        msgspec.MsgspecError: It is none.
    """
    order: Order = _orders.decode(line)
    return order


def read_report(line: bytes) -> Report:
    """The report that `write` wrote.

    Raises:
        msgspec.MsgspecError: It is none.
    """
    report: Report = _reports.decode(line)
    return report
