"""A finished session as a whole: everything that was recorded and said, gathered for what comes afterwards.

Reports, exports and the diary read this and nothing else of a session file.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

from tidehold.errors import LogError
from tidehold.log.inputs import is_input, read_input
from tidehold.log.notes import Recovered
from tidehold.log.outputs import Series, read_output
from tidehold.log.reader import read_session
from tidehold.log.refold import Fold, MakeFold
from tidehold.records import (
    Breath,
    Cue,
    Estimate,
    Frame,
    Gap,
    Hold,
    HostNs,
    Input,
    Link,
    Mark,
    Output,
    Pacing,
    Rejected,
    Sample,
    Snapshot,
    Stop,
    UnixNs,
)
from tidehold.routine import Finding, Measured, Scored, Side
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.units import NS


class Told:
    """All of a session.

    Times are nanoseconds of the session clock; `when` says them as wall time.

    Attributes:
        path: The session file.
        header: What it was, and with what it was analysed.
        recovered: What `recover` noted, if it made the file.
        length_s: From the start to the last input.
        frames: How many came, per "<source>/<channel>".
        links: What became of the connections.
        marks: What the person did.
        stop: Why it ended.
        samples: Every stream by "<source>/<stream>": all of them if the session was folded `again`, otherwise the
            slow ones that the file keeps ("strap/hr", "strap/rr", "strap/rr_clean" ...).
        estimates: By name, in order; those said at every tick (`DIGESTED`) only if it was folded again.
        gaps: What is missing of the streams.
        breaths: Seen in chest motion.
        holds: That are over.
        measured: What tasks came to.
        findings: What went wrong, each once, with its end if it has one.
        scored: What steps, phases and the session came to, each once: of a step that was done again, the last.
        cues: All, in order.
        rejected: How many parts of frames could not be used, per "<source>/<channel>: why".
        pacings: The breathing that was asked for, each until the next, None from where nothing was; only if it was
            folded again.
        last: The last snapshot, if it was folded again.
    """

    def __init__(self, path: Path, header: Header, recovered: Recovered | None = None) -> None:
        self.path = path
        self.header = header
        self.recovered = recovered
        self.length_s = 0.0
        self.frames: Counter[str] = Counter()
        self.links: list[Link] = []
        self.marks: list[Mark] = []
        self.stop: Stop | None = None
        self.samples: dict[str, Series] = {}
        self.estimates: dict[str, list[Estimate]] = {}
        self.gaps: list[Gap] = []
        self.breaths: list[Breath] = []
        self.holds: list[Hold] = []
        self.measured: list[Measured] = []
        self.cues: list[Cue] = []
        self.rejected: Counter[str] = Counter()
        self.pacings: list[tuple[HostNs, Pacing | None]] = []
        self.last: Snapshot | None = None
        self._findings: dict[tuple[str, HostNs], Finding] = {}
        self._scored: dict[tuple[str, str, Side], Scored] = {}

    @property
    def findings(self) -> list[Finding]:
        """By onset."""
        return list(self._findings.values())

    @property
    def scored(self) -> list[Scored]:
        """In the order of their last word."""
        return list(self._scored.values())

    def when(self, t: HostNs) -> dt.datetime:
        """Wall time of `t`, in the time zone of the recording."""
        zone = dt.timezone(dt.timedelta(seconds=self.header.utc_offset_s))
        started = dt.datetime.fromtimestamp(self.header.started // NS, zone)
        return started + dt.timedelta(microseconds=(self.header.started % NS + t) // 1000)

    def unix(self, t: HostNs) -> UnixNs:
        """Wall time of `t`, ns since 1970 UTC."""
        return UnixNs(self.header.started + t)

    def take(self, item: Input) -> None:
        """Take an input."""
        self.length_s = max(self.length_s, item.t / NS)
        match item:
            case Frame():
                self.frames[f"{item.source}/{item.channel}"] += 1
            case Link():
                self.links.append(item)
            case Mark():
                self.marks.append(item)
            case Stop():
                self.stop = item

    def hear(self, out: Output) -> None:
        """Take an output."""
        match out:
            case Sample():
                self.samples.setdefault(out.stream, Series()).add(out.times, out.values)
            case Estimate():
                self.estimates.setdefault(out.name, []).append(out)
            case Gap():
                self.gaps.append(out)
            case Breath():
                self.breaths.append(out)
            case Hold():
                self.holds.append(out)
            case Measured():
                self.measured.append(out)
            case Finding():
                self._findings[out.kind, out.since] = out
            case Scored():
                self._scored.pop((out.scope, out.id, out.side), None)
                self._scored[out.scope, out.id, out.side] = out
            case Cue():
                self.cues.append(out)
            case Rejected():
                self.rejected[f"{out.source}/{out.channel}: {out.why}"] += out.count
            case Snapshot():
                self._look(out)

    def _look(self, snapshot: Snapshot) -> None:
        self.last = snapshot
        asked = self.pacings[-1][1] if self.pacings else None
        if snapshot.pacing != asked:
            since = snapshot.t if snapshot.pacing is None else snapshot.pacing.since
            self.pacings.append((since, snapshot.pacing))


def tell(path: Path, *, again: bool = False, make_fold: MakeFold = Session) -> Told:
    """Read a session file whole.

    Args:
        path: Of a finished session; one that was interrupted is read up to its last whole chunk.
        again: Fold the inputs again, for waveforms and all that is said at every tick (some seconds for a long
            session), instead of taking what the live run wrote.
        make_fold: Makes the fold.

    Raises:
        LogError: It cannot be read, is damaged, foreign, empty, or of a newer format.
    """
    file = read_session(path, unfinished=True)
    told = Told(path, file.header, file.recovered)
    fold = make_fold(file.header) if again else None
    number = 0
    for topic, _, t, payload in file.messages():
        if is_input(topic):
            item = read_input(topic, t, payload)
            told.take(item)
            number += 1
            for out in _folded(fold, number, item) if fold else ():
                told.hear(out)
        elif fold is None and topic.startswith("/out/") and (stored := read_output(topic, payload)) is not None:
            told.hear(stored)
    return told


def _folded(fold: Fold, number: int, item: Input) -> list[Output]:
    try:
        return fold.feed(item)
    except Exception as error:
        raise LogError(f"the fold fails at input {number}: {type(error).__name__}: {error}") from error
