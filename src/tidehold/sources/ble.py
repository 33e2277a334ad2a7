"""A strap or a motion sensor over Bluetooth Low Energy, kept connected for as long as the session lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from tidehold.errors import SourceError
from tidehold.records import Frame, HostNs, Link, LinkState
from tidehold.sources.ble_arm import Streams
from tidehold.sources.ble_connect import Connection, connect, is_ours, release
from tidehold.sources.ble_options import ANY, SYSTEM, USUAL, Timing, Transport, Wanted
from tidehold.sources.ble_scan import Seen, Sighting, find, is_wanted, scan
from tidehold.sources.ble_step import LinkError, StepError, see_through, step
from tidehold.sources.ble_trouble import Trouble, explain, is_gone, loss_of, words_for
from tidehold.sources.ble_watch import StallWatch
from tidehold.sources.bluez import release_orphans
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Put
from tidehold.units import NS
from tidehold.wire.profile import Profile

__all__ = ["BleDevice", "Seen", "Timing", "Transport", "Wanted", "scan"]


class LostError(LinkError):
    """The link is lost, or of no more use; the text says why."""


class BleDevice:
    """Finds a device of a kind, connects, switches its streams on, watches them, and starts over when the link is lost.

    Once connected it stays with that one device: with another one, two people's
    hearts would be in one session.

    Args:
        name: What its frames and links carry as `source`.
        clock: Stamps everything.
        profiles: Devices that are known, by id. Those of one kind: they say what is looked for.
        transport: How to reach Bluetooth.
        want: Which device.
        timing: Deadlines and pauses.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # what a device needs, and nothing that belongs together
        self,
        name: str,
        clock: SessionClock,
        profiles: Mapping[str, Profile],
        transport: Transport = SYSTEM,
        want: Wanted = ANY,
        timing: Timing = USUAL,
    ) -> None:
        self.name = name
        self._clock = clock
        self._profiles = profiles
        self._words = words_for(profiles)
        self._transport = transport
        self._wanted = want
        self._timing = timing
        self._up: Connection | None = None
        self._was_up = False
        self._is_armed = False
        self._known_name: str | None = None
        self._short_links = 0
        self._dropped_for: set[str] = set()  # streams for whose silence a link was dropped

    async def run(self, put: Put) -> None:
        """Puts frames and links until cancelled; leaves the device switched off, within 5 s.

        Raises:
            SourceError: Bluetooth cannot be used, and that before any device was ever connected.
        """
        failures = 0
        while True:
            await asyncio.sleep(self._pause(failures))
            link = await self._reach(put, failures + 1)
            was_armed = link is not None and await self._hold(put, link, failures + 1)
            failures = 0 if was_armed else failures + 1

    def _pause(self, failures: int) -> float:
        doublings = min(failures - 1, 16)
        return min(self._timing.backoff * 2.0**doublings, self._timing.backoff_max) if failures else 0.0

    def _say(self, put: Put, state: LinkState, **detail: object) -> None:
        """Put a link; what is not known or empty is left out."""
        known = {key: str(value) for key, value in detail.items() if value not in (None, "")}
        put(Link(self._clock.now(), self.name, state, known))

    async def _reach(self, put: Put, attempt: int) -> Connection | None:
        """Find the device and connect to it; None if it did not work, which has been said then."""
        released = await self._release_orphans()
        wanted = self._wanted.in_words(self._words.anyone)
        self._say(put, "searching", **{"for": wanted}, attempt=attempt, released="; ".join(released))
        try:
            sighting = await find(self._transport, self._wanted, self._profiles, self._timing, self._known_name)
        except StepError as error:
            self._refused(put, attempt, explain(error.cause, is_system=self._transport.is_system))
            return None
        if sighting is None:
            silence = f"{wanted} was not heard for {self._timing.scan_round:g} s"
            self._refused(put, attempt, Trouble(silence, self._words.unheard))
            return None
        return await self._connect(put, sighting, attempt)

    async def _connect(self, put: Put, sighting: Sighting, attempt: int) -> Connection | None:
        """Try a few times: on some machines every second first try fails (bleak #631, #993, #1673)."""
        number, before = 1, None
        while True:
            self._say(
                put,
                "connecting",
                name=sighting.name,
                address=sighting.device.address,
                rssi_dbm=sighting.rssi_dbm,
                attempt=attempt,
                **{"try": number},
                before=before,
            )
            try:
                return await connect(self._transport, sighting, self._profiles, self._timing)
            except StepError as error:
                if number >= self._timing.tries or is_gone(error.cause):
                    trouble = explain(error.cause, is_system=self._transport.is_system, advice=self._words.held)
                    self._refused(put, attempt, trouble._replace(reason=f"seen, but {error}"))
                    return None
                before = str(error)
            await asyncio.sleep(self._timing.try_pause * 2.0 ** (number - 1))
            number += 1

    def _refused(self, put: Put, attempt: int, trouble: Trouble) -> None:
        if trouble.is_lasting and not self._was_up:
            raise SourceError(str(trouble))
        self._say(put, "refused", reason=trouble.reason, advice=trouble.advice, attempt=attempt)

    async def _release_orphans(self) -> Sequence[str]:
        """Links of killed runs to the wanted device, in words; another program's is taken for one, too."""
        if not self._transport.is_system:
            return ()

        def is_orphan(address: str, name: str | None, services: Sequence[str]) -> bool:
            return is_wanted(self._wanted, self._profiles, address, name, services) and not is_ours(address)

        adapter = self._transport.client.get("bluez", {}).get("adapter")
        try:
            return await step("release orphans", self._timing.orphan, release_orphans(is_orphan, adapter))
        except StepError:
            return ()

    async def _hold(self, put: Put, link: Connection, attempt: int) -> bool:
        """Use a link until it is lost. Whether it got as far as being armed."""
        up_at = self._clock.now()
        self._is_armed = False
        self._up, self._was_up = link, True
        self._wanted, self._known_name = Wanted(address=link.address), link.name
        mtu = link.mtu or "unknown"
        self._say(put, "up", profile=link.profile.id, address=link.address, name=link.name, mtu=mtu, attempt=attempt)
        watch = StallWatch(self._clock, self._timing.warm_up)
        hear = partial(self._hear, put, link)
        streams = Streams(link, hear, watch, self._transport, self._timing)
        reason = "closed here"
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._serve(put, link, streams, watch))
                tasks.create_task(_until_lost(link))
        except* LostError as lost:
            reason = str(lost.exceptions[0])
        finally:
            await see_through(self._leave(put, link, streams, reason, up_at))
        return self._is_armed

    def _hear(self, put: Put, link: Connection, channel: str, payload: bytes) -> None:
        if self._up is link:  # not from a client whose link has been said to be down
            put(Frame(self._clock.now(), self.name, channel, payload))

    async def _serve(self, put: Put, link: Connection, streams: Streams, watch: StallWatch) -> None:
        """Switch everything on, then look for silence."""
        await streams.switch_on()
        if not streams.is_live:
            raise LostError(f"nothing could be switched on: {_listed(streams.missing)}")
        self._say_armed(put, streams, watch)
        while True:
            await asyncio.sleep(self._timing.watch)
            if not link.client.is_connected:
                raise LostError("link lost")
            for stream, silent_s in watch.silent().items():
                await self._revive(put, streams, watch, stream, silent_s)

    def _say_armed(self, put: Put, streams: Streams, watch: StallWatch) -> None:
        self._is_armed = True
        self._say(
            put,
            "armed",
            streams=" ".join(streams.on),
            rates_hz=_listed(streams.rates_hz),
            missing=_listed(streams.missing),
            warming_up=" ".join(watch.warming_up()),
        )

    async def _revive(self, put: Put, streams: Streams, watch: StallWatch, stream: str, silent_s: float) -> None:
        """Start a silent stream again; next time drop the link for it, once; then do without it.

        Without a single frame since the link was last dropped for it, dropping it
        again would only cost the streams that do flow.
        """
        self._say(put, "stalled", stream=stream, silent_s=f"{silent_s:.1f}")
        why, missing = "starting it again did not help", dict(streams.missing)
        if not watch.restarts(stream):
            try:
                await streams.start_again(stream)
            except LinkError as error:
                why = f"it could not be started again ({error})"
            else:
                if streams.missing != missing:
                    self._say_armed(put, streams, watch)
                return
        why = f"silent for {silent_s:.0f} s, {why}"
        is_hopeless = stream in self._dropped_for and stream in watch.warming_up()
        if not is_hopeless or watch.all_silent():
            self._dropped_for.add(stream)
            raise LostError(f"{stream} was {why}")
        watch.forget(stream)
        streams.missing[stream] = why
        self._say_armed(put, streams, watch)

    async def _leave(self, put: Put, link: Connection, streams: Streams, reason: str, up_at: HostNs) -> None:
        """Let go of a link, and say so; one that is lost is said to be so at once."""
        uptime_s = (self._clock.now() - up_at) / NS
        if link.client.is_connected:
            await streams.switch_off()
            await release(link.client, self._timing)
            self._down(put, uptime_s, reason)
        else:
            reason, advice = loss_of(link.client, self._words)
            self._short_links = self._short_links + 1 if uptime_s < self._timing.short_link else 0
            self._down(put, uptime_s, reason, advice, self._words.stuck if self._short_links > 1 else "")
            await release(link.client, self._timing)

    def _down(self, put: Put, uptime_s: float, reason: str, *advice: str) -> None:
        self._up = None
        self._say(put, "down", reason=reason, uptime_s=f"{uptime_s:.1f}", advice="; ".join(filter(None, advice)))


async def _until_lost(link: Connection) -> None:
    await link.lost.wait()
    raise LostError("link lost")


def _listed(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{key}: {value}" for key, value in reasons.items())
