"""A Bluetooth adapter on an HCI transport, which it opens again when it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from bleak.exc import (
    CONTROLLER_ERROR_CODES,
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakError,
)
from bumble import core, hci
from bumble.device import Advertisement, Connection, Device
from bumble.transport import open_transport
from bumble.transport.common import Transport

# A library says nothing on a terminal unless its user sets logging up; bumble forgot to see to it.
logging.getLogger("bumble").addHandler(logging.NullHandler())

REDIAL_S: Final = 0.1
"""Between two tries to open a lost transport."""

_POWER_ON_S: Final = 2.0
_GIVE_UP_S: Final = 1.0

LOST: Final = (core.BaseBumbleError, hci.HCI_Error, OSError, TimeoutError)
"""What a command ends with when the controller goes away under it."""


def reason_text(code: int) -> str:
    """An HCI error code in words: "Connection Timeout (0x08)"; 0 stands for the radio itself having been lost."""
    return f"{CONTROLLER_ERROR_CODES.get(code, 'Unknown')} (0x{code:02X})" if code else "radio lost"


class Adapter:
    """One adapter, shared by all scanners and clients.

    Args:
        transport: bumble's name for it: "tcp-client:127.0.0.1:9517" for the
            simulators, or any other that bumble opens, such as "usb:0".
    """

    def __init__(self, transport: str) -> None:
        self._spec = transport
        self._address = hci.Address.generate_static_address()
        self._device: Device | None = None
        self._listeners: dict[Callable[[Advertisement], None], bool] = {}
        self._scan_turn = asyncio.Lock()
        self._connect_turn = asyncio.Lock()
        self._supervisor: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether the controller can be reached now."""
        return self._device is not None

    async def open(self, timeout_s: float = 5.0) -> None:
        """Open the transport and keep it open until `close`.

        Raises:
            BleakBluetoothNotAvailableError: There was no controller for `timeout_s`.
            ValueError: bumble knows no such transport.
        """
        try:
            async with asyncio.timeout(timeout_s):
                transport, device = await self._dial()
        except TimeoutError:
            raise BleakBluetoothNotAvailableError(
                f"no Bluetooth controller at {self._spec}", BleakBluetoothNotAvailableReason.NO_BLUETOOTH
            ) from None
        self._device = device
        self._supervisor = asyncio.create_task(self._keep_open(transport, device), name=f"radio {self._spec}")

    async def close(self) -> None:
        """Close the transport; links that are left are lost."""
        if (supervisor := self._supervisor) is None:
            return
        self._supervisor = None
        while not supervisor.done():
            supervisor.cancel()
            # Before Python 3.12, bumble's wait_for may swallow a cancellation: insist.
            await asyncio.wait({supervisor}, timeout=REDIAL_S)
        if not supervisor.cancelled():
            supervisor.result()  # if anything broke it, that is for the owner to know

    async def _dial(self) -> tuple[Transport, Device]:
        """Open the transport and switch the controller on; tries until it works."""
        while True:
            try:
                transport = await open_transport(self._spec)
            except OSError:
                await asyncio.sleep(REDIAL_S)
                continue
            try:
                device = Device.with_hci("Tidehold", self._address, transport.source, transport.sink)
                device.on(Device.EVENT_ADVERTISEMENT, self._on_advertisement)
                async with asyncio.timeout(_POWER_ON_S):
                    await device.power_on()
            except LOST:
                await transport.close()
                await asyncio.sleep(REDIAL_S)
            except BaseException:
                await transport.close()
                raise
            else:
                return transport, device

    async def _keep_open(self, transport: Transport, device: Device) -> None:
        """Watch the transport; whenever it is lost, say so to all links and open it again."""
        while True:
            try:
                await asyncio.wait({transport.source.terminated})
            finally:
                self._device = None
                # bumble tells its links as well, unless a command was just being answered.
                device.on_flush()
                await transport.close()
            transport, device = await self._dial()
            self._device = device
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
            if (device := self._device) is None:
                return
            with suppress(*LOST):
                async with asyncio.timeout(_POWER_ON_S):
                    if device.is_scanning:
                        await device.stop_scanning()
                    if self._listeners:
                        await device.start_scanning(active=any(self._listeners.values()))

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for listener in tuple(self._listeners):
            listener(advertisement)

    async def connect(self, address: hci.Address, timeout_s: float) -> Connection:
        """Connect to the device at an address, one attempt at a time.

        Raises:
            TimeoutError: It was not heard for `timeout_s`.
            BleakError: The controller cannot be reached, or went away.
        """
        async with asyncio.timeout(timeout_s), self._connect_turn:
            if (device := self._device) is None:
                raise BleakError(f"{address}: radio lost")
            attempt = asyncio.ensure_future(device.connect_le(address))
            try:
                return await asyncio.shield(attempt)
            except asyncio.CancelledError:
                if attempt.cancelled():  # by bumble, which lost its transport; not by our caller
                    raise BleakError(f"{address}: radio lost") from None
                await self._give_up(device, attempt)
                raise
            except LOST as error:
                raise BleakError(f"{address}: {error}") from error

    @staticmethod
    async def _give_up(device: Device, attempt: asyncio.Future[Connection]) -> None:
        """Stop a controller that goes on trying, and would connect behind our back."""
        with suppress(*LOST):
            async with asyncio.timeout(_GIVE_UP_S):
                await device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
                connection = await attempt  # normally raises: cancelled, as asked for
                await connection.disconnect()
        attempt.cancel()
