"""Reads a session file: everything is checked before the first value is returned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tidehold.errors import LogError
from tidehold.log.disk import read_whole
from tidehold.log.inputs import is_input, read_input
from tidehold.log.notes import Recovered
from tidehold.log.outputs import read_output
from tidehold.log.scan import Message
from tidehold.log.survey import Survey, survey
from tidehold.records import HostNs, Input
from tidehold.routine import Finding
from tidehold.session.header import Header

MARK: Final = "/in/mark"
FINDING: Final = "/out/finding"


class SessionFile:
    """A session file that was found sound when it was opened.

    Attributes:
        path: The file.
        header: Of the session.
        finished: False for one that was read while unfinished.
        recovered: What `recover` noted, for a file that it made.
        inputs_count: How many inputs it has.
    """

    def __init__(self, path: Path, header: Header, found: Survey) -> None:
        self.path = path
        self.header = header
        self.finished = found.finished
        self.recovered: Recovered | None = found.recovered
        self.inputs_count = found.inputs
        self._found = found

    def messages(self) -> Iterator[Message]:
        """All messages in the order of the file, which is the order of arrival."""
        for chunk in self._found.chunks():
            yield from chunk

    def inputs(self) -> Iterator[Input]:
        """The inputs in order: all of them, but for those that `recovered` says to be missing."""
        for topic, _, t, payload in self.messages():
            if is_input(topic):
                yield read_input(topic, t, payload)

    def landmarks(self) -> Iterator[HostNs]:
        """When a person did something, or something began to go wrong, in order."""
        for topic, _, t, payload in self.messages():
            if topic == MARK or (topic == FINDING and _begins(payload)):
                yield HostNs(t)


def _begins(payload: bytes) -> bool:
    """Whether a finding's message is that of its onset."""
    out = read_output(FINDING, payload)
    return isinstance(out, Finding) and out.until is None


def read_session(path: Path, *, unfinished: bool = False) -> SessionFile:
    """Open a session file, and check all of it.

    Args:
        path: The file; held in memory while it is read (about 9 MB an hour).
        unfinished: Take also one without an end, up to its last whole chunk.

    Raises:
        LogError: It cannot be read, is not a session, is damaged (what, at which byte, whether `recover` helps), or
            is of a newer format.
    """
    found = survey(path, read_whole(path))
    fatal = found.findings[:-1] if unfinished and found.torn else found.findings
    if fatal:
        first = fatal[0]
        more = f" (and {len(fatal) - 1} more)" if len(fatal) > 1 else ""
        raise LogError(
            f"{path} is damaged: bytes {first.start} to {first.end}: {first.what}{more}; "
            f"`tidehold recover {path}` saves all that is intact"
        )
    if found.header is None:
        raise LogError(f"{path} has lost its header; `tidehold recover {path}` saves all that is intact")
    if not found.finished and not unfinished:
        raise LogError(
            f"{path} has no end: it was interrupted, or is being recorded; `tidehold recover {path}` completes it"
        )
    return SessionFile(path, found.header, found)


def read_inputs(path: Path) -> Iterator[Input]:
    """The inputs of a finished session, in order.

    Raises:
        LogError: See `read_session`; said before the first input is returned.
    """
    return read_session(path).inputs()
