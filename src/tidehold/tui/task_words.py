"""What is measured besides holds, in words: the task that goes on, and what the last one came to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from tidehold.routine import Measured, Task, TaskKind
from tidehold.tui.lines import Line, Lines, Part, clean, line, share
from tidehold.tui.news import News, Said, said

NAMES: Final[dict[TaskKind, str]] = {
    "repetitions": "repetitions",
    "raise": "straight-leg raise",
    "walk": "walk",
    "slow": "slow movement",
    "stretch": "stretch",
    "cycles": "contract-relax",
    "hinge": "hinge",
}
RAISE_ERROR: Final = "a change counts from 3.3° on, with another rater from 10.2°"
"""MDC95 of the straight-leg raise, as published; see `estimators.leg_raise`."""
_GAP: Final = "  "
_UNITS: Final = (
    ("_percent_min", " %/min"),
    ("_deg_min", "°/min"),
    ("_deg_s", "°/s"),
    ("_deg", "°"),
    ("_spm", " steps/min"),
    ("_hz", " Hz"),
    ("_ms", " ms"),
    ("_s", " s"),
    ("_m", " m"),
)
"""By the end of a figure's name."""
_SHARES: Final = ("share", "cv", "asymmetry")
"""Last words of figures that are parts of 1."""

Ask = Callable[[str], Said]
"""An estimate of the sensor's, by its name."""


def task_lines(news: News, source: str) -> Lines:
    """The task that goes on: what the person is to do, and what is known so far.

    Args:
        news: What is known.
        source: The sensor that measures it.
    """
    doing = news.status.snapshot.doing if news.status else None
    if doing is None or news.is_silent:
        return ()
    ask = partial(_ask, news, source)
    asks = (line((clean(doing.asks, 200), "strong")),) if doing.asks else ()
    return (*asks, *_FORMS[doing.task.kind](ask, doing.task))


def count_of(news: News, source: str | None) -> str:
    """Repetitions as "7/10", or those done where no number is asked for; "" if none are, or it is not known."""
    doing = news.status.snapshot.doing if news.status else None
    if doing is None or source is None or doing.task.kind != "repetitions":
        return ""
    done = said(news, f"{source}/repetitions", "").value
    return "" if done is None else f"{done:.0f}/{doing.task.count}" if doing.task.count else f"{done:.0f}"


def measured_lines(news: News, source: str) -> Lines:
    """What the sensor's last task came to; nothing while another goes on."""
    if news.status is None or news.is_silent or news.status.snapshot.doing is not None:
        return ()
    own = [each for each in news.status.snapshot.measured if each.source == source]
    if not own:
        return ()
    last = own[-1]
    known = [f"{_label(name)} {_value(name, value)}" for name, value in last.figures.items() if value is not None]
    head = line("last ", (f"{NAMES[last.task.kind]}{_side(last.task)}", "strong"))
    lines: list[Line] = [(*head, Part(f": {_GAP.join(known)}")) if known else head]
    if last.task.kind == "raise" and known:
        lines.append(line((RAISE_ERROR, "dim")))
    lines += [line((f"{name}: {why}" if name else why, "dim")) for name, why in _reasons(last)]
    return tuple(lines)


def _reasons(last: Measured) -> list[tuple[str, str]]:
    """Why something is not known, each reason once."""
    told: dict[str, str] = {}
    for name, value in last.figures.items():
        why = clean(last.why.get(name) or last.why.get("", ""), 200)
        if value is None and why:
            told.setdefault(why, _label(name))
    if not last.figures and last.why.get(""):
        told[clean(last.why[""], 200)] = ""
    return [(name, why) for why, name in told.items()]


def _label(name: str) -> str:
    """A figure's name in words, without its unit."""
    end = next((end for end, _ in _UNITS if name.endswith(end)), "")
    return clean(name.removesuffix(end).replace("_", " "), 40)


def _value(name: str, value: float) -> str:
    """A figure with its unit."""
    if name.rpartition("_")[2] in _SHARES:
        return f"{100 * value:.1f} %"
    unit = next((unit for end, unit in _UNITS if name.endswith(end)), "")
    return f"{value:.1f}{unit}" if unit else f"{value:g}"


def _side(task: Task) -> str:
    return f" {task.side}" if task.side else ""


def _ask(news: News, source: str, name: str) -> Said:
    return said(news, f"{source}/{name}", "")


def _part(label: str, told: Said, text: Callable[[float], str]) -> list[Part]:
    """A figure behind its label; nothing while it is not known."""
    return [] if told.value is None else [Part(f"{_GAP}{label} "), Part(text(told.value), "strong")]


def _why(label: str, told: Said) -> Lines:
    return (
        (line(f"{label} ", ("unknown", "warn"), f": {clean(told.why, 200)}"),)
        if told.value is None and told.why
        else ()
    )


def _row(*parts: list[Part]) -> Lines:
    """Known figures side by side."""
    joined = [part for each in parts for part in each]
    return ((joined[0]._replace(text=joined[0].text.lstrip()), *joined[1:]),) if joined else ()


def _deg(value: float) -> str:
    return f"{value:.1f}°"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _repetitions(ask: Ask, task: Task) -> Lines:
    done, size, tempo = ask("repetitions"), ask("repetition_deg"), ask("repetition_tempo_s")
    if done.value is None:
        return _why("repetitions", done)
    of = f" of {task.count}" if task.count else ""
    first = line("repetitions ", (f"{done.value:.0f}{of}", "strong"), _side(task))
    return (first, *_row(_part("each", size, _deg), _part("in", tempo, lambda s: f"{s:.1f} s")))


def _raise(ask: Ask, task: Task) -> Lines:
    best, attempts = ask("raise_deg"), ask("raise_attempts")
    first = _part("attempt", attempts, lambda n: f"{n:.0f}{f' of {task.count}' if task.count else ''}")
    known = _row(first, _part("best", best, _deg))
    return (*known, *_why("angle", best), *((line((RAISE_ERROR, "dim")),) if best.value is not None else ()))


def _walk(ask: Ask, _: Task) -> Lines:
    cadence, strides, steps = ask("cadence_spm"), ask("stride_cv"), ask("step_cv")
    uneven, length = ask("step_asymmetry"), ask("stride_length_m")
    second = _row(
        _part("strides vary", strides, _percent), _part("steps", steps, _percent), _part("uneven", uneven, _percent)
    )
    not_known = (line((f"stride length: {clean(length.why, 200)}", "dim")),) if length.why else ()
    first = _row(_part("cadence", cadence, lambda n: f"{n:.0f} steps/min"))
    return (*first, *_why("cadence", cadence), *second, *not_known)


def _slow(ask: Ask, task: Task) -> Lines:
    speed, over, stops = ask("speed_deg_s"), ask("over_share"), ask("stops")
    lines: list[Line] = [*_why("speed", speed)]
    if speed.value is not None:
        is_slow = speed.value <= (task.limit_deg_s or float("inf"))
        limit = f" of {task.limit_deg_s:.0f}°/s at most" if task.limit_deg_s else ""
        sign = "" if not limit else "  ✓" if is_slow else "  ! slower"
        lines.append(line("speed ", (f"{speed.value:.0f}°/s", "strong"), limit, (sign, "good" if is_slow else "warn")))
    return (*lines, *_row(_part("too fast", over, share), _part("stops", stops, lambda n: f"{n:.0f}")))


def _stretch(ask: Ask, _: Task) -> Lines:
    reached, past, turned = ask("reached_deg"), ask("past_target_deg"), ask("turned_deg")
    rise, hinge = ask("tremor_rise_percent_min"), ask("past_hinge_deg")
    crept = past if past.value else past._replace(value=None)
    beyond = hinge if hinge.value else hinge._replace(value=None)
    return (
        *_row(_part("reached", reached, _deg), _part("turned", turned, lambda deg: f"{deg:.0f}°")),
        *_why("range", reached),
        *_row(_part("! past the band by", crept, _deg), _part("past the hinge by", beyond, _deg)),
        *_row(_part("tremor", rise, lambda percent: f"{percent:+.0f} %/min (experimental)")),
    )


def _cycles(ask: Ask, task: Task) -> Lines:
    done, gain = ask("cycles_done"), ask("gain_deg")
    if done.value is None:
        return _why("cycles", done)
    number = done.value + 1
    at = f"{min(number, task.count):.0f} of {task.count}" if task.count else f"{number:.0f}"
    first = [Part("cycle "), Part(at, "strong"), Part(f"{_GAP}done {done.value:.0f}")]
    return (*_row([*first, *_part("gain", gain, lambda deg: f"{deg:+.1f}°")]), *_why("gain", gain))


def _hinge(ask: Ask, _: Task) -> Lines:
    hinge = ask("hinge_deg")
    return (*_row(_part("hinges by", hinge, _deg)), *_why("hinge", hinge))


_FORMS: Final[dict[TaskKind, Callable[[Ask, Task], Lines]]] = {
    "repetitions": _repetitions,
    "raise": _raise,
    "walk": _walk,
    "slow": _slow,
    "stretch": _stretch,
    "cycles": _cycles,
    "hinge": _hinge,
}
