"""A real session, told to real receivers while it goes on: sample for sample, and never in the way of the recording."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import paho.mqtt.client as paho
import pytest
from oscpy.parser import read_packet
from paho.mqtt.enums import CallbackAPIVersion

from tests.outlets.said import wait_until
from tests.sources.mosquitto import PASSWORD, USER, Mosquitto
from tests.system.running import Start, replays_the_same, stop
from tidehold.log.told import tell

LSL_RECEIVER = """
import json, sys
import pylsl
pylsl.set_config_content("[log]\\nlevel = -3\\n")
found = pylsl.resolve_bypred("name='tidehold strap/ecg'", timeout=60)
inlet = pylsl.StreamInlet(found[0], max_buflen=600)
inlet.open_stream(timeout=30)
print("open", flush=True)
values, times = [], []
for _ in range(200):
    more, at = inlet.pull_chunk(timeout=3.0)
    if not at and values:
        break
    values += [row[0] for row in more]
    times += at
print(json.dumps([values, times]), flush=True)
"""


class Ear:
    """A receiver of OSC: what it heard, by address."""

    def __init__(self) -> None:
        self.heard: dict[str, list[list[float]]] = defaultdict(list)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self) -> None:
        while packet := self._socket.recv(65536):
            for address, _, values, _ in read_packet(packet):
                self.heard[address.decode().removeprefix("/tidehold/")].append(list(values))

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(10)
        self._socket.close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    found = Ear()
    yield found
    found.close()


@pytest.mark.long
async def test_receivers_get_every_sample_of_a_session(
    start: Start, environment: dict[str, str], tmp_path: Path, ear: Ear
) -> None:
    (tmp_path / "word").write_text(PASSWORD)
    environment["TIDEHOLD_OUTLETS_MQTT_USERNAME"] = USER
    environment["TIDEHOLD_OUTLETS_MQTT_PASSWORD_FILE"] = str(tmp_path / "word")
    states: list[dict[str, object]] = []
    async with Mosquitto(tmp_path) as broker:
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(USER, PASSWORD)
        client.on_message = lambda *words: states.append(json.loads(words[2].payload))
        client.on_connect = lambda client, *_: client.subscribe("tidehold/state")
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        command = [sys.executable, "-c", LSL_RECEIVER]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as lsl:  # noqa: ASYNC220 # a millisecond
            assert lsl.stdout is not None
            to = ("--lsl", "--osc", f"127.0.0.1:{ear.port}", "--publish", f"127.0.0.1:{broker.port}")
            process = start("demo", "--headless", "--json", "--out", tmp_path / "out", *to)
            assert lsl.stdout.readline() == "open\n"
            before = len(ear.heard["strap/ecg"])
            wait_until(lambda: len(ear.heard["strap/ecg"]) > before + 520 and len(states) >= 5, within_s=60)
            out, err = stop(process)
            received = lsl.stdout.readline()
        client.disconnect()
        client.loop_stop()
    assert process.returncode == 0, err
    path = Path(json.loads(out)["session"])
    replays_the_same(path)
    told = tell(path, again=True)
    for stream, series in told.samples.items():
        sent = series.values.reshape(len(series), -1).astype(np.float32)
        got = np.array(ear.heard[stream], np.float64)
        assert got[:, 2:].astype(np.float32).tolist() == sent.tolist(), stream
        times_ns = np.round(got[:, 0] * 1e9 + got[:, 1] * 1e9)
        assert np.abs(times_ns - series.times).max() < 100, stream  # a float32 of a second
    ecg = told.samples["strap/ecg"]
    values, times = json.loads(received)
    assert len(values) > 450  # it began to listen when the stream was there
    assert values == ecg.values[-len(values) :].tolist()
    off = np.array(times) - ecg.times[-len(values) :] / 1e9
    assert np.ptp(off) < 0.02
    assert [state["seconds"] for state in states] == sorted(state["seconds"] for state in states)  # type: ignore[type-var]
    assert len(states) >= 4
    assert states[-1]["heart_rate"] is not None


@pytest.mark.long
def test_outlets_that_fail_or_find_nobody_leave_the_recording_alone(start: Start, tmp_path: Path) -> None:
    to = ("--osc", "no.such.host.invalid:9", "--publish", "127.0.0.1:9")
    process = start("demo", "--headless", "--seconds", 5, "--json", "--out", tmp_path / "out", *to)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert "OSC ended, the recording goes on: no.such.host.invalid:9 cannot be found" in err
    path = Path(json.loads(out)["session"])
    replays_the_same(path)
