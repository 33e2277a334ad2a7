from __future__ import annotations

import msgspec
import pytest

from tidehold.sound.orders import (
    TEXT_LIMIT,
    Forget,
    Loudness,
    Order,
    Play,
    Ready,
    Report,
    Speak,
    Trouble,
    read_order,
    read_report,
    write,
)

PIPE_BUF = 4096
"""Bytes that POSIX writes into a pipe whole or not at all, on Linux."""


@pytest.mark.parametrize("order", [Play("in", 12.5), Speak("go", urgent=True), Forget(3.0), Loudness(0.5, muted=True)])
def test_an_order_is_one_line(order: Order) -> None:
    line = write(order)
    assert line.count(b"\n") == 1
    assert read_order(line) == order


@pytest.mark.parametrize("report", [Ready("pulse", ""), Trouble("no sound", "do something", is_all=False)])
def test_a_report_is_one_line(report: Report) -> None:
    assert read_report(write(report)) == report


@pytest.mark.parametrize("letter", ["\0", "é", "\U0001f600", '"'])
def test_the_longest_text_fits_into_a_pipe_at_one_go(letter: str) -> None:
    assert len(write(Speak(letter * TEXT_LIMIT, urgent=True))) <= PIPE_BUF


@pytest.mark.parametrize("line", [b"", b"{}", b'{"type":"play","kind":"bang","at_s":1}', b"\xff"])
def test_nonsense_is_refused(line: bytes) -> None:
    with pytest.raises((msgspec.MsgspecError, UnicodeDecodeError)):
        read_order(line)
