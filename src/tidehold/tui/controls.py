"""What the person at a dashboard can do to the session that it shows."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable


@runtime_checkable
class Controls(Protocol):
    """The session's end of the keys. What cannot be done is raised as a `TideholdError`, and told."""

    @property
    def kind(self) -> Literal["live", "replay"]:
        """What the session is: which keys there are."""
        ...

    async def mark(self, verb: str, arg: str = "") -> None:
        """Put something the person did into the session.

        "note" with a text, "pain" with 0..10, "pace" with a breathing pattern, or with none to turn the pacer off;
        "zero" for a new neutral pose; "hold" with "due", "due 45" or nothing, for what is asked for.
        """
        ...

    async def stop(self) -> None:
        """End the session."""
        ...


@runtime_checkable
class ReplayControls(Controls, Protocol):
    """What can be done to a replay besides."""

    async def pause(self) -> None:
        """Stand still."""
        ...

    async def resume(self) -> None:
        """Go on."""
        ...

    async def seek(self, by_s: float) -> None:
        """Go forward by so many seconds of the session, or back if negative."""
        ...

    async def speed(self, times: float) -> None:
        """Play at so many times real time."""
        ...
