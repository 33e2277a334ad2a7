"""A Bluetooth adapter on an HCI transport, which it opens again when it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

from bleak.exc import (
    CONTROLLER_ERROR_CODES,
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
)
from bumble import core, hci
from bumble.device import Advertisement, Connection, Device
from bumble.host import Host
from bumble.transport import open_transport
from bumble.transport.common import Transport, TransportLostError

# A library says nothing on a terminal unless its user sets logging up; bumble forgot to see to it.
logging.getLogger("bumble").addHandler(logging.NullHandler())

_T = TypeVar("_T")

REDIAL_S: Final = 0.1
"""Between two tries to open a lost transport."""

_ANSWER_S: Final = 2.0
"""For a controller to answer a few commands."""

LOST: Final = (core.BaseBumbleError, hci.HCI_Error, OSError, TimeoutError)
"""What a command ends with when the controller goes away under it."""


def reason_text(code: int) -> str:
    """An HCI error code in words: "Connection Timeout (0x08)"; 0 stands for the radio itself having been lost."""
    return f"{CONTROLLER_ERROR_CODES.get(code, 'Unknown')} (0x{code:02X})" if code else "radio lost"


def insist(task: asyncio.Task[Any]) -> None:
    """Cancel a task until it ends, and be content with however it does.

    Before Python 3.12, `wait_for`, with which bumble waits for all it waits for,
    swallows a cancellation that comes together with the result.
    """
    if not task.done():
        task.cancel()
        asyncio.get_running_loop().call_soon(insist, task)
    elif not task.cancelled():
        task.exception()


class _Line:
    """An open transport, and the host on it."""

    def __init__(self, transport: Transport, address: hci.Address) -> None:
        self.transport = transport
        self.device = Device.with_hci("Tidehold", address, transport.source, transport.sink)
        # bumble's host would answer a loss by itself, and trip over a command that is just being answered.
        transport.source.set_packet_sink(_Inbox(self.device.host))
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        transport.source.terminated.add_done_callback(lambda _: self.lose())

    def lose(self) -> None:
        """The transport has gone: whoever waits for an answer, and every link, is told."""
        if self.lost.done():
            return
        pending = self.device.host.pending_response
        if pending is not None and not pending.done():
            pending.set_exception(TransportLostError("radio lost"))
        self.lost.set_result(None)
        self.device.on_flush()

    async def run(self, procedure: Coroutine[Any, Any, _T], within_s: float) -> _T:
        """Await what the controller has to answer, and no longer than there is one.

        Raises:
            TransportLostError: The transport has gone.
            TimeoutError: No answer for `within_s`.
        """
        task = asyncio.create_task(procedure)
        either: set[asyncio.Future[Any]] = {task, self.lost}
        try:
            async with asyncio.timeout(within_s):
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise TransportLostError("radio lost")
            return task.result()
        finally:
            insist(task)


class _Inbox:
    """Where a transport's packets go, and nothing else of what it has to say."""

    def __init__(self, host: Host) -> None:
        self.on_packet = host.on_packet


class Adapter:
    """One adapter, shared by all scanners and clients.

    Args:
        transport: bumble's name for it: "tcp-client:127.0.0.1:9517" for the
            simulators, or any other that bumble opens, such as "usb:0".
    """

    def __init__(self, transport: str) -> None:
        self._spec = transport
        self._address = hci.Address.generate_static_address()
        self._line: _Line | None = None
        self._listeners: dict[Callable[[Advertisement], None], bool] = {}
        self._scan_turn = asyncio.Lock()
        self._connect_turn = asyncio.Lock()
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether the controller can be reached now."""
        return self._line is not None

    async def open(self, timeout_s: float = 5.0) -> None:
        """Open the transport and keep it open until `close`.

        Raises:
            BleakBluetoothNotAvailableError: There was no controller for `timeout_s`.
            ValueError: bumble knows no such transport.
        """
        try:
            async with asyncio.timeout(timeout_s):
                self._line = await self._dial()
        except TimeoutError:
            raise BleakBluetoothNotAvailableError(
                f"no Bluetooth controller at {self._spec}", BleakBluetoothNotAvailableReason.NO_BLUETOOTH
            ) from None
        self._supervisor = asyncio.create_task(self._keep_open(self._line), name=f"radio {self._spec}")

    async def close(self) -> None:
        """Close the transport; links that are left are lost."""
        if (supervisor := self._supervisor) is None:
            return
        self._supervisor = None
        while not supervisor.done():
            supervisor.cancel()
            # As in `insist`, but with time for it to clean up.
            await asyncio.wait({supervisor}, timeout=REDIAL_S)
        if not supervisor.cancelled():
            supervisor.result()  # if anything broke it, that is for the owner to know

    async def _dial(self) -> _Line:
        """Open the transport and switch the controller on; tries until it works."""
        while True:
            try:
                transport = await open_transport(self._spec)
            except OSError:
                await asyncio.sleep(REDIAL_S)
                continue
            line = _Line(transport, self._address)
            line.device.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
            try:
                await line.run(line.device.power_on(), _ANSWER_S)
            except LOST:
                await transport.close()
                await asyncio.sleep(REDIAL_S)
            except BaseException:
                await transport.close()
                raise
            else:
                return line

    async def _keep_open(self, line: _Line) -> None:
        """Watch the line; whenever it is lost, say so to all links and open another."""
        while True:
            try:
                await asyncio.wait({line.lost})
            finally:
                self._line = None
                line.lose()
                await line.transport.close()
            self._line = line = await self._dial()
            await self._scan()

    async def listen(self, listener: Callable[[Advertisement], None], *, active: bool) -> None:
        """Hear advertisements from now on, with their scan responses if `active`.

        While the controller cannot be reached nothing is heard; that is no error.
        """
        self._listeners[listener] = active
        await self._scan()

    async def unlisten(self, listener: Callable[[Advertisement], None]) -> None:
        """End of `listen`."""
        self._listeners.pop(listener, None)
        await self._scan()

    async def _scan(self) -> None:
        """Scan just if someone listens."""
        async with self._scan_turn:
            if self._line is not None:
                with suppress(*LOST):
                    await self._line.run(self._scan_as_asked(self._line.device), _ANSWER_S)

    async def _scan_as_asked(self, device: Device) -> None:
        if device.is_scanning:
            await device.stop_scanning()
        if self._listeners:
            await device.start_scanning(active=any(self._listeners.values()))

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for listener in tuple(self._listeners):
            listener(advertisement)

    async def connect(self, address: hci.Address, timeout_s: float, on_end: Callable[[int], None]) -> Connection:
        """Connect to the device at an address, one attempt at a time.

        `on_end` is told why the link ended (HCI error code, 0: radio lost), even
        if it ended before this returned.

        Raises:
            TimeoutError: It was not heard for `timeout_s`.
            BleakError: The controller cannot be reached, or went away.
        """

        def watch(connection: Connection) -> None:
            connection.once(Connection.EVENT_DISCONNECTION, on_end)

        async with asyncio.timeout(timeout_s), self._connect_turn:
            if (line := self._line) is None:
                raise BleakError(f"{address}: radio lost")
            line.device.on(Device.EVENT_CONNECTION, watch)
            attempt = asyncio.create_task(line.device.connect_le(address))
            either: set[asyncio.Future[Any]] = {attempt, line.lost}
            try:
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if line.lost.done():
                    insist(attempt)
                    raise BleakError(f"{address}: radio lost")
                return await attempt
            except asyncio.CancelledError:
                with suppress(*LOST):
                    await line.run(self._give_up(line.device, attempt), _ANSWER_S)
                insist(attempt)
                raise
            except LOST as error:
                raise BleakError(f"{address}: {error}") from error
            finally:
                line.device.remove_listener(Device.EVENT_CONNECTION, watch)

    @staticmethod
    async def _give_up(device: Device, attempt: asyncio.Task[Connection]) -> None:
        """Stop a controller that goes on trying, and would connect behind our back."""
        with suppress(hci.HCI_Error):  # nothing to cancel: connected in the last moment
            await device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
        connection = await attempt  # normally raises: cancelled, as asked for
        await connection.disconnect()
