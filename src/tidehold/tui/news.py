"""How old what is known is: nothing older than 3 s is shown as if it were new."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from tidehold.records import Status, StreamView
from tidehold.units import NS

STALE_S: Final = 3.0
"""A value older than this is not shown."""
SELDOM: Final = ("battery", "energy")
"""Streams that say something every few minutes: their silence means nothing."""
_DERIVED: Final = ("rr_clean",)
"""Streams that are made of another one, whose silence says it all; they come some seconds after it."""
_CHEST: Final = "strap/acc"
_SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "heart": ("strap/hr", "strap/rr", "strap/ecg"),
    "breathing": ("strap/rr", "strap/ecg", _CHEST),
    "pacing": ("strap/rr", "strap/ecg", _CHEST),
    "breathing/held_s": (_CHEST,),
    "breathing/motion_evidence": (_CHEST,),
}
"""Streams that an estimate is made of, by its name, or else by the name's first part."""
_MOTION: Final = ("acc", "gyr", "gravity")
_ON_CHEST: Final = ("phone/acc", "phone/gravity")
"""Instead of the strap's, where that has none."""


class News(NamedTuple):
    """The newest status, and how long ago it came, s of the viewer's clock."""

    status: Status | None = None
    silent_s: float = 0.0
    has_ended: bool = False
    """Statuses ended as they should: the session is over."""
    gone: str = ""
    """Why no statuses come any more though the session is not over."""

    @property
    def is_paused(self) -> bool:
        """A replay that stands still: time does not pass, so nothing grows old."""
        return self.status is not None and self.status.recording.state == "replay" and not self.status.recording.speed

    @property
    def is_over(self) -> bool:
        """The session ended: its last figures are its last, not old ones."""
        return self.has_ended or (self.status is not None and self.status.recording.state == "finished")

    @property
    def is_silent(self) -> bool:
        """Statuses should be coming, and do not."""
        if self.status is None or self.is_over:
            return False
        return bool(self.gone) or (not self.is_paused and self.silent_s > STALE_S)

    @property
    def since_s(self) -> float:
        """Session time since the status, s."""
        if self.status is None or self.is_over or self.is_paused or not math.isfinite(self.status.recording.speed):
            return 0.0
        is_replay = self.status.recording.state == "replay"
        return self.silent_s * (self.status.recording.speed if is_replay else 1.0)


class Said(NamedTuple):
    """An estimate as it may be shown: `value` is None if it is unknown or old, and then `why` says so."""

    value: float | None
    quality: float
    """Confidence, 0..1."""
    why: str
    has_quality: bool = True


def stream_age_s(news: News, name: str) -> float | None:
    """How long a stream has been silent; None: it never said anything."""
    view = news.status.snapshot.streams.get(name) if news.status else None
    if view is None or view.age_s is None or not math.isfinite(view.age_s):
        return None
    return view.age_s + news.since_s


def newest_age_s(news: News) -> float | None:
    """Age of the newest packet over all streams."""
    names = news.status.snapshot.streams if news.status else ()
    return min((age_s for name in names if (age_s := stream_age_s(news, name)) is not None), default=None)


def is_seldom(name: str) -> bool:
    """Whether a stream says something every few minutes only."""
    return name.rpartition("/")[2] in SELDOM


def may_be_silent(name: str) -> bool:
    """Whether nothing is lost if a stream is silent."""
    return is_seldom(name) or name.rpartition("/")[2] in _DERIVED


def is_stale(news: News, name: str) -> bool:
    """Whether the last value of a stream is too old to be shown."""
    age_s = stream_age_s(news, name)
    return age_s is None or (age_s > STALE_S and not (is_seldom(name) and not news.is_silent))


def said(news: News, name: str, nothing: str = "nothing was estimated yet") -> Said:
    """An estimate, unless it is unknown, or it or what it is made of is old."""
    if news.status is None:
        return Said(None, 0.0, "no news from the recorder yet", has_quality=False)
    estimate = news.status.snapshot.estimates.get(name)
    if news.is_silent:
        return Said(None, 0.0, f"last news {age(news.silent_s)} ago", has_quality=False)
    if estimate is None:
        return Said(None, 0.0, nothing, has_quality=False)
    age_s = max((news.status.snapshot.t - estimate.t) / NS + news.since_s, _made_of_age_s(news, name))
    quality = estimate.quality if math.isfinite(estimate.quality) else 0.0
    if age_s > STALE_S and not news.is_over:
        why = f"no data for {age(age_s)}"
        return Said(
            None, 0.0, f"{why}; {estimate.why}" if estimate.value is None and estimate.why else why, has_quality=False
        )
    if estimate.value is None or not math.isfinite(estimate.value):
        return Said(None, quality, estimate.why or "no reason was given")
    return Said(estimate.value, quality, "")


def age(age_s: float) -> str:
    """An age in few characters."""
    if age_s < 10:
        return f"{max(age_s, 0.0):.1f} s"
    if age_s < 120:
        return f"{age_s:.0f} s"
    return f"{age_s / 60:.0f} min" if age_s < 7200 else f"{age_s / 3600:.0f} h"


def last(view: StreamView | None) -> float | None:
    """The last value of a stream of single numbers."""
    return view.last[0] if view and view.last and math.isfinite(view.last[0]) else None


def _made_of_age_s(news: News, name: str) -> float:
    """Age of the newest of the streams that an estimate is made of; 0 if none of them is known."""
    group, _, _ = name.partition("/")
    streams = _SOURCES.get(name) or _SOURCES.get(group) or tuple(f"{group}/{kind}" for kind in _MOTION)
    if _CHEST in streams and news.status is not None:
        snapshot = news.status.snapshot
        if "breathing/motion_evidence" in snapshot.estimates and _CHEST not in snapshot.streams:
            streams += _ON_CHEST  # somebody's motion is the chest's, and it is not the strap's
    ages = [age_s for stream in streams if (age_s := stream_age_s(news, stream)) is not None]
    return min(ages, default=0.0)
