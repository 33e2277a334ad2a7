"""What a status says, in words: the lines of each panel. Nothing here knows a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from tidehold.records import LinkState, Recording, Status
from tidehold.tui.lines import Line, Lines, Part, Tone, bar, big, clean, line
from tidehold.tui.news import STALE_S, News, age, is_stale, last, newest_age_s, said
from tidehold.tui.watch import no_news

BIG_FROM_ROWS: Final = 5
"""A panel of so many rows has room for big digits."""
LOW_BATTERY: Final = 15.0
"""Percent."""
MOTION_SOURCES: Final = ("phone", "imu")
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


def share(value: float) -> str:
    """0..1 as percent."""
    return f"{100 * min(max(value, 0.0), 1.0):.0f} %"


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


def heart_lines(news: News, height: int) -> Lines:
    """Heart rate, and its variability with the share of beats that were no good."""
    rate = said(news, "heart/hr_bpm")
    return (*figure(rate.value, "{:.0f}", " bpm", rate.why, height), *_variability(news))


def breathing_lines(news: News, width: int, height: int) -> Lines:
    """Breathing rate with its confidence, or why it is not known."""
    rate = said(news, "breathing/rate_bpm")
    lines = figure(rate.value, "{:.1f}", " breaths/min", rate.why, height)
    if not rate.has_quality:
        return lines
    length = min(max(width - 17, 3), 24)
    tone: Tone = "good" if rate.value is not None else "dim"
    return (*lines, line("confidence ", (bar(rate.quality, length), tone), f" {share(rate.quality)}"))


def hold_lines(news: News, height: int) -> Lines:
    """How a limb is held: tilt, how steadily, and how far strap and phone may be apart."""
    source = motion_source(news)
    if source is None:
        why = "no phone or motion sensor in this session" if news.status else "no news from the recorder yet"
        return (line(("unknown", "warn"), f": {why}"),)
    tilt = said(news, f"{source}/tilt_deg", f"nothing came from the {source} yet")
    lines = figure(tilt.value, "{:.1f}", "° tilt", tilt.why, height)
    sway = said(news, f"{source}/rms_deg", tilt.why or "not enough of the hold yet")
    if sway.value is not None:
        lines = (*lines, line("hold RMS ", (f"{sway.value:.2f}°", "strong")))
    elif sway.why != tilt.why:
        lines = (*lines, line("hold RMS ", ("unknown", "warn"), f": {clean(sway.why, 200)}"))
    residual = said(news, "align/residual_ms", "")
    if residual.value is not None:
        lines = (*lines, line((f"strap and phone within {residual.value:.0f} ms", "dim")))
    elif residual.why and not news.is_silent:
        lines = (*lines, line((f"alignment unknown: {clean(residual.why, 200)}", "dim")))
    return lines


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


def figure(value: float | None, form: str, unit: str, why: str, height: int) -> Lines:
    """A figure with its unit, big if there is room, or that it is unknown and why: never an old number."""
    if value is None:
        return (line(("unknown", "warn"), f": {clean(why, 300)}"),)
    number = form.format(value)
    if height < BIG_FROM_ROWS or len(number) > 7:
        return (line((number, "strong"), unit),)
    top, middle, bottom = big(number)
    return (line((top, "strong")), line((middle, "strong")), line((bottom, "strong"), unit))


def title_of(status: Status | None) -> str:
    """What the window is called."""
    return f"tidehold {clean(PurePath(status.recording.path).name, 60)}" if status else "tidehold"


def _variability(news: News) -> Lines:
    rmssd = said(news, "heart/rmssd_ms")
    artefacts = said(news, "heart/artefact_share")
    if rmssd.value is None and rmssd.why == said(news, "heart/hr_bpm").why:
        return ()  # told once
    spoilt = f"   artefacts {share(artefacts.value)}" if artefacts.value is not None else ""
    if rmssd.value is None:
        return (line("RMSSD ", ("unknown", "warn"), f": {clean(rmssd.why, 200)}{spoilt}"),)
    return (line("RMSSD ", (f"{rmssd.value:.0f} ms", "strong"), spoilt),)


def _joined(parts: list[Part]) -> Line:
    told = [part for part in parts if part.text]
    return tuple(each for part in told for each in (part, Part(_SEPARATOR)))[:-1]
