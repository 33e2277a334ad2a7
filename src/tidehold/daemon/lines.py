"""What the recorder and its views say to each other: JSON, one object a line, over a Unix socket.

The recorder greets with a `Hello`; a `Status` follows four times a second, the newest only, and an
`End` is its last line. A view may send wishes; each is answered in turn with `Done` or `Trouble`.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

PROTOCOL: Final = 1
"""Raised when an older view could not follow any more."""
WISH_LIMIT: Final = 64 * 1024
"""Bytes of a line that a view may send."""
STATUS_LIMIT: Final = 16 * 1024 * 1024
"""Bytes of a line that a view takes; a status has some ten thousand."""
STATUS_START: Final = b'{"type":"status",'
"""How `records.encode` begins a status: it need not be decoded to be told from the rest."""

Verb = Annotated[str, msgspec.Meta(pattern=r"\A[a-z-]{1,32}\Z")]
# No control characters but tab and line feed: a note is shown on terminals.
Text = Annotated[str, msgspec.Meta(max_length=2000, pattern=r"\A[^\x00-\x08\x0b-\x1f\x7f-\x9f]*\Z")]


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The recorder's first line. The defaults let any version's greeting be read."""

    protocol: int = 0
    tidehold: str = "of an unknown version"
    session: str = ""
    path: str = ""
    pid: int = 0


class End(msgspec.Struct, frozen=True, tag="end"):
    """The recorder's last line: why the session ended, and its file."""

    reason: str
    path: str


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A wish was granted."""


class Trouble(msgspec.Struct, frozen=True, tag="error"):
    """A wish was not granted, or the view is sent away, and why."""

    why: str


class MarkWish(msgspec.Struct, frozen=True, tag="mark"):
    """The person did something."""

    verb: Verb
    arg: Text = ""


class StopWish(msgspec.Struct, frozen=True, tag="stop"):
    """End the session."""


class QuietWish(msgspec.Struct, frozen=True, tag="quiet"):
    """One status, and then no more of them."""


Said = Hello | End | Done | Trouble
Wish = MarkWish | StopWish | QuietWish

_said: Final[msgspec.json.Decoder[Said]] = msgspec.json.Decoder(Said)
_wish: Final[msgspec.json.Decoder[Wish]] = msgspec.json.Decoder(Wish)


def write(line: Said | Wish) -> bytes:
    """A line, with its end."""
    return msgspec.json.encode(line) + b"\n"


def read_said(raw: bytes) -> Said:
    """A line of the recorder that is no status.

    Raises:
        ValueError: It is none of those.
    """
    try:
        return _said.decode(raw)
    except RecursionError as error:  # nested a thousand deep
        raise ValueError(str(error)) from None


def read_wish(raw: bytes) -> Wish:
    """A line of a view.

    Raises:
        ValueError: It is no wish.
    """
    try:
        return _wish.decode(raw)
    except RecursionError as error:
        raise ValueError(str(error)) from None


class Lines:
    """Cuts what arrives into lines; one longer than `limit` is dropped, and told as None.

    Args:
        limit: Bytes of a line, and so of memory.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._dropping = False

    def feed(self, chunk: bytes) -> list[bytes | None]:
        """The lines that this chunk completes, without their ends."""
        self._rest += chunk
        lines: list[bytes | None] = []
        if b"\n" in chunk:
            *whole, self._rest = self._rest.split(b"\n")
            for line in whole:
                if not self._dropping:
                    lines.append(bytes(line) if len(line) <= self._limit else None)
                self._dropping = False
        if len(self._rest) > self._limit:
            if not self._dropping:
                lines.append(None)
            self._dropping = True
        if self._dropping:
            self._rest.clear()
        return lines
