"""Health of sources and their streams, as a table, and all that is known of what is wrong."""

from __future__ import annotations

from typing import Final

from tidehold.records import StreamView
from tidehold.tui.lines import Line, Lines, Part, Tone, clean, line
from tidehold.tui.news import News, age, is_stale, last, may_be_silent, said, stream_age_s
from tidehold.tui.words import CONTACT, source_parts

MOST_REJECTED: Final = 8
"""Kinds of rejected frames told, the most frequent."""
_HEAD: Final = f"{'stream':<20}{'rate':>10}{'age':>9}{'gaps':>6}{'samples':>10}  last"
_UNITS: Final[dict[str, tuple[float, str, int]]] = {
    "hr": (1.0, "bpm", 0),
    "rr": (1e3, "ms", 0),
    "ecg": (1e3, "mV", 2),
    "acc": (1.0, "m/s²", 2),
    "gravity": (1.0, "m/s²", 2),
    "gyr": (1.0, "rad/s", 2),
    "battery": (1.0, "%", 0),
    "energy": (1e-3, "kJ", 0),
}
"""Factor from SI, unit and digits, by stream."""
FLAGS: Final[dict[float, str]] = {0.0: "clean", 1.0: "missed", 2.0: "extra", 3.0: "ectopic", 4.0: "stray"}
"""What became of an RR interval, by its code in "rr_clean"."""
_TOLD: Final[dict[str, Tone]] = {"reason": "bad", "stream": "warn", "missing": "warn", "advice": "strong"}
"""Details of a link worth telling, in this order."""


def table_lines(news: News) -> Lines:
    """Every source and its streams: true rate, age, gaps, samples."""
    if news.status is None:
        return (line(("nothing is known of any sensor yet", "dim")),)
    snapshot = news.status.snapshot
    lines: list[Line] = []
    sources = dict.fromkeys([*snapshot.links, *(name.partition("/")[0] for name in snapshot.streams)])
    for source in sources:
        if source in snapshot.links:
            lines.append(tuple(source_parts(news, source, is_wide=True)))
            lines += _troubles(news, source)
        lines += [
            _stream_line(news, name, view)
            for name, view in snapshot.streams.items()
            if name.partition("/")[0] == source
        ]
    return (line((_HEAD, "dim")), *lines) if lines else (line(("no sensor yet", "dim")),)


def more_lines(news: News) -> Lines:
    """What is not known and why, what devices said of themselves, and what could not be used."""
    if news.status is None:
        return ()
    snapshot = news.status.snapshot
    lines = _unknown(news)
    if snapshot.said:
        lines += [line(""), line(("devices say", "dim"))]
        lines += [line(f"{clean(key, 40)}: {clean(text, 120)}") for key, text in snapshot.said.items()]
    if snapshot.rejected:
        lines += [line(""), line((f"rejected ({sum(snapshot.rejected.values())})", "warn"))]
        most = sorted(snapshot.rejected.items(), key=lambda each: -each[1])[:MOST_REJECTED]
        lines += [line(f"{count:>8} x {clean(why, 120)}") for why, count in most]
    return tuple(lines)


def _unknown(news: News) -> list[Line]:
    """Each reason for not knowing something, with the figures that are not known for it."""
    if news.status is None or news.is_silent:
        return []  # nothing is known, and that is told already
    reasons: dict[str, list[str]] = {}
    for name in news.status.snapshot.estimates:
        told = said(news, name)
        is_off = name.startswith("pacing/") and news.status.snapshot.pacing is None
        if told.value is None and told.has_quality and not is_off:
            reasons.setdefault(told.why, []).append(clean(name, 40))
    if not reasons:
        return []
    lines = [
        line((f"  {', '.join(sorted(names))}: ", "strong"), clean(why, 300)) for why, names in sorted(reasons.items())
    ]
    return [line(""), line(("not known", "warn")), *lines]


def _troubles(news: News, source: str) -> list[Line]:
    link = news.status.snapshot.links[source] if news.status else None
    if link is None or news.is_silent:
        return []
    return [
        line((f"  {'' if key in ('reason', 'advice') else key + ': '}{clean(link.detail[key], 400)}", tone))
        for key, tone in _TOLD.items()
        if link.detail.get(key)
    ]


def _stream_line(news: News, name: str, view: StreamView) -> Line:
    is_old = is_stale(news, name)
    age_s = stream_age_s(news, name)
    rate = "--" if view.rate_hz is None or is_old else f"{view.rate_hz:.2f} Hz"
    old: Tone = "bad" if is_old and not may_be_silent(name) else ""
    gaps: Tone = "warn" if view.gaps else ""
    return (
        Part(f"  {clean(name, 17):<18}"),
        Part(f"{rate:>10}"),
        Part(f"{'--' if age_s is None else age(age_s):>9}", old),
        Part(f"{view.gaps:>6}", gaps),
        Part(f"{view.count:>10}"),
        Part(f"  {'--' if is_old else _last(name, view)}"),
    )


def _last(name: str, view: StreamView) -> str:
    if name.endswith("/contact"):
        return CONTACT.get(last(view) or 0.0, ("not told", ""))[0]
    if name.endswith("/rr_clean") and len(view.last) == 3 and view.last[2] in FLAGS:
        return f"{1e3 * view.last[0]:.0f} ms {FLAGS[view.last[2]]}"
    factor, unit, digits = _UNITS.get(name.rpartition("/")[2], (1.0, "", 2))
    return f"{' '.join(f'{value * factor:.{digits}f}' for value in view.last[:4])} {unit}".rstrip()
