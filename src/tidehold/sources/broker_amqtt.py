"""amqtt behind the gates: it is given whole, checked packets only, and its bounds are set from here.

What is known of amqtt 0.12.1 and worked around: subscriptions of all match the retained
messages of all (nothing is retained here); sessions are keyed by client id alone (so
ids are prefixed with the account); a take-over leaves tasks behind (the gate's side ends
the old connection first); keep-alive is not enforced, wills escape the topic rules, queues
have no bounds, and it logs payloads.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from amqtt.broker import Broker
from amqtt.plugins.base import BaseAuthPlugin

from tidehold.sources import broker_packets as packets
from tidehold.sources.broker_gate import Gate
from tidehold.sources.broker_options import Account, Limits
from tidehold.sources.broker_packets import Connect

_LOG: Final = logging.getLogger("amqtt")
_SILENT: Final = logging.CRITICAL + 1
_LISTENER: Final = "default"
_END_S: Final = 1.0
"""For amqtt to see that a connection has ended, and for its shutdown."""


class Kept(asyncio.Queue[Any]):
    """Messages for a subscriber that is away: the newest ones."""

    async def put(self, item: Any) -> None:
        """Add a message; the oldest one makes room."""
        if self.full():
            self.get_nowait()
        self.put_nowait(item)


class Admit(BaseAuthPlugin):  # type: ignore[misc]  # amqtt has no types
    """Lets all in, since the gate has asked for the password, and sets a bound to what is kept for them."""

    @dataclass
    class Config:
        """As amqtt wants it."""

        kept: int

    async def authenticate(self, *, session: Any) -> bool:
        """Called by amqtt at each connection."""
        if not isinstance(session.retained_messages, Kept):
            session.retained_messages = Kept(self.config.kept)
        return True


class Engine:
    """One amqtt broker."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._serial = 0
        self._log_level = _LOG.level
        _LOG.setLevel(_SILENT)
        plugin = f"{Admit.__module__}.{Admit.__qualname__}"
        self._broker: Any = Broker(
            {
                "listeners": {_LISTENER: {"type": "external", "bind": "external:0"}},
                "session_expiry_interval": limits.session_s,
                "plugins": {plugin: {"kept": limits.kept}},
            }
        )

    async def start(self) -> None:
        """Ready to serve."""
        await self._broker.start()

    async def serve(self, gate: Gate, account: Account, connect: Connect) -> None:
        """Serve a connection to its end."""
        client_id, is_clean = self._client(account, connect)
        first = packets.write_connect(client_id, account.name, is_clean=is_clean)
        patience_s = asyncio.get_running_loop().time() + self._limits.listen_s
        gate.admit(account, connect, first, lambda: self._is_behind(client_id) or self._is_unheard(account, patience_s))
        serving = asyncio.ensure_future(self._broker.external_connected(gate, gate, _LISTENER))
        ended = asyncio.ensure_future(gate.ended.wait())
        try:
            await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait({serving}, timeout=_END_S)  # a connection that ends while it begins is never noticed
            if serving.done():
                serving.result()
        finally:
            ended.cancel()
            serving.cancel()
            await self._leave(client_id)

    def _client(self, account: Account, connect: Connect) -> tuple[str, bool]:
        """The client id for amqtt, and whether its session ends with the connection.

        Who never subscribes has no session to keep. A session that is not kept has an id of its
        own: amqtt clears up after sessions once a second, by id, without looking who has it now.
        """
        client_id = f"{account.name}/{connect.client_id}"
        is_known = client_id in self._broker.sessions
        has_room = is_known or len(self._broker.sessions) < self._limits.sessions
        if connect.is_clean or not account.subscribe or not has_room:
            self._serial += 1
            return f"{client_id}/{self._serial}", True
        return client_id, False

    def _is_behind(self, client_id: str) -> bool:
        """Whether too much of what was read is not yet handed on."""
        session, _ = self._broker.sessions.get(client_id, (None, None))
        behind: int = session.delivered_message_queue.qsize() if session else 0
        return behind + int(self._broker._broadcast_queue.qsize()) > self._limits.backlog  # noqa: SLF001

    def _is_unheard(self, account: Account, patience_s: float) -> bool:
        """Whether nobody would be told, so soon after the beginning that somebody may still come."""
        is_heard = all(self._broker.subscriptions.get(topic) for topic in account.publish)
        return not is_heard and asyncio.get_running_loop().time() < patience_s

    async def _leave(self, client_id: str) -> None:
        """Make sure that amqtt knows that a client has left: it may have been cut off at any point."""
        session, handler = self._broker.sessions.get(client_id, (None, None))
        if session is not None and session.transitions.state == "connected":
            with suppress(TimeoutError, OSError):
                async with asyncio.timeout(_END_S):
                    await handler.stop()
            session.transitions.disconnect()

    async def stop(self) -> None:
        """End all; nothing of it is left running."""
        try:
            async with asyncio.timeout(_END_S):
                await self._broker.shutdown()
        except TimeoutError:
            tasks = {self._broker._broadcast_task, self._broker._session_monitor_task}  # noqa: SLF001
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_END_S)
        finally:
            _LOG.setLevel(self._log_level)
