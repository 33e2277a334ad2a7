"""A phone that publishes: numbered messages of Sensor Logger, each acknowledged, none given up."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final, Self

import aiomqtt

from tests.sources.fakes import Kept
from tidehold.sources.clock import SessionClock
from tidehold.sources.mqtt import MqttPhone
from tidehold.sources.mqtt_options import Broker, Timing
from tidehold.sources.profiles import builtin_profiles

PROFILE: Final = builtin_profiles()["sensor-logger-standardised"]
TOPIC: Final = PROFILE.channel[0].topic
SWIFT: Final = Timing(backoff=0.05, backoff_max=0.2, short_link=0.0, watch=0.05, tell=0.1)


def message(number: int, session: str = "good") -> bytes:
    """A message that the sieve leaves as it is."""
    names = dict.fromkeys(stream.sensor for stream in PROFILE.stream)
    values = {"x": 0.1, "y": -0.2, "z": 9.8}
    at = 1_700_000_000_000_000_000 + number * 50_000_000
    entries = [{"name": next(iter(names)), "time": at + n * 10_000_000, "values": values} for n in range(5)]
    whole = {"messageId": number, "sessionId": session, "payload": entries}
    return json.dumps(whole, separators=(",", ":")).encode()


class Listening:
    """A source at work, as a context."""

    def __init__(self, broker: Broker, timing: Timing = SWIFT, topic: str = "") -> None:
        self.kept = Kept()
        self.source = MqttPhone("phone", SessionClock(), PROFILE, broker, topic, timing)

    @property
    def payloads(self) -> list[bytes]:
        return [frame.payload for frame in self.kept.frames("push")]

    @property
    def good(self) -> list[bytes]:
        return [payload for payload in self.payloads if b'"good"' in payload]

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.source.run(self.kept.put))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})
        if not self.task.cancelled() and (error := self.task.exception()) is not None:
            raise error

    async def until_good(self, count: int, seconds: float = 20) -> None:
        await self.kept.until(lambda: len(self.good) >= count, seconds)


class Publisher:
    """Publishes 20 messages a second at QoS 1 from a task of its own; connects again and re-sends for ever."""

    def __init__(self, broker: Broker, per_s: float = 20, **options: Any) -> None:
        self._broker = broker
        self._per_s = per_s
        self._options = options
        self.sent = 0
        """Acknowledged."""
        self.losses = 0

    async def __aenter__(self) -> Self:
        self._is_over = False
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Lets the message that is on its way arrive."""
        self._is_over = True
        async with asyncio.timeout(20):
            await self._task

    async def _run(self) -> None:
        while not self._is_over:
            try:
                async with self.client() as client:
                    while not self._is_over:
                        await client.publish(TOPIC, message(self.sent), qos=1, timeout=3)
                        self.sent += 1
                        await asyncio.sleep(1 / self._per_s)
            except aiomqtt.MqttError:
                self.losses += 1
                await asyncio.sleep(0.05)

    def client(self) -> aiomqtt.Client:
        return client(self._broker, **self._options)


def client(broker: Broker, **options: Any) -> aiomqtt.Client:
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.username or None,
        password=broker.password or None,
        tls_context=broker.tls,
        timeout=3,
        **options,
    )
