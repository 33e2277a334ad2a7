"""RR text: intervals end to end, gaps by their length, broken lines by their number, and no garbage crashes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidehold.errors import LogError
from tidehold.imports.nouns import Broken, Found
from tidehold.imports.rr_text import read_rr_text, started_by_name
from tidehold.sources.profiles import file_profiles
from tidehold.units import NS

PROFILES = file_profiles()


def read(raw: bytes, name: str = "rr.txt") -> Found:
    return read_rr_text(Path(name), raw, PROFILES, "rr")


def test_every_line_is_a_frame_to_the_byte_at_its_beat() -> None:
    found = read(b"800\r\n812.5\r\n 900")
    assert [(frame.t, frame.payload) for frame in found.frames] == [
        (800_000_000, b"800\r\n"),
        (1_612_500_000, b"812.5\r\n"),
        (2_512_500_000, b" 900"),
    ]
    assert {(frame.source, frame.channel) for frame in found.frames} == {("strap", "lines")}
    assert (found.profile, found.started, found.broken, found.left_out) == ("rr-text", None, [], {})


def test_seconds_are_known_by_what_they_are() -> None:
    found = read(b"0.8\n0.8125\n31.5\n")
    assert (found.profile, [frame.t for frame in found.frames]) == (
        "rr-text-seconds",
        [800_000_000, 1_612_500_000, 33_112_500_000],
    )


def test_a_broken_line_is_named_and_the_rest_goes_on() -> None:
    found = read(b"800\nabc\n-5\n800\n")
    assert found.broken == [
        Broken("rr.txt:2", "rr: value is not a number"),
        Broken("rr.txt:3", "rr: outside 0.2..4"),
    ]
    assert [frame.t for frame in found.frames] == [800_000_000] * 3 + [1_600_000_000]


def test_a_number_that_is_no_heartbeat_is_a_gap_as_long() -> None:
    found = read(b"800\n30000\n100\n800\n")
    assert found.broken == [
        Broken("rr.txt:2", "a gap of 30 s, no RR interval"),
        Broken("rr.txt:3", "a gap of 0.1 s, no RR interval"),
    ]
    assert found.length_ns == 31_700_000_000
    assert read(b"800\n3600001\n").length_ns == 800_000_000


def test_headings_and_comments_are_left_out() -> None:
    found = read(b"RR intervals of Jane Roe\nRR (ms)\n# x\n800\n# y\n801\n")
    assert [frame.payload for frame in found.frames] == [b"800\n", b"801\n"]
    assert (found.left_out, found.broken) == ({"lines without an interval": 4}, [])


def test_nothing_sound_and_days_are_refused() -> None:
    with pytest.raises(LogError, match=r"rr\.txt: no RR interval in it; rr\.txt:1: a gap of 5 s"):
        read(b"5000\nabc\n")
    with pytest.raises(LogError, match=r"rr\.txt: no RR interval in it: nothing"):
        read(b"# nothing\n")
    with pytest.raises(LogError, match="24 h is no session"):
        read(b"800\n" * 40 + b"3000000\n" * 30)


@pytest.mark.parametrize(
    ("name", "clock"),
    [
        ("2017-07-16 08-12-33.txt", (2017, 7, 16, 8, 12, 33)),
        ("rr_20170716T0812.txt", (2017, 7, 16, 8, 12, 0)),
        ("2017-07-16_23.59.txt", (2017, 7, 16, 23, 59, 0)),
    ],
)
def test_a_files_name_may_say_when(name: str, clock: tuple[int, ...]) -> None:
    started = started_by_name(name)
    assert started is not None
    assert time.localtime(started // NS)[:6] == clock
    found = read(b"800\n", name)
    assert (found.started, found.started_by) == (started, "the file's name")


@pytest.mark.parametrize(
    "name", ["rr.txt", "2017-07-16.txt", "2017-06-31 10-00-00.txt", "2017-07-16 25-00-00.txt", "1234567890123456.txt"]
)
def test_a_name_that_says_no_time(name: str) -> None:
    assert started_by_name(name) is None


@settings(max_examples=60)
@given(
    st.lists(st.one_of(st.binary(max_size=12), st.integers(200, 4000).map(lambda n: b"%d" % n)), max_size=12),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
)
def test_no_lines_crash_it(lines: list[bytes], end: bytes) -> None:
    raw = end.join(lines)
    try:
        found = read(raw)
    except LogError:
        return
    times = [frame.t for frame in found.frames]
    assert times == sorted(times)
    assert all(frame.payload in raw for frame in found.frames)


@given(st.integers(0, 40))
def test_a_text_cut_anywhere_keeps_its_whole_lines(cut: int) -> None:
    raw = b"812\n" * 10
    found = read(b"812\n" + raw[:cut])
    assert [frame.payload for frame in found.frames][: 1 + cut // 4] == [b"812\n"] * (1 + cut // 4)
