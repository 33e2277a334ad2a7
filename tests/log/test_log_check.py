"""Folding again and comparing."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.log.sessions import NOW, PLATFORM, SOFTWARE, SmallFold, header, inputs, spans, write
from tidehold.errors import LogError
from tidehold.log.appender import Appender
from tidehold.log.check import TOLERANCE, CheckResult, check
from tidehold.log.reader import read_session
from tidehold.log.recover import recover
from tidehold.log.refold import MakeFold
from tidehold.log.writer import SessionWriter
from tidehold.records import Cue, Estimate, Input, Output, Sample, Tick
from tidehold.session.header import Header

ELSEWHERE = {"system": "other"}


def run(path: Path, make_fold: MakeFold = SmallFold, platform: Mapping[str, str] = PLATFORM) -> CheckResult:
    return check(path, software=SOFTWARE, platform=platform, make_fold=make_fold)


def changed(**changes: Any) -> MakeFold:
    """The small fold, with something else said in one kind of output."""

    class Changed(SmallFold):
        def feed(self, item: Input) -> list[Output]:
            return [self._change(out) for out in super().feed(item)]

        def _change(self, out: Output) -> Output:
            change = changes.get(type(out).__name__.lower())
            made: Output = change(out) if change else out
            return made

    return Changed


def scaled(factor: float) -> MakeFold:
    def scale(out: Estimate) -> Estimate:
        return Estimate(out.t, out.name, None if out.value is None else out.value * factor, out.quality, out.why)

    return changed(estimate=scale)


def louder(factor: float) -> MakeFold:
    return changed(sample=lambda out: Sample(out.t, out.stream, out.times, out.values * factor))


def test_a_replay_says_the_same_to_the_byte(finished: Path) -> None:
    result = run(finished)
    assert (result.same, result.exact, result.tolerance, result.why) == (True, True, 0.0, "")
    assert result.inputs == len(inputs(10))
    assert result.outputs > 40
    assert (result.unwritten, result.largest, result.differences) == (0, {}, ())


def test_the_production_fold_is_the_default(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path, header()) as log:
        log.finish()
    assert check(log.path, software=SOFTWARE, platform=PLATFORM).same


def test_one_last_bit_is_a_difference_on_the_same_platform(finished: Path) -> None:
    result = run(finished, scaled(1 + 2.3e-16))
    assert not result.same
    assert result.why.startswith("the replay differs from the live run in ")
    assert result.differences[0].field == "/out/estimate value"
    assert 0 < result.largest["/out/estimate value"] < 1e-15


def test_a_last_bit_of_a_waveform_is_a_difference_on_the_same_platform(finished: Path) -> None:
    def nudge(out: Sample) -> Sample:
        values = out.values.copy()
        values.flat[0] += 1e-18 if out.stream == "strap/acc" and values.flat[0] == 0 else 0
        return Sample(out.t, out.stream, out.times, values)

    result = run(finished, changed(sample=nudge))
    assert {each.field for each in result.differences} == {"/out/digest hash"}
    assert not result.same


def test_elsewhere_numbers_may_differ_within_the_tolerance(finished: Path) -> None:
    for fold in (scaled(1 + TOLERANCE / 3), louder(1 + TOLERANCE / 3)):
        result = run(finished, fold, ELSEWHERE)
        assert (result.same, result.exact, result.tolerance) == (True, False, TOLERANCE)
        assert 0 < max(result.largest.values()) < TOLERANCE
        assert result.differences == ()


@pytest.mark.parametrize(
    ("fold", "field"), [(scaled(1.001), "/out/estimate value"), (louder(1.001), "/out/strap/hr values")]
)
def test_elsewhere_larger_differences_are_told(finished: Path, fold: MakeFold, field: str) -> None:
    result = run(finished, fold, ELSEWHERE)
    assert not result.same
    assert result.largest[field] == pytest.approx(0.001, rel=0.01)
    assert field in {each.field for each in result.differences}
    assert len(result.differences) <= 10


def test_elsewhere_a_waveform_is_compared_by_its_sums(finished: Path) -> None:
    def other(out: Sample) -> Sample:
        return Sample(out.t, out.stream, out.times, out.values * (2 if out.stream == "strap/acc" else 1))

    result = run(finished, changed(sample=other), ELSEWHERE)
    assert {each.field for each in result.differences} == {"/out/digest sums strap/acc"}


@pytest.mark.parametrize("platform", [PLATFORM, ELSEWHERE], ids=["here", "elsewhere"])
@pytest.mark.parametrize(
    ("fold", "field"),
    [
        (changed(cue=lambda out: Cue(out.t, out.kind, "else")), "/out/cue text"),
        (changed(cue=lambda out: Estimate(out.t, "x", 1.0, 1.0)), "topic"),
        (changed(sample=lambda out: Sample(out.t, out.stream, out.times[:0], out.values[:0])), "/out/strap/hr times"),
        (changed(estimate=lambda out: Estimate(out.t, out.name, 1.0, out.quality, out.why)), "/out/estimate value"),
    ],
    ids=["text", "kind", "length", "value for unknown"],
)
def test_what_is_no_number_must_be_the_same_everywhere(
    finished: Path, fold: MakeFold, field: str, platform: Mapping[str, str]
) -> None:
    result = run(finished, fold, platform)
    assert not result.same
    assert field in {each.field for each in result.differences}


def test_outputs_that_one_of_them_does_not_say_are_told(finished: Path) -> None:
    class Silent(SmallFold):
        def feed(self, item: Input) -> list[Output]:
            super().feed(item)
            return []

    class Talkative(SmallFold):
        def feed(self, item: Input) -> list[Output]:
            more: list[Output] = [Cue(item.t, "more", "")] if item == inputs(10)[-1] else []
            return super().feed(item) + more

    silent = run(finished, Silent)
    assert not silent.same
    assert silent.differences[-1].again is None
    talkative = run(finished, Talkative)
    assert not talkative.same
    assert talkative.differences[-1].input == len(inputs(10))


def test_outputs_written_late_by_a_recorder_that_was_behind_are_compared_all_the_same(tmp_path: Path) -> None:
    fold = SmallFold()
    with SessionWriter.create(tmp_path, header()) as log:
        for item in inputs(5):
            log.append(item)
        for item in inputs(5):
            for out in fold.feed(item):
                log.put(out)
        log.finish()
    assert run(log.path).same


def copy_of(path: Path, folder: Path, *, outputs: int) -> Path:
    """A finished session again, with only so many of its outputs."""
    with closing(Appender(folder / "copy.mcap.part", header())) as file:
        for message in read_session(path).messages():
            if message.topic.startswith("/in/") or (message.topic.startswith("/out/") and message.sequence <= outputs):
                file.add(*message)
        file.complete()
    return file.path.rename(folder / "copy.mcap")


def test_a_finished_run_that_left_out_its_last_outputs_is_told(finished: Path, tmp_path: Path) -> None:
    result = run(copy_of(finished, tmp_path, outputs=40))
    assert not result.same
    assert result.outputs == 40
    assert result.why == f"the live run did not write the last {run(finished).outputs - 40} outputs of the replay"


def test_bytes_that_differ_though_their_values_are_equal_are_told_where_every_byte_counts(tmp_path: Path) -> None:
    def zero(sign: float) -> MakeFold:
        return changed(estimate=lambda out: Estimate(out.t, out.name, sign * 0.0, out.quality, out.why))

    live = zero(1.0)(header())
    with SessionWriter.create(tmp_path, header()) as log:
        for item in inputs(3):
            log.append(item)
            for out in live.feed(item):
                log.put(out)
        log.finish()
    assert not run(log.path, zero(-1.0)).same
    assert run(log.path, zero(-1.0), ELSEWHERE).same


def test_an_interrupted_session_agrees_as_far_as_it_goes(part: Path, tmp_path: Path) -> None:
    result = run(part)
    assert result.same
    assert result.unwritten >= 1
    for cut in range(2400, part.stat().st_size, 1711):
        torn = tmp_path / "x.mcap.part"
        torn.write_bytes(part.read_bytes()[:cut])
        assert run(torn).same


def test_an_interrupted_session_that_differs_is_told(part: Path) -> None:
    assert not run(part, scaled(2.0)).same


def test_a_recovered_session_is_still_checked_against_the_live_run(part: Path, tmp_path: Path) -> None:
    copy = tmp_path / "x.mcap.part"
    copy.write_bytes(part.read_bytes()[:-7])
    path = Path(recover(copy, NOW, make_fold=SmallFold).path)
    assert run(path).same
    assert not run(path, scaled(2.0)).same


def test_a_fold_that_fails_is_told_with_its_input(finished: Path) -> None:
    class Broken(SmallFold):
        def feed(self, item: Input) -> list[Output]:
            if isinstance(item, Tick) and item.t > 3_000_000_000:
                raise IndexError("none left")
            return super().feed(item)

    result = run(finished, Broken)
    assert not result.same
    assert "the fold fails at input" in result.why
    assert "IndexError: none left" in result.why


def test_a_session_that_lost_its_header_cannot_be_checked(part: Path, tmp_path: Path) -> None:
    headless = tmp_path / "x.mcap.part"
    headless.write_bytes(part.read_bytes()[spans(part)[2].start :])
    made = recover(headless, NOW, make_fold=SmallFold)
    with pytest.raises(LogError, match="cannot be checked: lost but for the session's name and start"):
        run(Path(made.path))


def test_a_damaged_session_is_not_checked(finished: Path, tmp_path: Path) -> None:
    data = bytearray(finished.read_bytes())
    data[3000] ^= 1
    (tmp_path / "x.mcap").write_bytes(data)
    with pytest.raises(LogError, match="is damaged"):
        run(tmp_path / "x.mcap")


def test_versions_are_part_of_what_must_be_the_same_for_exactness(finished: Path) -> None:
    assert not check(finished, software={"tidehold": "9"}, platform=PLATFORM, make_fold=SmallFold).exact


def test_the_fold_gets_the_header_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, inputs(2))
    seen: list[Header] = []

    def make(found: Header) -> SmallFold:
        seen.append(found)
        return SmallFold()

    assert run(path, make).same
    assert seen == [header()]
