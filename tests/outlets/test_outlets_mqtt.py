"""Snapshots on a real Mosquitto, and what Home Assistant would find there."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.outlets.said import header, said, snapshot, wait_until
from tests.sources.mosquitto import PASSWORD, USER, Mosquitto
from tidehold.outlets.contract import FIGURES, OutletError
from tidehold.outlets.line import Line
from tidehold.outlets.mqtt import Mqtt, Target, discovery_of, state_of


class Listener:
    """Another client, which hears all."""

    def __init__(self, port: int) -> None:
        self.heard: dict[str, list[tuple[str, bool]]] = {}
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(USER, PASSWORD)
        self._client.on_message = self._message
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        wait_until(self._client.is_connected)

    def _message(self, _client: object, _user: object, message: Any) -> None:
        self.heard.setdefault(message.topic, []).append((message.payload.decode(), message.retain))

    def last(self, topic: str) -> str:
        return self.heard[topic][-1][0] if topic in self.heard else ""

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path) as found:
        yield found


def target(port: int, **more: Any) -> Target:
    return Target("127.0.0.1", port, username=USER, password=PASSWORD, **more)


def test_a_broker_gets_discovery_a_state_each_second_and_a_good_bye(broker: Mosquitto) -> None:
    listener = Listener(broker.port)
    outlet = Mqtt(target(broker.port), header())
    outlet.open()
    wait_until(lambda: listener.last("tidehold/availability") == "online")
    for t_s in (1.0, 1.25, 1.5, 2.0):
        outlet.send(snapshot(t_s))
    for out in said():
        outlet.send(out)
    wait_until(lambda: len(listener.heard.get("tidehold/state", [])) == 2)
    outlet.close()
    wait_until(lambda: listener.last("tidehold/availability") == "offline")
    state = json.loads(listener.last("tidehold/state"))
    assert (state["session"], state["seconds"], state["heart_rate"]) == ("test-1", 2.0, 61.5)
    assert (state["breathing_rate"], state["why"]) == (None, {"breathing_rate": "too early"})
    assert state["links"] == {"strap": "armed"}
    configs = [topic for topic in listener.heard if topic.startswith("homeassistant/")]
    assert len(configs) == len(FIGURES)
    listener.close()
    late = Listener(broker.port)  # discovery and availability are kept for who comes later; the state is not
    wait_until(lambda: len(late.heard) == len(FIGURES) + 1)
    assert all(retained for messages in late.heard.values() for _, retained in messages)
    late.close()


def test_lost_without_a_good_bye_the_broker_says_so(broker: Mosquitto) -> None:
    listener = Listener(broker.port)
    outlet = Mqtt(target(broker.port), header())
    outlet.open()
    wait_until(lambda: listener.last("tidehold/availability") == "online")
    socket = outlet._client.socket()
    assert socket is not None
    outlet._client.loop_stop()
    socket.close()
    wait_until(lambda: listener.last("tidehold/availability") == "offline")
    listener.close()


def test_a_broker_that_refuses_is_told_of_and_holds_up_nobody(broker: Mosquitto) -> None:
    outlet = Mqtt(Target("127.0.0.1", broker.port, username=USER, password="wrong"), header())  # noqa: S106
    outlet.open()
    wait_until(lambda: outlet._refused)
    with pytest.raises(OutletError, match=rf"127\.0\.0\.1:{broker.port}: .*see mqtt_username"):
        outlet.send(snapshot(2.0))
    outlet.close()


def test_a_broker_that_never_comes_is_told_of_at_the_end() -> None:
    with socket.socket() as taken:  # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        told: list[str] = []
        line = Line(Mqtt(Target("127.0.0.1", taken.getsockname()[1]), header()), told.append)
        line.hear(snapshot())
        line.close()
    (text,) = told
    assert "no broker has answered at 127.0.0.1:" in text


async def test_after_a_reconnect_discovery_and_state_are_there_again(broker: Mosquitto) -> None:
    outlet = Mqtt(target(broker.port), header())
    outlet._client.reconnect_delay_set(1, 1)
    outlet.open()
    wait_until(outlet._client.is_connected)
    outlet.send(snapshot(1.0))
    await broker.kill()
    wait_until(lambda: not outlet._client.is_connected())
    outlet.send(snapshot(2.0))
    await broker.start()  # it has kept nothing
    wait_until(outlet._client.is_connected)
    listener = Listener(broker.port)
    wait_until(lambda: len(listener.heard) == len(FIGURES) + 1)
    assert listener.last("tidehold/availability") == "online"
    outlet.send(snapshot(3.0))
    wait_until(lambda: listener.last("tidehold/state"))
    assert [json.loads(text)["seconds"] for text, _ in listener.heard["tidehold/state"]] == [3.0]
    outlet.close()
    listener.close()


def test_discovery_names_what_the_state_has() -> None:
    state = state_of(snapshot(), header())
    for topic, config in discovery_of(Target("h", 1, name="mine", discovery="ha")):
        key = topic.split("/")[3]
        assert topic == f"ha/sensor/mine/{key}/config"
        assert config["value_template"] == "{{ value_json." + key + " }}"
        assert key in state
        assert config["unique_id"] == f"mine_{key}"
    assert discovery_of(Target("h", 1, discovery="")) == []


def test_a_password_is_not_printed() -> None:
    assert "secret" not in repr(Target("h", 1, password="secret"))  # noqa: S106
