"""Where on the local network this computer is."""

from __future__ import annotations

import socket
from typing import Final

_ANYWHERE: Final = ("192.0.2.1", 9)
"""An address for documentation (RFC 5737): nobody is there, and nothing is sent."""


def lan_address() -> str | None:
    """The address by which others on the local network reach this computer (IPv4); None without a network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ANYWHERE)  # of a datagram socket: only chooses the way, and with it the address
        except OSError:
            return None
        address: str = probe.getsockname()[0]
    return address
