"""The ether: one virtual radio space in which HCI controllers hear each other.

bumble's `LocalLink` and `Controller` do the work. What they leave out is put
right here, each point where it belongs: every TCP connection is a controller of
its own, a controller that goes away takes its links with it, a connection
attempt can be cancelled or refused, a reset resets, a scan response is the
advertiser's own, and data carries the address that its link was made with.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from bumble import core, hci, ll
from bumble.controller import Connection, Controller
from bumble.link import LocalLink
from bumble.transport.common import PacketParser

SUPERVISION_TIMEOUT_S: Final = 0.72
"""How long a link survives silence: what bumble's hosts ask for when they connect."""

RSSI_DBM: Final = -58
"""A strap across the room."""

_Error = hci.HCI_ErrorCode
_Report = hci.HCI_LE_Advertising_Report_Event


class HciController(Controller):
    """One virtual Bluetooth LE controller, as good as the specification where straps need it."""

    # A notification of 229 bytes in one packet instead of nine.
    le_acl_data_packet_length = 251
    # Straps advertise in the legacy way, and BlueZ stumbles over half-built privacy.
    le_features = Controller.le_features & ~(hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LL_PRIVACY)

    def __init__(self, name: str, ether: Ether) -> None:
        super().__init__(name, link=ether)
        self.ether = ether
        self.refuses = False
        """Heard by all, but answers no connection attempt: someone else holds the link."""

    def on_hci_reset_command(self, command: hci.HCI_Reset_Command) -> hci.HCI_StatusReturnParameters:
        """Core 6.0, Vol 4 Part E 7.3.2: back to the standby state, links and all."""
        self.ether.cut(self, _Error.CONNECTION_TIMEOUT_ERROR)
        self.go_quiet()
        return super().on_hci_reset_command(command)

    def go_quiet(self) -> None:
        """Neither advertise, nor scan, nor connect."""
        self.le_legacy_advertiser.stop()
        self.le_scan_enable = False
        self.pending_le_connection = None

    def on_hci_le_set_advertising_parameters_command(
        self, command: hci.HCI_LE_Set_Advertising_Parameters_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Core 6.0, Vol 4 Part E 7.8.5: intervals are in units of 0.625 ms; bumble's timer takes them for ms."""
        status = super().on_hci_le_set_advertising_parameters_command(command)
        self.le_legacy_advertiser.advertising_interval_min = round(command.advertising_interval_min * 0.625)
        return status

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Core 6.0, Vol 4 Part E 7.8.13: the attempt ends with a Connection Complete of status 0x02."""
        if self.pending_le_connection is None:
            return hci.HCI_StatusReturnParameters(_Error.COMMAND_DISALLOWED_ERROR)
        cancelled, self.pending_le_connection = self.pending_le_connection, None
        # The event follows the command's own completion.
        asyncio.get_running_loop().call_soon(
            self.send_hci_packet,
            hci.HCI_LE_Connection_Complete_Event(
                status=_Error.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=cancelled.peer_address.address_type,
                peer_address=cancelled.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            ),
        )
        return hci.HCI_StatusReturnParameters(_Error.SUCCESS)

    def on_hci_disconnect_command(self, command: hci.HCI_Disconnect_Command) -> None:
        """Core 6.0, Vol 4 Part E 7.1.6: the peer is told the reason, our own host that it was us."""
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is None:
            self._send_hci_command_status(_Error.UNKNOWN_CONNECTION_IDENTIFIER_ERROR, command.op_code)
            return
        self._send_hci_command_status(_Error.SUCCESS, command.op_code)
        connection.send_ll_control_pdu(ll.TerminateInd(command.reason))
        self.on_le_disconnected(connection, _Error.CONNECTION_TERMINATED_BY_LOCAL_HOST_ERROR)

    def on_ll_control_pdu(self, sender_address: hci.Address, packet: ll.ControlPdu) -> None:
        """Take what a linked peer says; both ends hanging up at once is nothing to complain of."""
        if sender_address in self.le_connections:
            super().on_ll_control_pdu(sender_address, packet)

    def on_advertising_pdu(self, pdu: ll.AdvInd | ll.AdvExtInd) -> None:
        """Report it to a scanning host, with the advertiser's own scan response; connect if that is awaited."""
        advertiser = pdu.advertiser_address
        if self.le_scan_enable:
            self._report(_Report.EventType.ADV_IND, advertiser, pdu.data)
            if self.le_scan_type == hci.HCI_LE_Set_Scan_Parameters_Command.ACTIVE_SCANNING:
                self._report(_Report.EventType.SCAN_RSP, advertiser, self.ether.scan_response(advertiser))
        if self.pending_le_connection is not None and self.pending_le_connection.peer_address == advertiser:
            self.create_le_connection(advertiser)

    def _report(self, event_type: hci.HCI_LE_Advertising_Report_Event.EventType, who: hci.Address, data: bytes) -> None:
        report = _Report.Report(
            event_type=event_type, address_type=who.address_type, address=who, data=data, rssi=RSSI_DBM
        )
        self.send_hci_packet(_Report([report]))

    def on_le_connect_ind(self, packet: ll.ConnectInd) -> None:
        """Accept a connection, or leave the initiator without an answer.

        An initiator counts itself connected as soon as it has asked. If no
        answer comes within six connection intervals, the link was never there
        (0x3E, Core 6.0, Vol 6 Part B 4.5.2).
        """
        advertiser = self.le_legacy_advertiser
        initiator = self.ether.find_le_controller(packet.initiator_address)
        if packet.advertiser_address != advertiser.address or initiator is None:
            return
        if advertiser.address not in initiator.le_connections:
            return  # it asked, and then its own link was cut
        if advertiser.enabled and not self.refuses:
            super().on_le_connect_ind(packet)
        else:
            self.ether.send_ll_control_pdu(
                packet.advertiser_address,
                packet.initiator_address,
                ll.TerminateInd(_Error.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR),
            )


class Ether(LocalLink):
    """A radio space; controllers in it are attached by this process or by TCP connections."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # bumble leaves it unannotated
        self._silent: set[Controller] = set()

    def attach(self, name: str) -> HciController:
        """A new controller in this space."""
        return HciController(name, self)

    def detach(self, controller: HciController) -> None:
        """Take a controller away; its peers lose their links by supervision time-out."""
        self.cut(controller, _Error.CONNECTION_TIMEOUT_ERROR)
        controller.go_quiet()
        controller.set_packet_sink(None)
        self.controllers.discard(controller)
        self._silent.discard(controller)

    def cut(self, controller: Controller, reason: int) -> None:
        """End every link of a controller at both ends; `reason` as both hosts are told it."""
        for link in tuple(controller.le_connections.values()):
            ends = [(controller, link)]
            peer = self.find_le_controller(link.peer_address)
            if peer is not None and link.self_address in peer.le_connections:
                ends.append((peer, peer.le_connections[link.self_address]))
            for end, connection in ends:
                end.on_le_disconnected(connection, reason)

    def mute(self, controller: Controller) -> None:
        """From now on nothing reaches or leaves the controller, as behind a body or out of range."""
        self._silent.add(controller)

    def unmute(self, controller: Controller) -> None:
        """End of `mute`."""
        self._silent.discard(controller)

    def scan_response(self, advertiser: hci.Address) -> bytes:
        """What the advertiser at this address answers a scan request with."""
        controller = self.find_le_controller(advertiser)
        return b"" if controller is None else controller.le_legacy_advertiser.scan_response_data

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: core.PhysicalTransport,
        data: bytes,
    ) -> None:
        """Carry data to the other end of a link, from the address that the link was made with."""
        link: Connection | None = sender_controller.le_connections.get(destination_address)
        receiver = self.find_le_controller(destination_address)
        if link is None or receiver is None or not self._silent.isdisjoint({sender_controller, receiver}):
            return
        asyncio.get_running_loop().call_soon(receiver.on_link_acl_data, link.self_address, transport, data)

    def send_advertising_pdu(self, sender_controller: Controller, packet: ll.AdvertisingPdu) -> None:
        """Carry an advertisement or a connection request to everyone in earshot."""
        if sender_controller in self._silent:
            return
        loop = asyncio.get_running_loop()
        for controller in self.controllers:
            if controller is not sender_controller and controller not in self._silent:
                loop.call_soon(controller.on_ll_advertising_pdu, packet)

    def send_ll_control_pdu(
        self, sender_address: hci.Address, receiver_address: hci.Address, packet: ll.ControlPdu
    ) -> None:
        """Carry a word between the controllers of a link; lost if the receiver has gone."""
        sender, receiver = self.find_le_controller(sender_address), self.find_le_controller(receiver_address)
        if receiver is None or receiver in self._silent or sender in self._silent:
            return
        asyncio.get_running_loop().call_soon(receiver.on_ll_control_pdu, sender_address, packet)

    @asynccontextmanager
    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[int]:
        """Give every TCP connection a controller of its own (HCI in H4 framing); yields the port.

        Raises:
            OSError: The address cannot be bound.
        """
        connections: set[_HciConnection] = set()
        server = await asyncio.get_running_loop().create_server(lambda: _HciConnection(self, connections), host, port)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for connection in tuple(connections):
                connection.close()
            while connections:  # noqa: ASYNC110  # no event needed: each is gone within a turn of the loop
                await asyncio.sleep(0)
            await server.wait_closed()


class _HciConnection(asyncio.Protocol):
    """A host at the other end of a TCP connection, and the controller that it drives."""

    def __init__(self, ether: Ether, connections: set[_HciConnection]) -> None:
        self._ether = ether
        self._connections = connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Attach a controller."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # what create_server gives; for the type checker
        self._transport = transport
        self._controller = self._ether.attach("tcp {}:{}".format(*transport.get_extra_info("peername")[:2]))
        self._controller.set_packet_sink(self)
        self._parser = PacketParser(self._controller)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        """HCI from the host; what is not HCI ends the connection."""
        try:
            self._parser.feed_data(data)
        except core.InvalidPacketError:
            self._transport.abort()

    def on_packet(self, packet: bytes) -> None:
        """HCI to the host."""
        if not self._transport.is_closing():
            self._transport.write(packet)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # however it was lost
        """The host has gone, and its controller with it."""
        self._connections.discard(self)
        self._ether.detach(self._controller)

    def close(self) -> None:
        """Hang up; a host that does not read must not keep us."""
        if self._transport.get_write_buffer_size():
            self._transport.abort()
        else:
            self._transport.close()
