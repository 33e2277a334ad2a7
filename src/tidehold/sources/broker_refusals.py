"""What the broker refused, counted, and what a person can do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

ADVICE: Final[dict[str, str]] = {
    "wrong password": "type the password again in the app, as Tidehold shows it",
    "unknown user": "type the user name again in the app, as Tidehold shows it",
    "no password": "give user name and password in the app, as Tidehold shows them",
    "MQTT 5": "set the app to MQTT 3.1.1 (some call it 4), or use an external broker",
    "MQTT 3.1": "set the app to MQTT 3.1.1 (some call it 4)",
    "TLS": "switch TLS off in the app, or use an external broker with a certificate",
    "not MQTT": "something other than an MQTT app calls here: check its address and port",
    "no CONNECT in time": "a program holds connections open without using them, or the network is very slow",
    "packet too large": "send smaller batches: set a shorter interval in the app",
    "packet too slow": "the network is very slow: come closer to the access point",
    "malformed packet": "the app, or the network between, is broken: start the app again",
    "bad client id": "give a short client id in the app",
    "foreign topic": "set the topic in the app to the one that Tidehold shows",
    "subscription not allowed": "only the recorder itself may read here, and no wildcards",
    "too many connections": "close other programs that use this broker",
    "too many connections per second": "a program connects over and over: check its password",
    "too many unfinished messages": "set the app to QoS 1",
    "silent": "the app was closed, or the network was lost",
    "does not read": "a subscriber takes nothing: close it",
    "broker fault": "the broker itself failed on this connection: start the app again",
}
"""By reason."""


class Refusal(NamedTuple):
    """A reason that is due to be said, with the times it came up since the broker was opened."""

    reason: str
    times: int
    address: str
    advice: str


class Refusals:
    """Counts what was refused, and knows what is due to be said.

    Args:
        every_s: A reason is said at most this often.
    """

    def __init__(self, every_s: float) -> None:
        self.counts: Counter[str] = Counter()
        self._every_s = every_s
        self._addresses: dict[str, str] = {}
        self._said: dict[str, tuple[float, int]] = {}

    def add(self, reason: str, address: str) -> None:
        """Something from an address was refused."""
        self.counts[reason] += 1
        self._addresses[reason] = address

    def due(self, now_s: float) -> Iterator[Refusal]:
        """What came up and was not said within the last `every_s`; it counts as said now."""
        for reason, count in self.counts.items():
            said_s, said_count = self._said.get(reason, (float("-inf"), 0))
            if count > said_count and now_s - said_s >= self._every_s:
                self._said[reason] = (now_s, count)
                yield Refusal(reason, count, self._addresses[reason], ADVICE[reason])
