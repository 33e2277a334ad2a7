"""Walks a whole file once: what is intact, what is missing, and what is not as a recorder writes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

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
        stamp: Whose session it is.
        header: The first copy that is intact, if any.
        recovered: The note of a file that `recover` made.
        finished: Whether the file has a sound end.
        findings: All that is wrong, in the order of the file; those without length say what is missing there.
        torn: Whether the last finding reaches to the end of an unfinished file.
        inputs: How many inputs are intact.
        missing: Inputs known to be missing, by number.
        has_holes: Whether inputs or outputs are missing before the last ones that are intact.
        last: Time of the last intact message, ns.

    Args:
        data: The file.

    Raises:
        LogError: It is not a session, or nothing of it is intact, or its header is of a newer format.
    """

    def __init__(self, data: bytes) -> None:
        self._scan = Scan(data)
        self._left_out: set[int] = set()
        self._copies: dict[str, bytes] = {}
        self._last_input = 0
        self._last_output = 0
        self._holes: list[InputRange] = []
        self.recovered: Recovered | None = None
        self.findings: list[Lost] = []
        self.inputs = 0
        self.has_holes = False
        self.last = 0
        for piece in self._scan:
            if isinstance(piece, Damage):
                self.findings.append(Lost(*piece))
            else:
                self._chunk(piece)
        if self._scan.stamp is None:
            raise LogError(f"{_why_nothing(data)}: there is nothing to recover")
        self.stamp: Stamp = self._scan.stamp
        raw = self._copies.get(HEADER_TOPIC)
        self.header: Header | None = None if raw is None else decode_header(raw)
        ending = self._scan.ending
        self.finished = ending is not None
        self.torn = ending is None and bool(self.findings) and self.findings[-1].end == len(data)
        if ending is not None and not ending.data_sound:
            self.findings.append(Lost(ending.start, ending.start, "the bytes before do not match their CRC"))

    @property
    def missing(self) -> tuple[InputRange, ...]:
        """Inputs known to be missing: before the last intact one, after it, and by the note of an earlier recovery."""
        noted = self.recovered.missing if self.recovered else ()
        last = self._scan.ending.inputs if self._scan.ending else 0  # of the numbers, as soon as the holes are added
        for hole in noted:
            last += hole.last - hole.first + 1 if hole.first <= last else 0
        tail = (InputRange(self._last_input + 1, last),) if last > self._last_input else ()
        return (*self._holes, *tail, *(hole for hole in noted if hole.first > max(last, self._last_input)))

    def chunks(self) -> Iterator[Iterator[Message]]:
        """The messages of each intact chunk, in the order of the file."""
        for piece in self._scan:
            if isinstance(piece, Chunk) and piece.start not in self._left_out:
                yield messages(piece.content)

    def _chunk(self, chunk: Chunk) -> None:
        """Take a chunk, or leave it out if it is not as a recorder writes it."""
        inputs: list[int] = []
        outputs: list[int] = []
        times: list[int] = []
        try:
            for topic, sequence, t, payload in messages(chunk.content):
                times.append(t)
                if is_input(topic):
                    inputs.append(sequence)
                    read_input(topic, t, payload)
                elif topic.startswith("/out/"):
                    outputs.append(sequence)
                elif topic in (HEADER_TOPIC, RECOVERED_TOPIC):
                    self._repeated(topic, payload)
            holes = _holes(self._last_input, inputs)
        except LogError as error:
            self._left_out.add(chunk.start)
            self.findings.append(Lost(chunk.start, chunk.end, str(error)))
            return
        noted = self.recovered.missing if self.recovered else ()
        new = [f"inputs {hole.first} to {hole.last} are missing here" for hole in holes if hole not in noted]
        if outputs != list(range(self._last_output + 1, self._last_output + 1 + len(outputs))):
            new += [f"outputs are missing here: after {self._last_output} comes {outputs[0]}"] if not holes else []
            self.has_holes = True
        if times and chunk.first >= 0 and (chunk.first, chunk.last) != (min(times), max(times)):
            new.append("a chunk's times are not those of its messages")
        self.findings += (Lost(chunk.start, chunk.start, what) for what in new)
        self._holes += holes
        self.has_holes |= bool(holes)
        self.inputs += len(inputs)
        self.last = max([self.last, *times])
        self._last_input = inputs[-1] if inputs else self._last_input
        self._last_output = outputs[-1] if outputs else self._last_output

    def _repeated(self, topic: str, payload: bytes) -> None:
        first = self._copies.setdefault(topic, payload)
        if first != payload:
            raise LogError(f"a copy of {topic} differs from the first")
        if topic == RECOVERED_TOPIC and self.recovered is None:
            self.recovered = decode_recovered(payload)


def _holes(last: int, numbers: Sequence[int]) -> list[InputRange]:
    """What is missing between the last number so far and these.

    Raises:
        LogError: A number comes again, or out of order.
    """
    holes = []
    for number in numbers:
        if number <= last:
            raise LogError(f"input {number} comes after input {last}")
        if number > last + 1:
            holes.append(InputRange(last + 1, number - 1))
        last = number
    return holes


def survey(path: Path, data: bytes) -> Survey:
    """What the file of this name holds.

    Raises:
        LogError: It is not a session, or nothing of it is intact, or it is of a newer format.
    """
    try:
        return Survey(data)
    except (LogError, msgspec.MsgspecError) as error:
        raise LogError(f"{path}: {error}") from error


def _why_nothing(data: bytes) -> str:
    if not data:
        return "the file is empty"
    if PREAMBLE.startswith(data):
        return f"the file ends at byte {len(data)}, before its header"
    if data.startswith(PREAMBLE):
        return f"nothing of this session is intact in {len(data)} bytes"
    if data.startswith(MAGIC):
        return "this is an MCAP file, but not a Tidehold session"
    return "this is not a Tidehold session, or nothing of it is intact"
