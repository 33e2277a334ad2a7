"""Breathing in words: its rate, what it is known from, how a breath is divided, and whether it is held."""

from __future__ import annotations

from typing import Final, NamedTuple

from tidehold.tui.lines import BIG_ROWS, Line, Lines, Part, Tone, bar, big, clean, figure, line, rows_of, share
from tidehold.tui.news import News, said

CHANNELS: Final = {
    "RR": "breathing/rr_evidence",
    "ECG": "breathing/ecg_evidence",
    "motion": "breathing/motion_evidence",
}
"""What breathing may be known from, and the estimate that says how much of it is."""
FOUND: Final = "breath-held"
"""The coach's finding."""
_BAR: Final = 3
"""Columns of a channel's bar."""


class HeldBreath(NamedTuple):
    """For how long the breath has been held, s: 0 while breathing, None if it cannot be seen, and `why`."""

    seconds: float | None
    is_asked: bool = False
    """The pacer asks for it, or has just done so."""
    why: str = ""
    is_doubted: bool = False
    """A routine is followed, and its coach, who knows of movements too, does not say so."""

    @property
    def is_alarming(self) -> bool:
        """The breath is held, and nobody asked for that."""
        return bool(self.seconds) and not self.is_asked and not self.is_doubted

    @property
    def text(self) -> str:
        """A held breath in words."""
        return f"breath held for {self.seconds or 0.0:.0f} s"


def held_breath(news: News) -> HeldBreath:
    """Whether the breath is held."""
    told = said(news, "breathing/held_s", "")
    if told.value is None or news.status is None:
        return HeldBreath(None, why=told.why)
    snapshot = news.status.snapshot
    guide = snapshot.guide
    found = guide is None or any(each.kind == FOUND and each.until is None for each in guide.findings)
    is_asked = snapshot.pacing is not None and snapshot.pacing.had_pause(snapshot.t)
    return HeldBreath(told.value, is_asked, is_doubted=not found)


def breathing_lines(news: News, width: int, height: int) -> Lines:
    """Breathing: rate, confidence, channels, inhalation and exhalation, held breath; what is not known says why.

    Args:
        news: What is known.
        width: Columns of the panel.
        height: Rows of the panel; what has no room in them comes last.
    """
    rate = said(news, "breathing/rate_bpm")
    held = held_breath(news)
    below: Lines = ()
    silent: Lines = ()
    if rate.has_quality:
        length = min(max(width - 17, 3), 24)
        tone: Tone = "good" if rate.value is not None else "dim"
        confidence = line("confidence ", (bar(rate.quality, length), tone), f" {share(rate.quality)}")
        below = (confidence, *_channels(news), *_halves(news), *_held(held))
        silent = _silent(news, rate.why)
    unit = " breaths/min"
    if not held.is_alarming:
        return (*figure(rate.value, "{:.1f}", unit, rate.why, height - rows_of(below, width)), *below, *silent)
    below = (*figure(rate.value, "{:.1f}", unit, rate.why, 1), *below)
    return (*_alarm(held, height - rows_of(below[:2], width)), *below)


def _alarm(held: HeldBreath, room: int) -> Lines:
    """A breath that nobody asked to hold, as loud as the room allows."""
    if room < BIG_ROWS:
        return (line((f"✗ {held.text}", "bad")),)
    *above, last = big(f"{held.seconds:.0f}")
    return (*(line((row, "bad")) for row in above), line((f"{last} s ✗ breath held", "bad")))


def _channels(news: News) -> Lines:
    """How much each channel says that was ever heard."""
    parts: list[Part] = []
    for name, estimate in CHANNELS.items():
        if news.status is None or estimate not in news.status.snapshot.estimates:
            continue
        told = said(news, estimate)
        known = Part("?", "warn") if told.value is None else Part(bar(told.value, _BAR), "good")
        parts += [Part("  " if parts else "from "), Part(f"{name} "), known]
    return (tuple(parts),) if parts else ()


def _silent(news: News, told_already: str) -> Lines:
    """Why a channel says nothing, unless that is told already."""
    silent: list[Line] = []
    for name, estimate in CHANNELS.items():
        why = said(news, estimate, "").why
        if why and why not in told_already:
            silent.append(line((f"{name}: {clean(why, 200)}", "dim")))
    return tuple(silent)


def _halves(news: News) -> Lines:
    inhale, exhale, part = (said(news, f"breathing/{name}", "") for name in ("inhale_s", "exhale_s", "inhale_share"))
    if inhale.value is not None and exhale.value is not None and part.value is not None:
        return (line(f"in {inhale.value:.1f} s, out {exhale.value:.1f} s ({share(part.value)} in)"),)
    return (line((f"in, out: {clean(inhale.why, 200)}", "dim")),) if inhale.why else ()


def _held(held: HeldBreath) -> Lines:
    """A breath that is held as asked, or why it cannot be seen; nothing while breathing, and alarms stand elsewhere."""
    if held.seconds is None:
        return (line((f"held breath: {clean(held.why, 200)}", "dim")),) if held.why else ()
    return (line(f"{held.text}, as asked"),) if held.seconds and held.is_asked else ()
