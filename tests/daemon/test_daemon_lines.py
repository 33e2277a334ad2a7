"""The lines between recorder and views."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.daemon.hubs import RECORDING, snapshot
from tidehold.daemon.lines import (
    STATUS_START,
    Done,
    End,
    Hello,
    Lines,
    MarkWish,
    QuietWish,
    StopWish,
    Trouble,
    read_said,
    read_wish,
    write,
)
from tidehold.records import Status, encode


@pytest.mark.parametrize(
    "line", [Hello(1, "1.2", "ab", "a.mcap", 7), End("asked to", "a.mcap"), Done(), Trouble("no"), Hello()]
)
def test_what_the_recorder_says_comes_back_as_it_was(line: Hello | End | Done | Trouble) -> None:
    raw = write(line)
    assert raw.endswith(b"}\n")
    assert raw.count(b"\n") == 1
    assert read_said(raw) == line


@pytest.mark.parametrize("wish", [MarkWish("note", "my knee\nhurts"), MarkWish("pain"), StopWish(), QuietWish()])
def test_a_wish_comes_back_as_it_was(wish: MarkWish | StopWish | QuietWish) -> None:
    assert read_wish(write(wish)) == wish


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"null",
        b"\xff",
        b'{"type":"start"}',
        b'{"type":"mark"}',
        b'{"type":"mark","verb":""}',
        b'{"type":"mark","verb":"Note"}',
        b'{"type":"mark","verb":"note\\n"}',
        b'{"type":"mark","verb":"' + b"a" * 33 + b'"}',
        b'{"type":"mark","verb":"note","arg":"' + b"a" * 2001 + b'"}',
        b'{"type":"mark","verb":"note","arg":"\\u001b[2J"}',
        b'{"type":"mark","verb":"note","arg":"\\u009b2J"}',
        b'{"type":"mark","verb":"note","arg":"\\ud800"}',
        b'{"type":"mark","verb":"note","arg":"\xff"}',
        b'{"type":"mark","verb":"note","arg":7}',
        b'{"type":"mark","verb":"note","more":' + b"[" * 60_000,
    ],
)
def test_what_is_no_wish_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_wish(raw)


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"type":"bye"}', b'{"type":"hello","more":' + b"[" * 60_000])
def test_what_a_recorder_would_not_say_is_a_value_error(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_said(raw)


def test_a_greeting_of_another_version_can_be_read() -> None:
    assert read_said(b'{"type":"hello","protocol":9,"colour":"blue","pid":5}') == Hello(9, pid=5)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_wish_or_a_value_error(raw: bytes) -> None:
    try:
        read_wish(raw)
    except ValueError:
        return
    assert raw.lstrip().startswith(b"{")


def test_a_status_is_told_by_how_it_begins() -> None:
    assert encode(Status(RECORDING, snapshot())).startswith(STATUS_START)


@given(st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"")), max_size=12), st.data())
def test_lines_are_the_same_however_they_arrive(lines: list[bytes], data: st.DataObject) -> None:
    whole = b"".join(line + b"\n" for line in lines)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    buffer = Lines(8)
    found = []
    for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True):
        found += buffer.feed(whole[start:end])
    assert found == [line if len(line) <= 8 else None for line in lines]


def test_a_line_without_an_end_takes_no_memory_and_is_told_once() -> None:
    buffer = Lines(1000)
    found = [line for _ in range(1000) for line in buffer.feed(b"x" * 100)]
    assert found == [None]
    assert len(buffer._rest) <= 1000
    assert buffer.feed(b"x\nnext\n") == [b"next"]
