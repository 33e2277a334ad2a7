"""Sessions and check-ins of a made-up person, for the tests of this room."""

from __future__ import annotations

from tidehold.diary.nouns import CheckIn, Entry
from tidehold.records import UnixNs
from tidehold.units import NS

DAY_NS = 86_400 * NS
FIRST = UnixNs(1_780_000_000 * NS)


def at(day: float) -> UnixNs:
    return UnixNs(FIRST + round(day * DAY_NS))


def entry(day: float = 0, **changes: object) -> Entry:
    """A daily session that was followed to its end."""
    plain: dict[str, object] = {
        "session": f"s{day:06.2f}",
        "path": f"/sessions/{day:06.2f}.mcap",
        "started": at(day),
        "utc_offset_s": 7200,
        "length_s": 320.5,
        "routine": "daily-5-min",
        "ended": "done",
        "figures": {"done_share": 1.0},
    }
    return Entry(**(plain | changes))  # type: ignore[arg-type]


def said(day: float = 0, **changes: object) -> CheckIn:
    return CheckIn(at=at(day), **changes)  # type: ignore[arg-type]


def days(*pains: float | None, **figures: float) -> list[Entry]:
    """One session a day, each with its pain before, if there is one."""
    return [
        entry(
            day,
            figures={"done_share": 1.0} | ({} if pain is None else {"pain_before": float(pain)}) | figures,
        )
        for day, pain in enumerate(pains)
    ]
