"""Commands to the control point of Polar Measurement Data, each with its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tidehold.errors import WireError
from tidehold.sources.ble_step import LinkError, step
from tidehold.wire.pmd_control import (
    Command,
    Op,
    Response,
    Setting,
    Settings,
    Stopped,
    decode_command,
    decode_control,
    decode_settings,
    encode_command,
)
from tidehold.wire.profile import Stream

PASSING: Final = (10, 12)
"""Statuses that may be gone a moment later: MTU too small (its exchange runs), not possible in this state."""


class RefusedError(LinkError):
    """The strap answered no."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.text)
        self.may_pass = response.status in PASSING


class ControlPoint:
    """Writes one command at a time and waits for the indication that answers it.

    Args:
        write: Writes to the control point's characteristic.
        within_s: From a command to its answer.
        on_stopped: Told which measurements the strap stopped by itself.
    """

    def __init__(
        self, write: Callable[[bytes], Awaitable[None]], within_s: float, on_stopped: Callable[[Stopped], None]
    ) -> None:
        self._write = write
        self._within_s = within_s
        self._on_stopped = on_stopped
        self._awaited: tuple[int, int, asyncio.Future[Response]] | None = None

    def heard(self, payload: bytes) -> None:
        """An indication arrived. What it cannot be is no concern here: the fold refuses it with a reason."""
        try:
            said = decode_control(payload)
        except WireError:
            return
        if isinstance(said, Stopped):
            self._on_stopped(said)
        elif isinstance(said, Response) and self._awaited is not None:
            op, measurement, answer = self._awaited
            if (said.op, said.measurement) == (op, measurement) and not answer.done():
                answer.set_result(said)

    async def settings(self, stream: Stream) -> Settings:
        """The settings a strap offers for a stream; none if it answers with what cannot be read.

        Raises:
            LinkError: No answer, or a refusal.
        """
        if stream.settings is None:
            return {}
        response = await self._ask(stream, decode_command(bytes.fromhex(stream.settings)))
        try:
            return decode_settings(response.parameters)
        except WireError:
            return {}

    async def start(self, stream: Stream, offered: Settings) -> Settings:
        """Start a stream with its profile's settings, or those on offer that are nearest to them.

        Returns:
            The settings it was started with.

        Raises:
            LinkError: No answer, or a refusal.
        """
        wanted = decode_command(bytes.fromhex(stream.start or ""))
        chosen = nearest(wanted.settings, offered)
        await self._ask(stream, Command(Op.START, wanted.measurement, chosen))
        return chosen

    async def stop(self, stream: Stream) -> None:
        """Stop a stream.

        Raises:
            LinkError: No answer, or a refusal.
        """
        if stream.stop is not None:
            await self._ask(stream, decode_command(bytes.fromhex(stream.stop)))

    async def _ask(self, stream: Stream, command: Command) -> Response:
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._awaited = (command.op, command.measurement, answer)

        async def ask() -> Response:
            await self._write(encode_command(command))
            return await answer

        try:
            response = await step(f"{command.op.name.lower()} {stream.id}", self._within_s, ask())
        finally:
            self._awaited = None
        if not response.ok:
            raise RefusedError(response)
        return response


def nearest(wanted: Settings, offered: Settings) -> Settings:
    """The wanted settings, each replaced by the nearest on offer where it is not offered itself."""
    return {
        setting: tuple(_nearest(value, offered.get(setting, ())) for value in values)
        for setting, values in wanted.items()
    }


def rate_hz(settings: Settings) -> str:
    """The sample rate among settings, "?" if it is not among them."""
    return str(next(iter(settings.get(Setting.RATE_HZ, ())), "?"))


def _nearest(value: float | bytes, offered: tuple[float | bytes, ...]) -> float | bytes:
    if isinstance(value, bytes) or not offered:
        return value
    numbers = (each for each in offered if not isinstance(each, bytes))
    return min(numbers, key=lambda each: abs(each - value), default=value)
