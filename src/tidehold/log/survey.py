"""Walks all that is intact of a file, and notes what is missing, out of order, or not as a recorder writes it."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tidehold.errors import LogError
from tidehold.log.inputs import is_input, read_input
from tidehold.log.layout import HEADER_TOPIC, MAGIC, PREAMBLE, RECOVERED_TOPIC, Stamp
from tidehold.log.notes import InputRange, Lost, Recovered, decode_recovered
from tidehold.log.scan import Chunk, Damage, Message, Scan, messages
from tidehold.session.header import Header, decode_header


class Survey:
    """What a file holds, and what is wrong with it.

    Attributes:
        stamp: Whose session it is; None if no chunk of one was found.
        header: The first copy that is intact, if any.
        recovered: The note of a file that `recover` made.
        findings: Damage, and chunks whose content is not as a recorder writes it, in order.
        torn: Whether the last of the findings reaches to the end of the file.
        inputs: How many inputs are intact.
        holes: Inputs missing before the last intact one.
        tail: Inputs known to be missing after it.
        outputs_whole: Whether no output is missing before the last intact one.

    Args:
        data: The file.

    Raises:
        LogError: The header is of a newer format, or not readable.
    """

    def __init__(self, data: bytes) -> None:
        self._scan = Scan(data)
        self._bad: dict[int, str] = {}  # chunks left out, by where they begin
        self._copies: dict[str, bytes] = {}
        self._last_input = 0
        self._last_output = 0
        self.header: Header | None = None
        self.recovered: Recovered | None = None
        self.findings: list[Lost] = []
        self.inputs = 0
        self.holes: list[InputRange] = []
        self.outputs_whole = True
        for piece in self._scan:
            if isinstance(piece, Damage):
                self.findings.append(Lost(*piece))
            elif what := self._chunk(piece):
                self.findings.append(Lost(piece.start, piece.end, what))
        self.torn = bool(self.findings) and self.findings[-1].end == len(data)

    @property
    def stamp(self) -> Stamp | None:
        """Whose session it is."""
        return self._scan.stamp

    @property
    def finished(self) -> bool:
        """Whether the file has a sound end."""
        return self._scan.ending is not None

    @property
    def data_sound(self) -> bool:
        """Whether the CRC over all the data is right."""
        return self._scan.ending is not None and self._scan.ending.data_sound

    @property
    def data_length(self) -> int:
        """Bytes ahead of the end of a finished file."""
        return self._scan.ending.start if self._scan.ending else 0

    @property
    def tail(self) -> InputRange | None:
        """Inputs that the end of the file counts but that are not there."""
        if self._scan.ending is None:
            return None
        known = sum(hole.last - hole.first + 1 for hole in self.recovered.missing) if self.recovered else 0
        last = self._scan.ending.inputs + known
        return InputRange(self._last_input + 1, last) if last > self._last_input and not self.recovered else None

    def chunks(self) -> Iterator[Iterator[Message]]:
        """The messages of each chunk that is sound, in the order of the file."""
        for piece in self._scan:
            if isinstance(piece, Chunk) and piece.start not in self._bad:
                yield messages(piece.content)
