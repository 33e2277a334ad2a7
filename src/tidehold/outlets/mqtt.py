"""Snapshots on an MQTT broker, and Home Assistant's discovery of them. Outward only: nothing is subscribed to.

`<name>/state` is one JSON object a second: figures by key (null where not known) and, under "why", the reasons;
"session", "seconds", "step" and "links". `<name>/availability` is "online", or "offline" by the broker's own hand when
the connection is lost. Discovery: one retained message per figure,
`<prefix>/sensor/<name>/<key>/config` (https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery).
"""

from __future__ import annotations

import json
import ssl
from typing import Any, Final, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tidehold import __version__
from tidehold.outlets.contract import FIGURES, Figure, OutletError, figure_of
from tidehold.records import Output, Snapshot
from tidehold.session.header import Header
from tidehold.units import NS

EVERY_S: Final = 1
LEAVE_S: Final = 2.0
"""For the last words on the way out."""
ONLINE: Final = "online"
OFFLINE: Final = "offline"
_FINAL: Final = frozenset({"Bad user name or password", "Not authorized", "Banned", "Client identifier not valid"})
"""Reasons of a refusal that waiting does not mend."""
_UNITS: Final = {"1/min": "bpm", "1": "", "rad": "rad"}
"""As Home Assistant writes units, where it differs."""


class Target(NamedTuple):
    """A broker, and under which name to publish there."""

    host: str
    port: int
    name: str = "tidehold"
    username: str = ""
    password: str = ""
    tls: ssl.SSLContext | None = None
    discovery: str = "homeassistant"
    """Prefix of discovery; empty for none."""

    def __repr__(self) -> str:
        """Without the password."""
        return f"Target({self.host}:{self.port})"


class Mqtt:
    """Publishes a snapshot a second; the library reconnects by itself, and what falls into a gap is not made up for.

    Args:
        target: Where to.
        header: Of the session.
    """

    name = "MQTT"

    def __init__(self, target: Target, header: Header) -> None:
        self._target = target
        self._header = header
        self._next = 0
        self._refused = ""
        self._was_there = False
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"tidehold-out-{header.session}")

    def open(self) -> None:
        """Connect; a broker that is not there yet is tried again until the session ends."""
        client, target = self._client, self._target
        if target.username:
            client.username_pw_set(target.username, target.password)
        if target.tls is not None:
            client.tls_set_context(target.tls)
        client.will_set(f"{target.name}/availability", OFFLINE, qos=1, retain=True)
        client.on_connect = self._connected
        client.max_queued_messages_set(100)
        try:
            client.connect_async(target.host, target.port, keepalive=30)
        except ValueError as error:
            raise OutletError(f"{self._where}: {error}") from None
        client.loop_start()

    def send(self, out: Output) -> None:
        """Publish a snapshot, if the last one is a second old. Without a connection it is let go."""
        if self._refused:
            raise OutletError(f"{self._where}: {self._refused}: see mqtt_username and mqtt_password_file of [outlets]")
        if isinstance(out, Snapshot) and out.t >= self._next:
            self._next = out.t + EVERY_S * NS
            if self._client.is_connected():
                self._client.publish(f"{self._target.name}/state", json.dumps(state_of(out, self._header)), qos=0)

    def close(self) -> None:
        """Say good-bye, and disconnect.

        Raises:
            OutletError: There never was a connection.
        """
        if self._client.is_connected():
            last = self._client.publish(f"{self._target.name}/availability", OFFLINE, qos=1, retain=True)
            last.wait_for_publish(LEAVE_S / 2)
        self._client.disconnect()
        self._client.loop_stop()
        if not (self._was_there or self._refused):
            raise OutletError(f"no broker has answered at {self._where}: nothing was published")

    @property
    def _where(self) -> str:
        return f"{self._target.host}:{self._target.port}"

    def _connected(self, client: paho.Client, _user: Any, _flags: Any, reason: Any, _more: Any) -> None:
        """Called by the library at every connection: a broker may have lost what it had kept."""
        if reason.is_failure:
            self._refused = str(reason) if str(reason) in _FINAL else ""
            return  # it tries again
        self._was_there = True
        target = self._target
        for topic, config in discovery_of(target):
            client.publish(topic, json.dumps(config), qos=1, retain=True)
        client.publish(f"{target.name}/availability", ONLINE, qos=1, retain=True)


def state_of(snapshot: Snapshot, header: Header) -> dict[str, Any]:
    """What is published of a snapshot: figures by key, None for what is not known, and why."""
    found = [(figure.key, figure_of(snapshot, figure)) for figure in FIGURES]
    guide = snapshot.guide
    step = guide.bars[guide.at] if guide is not None and guide.at < len(guide.bars) else None
    return {
        "session": header.session,
        "seconds": round(snapshot.t / NS, 3),
        **{key: None if each is None else each.value for key, each in found},
        "why": {key: each.why for key, each in found if each is not None and each.value is None},
        "routine": None if guide is None else guide.routine,
        "step": None if step is None else f"{step.name} {step.side}".rstrip(),
        "links": {source: link.state for source, link in snapshot.links.items()},
    }


def discovery_of(target: Target) -> list[tuple[str, dict[str, Any]]]:
    """Topic and payload of each discovery message."""
    if not target.discovery:
        return []
    device = {"identifiers": [target.name], "name": "Tidehold", "sw_version": __version__}

    def config(figure: Figure) -> dict[str, Any]:
        unit = _UNITS.get(figure.unit, figure.unit)
        return {
            "name": figure.label,
            "unique_id": f"{target.name}_{figure.key}",
            "state_topic": f"{target.name}/state",
            "value_template": "{{ value_json." + figure.key + " }}",
            "availability_topic": f"{target.name}/availability",
            "state_class": "measurement",
            "expire_after": 10 * EVERY_S,
            "device": device,
            **({"unit_of_measurement": unit} if unit else {}),
        }

    return [(f"{target.discovery}/sensor/{target.name}/{each.key}/config", config(each)) for each in FIGURES]
