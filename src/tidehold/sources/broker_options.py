"""Who may use the embedded broker, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the broker, and the exact topics it may use: wildcards mean nothing here."""

    name: str
    password: str = field(repr=False)
    publish: tuple[str, ...] = ()
    subscribe: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one connection, and all of them together, may cost. Times in s, sizes in bytes."""

    packet_bytes: int = 256 * 1024
    """Of a whole packet but its head; a longer one ends the connection before a byte of it is read."""
    connect_bytes: int = 4096
    connect_s: float = 3.0
    """From the connection to its whole CONNECT."""
    packet_s: float = 10.0
    """From the first byte of a packet to its last."""
    silence_s: float = 300.0
    """A connection without a packet for this long is closed, whatever keep-alive it asked for."""
    unread_s: float = 10.0
    """A subscriber that takes nothing for this long is closed: what it is sent would pile up."""
    connections: int = 8
    per_address: int = 4
    new_per_s: float = 10.0
    """Connections from one address."""
    messages_per_s: float = 300.0
    """Of one connection; beyond, its socket is simply not read. Also counts subscriptions and pings."""
    message_burst: float = 50.0
    bytes_per_s: float = 1024.0 * 1024.0
    acks_per_s: float = 5000.0
    unfinished: int = 64
    """Messages of QoS 2 that a connection may leave half way."""
    backlog: int = 500
    """Messages on their way through the broker, beyond which no more are read."""
    listen_s: float = 10.0
    """For so long a new connection's messages wait for somebody who subscribes: the recorder may come second."""
    sessions: int = 8
    """Kept for subscribers that are away; further ones are forgotten when they leave."""
    kept: int = 2000
    """Messages kept for one subscriber that is away; beyond, the oldest is dropped."""
    session_s: int = 3600
    """How long a subscriber may be away."""
    close_s: float = 0.5
    """For what is still to be sent, when a connection is closed."""
    tell_s: float = 10.0
    """A reason for refusals is said at most this often."""


USUAL: Final = Limits()
