"""Holds and tasks in words: the angle against what is asked for, what goes on, and the last that is over."""

from __future__ import annotations

import math
from typing import Final

from tidehold.records import Hold
from tidehold.routine import BAND_DEG
from tidehold.tui.band import LEAST_COLUMNS, scale_lines
from tidehold.tui.lines import Line, Lines, Part, clean, figure, line, rows_of, share
from tidehold.tui.news import News, Said, said
from tidehold.tui.task_words import measured_lines, task_lines
from tidehold.tui.words import motion_source
from tidehold.tui.worn_words import joint_lines, placed_lines

_LIVE: Final = ("hold_s", "hold_rms_deg", "hold_drift_deg_min", "hold_in_band", "hold_tremor_deg_s", "hold_score")
_GAP: Final = "  "


def hold_lines(news: News, width: int, height: int) -> Lines:
    """How a limb is held: its angle, the hold that goes on, the last that is over, and how far sensors may be apart.

    Args:
        news: What is known.
        width: Columns of the panel.
        height: Rows of the panel; what has no room in them comes last.
    """
    source = motion_source(news)
    if source is None:
        why = "no phone or motion sensor in this session" if news.status else "no news from the recorder yet"
        return (line(("unknown", "warn"), f": {why}"),)
    angle = said(news, f"{source}/angle_deg", f"nothing came from the {source} yet")
    asked = _asked(news, angle)
    tasks = task_lines(news, source)
    over = measured_lines(news, source)
    last = _finished(news, source)
    running = _running(news, source) or (() if last or tasks or over else _idle(news, source, angle.why))
    placed, joint = placed_lines(news, source), joint_lines(news)
    now = (*placed, *asked, *tasks, *running)
    aligned = _aligned(news)
    scale = _scale(news, angle, width)
    if rows_of((*now, *scale, *over[:2], *last[:2]), width) < height:  # a drawing of what is said already
        now = (*placed, *asked, *scale, *tasks, *running)
    told = (*now, *over[:2], *last[:2]) if over or last else (*now, *aligned)
    room = height - rows_of(told, width)
    return (*figure(angle.value, "{:.1f}", "° angle", angle.why, room), *now, *over, *joint, *last, *aligned)


def target_of(news: News) -> tuple[float, float] | None:
    """The angle that is asked for and the band about it, deg: the routine's, or else the hold's."""
    snapshot = news.status.snapshot if news.status else None
    if snapshot is None or news.is_silent:
        return None
    guide, due = snapshot.guide, snapshot.due
    target_deg = guide.target_deg if guide and guide.target_deg is not None else due.target_deg if due else None
    band_deg = guide.band_deg if guide else BAND_DEG
    is_sound = target_deg is not None and math.isfinite(target_deg) and 0 < band_deg <= 180
    return (target_deg, band_deg) if is_sound and target_deg is not None else None


def _scale(news: News, angle: Said, width: int) -> Lines:
    """The angle against its band, drawn."""
    target = target_of(news)
    if target is None or width < LEAST_COLUMNS:
        return ()
    return scale_lines(angle, *target, width)


def _asked(news: News, angle: Said) -> Lines:
    """The angle against the band that is asked for."""
    target = target_of(news)
    if target is None:
        due = news.status.snapshot.due if news.status else None
        return () if due is None or news.is_silent else (line(("a hold is asked for", "dim")),)
    target_deg, band_deg = target
    asked = f"asked {target_deg:.0f}°: "
    if angle.value is None:
        return (line(asked, ("unknown", "warn")),)
    off = angle.value - target_deg
    where = f"{abs(off):.1f}° {'above' if off > 0 else 'below'}"
    return (line(asked, (f"✓ in band, {where}", "good") if abs(off) <= band_deg else (f"! {where}", "warn")),)


def _idle(news: News, source: str, told: str) -> Lines:
    """Why nothing is being held, unless that was `told` already."""
    why = said(news, f"{source}/hold_s", "").why
    return (line((f"no hold: {clean(why, 200)}", "dim")),) if why and why != told else ()


def _running(news: News, source: str) -> Lines:
    """The hold that goes on: how long, how steady, and what it would score."""
    held, rms, drift, band, tremor, score = (
        said(news, f"{source}/hold_{name}", "")
        for name in ("s", "rms_deg", "drift_deg_min", "in_band", "tremor_deg_s", "score")
    )
    if held.value is None:
        return ()
    first: list[Part] = [Part("held "), Part(f"{held.value:.0f} s", "strong")]
    if rms.value is None:
        return (tuple(first), line((clean(rms.why, 200), "dim")))
    first += _known("RMS", rms, "{:.2f}°")
    if band.value is not None:
        first += [Part(f"{_GAP}band "), Part(share(band.value), "strong")]
    second = [*_known("drift", drift, "{:.1f}°/min"), *_known("tremor", tremor, "{:.1f}°/s")]
    lines: list[Line] = [tuple(first)]
    if second:
        lines.append((second[0]._replace(text=second[0].text.lstrip()), *second[1:]))
    if score.value is not None:
        lines.append(line("score so far ", (f"{score.value:.0f}", "strong")))
    elif score.why:
        lines.append(line((f"no score: {clean(score.why, 200)}", "warn")))
    return tuple(lines)


def _finished(news: News, source: str) -> Lines:
    """The last hold that is over: its score, or why there is none, its figures, and how the score came about."""
    holds = [hold for hold in news.status.snapshot.holds if hold.source == source] if news.status else []
    if not holds or news.is_silent:
        return ()
    hold = holds[-1]
    head = line("last hold ", (f"{hold.held_s:.0f} s", "strong"))
    if hold.score is None:
        scored = line(f"{_GAP}no score: ", (clean(hold.why, 200), "warn"))
    else:
        scored = line(f"{_GAP}score ", (f"{hold.score:.0f}", "strong"))
    return (head + scored, *_figures(hold), *_parts(hold))


def _figures(hold: Hold) -> Lines:
    figures = hold.figures
    if figures is None:
        return ()
    texts = [f"RMS {figures.rms_deg:.2f}°"]
    texts += [] if figures.drift_deg_min is None else [f"drift {figures.drift_deg_min:.1f}°/min"]
    texts += [] if figures.angle_deg is None else [f"at {figures.angle_deg:.0f}°"]
    texts.append(f"band {share(figures.in_band)}")
    texts += [] if figures.tremor_deg_s is None else [f"tremor {figures.tremor_deg_s:.1f}°/s"]
    texts += [] if figures.tremor_hz is None else [f"at {figures.tremor_hz:.1f} Hz"]
    slips = len(figures.slips)
    texts += [f"{slips} slip{'s' if slips > 1 else ''}"] if slips else []
    return (line(_GAP.join(texts)),)


def _parts(hold: Hold) -> Lines:
    """What the score is made of, and what it is measured against."""
    if hold.score is None:
        return ()
    parts = ", ".join(f"{name} {value:.0f}" for name, value in hold.parts.items())
    _, _, against = hold.why.rpartition("; ")
    return (line((parts, "dim")), line((clean(against, 200), "dim")))


def _aligned(news: News) -> Lines:
    """How far strap and phone may be apart."""
    residual = said(news, "align/residual_ms", "")
    if residual.value is not None:
        return (line((f"strap and phone within {residual.value:.0f} ms", "dim")),)
    if residual.why and not news.is_silent:
        return (line((f"alignment unknown: {clean(residual.why, 200)}", "dim")),)
    return ()


def _known(label: str, told: Said, form: str) -> list[Part]:
    return [] if told.value is None else [Part(f"{_GAP}{label} "), Part(form.format(told.value), "strong")]
