"""A finished session as a whole, as it was written and folded again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec
import pytest

from tests.log.sessions import STARTED, SmallFold, header, inputs
from tidehold.errors import LogError
from tidehold.log.told import Told, tell
from tidehold.log.writer import SessionWriter
from tidehold.records import (
    Estimate,
    Frame,
    HostNs,
    Input,
    Mark,
    Output,
    Pacing,
    Pattern,
    Snapshot,
    Stop,
    Tick,
)
from tidehold.routine import Finding, Scored
from tidehold.session.header import Header
from tidehold.units import NS


def test_all_of_a_session_is_there_as_the_live_run_wrote_it(finished: Path) -> None:
    items = inputs(10)
    told = tell(finished)
    assert sum(told.frames.values()) == sum(isinstance(item, Frame) for item in items)
    assert told.marks == [item for item in items if isinstance(item, Mark)]
    assert [link.state for link in told.links] == ["up", "down", "down"]
    assert (told.stop, told.length_s) == (Stop(HostNs(10 * NS), "over"), 10.0)
    assert set(told.samples) == {"strap/hr", "strap/rr"}
    assert len(told.samples["strap/hr"]) == 10
    assert len(told.estimates["heart/hr_bpm"]) == 10
    assert [cue.text for cue in told.cues] == ["step 50", "step 150"]
    assert len(told.gaps) == 2
    assert told.rejected == {"phone/a/b: of no known kind": 3}
    assert told.last is None


def test_folded_again_it_has_waveforms_too_and_says_the_same(finished: Path) -> None:
    told, again = tell(finished), tell(finished, again=True, make_fold=SmallFold)
    assert set(again.samples) == {"strap/hr", "strap/rr", "strap/acc"}
    assert len(again.samples["strap/acc"]) == again.frames["strap/pmd"] * 20
    assert again.samples["strap/rr"].values.tolist() == told.samples["strap/rr"].values.tolist()
    assert (again.estimates, again.cues, again.gaps) == (told.estimates, told.cues, told.gaps)
    assert again.last is not None


def test_wall_time_is_that_of_the_recordings_time_zone() -> None:
    told = Told(Path("a"), header(utc_offset_s=-5 * 3600 - 1800))
    at = told.when(HostNs(3 * NS))
    assert at.utcoffset() == dt.timedelta(hours=-5, minutes=-30)
    assert at.timestamp() == pytest.approx((STARTED + 3 * NS) / NS, abs=1e-6)
    assert told.unix(HostNs(7)) == STARTED + 7


def scored(t: int, step: str, score: float) -> Scored:
    return Scored(HostNs(t), "step", step, "", "done", HostNs(0), HostNs(t), 1.0, score, 1.0, {}, {}, "")


def test_the_last_word_counts_of_findings_and_scores() -> None:
    told = Told(Path("a"), header())
    begun = Finding(HostNs(5), "breath-held", "1", "", HostNs(1), None, "held")
    over = msgspec.structs.replace(begun, t=HostNs(9), until=HostNs(8))
    said: list[Output] = [begun, scored(6, "1", 50), scored(7, "2", 60), scored(8, "1", 70), over]
    for out in said:
        told.hear(out)
    assert told.findings == [over]
    assert [(each.id, each.score) for each in told.scored] == [("2", 60), ("1", 70)]


def snapshot(t: int, pacing: Pacing | None) -> Snapshot:
    empty: dict[str, object] = {name: {} for name in Snapshot.__struct_fields__}
    return Snapshot(**(empty | {"t": HostNs(t), "pacing": pacing}))  # type: ignore[arg-type]


def test_what_breathing_was_asked_for_is_known_from_when_to_when() -> None:
    told = Told(Path("a"), header())
    slow = Pacing(HostNs(7), Pattern())
    for t, pacing in ((1, None), (8, slow), (9, slow), (12, None), (13, None)):
        told.hear(snapshot(t, pacing))
    assert told.pacings == [(7, slow), (12, None)]


class Broken:
    def __init__(self, _: Header) -> None:
        pass

    def feed(self, item: Input) -> list[Output]:
        if isinstance(item, Tick):
            raise ZeroDivisionError("by none")
        return [Estimate(item.t, "a", 1.0, 1.0)]


def test_a_fold_that_fails_is_named_with_its_input(finished: Path) -> None:
    with pytest.raises(LogError, match="the fold fails at input 2: ZeroDivisionError: by none"):
        tell(finished, again=True, make_fold=Broken)


def test_an_interrupted_session_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path, header()) as log:
        log.append(Mark(HostNs(5), "note", "x"))
    told = tell(log.path)
    assert (told.marks, told.stop) == ([Mark(HostNs(5), "note", "x")], None)


@pytest.mark.parametrize(("content", "why"), [(b"", "the file is empty"), (b"foreign", "not a Tidehold session")])
def test_what_is_no_session_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.mcap"
    path.write_bytes(content)
    with pytest.raises(LogError, match=why):
        tell(path)
