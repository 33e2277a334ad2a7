"""A phone that pushes its sensors to an MQTT broker, listened to for as long as the session lasts."""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final

import aiomqtt

from tidehold.errors import ProfileError, SourceError
from tidehold.records import Frame, HostNs, Link, LinkState
from tidehold.sources.ble_step import StepError, see_through
from tidehold.sources.ble_watch import StallWatch
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Put
from tidehold.sources.mqtt_client import Connection
from tidehold.sources.mqtt_options import USUAL, Broker, Timing
from tidehold.sources.mqtt_trouble import explain, loss_of
from tidehold.units import NS
from tidehold.wire.profile import Profile
from tidehold.wire.sieve import Sieve

__all__ = ["Broker", "MqttPhone", "Timing"]

_CLOSED: Final = "closed here"


class MqttPhone:
    """Connects to a broker, subscribes, watches for silence, and starts over when the connection is lost.

    The broker keeps messages of QoS 1 while the connection is lost; what is sent twice
    is put twice.

    Args:
        name: What its frames and links carry as `source`.
        clock: Stamps everything.
        profile: What the phone sends.
        broker: Where it sends it.
        topic: Where to, if not to the profile's own topic.
        timing: Deadlines and pauses.

    Raises:
        ProfileError: The profile has no topic, and none is given.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what a phone needs, and nothing that belongs together
        self,
        name: str,
        clock: SessionClock,
        profile: Profile,
        broker: Broker,
        topic: str = "",
        timing: Timing = USUAL,
    ) -> None:
        channel = next((channel for channel in profile.channel if channel.mode == "message"), None)
        if channel is None or not (topic or channel.topic):
            raise ProfileError(f"profile {profile.id} has no channel with a topic")
        self.name = name
        self._clock = clock
        self._profile = profile
        self._channel = channel
        self._broker = broker
        self._topic = topic or channel.topic
        self._timing = timing
        self._sieve = Sieve(profile)
        self._identifier = f"tidehold-{secrets.token_hex(6)}"
        self._left_out: Counter[str] = Counter()
        self._told = 0
        self._last: tuple[LinkState, dict[str, object]] = ("searching", {})
        self._watch = StallWatch(clock, 0)
        self._is_up = False
        self._up_at = HostNs(0)

    async def run(self, put: Put) -> None:
        """Puts frames and links until cancelled; the broker then keeps nothing more for us, within 2 s.

        Raises:
            SourceError: The broker refuses our name and password, and that at the first attempt.
        """
        failures, is_first = 0, True
        while True:
            await asyncio.sleep(self._pause(failures))
            was_good = await self._attend(put, failures + 1, is_first=is_first)
            failures = 0 if was_good else failures + 1
            is_first = False

    def _pause(self, failures: int) -> float:
        doublings = min(failures - 1, 16)
        return min(self._timing.backoff * 2.0**doublings, self._timing.backoff_max) if failures else 0.0

    def _say(self, put: Put, state: LinkState, t: HostNs | None = None, **detail: object) -> None:
        """Put a link; what is not known or empty is left out, and what was left out of the frames is counted."""
        self._last = state, detail
        said = {key: str(value) for key, value in (detail | dict(self._left_out)).items() if value not in (None, "")}
        put(Link(self._clock.now() if t is None else t, self.name, state, said))

    async def _attend(self, put: Put, attempt: int, *, is_first: bool) -> bool:
        """One connection, from first to last. Whether it was up for a while."""
        self._is_up = False
        self._say(put, "searching", broker=self._broker, topic=self._topic, attempt=attempt)
        connection = Connection(self._broker, self._identifier, partial(self._take, put, attempt), self._timing)
        reason = _CLOSED
        try:
            await connection.open()
            await connection.subscribe(self._topic)
            self._be_up(put, attempt, self._clock.now())
            reason = await self._listen(put, connection)
        except StepError as error:
            reason = self._refused(put, error, attempt, is_first=is_first)
        finally:
            uptime_s = (self._clock.now() - self._up_at) / NS if self._is_up else 0.0
            await see_through(self._leave(put, connection, reason, uptime_s))
        return self._is_up and uptime_s >= self._timing.short_link

    def _refused(self, put: Put, error: StepError, attempt: int, *, is_first: bool) -> str:
        """Say why an attempt failed; as the reason for a loss if a kept message had come already."""
        trouble = explain(error.cause, self._broker, self._timing.connect)
        if trouble.is_lasting and is_first:
            raise SourceError(str(trouble))
        if not self._is_up:
            self._say(put, "refused", reason=trouble.reason, advice=trouble.advice, attempt=attempt)
        return trouble.reason

    def _be_up(self, put: Put, attempt: int, t: HostNs) -> None:
        """Say that we are subscribed, once: the first of the kept messages says so, too."""
        if not self._is_up:
            self._is_up, self._up_at = True, t
            self._watch = StallWatch(self._clock, 0)
            self._say(put, "up", t, profile=self._profile.id, broker=self._broker, topic=self._topic, attempt=attempt)

    def _take(self, put: Put, attempt: int, message: aiomqtt.Message) -> None:
        """Put a message, straight from the socket. A retained one is of unknown age, so it is none of this session."""
        now = self._clock.now()
        if message.retain or message.topic.value != self._topic or not isinstance(message.payload, bytes):
            self._left_out["retained" if message.retain else "foreign"] += 1
            return
        self._be_up(put, attempt, now)
        if self._last[0] != "armed":
            self._watch.arm(self._channel.id, self._channel.stalls_after_s)
            streams = " ".join(stream.id for stream in self._profile.stream)
            self._say(put, "armed", now, profile=self._profile.id, streams=streams)
        self._watch.saw(self._channel.id)
        put(Frame(now, self.name, self._channel.id, self._sieve.sift(self._channel.id, message.payload)))

    async def _listen(self, put: Put, connection: Connection) -> str:
        """Listen until the connection is lost. Why it was."""
        watching = asyncio.create_task(self._look(put))
        try:
            await connection.until_lost()
        except aiomqtt.MqttError as error:
            return loss_of(error)
        finally:
            watching.cancel()

    async def _look(self, put: Put) -> None:
        """Say silence when it begins, and what was left out."""
        look_again = self._timing.watch
        since_told = 0.0
        while True:
            await asyncio.sleep(look_again)
            since_told += look_again
            for stream, silent_s in self._watch.silent().items():
                if self._last[0] == "armed":
                    self._say(put, "stalled", stream=stream, silent_s=f"{silent_s:.1f}")
            if since_told >= self._timing.tell and self._left_out.total() != self._told:
                since_told, self._told = 0.0, self._left_out.total()
                state, detail = self._last
                self._say(put, state, None, **detail)

    async def _leave(self, put: Put, connection: Connection, reason: str, uptime_s: float) -> None:
        """Let go of the connection, and say so; at the end of it all the broker is asked to forget us."""
        connection.close()
        if not self._is_up:
            return
        self._say(put, "down", reason=reason, uptime_s=f"{uptime_s:.1f}")
        if reason == _CLOSED:
            half_s = self._timing.leave / 2
            quick = replace(self._timing, find=half_s, connect=half_s, leave=half_s / 2)
            last = Connection(self._broker, self._identifier, lambda _: None, quick, is_last=True)
            with suppress(StepError, TimeoutError):
                async with asyncio.timeout(half_s):
                    await last.open()
            last.close()
