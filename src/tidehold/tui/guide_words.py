"""The guided session in words: the step that is on, big, with its countdown; what comes next; what goes wrong."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import Final, NamedTuple

from tidehold.routine import ENDED, Bar, Finding, Guide, GuideState
from tidehold.tui.course import SIGNS, course_line
from tidehold.tui.digits import HEIGHTS, blocks, lower
from tidehold.tui.lines import Line, Lines, Part, Tone, clean, line
from tidehold.tui.news import News, age, said
from tidehold.tui.task_words import count_of
from tidehold.tui.words import motion_source
from tidehold.units import NS

STATES: Final[dict[GuideState, tuple[str, Tone]]] = {
    "ready": ("… ready", "warn"),
    "asking": ("? a question", "warn"),
    "waiting": ("… waiting for the hold to begin", "warn"),
    "running": ("▶", "good"),
    "paused": ("‖ PAUSED", "warn"),
    "done": ("✓ done", "good"),
    "stopped": ("✗ stopped", "bad"),
}
"""A sign and a word for each state, so that it can be told without colour."""
MOST_FINDINGS: Final = 3
WITH_PANELS: Final = 150
"""A screen of so many columns shows heart and breathing in panels of their own."""
_AROUND: Final = 6
"""Rows besides the big number: the step's name, the bar of steps, findings and one line more."""
_LEAST_TEXT: Final = 24
"""Columns that stay free for the prompt beside the numbers."""
_VITALS: Final = (("heart", "heart/hr_bpm", "{:.0f} bpm"), ("breathing", "breathing/rate_bpm", "{:.1f}/min"))
_LONGEST_NAME: Final = 30
_MOST_ROWS: Final = 3
"""Of a note."""


class Number(NamedTuple):
    """A big number, and what it is."""

    text: str
    label: str
    tone: Tone


def guide_of(news: News) -> Guide | None:
    """Where the person is in the routine, if the session has one."""
    return news.status.snapshot.guide if news.status else None


def countdown(left_s: float) -> str:
    """Time that is left, to the second that has begun: "42", "1:15"."""
    minutes, _, seconds = clock(left_s).partition(":")
    return f"{int(seconds)}" if minutes == "0" else f"{minutes}:{seconds}"


def heading(news: News, t_s: float) -> Line:
    """Routine, phase, place and the time that is left of all.

    Args:
        news: What is known.
        t_s: Session time, s.
    """
    guide = guide_of(news)
    if guide is None:
        return line("Routine")
    parts = [clean(guide.name, 40)]
    if guide.at < len(guide.bars):
        parts += [clean(guide.bars[guide.at].phase, 24), f"step {guide.at + 1} of {len(guide.bars)}"]
    if guide.state not in ENDED and not news.is_silent:
        left = max(guide.session_left_s - _since_s(news, guide, t_s), 0.0)
        parts.append(f"{clock(left)} left in all")
    return line(" · ".join(part for part in parts if part))


def clock(seconds: float) -> str:
    """Minutes and seconds, as "12:05"."""
    whole = max(math.ceil(seconds - 1e-6), 0) if math.isfinite(seconds) else 0
    return f"{whole // 60}:{whole % 60:02d}"


def guide_lines(news: News, t_s: float, width: int, height: int) -> Lines:
    """The step that is on, and all that belongs to it.

    Args:
        news: What is known.
        t_s: Session time, s.
        width: Columns.
        height: Rows; what has no room in them comes last.
    """
    guide = guide_of(news)
    if guide is None or not news.status:
        return ()
    if news.is_silent:
        return (line(("unknown", "warn"), f": last news {age(news.silent_s)} ago"),)
    if guide.state in ENDED:
        return _ended(guide, width, height)
    since_s = _since_s(news, guide, t_s)
    findings = finding_lines(guide, news.status.snapshot.t / NS, width)
    course = (course_line(guide.bars, guide.at, guide.into_s + since_s, width),)
    notes = _notes(guide, width)
    told = (
        _name(guide, width),
        *_big(news, guide, since_s, width, height - _AROUND - len(notes)),
        *((*course, *findings) if height >= _AROUND else (*findings, *course)),
        *notes,
        *_unmeasured(guide, width),
        *_vitals(news, guide, width),
    )
    return (*told, *_wrapped(guide.text, width, "dim", height - len(told)))[: max(height, 1)]


def _notes(guide: Guide, width: int) -> Lines:
    """What is to be known before the start."""
    return tuple(row for note in guide.notes if guide.state == "ready" for row in _wrapped(note, width, "", _MOST_ROWS))


def finding_lines(guide: Guide, now_s: float, width: int) -> Lines:
    """Findings that go on, the newest first."""
    open_ = sorted((each for each in guide.findings if each.until is None), key=lambda each: -each.since)
    return tuple(_finding(each, now_s, width) for each in open_[:MOST_FINDINGS])


def _finding(each: Finding, now_s: float, width: int) -> Line:
    since = f" {max(now_s - each.since / NS, 0.0):.0f} s"
    return line((f"! {clean(each.text or each.kind, max(width - len(since) - 2, 8))}", "bad"), (since, "warn"))


def _since_s(news: News, guide: Guide, t_s: float) -> float:
    """Time that has passed since the status, by which countdowns have gone on, s."""
    if news.status is None or guide.state not in ("running", "waiting") or news.is_over:
        return 0.0
    since_s = t_s - news.status.snapshot.t / NS
    return min(max(since_s, 0.0), 1.0) if math.isfinite(since_s) else 0.0


def _name(guide: Guide, width: int) -> Line:
    """State, step and side."""
    sign, tone = STATES[guide.state]
    bar = guide.bars[guide.at] if guide.at < len(guide.bars) else None
    side = f" · {bar.side.upper()}" if bar and bar.side else ""
    name = clean(bar.name, max(width - len(sign) - len(side) - 1, 8)) if bar else ""
    return line((sign, tone), (f" {name}{side}", "strong"))


def _numbers(news: News, guide: Guide, since_s: float) -> list[Number]:
    """The time that is left of the part or the step, and what else is worth to be big; the biggest first."""
    if guide.state in ("ready", "asking"):
        return [Number(countdown(guide.session_left_s), "in all", "strong")]
    step_left_s = guide.left_s - (since_s if guide.state == "running" else 0.0)
    step = Number(countdown(step_left_s), "", "warn" if guide.state == "paused" else "strong")
    if guide.part and guide.part_left_s is not None:
        part = Number(countdown(guide.part_left_s - since_s), clean(guide.part, 12), step.tone)
        return [part, step._replace(label="step", tone="dim")]
    done = count_of(news, motion_source(news))
    return [step, Number(done, "done", "good")] if done else [step]


def _big(news: News, guide: Guide, since_s: float, width: int, room: int) -> Lines:
    """Numbers as high as there is room for, and beside them what to do now, and what comes next."""
    high = next((each for each in HEIGHTS if each <= room), 1)
    columns: list[tuple[Tone, list[str]]] = []
    used = 0
    allowed = high
    for number in _numbers(news, guide, since_s):
        shape = blocks(number.text, max(width - used - len(number.label) - _LEAST_TEXT, 1), allowed)
        padded = [""] * (high - len(shape)) + list(shape)
        padded[-1] += f" {number.label}" if number.label else ""
        wide = max(len(row) for row in padded) + 3
        columns.append((number.tone, [row.ljust(wide) for row in padded]))
        used += wide
        allowed = lower(len(shape))
    beside = _beside(guide, width - used, high)
    return tuple(
        (*(Part(shape[row], tone) for tone, shape in columns), *(beside[row] if row < len(beside) else ()))
        for row in range(high)
    )


def _beside(guide: Guide, width: int, height: int) -> Lines:
    """What to do now, and in the last row what comes next."""
    part = f"{clean(guide.part, 12)}: " if guide.part and not guide.prompt.lower().startswith(guide.part) else ""
    told = guide.prompt or ("enter starts" if guide.state == "ready" else "")
    if guide.state == "asking" and guide.question:
        told = guide.question.text
    after = guide.then.removeprefix("then ")
    then: Lines = (line((f"then: {clean(after, max(width - 6, 4))}", "dim")),) if after else ()
    lines = _wrapped(f"{part}{told}", width, "strong", max(height - len(then), 1))
    blank = (line(""),) * (height - len(lines) - len(then))
    return (*lines, *blank, *then)


def _unmeasured(guide: Guide, width: int) -> Lines:
    return _wrapped(f"? {guide.unmeasured}", width, "warn", 2) if guide.unmeasured else ()


def _vitals(news: News, guide: Guide, width: int) -> Lines:
    """Heart and breathing in a line, and the session's score so far."""
    parts: list[str] = []
    for label, name, form in _VITALS if width < WITH_PANELS else ():
        told = said(news, name, "")
        if told.value is not None:
            parts.append(f"{label} {form.format(told.value)}")
        elif told.why:
            parts.append(f"{label} unknown")
    if guide.score is not None and math.isfinite(guide.score):
        parts.append(f"score so far {guide.score:.0f}")
    return (line(("   ".join(parts), "dim")),) if parts else ()


def _ended(guide: Guide, width: int, height: int) -> Lines:
    """The routine is over: how it ended, its score, and what each step came to."""
    sign, tone = STATES[guide.state]
    why = _wrapped(f"{sign}{f': {guide.ended}' if guide.ended else ''}", width, tone, max(height // 2, 1))
    score = _score(guide, width, height - len(why) - 4)
    course = course_line(guide.bars, guide.at, guide.into_s, width)
    rest = height - len(why) - len(score) - 1
    return (*why, *score, course, *_steps(guide, width, rest))[: max(height, 1)]


def _score(guide: Guide, width: int, room: int) -> Lines:
    """Of the session: big, unless it was stopped, when something else matters."""
    known = f"{guide.score:.0f}" if guide.score is not None and math.isfinite(guide.score) else "--"
    if guide.state == "stopped":
        return (line((f"score {known}", "dim")),)
    *above, last = blocks(known, width - 12, room)
    return (*(line((row, "strong")) for row in above), line((last, "strong"), " score"))


def _steps(guide: Guide, width: int, room: int) -> Lines:
    """Each step with its sign and its score, and with its name if there is room for all."""
    room = max(room, 0)
    named, short = (
        _rows("  ".join(_step(bar, most) for bar in guide.bars), width, "dim", room + 1) for most in (_LONGEST_NAME, 0)
    )
    return named if len(named) <= room else short[:room]


def _step(bar: Bar, longest: int) -> str:
    score = "--" if bar.score is None or not math.isfinite(bar.score) else f"{bar.score:.0f}"
    side = f" {bar.side[:1].upper()}" if bar.side else ""
    name = f" {clean(bar.name, longest)}" if longest else ""
    return f"{SIGNS[bar.state][0]}{clean(bar.id, 8)}{side}{name} {score}".replace(" ", "\N{NO-BREAK SPACE}")


def _wrapped(text: str, width: int, tone: Tone, most: int) -> Lines:
    """A text from outside on at most so many lines."""
    return _rows(clean(text, 600), width, tone, most)


def _rows(text: str, width: int, tone: Tone, most: int) -> Lines:
    rows = wrap(text, max(width, 8), max_lines=most, placeholder=" …") if most > 0 else []
    return tuple(line((row, tone)) for row in rows)
