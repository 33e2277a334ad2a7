"""What the first-run view says in each step. Pure: lines from choices."""

from __future__ import annotations

from typing import Final

from tidehold.tui.lines import Line, Lines, clean, line
from tidehold.tui.setup_steps import (
    ANY,
    NONE,
    NUMBERS,
    AppText,
    Chosen,
    Found,
    Offers,
    Option,
    Step,
    options_of,
    variants_of,
)

TITLES: Final[dict[Step, str]] = {
    "strap": "heart-rate strap",
    "phone": "phone",
    "where": "where the phone sends to",
    "app": "the phone's app",
    "placement": "where the phone is worn",
    "routine": "routine",
    "variant": "variant of the routine",
    "pacer": "breathing pacer",
    "summary": "all of it",
}
_INTRO: Final[dict[Step, str]] = {
    "strap": "Wear the strap, with wet electrodes: most are heard only then.",
    "phone": "A phone that is fixed to a limb or the trunk measures how it is held. Which app does it run?",
    "where": (
        "While a session is recorded, anyone on the chosen network can try to connect to this computer there, "
        "and needs the password that is shown next. Where may the phone send to?"
    ),
    "placement": "Angles are those of what the phone is fixed to.",
    "routine": "A routine leads through a session step by step. This is what comes without `--routine`.",
    "variant": "A variant changes some of its steps.",
    "pacer": "What the pacer asks for where no routine does: seconds in and out.",
}
_UNSAID: Final = "not said"
_NAME_WIDTH: Final = 28
_LISTENING: Final = "listening ..."
_CODE: Final = "The code says the same, for what can scan it."


def title_line(step: Step) -> Line:
    """Which step this is."""
    return line(("Tidehold setup", "strong"), f"   {NUMBERS[step]} of {NUMBERS['summary']}: {TITLES[step]}")


def list_lines(step: Step, options: tuple[Option, ...], at: str, told: str, room: tuple[int, int]) -> Lines:
    """A step that offers a list.

    Args:
        step: Which one.
        options: What it offers.
        at: Key of the option under the cursor.
        told: What else there is to say: what is wrong, or what would not be measured.
        room: Columns and rows of the screen for all of it.
    """
    width, rows_there = room
    focused = next((option for option in options if option.key == at), options[0])
    below = [text for text in (clean(focused.about, 400), clean(focused.why_not, 200)) if text]
    around = 2 + _rows(_INTRO[step], width) + sum(_rows(text, width) for text in (*below, told) if text) + 1
    rows = [_option_line(option, width, is_focused=option is focused) for option in options]
    shown = _window(rows, options.index(focused), max(rows_there - around, 3))
    lines = [line(_INTRO[step]), line(""), *shown, line("")]
    lines += [line((text, "dim")) for text in below[:1] if text != focused.why_not]
    if focused.why_not:
        lines.append(line((f"cannot be chosen: {clean(focused.why_not, 200)}", "warn")))
    if told:
        lines.append(line((told, "warn")))
    return tuple(lines)


def strap_told(found: tuple[Found, ...], trouble: str) -> str:
    """What to say of the search for straps."""
    if trouble:
        return f"no strap can be looked for: {clean(trouble, 200)}"
    return "" if any(each.is_heard for each in found) else _LISTENING


def app_lines(text: AppText, no_code: str = "") -> Lines:
    """The exact text for the phone's app.

    Args:
        text: What to type.
        no_code: Why its code is not shown; empty: it is.
    """
    rows = tuple(line(f" {name:<10}", (clean(value, 120), "strong")) for name, value in text.rows)
    after = tuple(line((words, "dim")) for words in text.after)
    beside = line((no_code, "warn")) if no_code else line((_CODE, "dim"))
    code = (line(""), beside) if text.code else ()
    return (line((text.app, "strong")), line(text.first), line(""), *rows, line(""), *after, *code)


def no_app_lines(why: str) -> Lines:
    """Where there is no text for the phone's app."""
    go_on = line(("enter goes on all the same, escape goes back", "dim"))
    return (line((f"what to type is not known: {clean(why, 300)}", "warn")), line(""), go_on)


def summary_lines(chosen: Chosen, offers: Offers, lacks: str = "", found: tuple[Found, ...] = ()) -> Lines:
    """All that was chosen; `lacks`: what of its routine would not be measured."""
    lines = [line(f" {name:<10}", (text, "strong")) for name, text in summary(chosen, offers, found).items()]
    if lacks:
        lines += [line(""), line((lacks, "warn"))]
    return (*lines, line(""), line(f"enter writes this to {clean(offers.file, 200)}; escape goes back"))


def summary(chosen: Chosen, offers: Offers, found: tuple[Found, ...] = ()) -> dict[str, str]:
    """All that was chosen, in words."""
    has_phone = chosen.phone != NONE
    variant = _named(chosen.variant, variants_of(chosen, offers)) if chosen.variant else ""
    routine = _named(chosen.routine, options_of("routine", chosen, offers))
    told = {
        "strap": chosen.strap_name or _named(chosen.strap, options_of("strap", chosen, offers, found)),
        "phone": _named(chosen.phone, options_of("phone", chosen, offers)),
        "sends to": _named(chosen.where, offers.wheres) if has_phone and offers.wheres else "",
        "worn on": (_named(chosen.placement, offers.placements) or _UNSAID) if has_phone else "",
        "routine": f"{routine}, {variant}" if variant else routine,
        "pacer": chosen.pattern,
    }
    if chosen.strap == ANY:
        told["strap"] = "any: the nearest one that is heard"
    return {name: clean(text, 100) for name, text in told.items() if text}


def _option_line(option: Option, width: int, *, is_focused: bool) -> Line:
    mark = "▸ " if is_focused else "  "
    name = clean(option.name, _NAME_WIDTH).ljust(_NAME_WIDTH)
    beside = clean(option.beside, max(width - _NAME_WIDTH - 4, 1))  # one row each: the cursor's is not to move
    if option.why_not:
        return line((f"{mark}{name}", "dim"), (f"  {beside or '(not here)'}", "dim"))
    return line((f"{mark}{name}", "strong" if is_focused else ""), f"  {beside}" if beside else "")


def _window(rows: list[Line], at: int, room: int) -> list[Line]:
    """The rows around the cursor, with how many there are beyond."""
    if len(rows) <= room:
        return rows
    start = min(max(at - room // 2, 0), len(rows) - room)
    shown = rows[start : start + room]
    if start:
        shown[0] = line((f"  ... {start + 1} more above", "dim"))
    if (below := len(rows) - start - room) > 0:
        shown[-1] = line((f"  ... {below + 1} more below", "dim"))
    return shown


def _rows(text: str, width: int) -> int:
    return -(-len(text) // max(width - 8, 1))  # words are not broken


def _named(key: str, options: tuple[Option, ...]) -> str:
    return next((option.name for option in options if option.key == key), key)
