"""What is chosen before a first session: the steps, what each offers, and what a choice changes. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, Literal, NamedTuple

Step = Literal["strap", "phone", "where", "app", "placement", "routine", "variant", "pacer", "summary"]

ANY: Final = "any"
NONE: Final = "none"
OWN: Final = "own"
"""A pattern that is typed."""
NUMBERS: Final[dict[Step, int]] = {
    "strap": 1,
    "phone": 2,
    "where": 2,
    "app": 2,
    "placement": 3,
    "routine": 4,
    "variant": 4,
    "pacer": 5,
    "summary": 6,
}
"""Of the steps, as a person counts them."""


_FIELDS: Final[dict[Step, str]] = {
    "strap": "strap",
    "phone": "phone",
    "where": "where",
    "placement": "placement",
    "routine": "routine",
    "variant": "variant",
    "pacer": "pattern",
}
"""Of `Chosen`: what a step decides."""


class Found(NamedTuple):
    """A strap within reach."""

    address: str
    name: str
    rssi_dbm: int | None
    services: tuple[str, ...]
    """In words."""
    profile: str
    """Name of the profile that would serve it."""
    is_heard: bool = True
    """Now, or only earlier in this search."""


class Option(NamedTuple):
    """Something that can be chosen."""

    key: str
    name: str
    beside: str = ""
    """A few words on the same line."""
    about: str = ""
    why_not: str = ""
    """Why it cannot be chosen; empty: it can."""


class Led(NamedTuple):
    """A routine and its variants."""

    option: Option
    variants: tuple[Option, ...] = ()


class Chosen(NamedTuple):
    """All that is chosen; what it was before is where it begins."""

    strap: str = ANY
    """The words "any" or "none", or the address (or, without one, the name) of a strap."""
    strap_name: str = ""
    phone: str = NONE
    """Id of a profile, or "none"."""
    where: str = ""
    """Where the phone may send to."""
    placement: str = ""
    routine: str = NONE
    variant: str = ""
    pattern: str = "4/6"


class AppText(NamedTuple):
    """What to type into the phone's app."""

    app: str
    first: str
    """Where to type."""
    rows: tuple[tuple[str, str], ...]
    after: tuple[str, ...] = ()
    code: tuple[tuple[bool, ...], ...] = ()
    """The same as a QR code: rows of modules with their white border, True is dark; empty: there is none."""


Listen = Callable[[Callable[[tuple[Found, ...]], None]], Awaitable[None]]


class Offers(NamedTuple):
    """What there is to choose from, and what only others know."""

    before: Chosen
    phones: tuple[Option, ...]
    wheres: tuple[Option, ...]
    """Empty: the phone sends to a broker of the person's own."""
    placements: tuple[Option, ...]
    routines: tuple[Led, ...]
    patterns: tuple[Option, ...]
    listen: Listen
    """Tells the straps within reach, again and again, until it is cancelled. TideholdError: it cannot."""
    app: Callable[[Chosen], AppText]
    """TideholdError: what to type is not known."""
    pattern_of: Callable[[str], str]
    """A typed pattern as it is written. TideholdError: it is none."""
    lacks: Callable[[Chosen], str]
    """What the chosen routine cannot measure with the chosen sensors; empty: it can measure all. TideholdError: the
    routine has no such variant."""
    file: str = "tidehold.toml"
    """What is written in the end."""
    has_imu: bool = False
    """Whether a motion sensor over Bluetooth is configured, so that neither strap nor phone is needed."""


def steps_of(chosen: Chosen, offers: Offers) -> tuple[Step, ...]:
    """The steps that these choices lead through, in their order."""
    has_phone = chosen.phone != NONE
    there: dict[Step, bool] = {
        "strap": True,
        "phone": True,
        "where": has_phone and bool(offers.wheres),
        "app": has_phone,
        "placement": has_phone,
        "routine": True,
        "variant": bool(variants_of(chosen, offers)),
        "pacer": True,
        "summary": True,
    }
    return tuple(step for step, is_there in there.items() if is_there)


def variants_of(chosen: Chosen, offers: Offers) -> tuple[Option, ...]:
    """Variants of the chosen routine."""
    return next((led.variants for led in offers.routines if led.option.key == chosen.routine), ())


def options_of(step: Step, chosen: Chosen, offers: Offers, found: tuple[Found, ...] = ()) -> tuple[Option, ...]:
    """What a step offers; empty where there is nothing to choose."""
    if step == "strap":
        return _straps(offers.before, found)
    if step == "phone":
        needed = chosen.strap == NONE and not offers.has_imu
        none = Option(NONE, "no phone", why_not="without a strap there must be a phone" if needed else "")
        return (none, *offers.phones)
    if step == "variant":
        return (Option("", "as it is"), *variants_of(chosen, offers))
    if step == "routine":
        return (Option(NONE, "no routine", about="A session without steps."), *(led.option for led in offers.routines))
    if step == "pacer":
        own = Option(OWN, "another: type it", about="Seconds as IN/OUT or IN/HOLD/OUT/HOLD, such as 4/2/6/0.")
        return (*_patterns(chosen, offers), own)
    tables: dict[Step, tuple[Option, ...]] = {"where": offers.wheres, "placement": offers.placements}
    return tables.get(step, ())


def key_of(step: Step, chosen: Chosen) -> str:
    """What a step's choice is at present."""
    key: str = getattr(chosen, _FIELDS[step]) if step in _FIELDS else ""
    return key


def choose(step: Step, option: Option, chosen: Chosen) -> Chosen:
    """The choices once `option` is taken in `step`."""
    if step not in _FIELDS:
        return chosen
    new = chosen._replace(**{_FIELDS[step]: option.key})
    if step == "strap":
        return new._replace(strap_name="" if option.key in (ANY, NONE) else option.name)
    if step == "routine" and option.key != chosen.routine:
        return new._replace(variant="")
    return new


def _straps(before: Chosen, found: tuple[Found, ...]) -> tuple[Option, ...]:
    """Those heard come last, in the order in which they were first heard: none moves while one aims at it.

    The one used so far keeps its place and its key when it is heard.
    """
    options = [
        Option(ANY, "any", "the nearest one that is heard, each time"),
        Option(NONE, "none", "a phone or a motion sensor alone"),
    ]
    heard = {each.address: Option(each.address, each.name, beside_of(each), about_of(each)) for each in found}
    if before.strap not in (ANY, NONE):
        used = Option(before.strap, before.strap_name or before.strap, "the one used so far")
        key = before.strap.casefold()
        same = [each.address for each in found if key in (each.address.casefold(), each.name.casefold())]
        options.append(heard.pop(same[0])._replace(key=before.strap) if len(same) == 1 else used)
    return (*options, *heard.values())


def heard_so_far(before: tuple[Found, ...], now: tuple[Found, ...]) -> tuple[Found, ...]:
    """All straps of a search, in the order in which they were first heard; none vanishes from under the cursor."""
    known = {each.address: each._replace(is_heard=False) for each in before} | {each.address: each for each in now}
    return tuple(known.values())


def beside_of(found: Found) -> str:
    """Signal and services of a strap, on its line."""
    signal = "signal unknown" if found.rssi_dbm is None else f"{found.rssi_dbm} dBm {bars(found.rssi_dbm)}"
    signal = signal if found.is_heard else "not heard now"
    return "  ".join(filter(None, (signal, ", ".join(found.services))))


def about_of(found: Found) -> str:
    """What there is to say of a strap below the list."""
    return f"{found.profile}, at {found.address}. Offers: {', '.join(found.services) or 'nothing it tells of'}."


def bars(rssi_dbm: int) -> str:
    """Signal strength as four steps: worn nearby is about -60 dBm, the neighbour's about -90."""
    full = sum(rssi_dbm >= least for least in (-90, -80, -70, -60))
    return "▂▄▆█"[:full].ljust(4, "·")


def _patterns(chosen: Chosen, offers: Offers) -> tuple[Option, ...]:
    known = {option.key for option in offers.patterns}
    new = [pattern for pattern in dict.fromkeys((offers.before.pattern, chosen.pattern)) if pattern not in known]
    return (*(Option(pattern, pattern, "yours") for pattern in new), *offers.patterns)
