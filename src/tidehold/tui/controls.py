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

        "note" with a text, "pain" with 0..10 and where ("6 left hip"), "pace" with a breathing pattern, or with none
        to turn the pacer off; "zero" for a new neutral pose; "hold" with "due", "due 45" or nothing, for what is
        asked for.
        Of a guided session: "start", "pause", "resume", "skip", "back", "extend" with seconds, "end" for this step,
        "quit" for the routine, "answer" with a question's id and the answer, "felt" with side and place.
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

    async def jump(self, forward: bool) -> None:  # noqa: FBT001 - a direction
        """Go to the next finding or mark, or to the one before."""
        ...

    async def speed(self, times: float) -> None:
        """Play at so many times real time."""
        ...


class Sound(Protocol):
    """What is heard beside the view. Each wish answers in words for the person."""

    @property
    def sounds(self) -> bool:
        """Whether anything can be heard."""
        ...

    @property
    def is_muted(self) -> bool:
        """The person wants silence."""
        ...

    @property
    def failure(self) -> str:
        """Why nothing will be heard any more; "" as long as it may."""
        ...

    def tell(self, kind: Literal["lost", "back"], text: str) -> None:
        """Let something be heard that no status says: that nothing comes any more, or comes again."""
        ...

    def mute(self) -> str:
        """Be silent, or not any more."""
        ...

    def louder(self) -> str:
        """Be louder."""
        ...

    def quieter(self) -> str:
        """Be quieter."""
        ...

    def news(self) -> str:
        """What the person is to know and was not told yet, as that there is no sound; "" if there is nothing."""
        ...
