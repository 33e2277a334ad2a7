"""A broker of our own for the phone, so that nothing needs installing: small, and with closed doors."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from tidehold.errors import ConfigError, SourceError
from tidehold.records import Link
from tidehold.sources.broker_gate import Gate
from tidehold.sources.broker_options import USUAL, Account, Limits
from tidehold.sources.broker_pace import Pace
from tidehold.sources.broker_packets import BAD_PASSWORD, Connect, RefusedError
from tidehold.sources.broker_passwords import Passwords, new_password
from tidehold.sources.broker_refusals import Refusals
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Put

if TYPE_CHECKING:
    from tidehold.sources.broker_amqtt import Engine

__all__ = ["Account", "EmbeddedBroker", "Limits", "new_password"]

_QUEUE: Final = 16
"""Connections that the kernel holds ready: so many are accepted in one turn of the loop."""
_ADDRESSES: Final = 256
"""Addresses whose pace is remembered."""
_LOOK_S: Final = 0.25
"""How often it is looked for refusals to be said."""
_GOODBYE_S: Final = 0.5
"""For connections to end by themselves when the broker is closed."""


class EmbeddedBroker:
    """An MQTT 3.1.1 broker within this process, as a context; also a source that says what it refused.

    Every connection needs a name and a password and may use its account's topics only.
    Nothing is retained, no will is published. Closed and opened again it keeps its port.

    Args:
        clock: Stamps its links.
        host: Address to listen at.
        port: 0 chooses a free one.
        accounts: Who may use it.
        limits: How much of it.
    """

    name: Final = "broker"

    def __init__(
        self,
        clock: SessionClock,
        host: str = "127.0.0.1",
        port: int = 0,
        accounts: Sequence[Account] = (),
        limits: Limits = USUAL,
    ) -> None:
        self._clock = clock
        self._host = host
        self.port = port
        """Where it listens, once it is open."""
        self._accounts = {account.name: account for account in accounts}
        self._limits = limits
        self._refusals = Refusals(limits.tell_s)
        self._gates: dict[asyncio.Task[None], Gate] = {}
        self._holders: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._paces: dict[str, Pace] = {}

    @property
    def refused(self) -> Counter[str]:
        """How often something was refused, by reason."""
        return self._refusals.counts

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            ConfigError: amqtt is not installed.
            SourceError: The address cannot be used.
        """
        try:
            from tidehold.sources.broker_amqtt import Engine  # noqa: PLC0415  # optional, and 0.2 s to import
        except ImportError as error:
            raise ConfigError(f"the embedded broker needs: pip install 'tidehold[broker]' ({error})") from None
        self._passwords = await Passwords.of(tuple(self._accounts.values()))
        self._engine: Engine = Engine(self._limits)
        await self._engine.start()
        try:
            self._server = await asyncio.start_server(self._accept, self._host, self.port, backlog=_QUEUE)
        except OSError as error:
            await self._engine.stop()
            raise SourceError(
                f"the broker cannot listen at {self._host}:{self.port} ({error.strerror or error}); "
                "end the other program that does, or choose another port"
            ) from None
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close, within 2 s, whatever the clients do."""
        self._server.close()
        tasks = set(self._gates)
        for gate in self._gates.values():
            gate.cut()
        if tasks:
            await asyncio.wait(tasks, timeout=_GOODBYE_S)
        for task in tasks:
            task.cancel()
        await self._engine.stop()
        if tasks:
            await asyncio.wait(tasks, timeout=_GOODBYE_S)

    async def run(self, put: Put) -> None:
        """Puts what was refused until cancelled; the broker must be open."""
        put(Link(self._clock.now(), self.name, "up", {"address": f"{self._host}:{self.port}"}))
        loop = asyncio.get_running_loop()
        while True:
            for reason, times, address, advice in self._refusals.due(loop.time()):
                detail = {"reason": reason, "count": str(times), "address": address, "advice": advice}
                put(Link(self._clock.now(), self.name, "refused", detail))
            await asyncio.sleep(_LOOK_S)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A new connection: admit it to the gate, or cut it off without spending anything on it."""
        gate = Gate(reader, writer, self._limits, self._refusals.add)
        address = gate.peer[0]
        holds = [each.peer[0] for each in self._gates.values()]
        pace = self._pace(address)
        if len(holds) >= self._limits.connections or holds.count(address) >= self._limits.per_address:
            reason = "too many connections"
        elif pace.take() > 0:
            pace.give_back()
            reason = "too many connections per second"
        else:
            task = asyncio.get_running_loop().create_task(self._serve(gate))
            self._gates[task] = gate
            task.add_done_callback(self._gates.pop)
            return
        self._refusals.add(reason, address)
        gate.cut()

    def _pace(self, address: str) -> Pace:
        if address not in self._paces and len(self._paces) >= _ADDRESSES:
            del self._paces[next(iter(self._paces))]
        new_per_s = self._limits.new_per_s
        return self._paces.setdefault(address, Pace(new_per_s, new_per_s, asyncio.get_running_loop().time))

    async def _serve(self, gate: Gate) -> None:
        try:
            connect = await gate.connect()
            account = await self._account(connect)
            await self._take_over(account, connect)
            await self._engine.serve(gate, account, connect)
        except RefusedError as refused:
            gate.turn_away(refused)
        except (asyncio.IncompleteReadError, OSError):
            pass  # it went away
        except Exception:  # noqa: BLE001  # amqtt raises all sorts; no connection may end the others
            gate.turn_away(RefusedError("broker fault"))
        finally:
            await gate.close()

    async def _account(self, connect: Connect) -> Account:
        if await self._passwords.is_right(connect.user, connect.password):
            return self._accounts[connect.user]
        is_known = connect.user in self._accounts
        raise RefusedError("wrong password" if is_known else "unknown user", BAD_PASSWORD)

    async def _take_over(self, account: Account, connect: Connect) -> None:
        """An older connection of the same client of the same account ends first (3.1.4)."""
        task = asyncio.current_task()
        if task is None or not connect.client_id:
            return
        key = (account.name, connect.client_id)
        while (older := self._holders.get(key)) is not None:
            if older in self._gates:
                self._gates[older].cut()
            with suppress(TimeoutError):
                await asyncio.wait({older}, timeout=_GOODBYE_S)
        self._holders[key] = task
        task.add_done_callback(lambda _: self._holders.pop(key))
