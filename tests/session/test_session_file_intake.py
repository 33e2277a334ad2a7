"""A file's slices on the session clock: exactly where the file says, holes and breaks said."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from tidehold.records import Estimate, Frame, Gap, HostNs, Link, Output, Rejected, Sample, UnixNs
from tidehold.session.file_intake import BROKEN, HOLE, OVERLAP, FileIntake
from tidehold.sources.profiles import file_profiles
from tidehold.units import NS

STARTED: Final = UnixNs(1_746_684_800_000_000_123)
PROFILES: Final = file_profiles()


def phone() -> FileIntake:
    return FileIntake("phone", PROFILES["sensor-logger-export-android"], STARTED)


def text() -> FileIntake:
    return FileIntake("strap", PROFILES["rr-text"], STARTED)


def frame(t_ns: int, channel: str, payload: str) -> Frame:
    return Frame(HostNs(t_ns), "any", channel, payload.encode())


def rows(times: list[int]) -> str:
    return "".join(f"{STARTED + t},0,{t % 64},0,0\n" for t in times)


def only(outputs: list[Output], kind: type) -> list[Output]:
    return [out for out in outputs if isinstance(out, kind)]


def samples(outputs: list[Output]) -> list[int]:
    return [int(t) for out in outputs if isinstance(out, Sample) for t in out.times]


def test_samples_lie_where_the_file_says_to_the_ns() -> None:
    times = [7, 10_000_123, 20_000_001, 249_999_999]
    (out,) = phone().frame(frame(times[-1], "gyroscope", rows(times)))
    assert isinstance(out, Sample)
    assert (out.stream, out.t) == ("phone/gyr", times[-1])
    assert out.times.tolist() == times
    assert out.values[:, 2].tolist() == [t % 64 for t in times]


def test_a_hole_in_a_steady_stream_is_a_gap_with_a_count() -> None:
    intake = phone()
    steady = [k * 10_000_000 for k in range(300)]
    said = intake.frame(frame(steady[-1], "gyroscope", rows(steady)))
    later = [t + 5 * NS for t in steady]
    said += intake.frame(frame(later[-1], "gyroscope", rows(later)))
    assert only(said, Gap) == [Gap(HostNs(later[-1]), "phone/gyr", HostNs(steady[-1]), HostNs(later[0]), 200, HOLE)]
    assert samples(said) == steady + later
    assert intake.rate_hz("gyr") == pytest.approx(100.0)
    assert intake.rate_hz("acc") is None


def test_a_hole_inside_a_slice_cuts_it() -> None:
    steady = [k * 10_000_000 for k in range(40)]
    holed = steady[:20] + [t + NS for t in steady[20:]]
    said = phone().frame(frame(holed[-1], "gyroscope", rows(holed)))
    assert [type(out) for out in said] == [Sample, Gap, Sample]
    gap = said[1]
    assert isinstance(gap, Gap)
    assert (gap.start, gap.end, gap.lost) == (holed[19], holed[20], None)


def test_what_comes_again_or_cannot_be_true_is_counted() -> None:
    intake = phone()
    intake.frame(frame(600 * NS, "gyroscope", rows([600 * NS])))
    said = intake.frame(frame(601 * NS, "gyroscope", rows([601 * NS, 601 * NS, 0, 602 * NS, 600 * NS, 599 * NS])))
    assert samples(said) == [601 * NS]
    assert {(each.why, each.count) for each in said if isinstance(each, Rejected)} == {
        ("time stamp in the future", 1),
        ("time stamp too old", 1),
        ("duplicate", 2),
        ("came too late: newer samples had been used already", 1),
    }
    assert only(intake.frame(frame(601 * NS, "gyroscope", rows([601 * NS]))), Sample) == []
    assert only(intake.frame(frame(601 * NS, "gyroscope", rows([700 * NS]))), Sample) == []


def test_broken_rows_are_rejected_with_their_reason() -> None:
    said = phone().frame(frame(5, "gyroscope", rows([5]) + "x,0,1,1,1\n"))
    assert only(said, Rejected) == [Rejected(HostNs(5), "phone", "gyroscope", "gyr: time is not an integer", 1)]


def test_beats_end_where_their_lines_lie() -> None:
    intake = text()
    said = intake.frame(frame(800_000_000, "lines", "800"))
    said += intake.frame(frame(2_400_000_000, "lines", "812.5\n787.5\n"))
    assert samples(said) == [800_000_000, 1_612_500_000, 2_400_000_000]
    assert only(said, Gap) == []


@pytest.mark.parametrize(
    ("lines", "gap"),
    [
        ([(800, "800"), (10_800, "10000"), (11_600, "800")], (800, 10_800, HOLE)),
        ([(800, "800"), (800, "abc"), (1_600, "800")], (800, 800, BROKEN)),
        ([(800, "800"), (3_000, "800")], (800, 2_200, HOLE)),
        ([(800, "800"), (1_000, "800")], (800, 800, OVERLAP)),
    ],
)
def test_a_series_is_broken_where_lines_are(lines: list[tuple[int, str]], gap: tuple[int, int, str]) -> None:
    intake = text()
    said = [out for t, line in lines for out in intake.frame(frame(t * 1_000_000, "lines", line))]
    (found,) = only(said, Gap)
    assert isinstance(found, Gap)
    assert (found.start // 1_000_000, found.end // 1_000_000, found.why) == gap


def test_times_in_whole_ms_break_nothing() -> None:
    intake = text()
    ends = np.cumsum([0.8125, 0.7578125, 0.9] * 20)
    said = [out for t in ends for out in intake.frame(frame(round(t * 1000) * 1_000_000, "lines", "812"))]
    assert len(only(said, Gap)) > 0  # an interval that is not the step is one, as here by 55 and 88 ms
    intake = text()
    rr = np.array([0.8125, 0.7578125, 0.9] * 20)
    said = [
        out
        for t, each in zip(np.cumsum(rr), rr, strict=True)
        for out in intake.frame(frame(round(t * 1000) * 1_000_000, "lines", f"{each * 1000:.0f}"))
    ]
    assert only(said, Gap) == []


def test_samples_without_times_are_of_their_line() -> None:
    profile = PROFILES["rr-text"]
    renamed = type(profile)(
        id="t", name="t", kind="strap", source="file", channel=profile.channel,
        stream=(type(profile.stream[0])("hr", "lines", "1/min", axes=("rr",)),), clock=profile.clock,
    )  # fmt: skip
    said = FileIntake("strap", renamed, STARTED).frame(frame(9, "lines", "61\n62"))
    assert samples(said) == [9, 9]


def test_how_much_of_a_minute_has_beats_is_said() -> None:
    intake = text()
    for k in range(1, 90):
        intake.frame(frame(k * NS, "lines", "1000"))
    (told,) = intake.estimates(HostNs(90 * NS))
    assert isinstance(told, Estimate)
    assert (told.name, told.value, told.quality, told.why) == ("strap/rr_coverage", 1.0, 1.0, "")


def test_a_new_file_has_its_own_heading_and_nothing_waits() -> None:
    intake = phone()
    intake.frame(frame(0, "gyroscope", "x,y,z,time\n"))
    intake.link(Link(HostNs(1), "phone", "up"))
    assert samples(intake.frame(frame(5, "gyroscope", rows([5])))) == [5]
    assert (intake.tick(HostNs(9)), intake.close(HostNs(9)), intake.link(Link(HostNs(9), "phone", "armed"))) == (
        [],
        [],
        [],
    )
