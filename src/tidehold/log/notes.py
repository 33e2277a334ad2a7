"""What verifying and recovering say of a file: ranges of bytes and of inputs, and the note in a recovered file."""

from __future__ import annotations

from typing import Final

import msgspec

from tidehold.records import UnixNs


class Lost(msgspec.Struct, frozen=True):
    """Bytes from `start` up to `end`, the end not included, and what is wrong with them."""

    start: int
    end: int
    what: str


class InputRange(msgspec.Struct, frozen=True):
    """Inputs by number, the last one included."""

    first: int
    last: int


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What a recovered file says of its making.

    `source` names the file it was made from. `missing` are the inputs known to be
    missing; how many came after the last one is not always known. `header` is
    "kept", or what is lost of it; `outputs` is "kept" as the live run wrote them,
    "made again" by folding the inputs there are, or why there are fewer.
    """

    source: str
    when: UnixNs
    lost: tuple[Lost, ...]
    missing: tuple[InputRange, ...]
    header: str
    outputs: str


KEPT: Final = "kept"
MADE_AGAIN: Final = "made again"

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Recovered)


def encode_recovered(note: Recovered) -> bytes:
    """The note as JSON."""
    return _encoder.encode(note)


def decode_recovered(raw: bytes) -> Recovered:
    """The note that `encode_recovered` wrote.

    Raises:
        msgspec.MsgspecError: Not such a note.
    """
    return _decoder.decode(raw)
