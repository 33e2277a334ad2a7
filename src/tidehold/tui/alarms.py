"""The lines above everything else: a passing notice, what is lost, and that the session is over."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

from tidehold.tui import words
from tidehold.tui.lines import Lines, Tone, line
from tidehold.tui.news import News

MOST_ALARMS: Final = 3
NOTICE_S: Final = 6.0
"""How long a passing notice stays."""


class Notice(NamedTuple):
    """A passing notice, until a moment of the viewer's clock."""

    text: str = ""
    tone: Tone = ""
    until_s: float = 0.0


def alarm_lines(news: News, troubles: Collection[str], notice: Notice, now_s: float) -> Lines:
    """What is to be said now; the answer to a key comes first, for long alarms push out what is below them.

    Args:
        news: What is known.
        troubles: What is lost or wrong, in words.
        notice: The newest notice.
        now_s: The viewer's clock, s.
    """
    told = [line((f"✗ {text}", "bad")) for text in troubles]
    lines = told[:MOST_ALARMS]
    if len(told) > len(lines):
        lines[-1] = line((f"✗ and {len(told) - len(lines) + 1} more: see 3, sensors", "bad"))
    if news.is_over and news.status is not None:
        lines.append(line((words.finished_text(news.status.recording), "strong"), "   q closes this view"))
    passing = (line((notice.text, notice.tone)),) if notice.text and now_s < notice.until_s else ()
    return (*passing, *lines)
