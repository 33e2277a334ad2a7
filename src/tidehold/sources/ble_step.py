"""Every await of the link has a deadline and a name; leaving has the time it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import TypeVar

T = TypeVar("T")


class LinkError(Exception):
    """Something about the link did not work; the text says what."""


class StepError(LinkError):
    """One step failed, or took too long. `cause` is what the Bluetooth stack raised."""

    def __init__(self, step: str, cause: BaseException) -> None:
        super().__init__(f"{step}: {said(cause)}")
        self.cause = cause


def said(error: BaseException) -> str:
    """What an error says, or its kind if it says nothing."""
    return str(error) or type(error).__name__


async def step(name: str, seconds: float, work: Awaitable[T]) -> T:
    """The result of `work`, or a `StepError` with its name if it fails or takes longer than `seconds`.

    Raises:
        StepError: Whatever the Bluetooth stack raised, and nothing else.
    """
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            return await work
    except asyncio.CancelledError:
        # WinRT and bumble cancel what is pending when the link drops. Taken for our own
        # cancellation it would end this source without a word.
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise StepError(name, ConnectionError("the link was lost")) from None
    except TimeoutError as error:
        late = f"no answer within {seconds:g} s" if deadline.expired() else said(error)
        raise StepError(name, TimeoutError(late)) from error
    except Exception as error:  # bleak's backends raise all sorts: D-Bus, OS and assertion errors
        raise StepError(name, error) from error


async def see_through(work: Coroutine[None, None, None]) -> None:
    """Run `work` to its end, also when cancelled meanwhile; the cancellation goes on afterwards."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled
