"""Sensors that are lost and come back, and a breath that is held, each told once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from tidehold.records import LinkState
from tidehold.tui.breath import held_breath
from tidehold.tui.lines import clean
from tidehold.tui.news import News, age, may_be_silent, stream_age_s

LOST_AFTER_S: Final = 4.0
"""A stream is lost once it has been silent for so long: told within 5 s, and not for a hiccup of the radio."""
RECORDER: Final = "recorder"
HELD: Final = "breath"
"""A breath that is held though nobody asked for it."""
_PASSING: Final = (RECORDER, HELD)
"""What is not known any more when the recorder is silent."""

_LOST: Final[dict[LinkState, str]] = {"down": "lost", "stalled": "stalled", "refused": "refused"}


class Notice(NamedTuple):
    """Something to be told now: `key` names the sensor that was lost or is back, or `HELD`."""

    kind: Literal["lost", "back"]
    key: str
    text: str

    @property
    def is_silence(self) -> bool:
        """It is known by what does not come, and not by what a status says."""
        return self.key == RECORDER or "/" in self.key


class Watch:
    """Knows which sensors are lost, and whether the breath is held. `troubles` has each in words, by its key."""

    def __init__(self) -> None:
        self.troubles: dict[str, str] = {}
        self._t = 0

    def hear(self, news: News) -> list[Notice]:
        """What changed since the last time."""
        if news.status is None:
            return []
        if news.is_over:
            self.troubles = {}
            return []
        t = news.status.snapshot.t
        if t < self._t:  # a replay went back: what is lost there was told the first time
            self.troubles = dict(self._now(news, {}))
            self._t = t
            return []
        self._t = t
        troubles = dict(self._now(news, self.troubles))
        notices = [Notice("lost", key, text) for key, text in troubles.items() if key not in self.troubles]
        back = [key for key in self.troubles if not _covers(troubles, key)]
        notices += [Notice("back", key, f"{clean(key, 40)} is back") for key in back if key != HELD]
        if HELD in back and held_breath(news).seconds == 0:  # not if it cannot be seen any more, or is asked for now
            notices.append(Notice("back", HELD, "breathing again"))
        self.troubles = troubles
        return notices

    def _now(self, news: News, before: dict[str, str]) -> Iterator[tuple[str, str]]:
        if news.status is None:
            return
        if news.is_silent:
            yield RECORDER, no_news(news)
            yield from ((key, text) for key, text in before.items() if key not in _PASSING)
            return
        held = held_breath(news)
        if held.is_alarming:
            yield HELD, held.text
        lost: set[str] = set()
        for source, link in news.status.snapshot.links.items():
            if link.is_lost(was_lost=source in before):
                word = _LOST.get(link.state, f"lost, {link.state}")
                lost.add(source)
                told = [clean(link.detail[key], 300) for key in ("stream", "reason", "advice") if link.detail.get(key)]
                yield (
                    source,
                    f"{clean(source, 40)} {word}"
                    + "".join(f": {each}" for each in told[:1])
                    + "".join(f"; {each}" for each in told[1:]),
                )
        for name, view in news.status.snapshot.streams.items():
            age_s = stream_age_s(news, name)
            flows = view.rate_hz is None or view.rate_hz > 0.5
            if age_s is None or may_be_silent(name) or not flows or name.partition("/")[0] in lost:
                continue
            if age_s > LOST_AFTER_S:
                yield name, f"{clean(name, 40)} silent for {age(age_s)}"


def no_news(news: News) -> str:
    """That the recorder says nothing, and why if that is known."""
    return clean(news.gone, 200) or f"no news from the recorder for {news.silent_s:.0f} s"


def _covers(troubles: dict[str, str], key: str) -> bool:
    """Whether something that was lost still is: itself, or with its whole source."""
    return key in troubles or key.partition("/")[0] in troubles
