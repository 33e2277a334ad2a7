"""What a status says, in words: the lines of each panel. Nothing here knows a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from tidehold.records import LinkState, Recording, Status
from tidehold.tui.lines import Line, Lines, Part, Tone, clean, figure, line, rows_of, share
from tidehold.tui.news import STALE_S, News, age, is_stale, last, newest_age_s, said
from tidehold.tui.watch import no_news

LOW_BATTERY: Final = 15.0
"""Percent."""
MOTION_SOURCES: Final = ("phone", "imu", "phone2")
"""Sources that can say how a limb is held, the better one first."""
LINKS: Final[dict[LinkState, tuple[str, Tone]]] = {
    "searching": ("… searching", "warn"),
    "connecting": ("… connecting", "warn"),
    "up": ("… up", "warn"),
    "armed": ("✓ armed", "good"),
    "stalled": ("! stalled", "bad"),
    "refused": ("✗ refused", "bad"),
    "down": ("✗ lost", "bad"),
}
"""A symbol and a word for each state, so that it can be told without colour."""
UNSYNCED_S: Final = 2.0
"""More than this unsynced is worth a word, s."""
CONTACT: Final[dict[float, tuple[str, Tone]]] = {1.0: ("no contact", "bad"), 2.0: ("contact", "")}
_SEPARATOR: Final = "   "


def clock(seconds: float) -> str:
    """A length of time, h:mm:ss."""
    whole = max(int(seconds), 0) if math.isfinite(seconds) else 0
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def size(count: int) -> str:
    """Bytes, in SI."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


def record_line(news: News, t_s: float) -> Line:
    """The line that is always there: what the recording does, for how long, how much, how fresh.

    Args:
        news: What is known.
        t_s: Session time, s.
    """
    if news.status is None:
        waited = f" for {news.silent_s:.0f} s" if news.silent_s > STALE_S else ""
        return line((f"✗ {no_news(news)}", "bad") if news.gone else (f"… waiting for the recorder{waited}", "warn"))
    recording, snapshot = news.status.recording, news.status.snapshot
    if news.is_over:
        state: Part = Part("■ FINISHED", "strong")
    elif news.is_silent:
        return line((f"✗ {no_news(news)}", "bad"), (_SEPARATOR + "newest --   gaps --", "dim"))
    elif recording.state == "replay":
        state = Part("▶ PLAY", "good") if recording.speed else Part("‖ PAUSED", "warn")
    else:
        state = Part("● REC", "bad")
    length = f" / {clock(recording.length_s)}" if recording.length_s is not None else ""
    speed = f"{recording.speed:g}x" if recording.state == "replay" and recording.speed else ""
    newest_s = newest_age_s(news)
    newest: Part = Part("newest --", "warn")
    if newest_s is not None:
        newest = Part(f"newest {age(newest_s)}", "bad" if newest_s > STALE_S and not news.is_over else "")
    gaps = Part(f"gaps {snapshot.gaps}", "warn" if snapshot.gaps else "")
    parts = [state, Part(f"{clock(t_s)}{length}", "strong"), Part(speed)]
    if recording.state != "replay":
        parts.append(Part(size(recording.bytes_written)))
    parts += [newest, gaps]
    if recording.unsynced_s > UNSYNCED_S:
        parts.append(Part(f"unsynced {age(recording.unsynced_s)}", "warn"))
    parts.append(Part(clean(recording.session, 40), "dim"))
    return _joined(parts)


def finished_text(recording: Recording) -> str:
    """Where the recording is."""
    what = "replay" if recording.state == "replay" else "recording"
    return f"{what} finished: {clean(recording.path, 300)}"


def sources_line(news: News, *, is_wide: bool) -> Line:
    """Every source in a few words: its link, battery and contact."""
    if news.status is None:
        return ()
    parts: list[Part] = []
    for source in news.status.snapshot.links:
        parts += [Part(_SEPARATOR)] if parts else []
        parts += source_parts(news, source, is_wide=is_wide)
    return tuple(parts) if parts else line(("no sensor yet", "dim"))


def source_parts(news: News, source: str, *, is_wide: bool) -> list[Part]:
    """One source in a few words."""
    parts = [Part(f"{clean(source, 20)} ", "strong")]
    if news.status is None or news.is_silent:
        return [*parts, Part("? unknown", "bad")]
    snapshot = news.status.snapshot
    link = snapshot.links[source]
    parts.append(Part(*LINKS[link.state]))
    if link.state in ("up", "armed", "stalled"):
        battery = last(snapshot.streams.get(f"{source}/battery"))
        if battery is not None and not is_stale(news, f"{source}/battery"):
            is_low = battery < LOW_BATTERY
            word = "battery " if is_wide else ""
            parts.append(Part(f" {word}{'low: ' if is_low else ''}{battery:.0f} %", "bad" if is_low else ""))
        contact = CONTACT.get(last(snapshot.streams.get(f"{source}/contact")) or 0.0)
        if contact is not None and not is_stale(news, f"{source}/contact"):
            parts.append(Part(f" {contact[0]}", contact[1]))
    return parts


def heart_lines(news: News, width: int, height: int) -> Lines:
    """Heart rate, its variability with the share of beats that were no good, and how much of it is breathing."""
    rate = said(news, "heart/hr_bpm")
    rmssd, swings = _rmssd(news), _swings(news)
    room = height - rows_of(rmssd, width) - bool(swings)  # a long reason is cut, and the rate stays as large as it was
    return (*figure(rate.value, "{:.0f}", " bpm", rate.why, room), *rmssd, *((swings,) if swings else ()))


def motion_source(news: News) -> str | None:
    """The source that says how a limb is held."""
    if news.status is None:
        return None
    snapshot = news.status.snapshot
    known: list[Mapping[str, object]] = [snapshot.streams, snapshot.estimates]
    for source in MOTION_SOURCES:
        if any(name.startswith(f"{source}/") for names in known for name in names):
            return source
    return next((source for source in MOTION_SOURCES if source in snapshot.links), None)


def title_of(status: Status | None) -> str:
    """What the window is called."""
    return f"tidehold {clean(PurePath(status.recording.path).name, 60)}" if status else "tidehold"


def _rmssd(news: News) -> Lines:
    rmssd = said(news, "heart/rmssd_ms")
    artefacts = said(news, "heart/artefact_share")
    if rmssd.value is None and rmssd.why == said(news, "heart/hr_bpm").why:
        return ()  # told once
    spoilt = f"   artefacts {share(artefacts.value)}" if artefacts.value is not None else ""
    if rmssd.value is None:
        return (line("RMSSD ", ("unknown", "warn"), f": {clean(rmssd.why, 200)}{spoilt}"),)
    return (line("RMSSD ", (f"{rmssd.value:.0f} ms", "strong"), spoilt),)


def _swings(news: News) -> Line:
    """SDNN and RSA amplitude; a reason that another figure of the panel has too is not told again."""
    told = {said(news, name).why for name in ("heart/hr_bpm", "heart/rmssd_ms")}
    parts: list[Part] = []
    for label, name in (("SDNN", "heart/sdnn_ms"), ("RSA", "heart/rsa_ms")):
        swing = said(news, name, "")
        before = f"{_SEPARATOR if parts else ''}{label} "
        if swing.value is not None:
            parts += [Part(before), Part(f"{swing.value:.0f} ms", "strong")]
        elif swing.why and swing.why not in told:
            parts += [Part(before), Part("unknown", "warn"), Part(f": {clean(swing.why, 200)}")]
    return tuple(parts)


def _joined(parts: list[Part]) -> Line:
    told = [part for part in parts if part.text]
    return tuple(each for part in told for each in (part, Part(_SEPARATOR)))[:-1]
