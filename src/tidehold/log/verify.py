"""Says whether a session file is sound, and if not, what is wrong at which bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from tidehold.errors import LogError, TideholdError
from tidehold.log.disk import is_locked, read_whole
from tidehold.log.inputs import is_input, read_input
from tidehold.log.layout import HEADER_TOPIC, RECOVERED_TOPIC
from tidehold.log.reader import InputRange, Lost, Recovered, read_head
from tidehold.log.scan import Chunk, Damage, Message, Scan, messages
from tidehold.log.writer import PART_SUFFIX


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` found.

    `sound`: finished, and every byte is as it was written. `unfinished`: still
    being recorded, or interrupted; all that is there is sound. `damaged`: see
    `findings`. `inputs` are those that are intact; `missing` those that are not
    there, by number (after the last one there may be more). `recovered` is the
    note of a file that `recover` made; its missing inputs are known and no damage.
    """

    path: str
    state: Literal["sound", "unfinished", "damaged"]
    findings: tuple[Lost, ...]
    inputs: int
    missing: tuple[InputRange, ...]
    recovered: Recovered | None
    advice: str


class _Survey:
    """Walks a file's messages and notes what is not as a recorder writes it."""

    def __init__(self) -> None:
        self.findings: list[Lost] = []
        self.missing: list[InputRange] = []
        self.inputs = 0
        self.recovered: Recovered | None = None
        self.has_header = False
        self._last_input = 0
        self._last_output = 0
        self._repeated: dict[str, bytes] = {}

    def chunk(self, path: Path, chunk: Chunk) -> None:
        """Look at every message of a chunk."""
        try:
            if not self.has_header:
                header, self.recovered = read_head(path, chunk)
                self.has_header = header is not None
            times = [self._message(message) for message in messages(chunk.content)]
        except LogError as error:
            self.findings.append(Lost(chunk.start, chunk.end, str(error)))
            return
        if (chunk.first, chunk.last) != (min(times, default=0), max(times, default=0)) and chunk.content:
            self.findings.append(Lost(chunk.start, chunk.end, "a chunk's times are not those of its messages"))

    def _message(self, message: Message) -> int:
        topic, number, t, payload = message
        if is_input(topic):
            if number <= self._last_input:
                raise LogError(f"input {number} comes after input {self._last_input}")
            if number > self._last_input + 1:
                self.missing.append(InputRange(self._last_input + 1, number - 1))
            self._last_input = number
            self.inputs += 1
            read_input(topic, t, payload)
        elif topic in (HEADER_TOPIC, RECOVERED_TOPIC):
            if self._repeated.setdefault(topic, payload) != payload:
                raise LogError(f"copies of {topic} differ")
        else:
            if number != self._last_output + 1 and self._last_output:
                raise LogError(f"output {number} comes after output {self._last_output}")
            self._last_output = number
        return t
