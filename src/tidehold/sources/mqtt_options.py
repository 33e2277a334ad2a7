"""How a broker is reached, and how long each step may take."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Broker:
    """An MQTT broker. TLS is used if there is a context for it."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None
    mqtt5: bool = False
    """MQTT 5 instead of 3.1.1."""
    is_embedded: bool = False
    """Whether it is our own."""

    def __str__(self) -> str:
        return "embedded" if self.is_embedded else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Every deadline and pause of the connection, s."""

    find: float = 5.0
    """For the address of the broker's name."""
    connect: float = 5.0
    """To the socket, again for TLS, and again for the broker's answer."""
    subscribe: float = 5.0
    leave: float = 2.0
    """For all that is done on the way out."""
    backoff: float = 1.0
    """Before the second attempt; doubles with each further one, up to `backoff_max`."""
    backoff_max: float = 30.0
    short_link: float = 5.0
    """A link that was lost sooner than this counts as a failed attempt."""
    keepalive: int = 10
    """A broker that is silent for up to twice this long is given up."""
    watch: float = 0.5
    """How often silence is looked for."""
    tell: float = 1.0
    """What was left out is said at most this often."""


USUAL: Final = Timing()
SESSION_S: Final = 3600
"""How long the broker keeps messages for us while we are away."""
MAX_PACKET: Final = 1024 * 1024
"""Bytes of a packet that an MQTT 5 broker may send us at most; one of 3.1.1 cannot be told."""
