"""What a source is: anything that stamps inputs and puts them on the one queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tidehold.records import Input

Put = Callable[[Input], None]
"""Takes an input for the queue. Called in the order of arrival; never blocks."""


class Source(Protocol):
    """The only eyes on the world: a strap, a phone, the clock."""

    @property
    def name(self) -> str:
        """What its frames and links carry as `source`."""
        ...

    async def run(self, put: Put) -> None:
        """Puts inputs until cancelled, then leaves its device as it found it.

        Raises:
            SourceError: The source cannot work and waiting would not help.
        """
        ...
