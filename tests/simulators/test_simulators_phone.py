"""The phone as a process: heard at a real broker, cut off, restarted, ordered about; its password stays its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import aiomqtt
import numpy as np
import pytest

from tidehold_simulators.body import SeededBody
from tidehold_simulators.phone import Account, Publisher, main
from tidehold_simulators.phone_model import Phone
from tidehold_simulators.process import PhoneProcess
from tidehold_simulators.program import boot_ns
from tidehold_simulators.pytest_plugin import StartPhone
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.signals import Floats

WITHIN_S = 20.0
SECRET = "pass word of the phone"  # noqa: S105
PROGRAM = [sys.executable, "-W", "error", "-m", "tidehold_simulators.phone"]


class Mosquitto:
    """A broker that can be stopped and started again in the same place."""

    def __init__(self, program: str, folder: Path, *lines: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._command = [program, "-c", str(folder / "mosquitto.conf")]
        open_to_all = [] if any(line.startswith("password_file") for line in lines) else ["allow_anonymous true"]
        wanted = [f"listener {self.port} 127.0.0.1", "user root", *open_to_all, *lines]
        (folder / "mosquitto.conf").write_text("\n".join(wanted) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + WITHIN_S
        while True:
            with suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            assert time.monotonic() < deadline
            assert self._process.poll() is None, "mosquitto did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
    if found is None:
        pytest.skip(f"not run: {name} missing")
    return found


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    mosquitto = Mosquitto(program("mosquitto"), tmp_path)
    mosquitto.start()
    yield mosquitto
    mosquitto.stop()


class Heard:
    """What a subscriber heard, in order."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.payloads: list[bytes] = []

    async def until(self, count: int) -> list[int]:
        """Numbers of the first `count` messages."""
        async with asyncio.timeout(WITHIN_S):
            while len(self.payloads) < count:
                message = await anext(self._client.messages)
                assert isinstance(message.payload, bytes)
                self.payloads.append(message.payload)
        return [json.loads(payload)["messageId"] for payload in self.payloads]


@asynccontextmanager
async def listening(broker: Mosquitto, topic: str = "sensor-logger", **login: Any) -> AsyncIterator[Heard]:
    async with aiomqtt.Client("127.0.0.1", broker.port, **login) as client:
        await client.subscribe(topic, qos=1)
        yield Heard(client)


def logged(path: Path) -> list[bytes]:
    return [bytes.fromhex(line.split()[2]) for line in path.read_text().splitlines()]


async def test_publishes_what_its_model_says_and_logs_it(
    broker: Mosquitto, tidehold_phone: StartPhone, tmp_path: Path
) -> None:
    log, born_ns = tmp_path / "sent.log", boot_ns() - 5_000_000_000
    async with listening(broker) as heard:
        options = ("--born", str(born_ns), "--seed", "7", "--sent-log", str(log))
        phone = await asyncio.to_thread(tidehold_phone, "phone-ios", broker.address, *options)
        assert (phone.topic, phone.profile, phone.born_ns) == ("sensor-logger", "sensor-logger-ios", born_ns)
        assert await heard.until(10) == list(range(10))
        assert await asyncio.to_thread(phone.stop) == 0
    assert heard.payloads == logged(log)[:10]
    entries = json.loads(heard.payloads[3])["payload"]
    acc = [entry for entry in entries if entry["name"] == "accelerometeruncalibrated"]
    truth = SeededBody(load_scenario("phone-ios").body, 7).gravity("shin", _times(born_ns, acc))[0] / -9.80665
    assert [acc[0]["values"][axis] for axis in "xyz"] == pytest.approx(truth.tolist(), abs=0.02), "the body is 5 s old"


def _times(born_ns: int, entries: list[dict[str, Any]]) -> Floats:
    """Age of the body, s, of readings whose clock is 0.35 s ahead."""
    true_ns = time.time_ns() - boot_ns() + born_ns
    return np.array([(entry["time"] - true_ns) / 1e9 - 0.35 for entry in entries])


@pytest.mark.parametrize("options", [("--mqtt5",), ("--qos", "0"), ("--qos", "2", "--topic", "mine/phone")])
async def test_speaks_other_dialects(broker: Mosquitto, tidehold_phone: StartPhone, options: Sequence[str]) -> None:
    topic = "mine/phone" if "--topic" in options else "sensor-logger"
    async with listening(broker, topic) as heard:
        phone = await asyncio.to_thread(tidehold_phone, "phone-android", broker.address, *options)
        assert phone.topic == topic
        assert len(await heard.until(4)) == 4


@pytest.mark.long
async def test_offline_it_measures_on_and_sends_it_afterwards_in_order(
    broker: Mosquitto, tidehold_phone: StartPhone
) -> None:
    async with listening(broker) as heard:
        phone = await asyncio.to_thread(tidehold_phone, "phone-ios", broker.address)
        count = len(await heard.until(3))
        phone.offline(1.5)
        numbers = await heard.until(count + 15)
    assert numbers == list(range(len(numbers)))
    times = [
        entry["time"] / 1e9
        for payload in heard.payloads
        for entry in json.loads(payload)["payload"]
        if entry["name"] == "gyroscope"
    ][2:]
    assert max(b - a for a, b in pairwise(times)) < 0.05


@pytest.mark.long
async def test_asleep_it_measures_nothing(broker: Mosquitto, tidehold_phone: StartPhone) -> None:
    async with listening(broker) as heard:
        phone = await asyncio.to_thread(tidehold_phone, "phone-ios", broker.address)
        count = len(await heard.until(3))
        phone.sleep(1.0)
        numbers = await heard.until(count + 8)
    assert numbers == list(range(len(numbers)))
    times = [
        entry["time"] / 1e9
        for payload in heard.payloads
        for entry in json.loads(payload)["payload"]
        if entry["name"] == "gyroscope"
    ][2:]
    assert max(b - a for a, b in pairwise(times)) == pytest.approx(1.0, abs=0.05)


async def test_what_a_lost_broker_has_not_acknowledged_is_sent_again_in_order(
    broker: Mosquitto, tidehold_phone: StartPhone, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "sent.log"
    async with listening(broker) as heard:
        await asyncio.to_thread(tidehold_phone, "phone-ios", broker.address, "--sent-log", str(log))
        before = await heard.until(3)
        broker.stop()
        with suppress(aiomqtt.MqttError):
            await heard.until(1000)
    await asyncio.to_thread(broker.start)
    count = len(logged(log))
    deadline = time.monotonic() + WITHIN_S
    while len(logged(log)) < count + 5:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)  # a file tells nobody that it grew
    numbers = [json.loads(payload)["messageId"] for payload in logged(log)]
    assert numbers[:3] == before
    assert numbers == list(range(len(numbers))), "each acknowledged once, in order"
    assert capfd.readouterr().err.count("trying again") == 1


async def test_waits_for_a_broker_that_is_not_there_yet(broker: Mosquitto) -> None:
    broker.stop()
    command = [*PROGRAM, "--broker", broker.address, "--leash"]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(WITHIN_S):
        assert b"trying again" in await process.stderr.readline()
        await asyncio.to_thread(broker.start)
        assert json.loads(await process.stdout.readline())["ready"] is True
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
        assert await process.stderr.read() == b""


async def test_ends_though_its_farewell_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Rude:
        async def publish(self, *_: object) -> None:
            await asyncio.sleep(0)

        async def __aenter__(self) -> Self:
            return self

        async def __aexit__(self, *_: object) -> None:
            raise aiomqtt.MqttError("Operation timed out")

    scenario = load_scenario("phone-ios")
    phone = Phone(scenario, SeededBody(scenario.body, scenario.seed), started_unix_ns=0)
    publisher = Publisher(phone, phone.topic, Account("127.0.0.1", 1), boot_ns(), lambda *_: None)
    monkeypatch.setattr(publisher, "_client", Rude)
    playing = asyncio.create_task(publisher.run())
    async with asyncio.timeout(WITHIN_S):
        await publisher.connected.wait()
        playing.cancel()
        await asyncio.wait((playing,))
    assert playing.cancelled()


@pytest.mark.long
def test_its_password_is_handed_over_out_of_sight(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    passwords = tmp_path / "passwords"
    maker = program("mosquitto_passwd")
    subprocess.run([maker, "-b", "-c", str(passwords), "me", SECRET], check=True, capture_output=True)
    mosquitto = Mosquitto(program("mosquitto"), tmp_path, f"password_file {passwords}")
    mosquitto.start()
    try:
        with PhoneProcess("phone-ios", mosquitto.address, user="me", password=SECRET) as phone:
            arguments = Path(f"/proc/{phone.process.pid}/cmdline")
            assert not arguments.exists() or SECRET.encode() not in arguments.read_bytes()
        given = [*PROGRAM, "--broker", mosquitto.address, "--username", "me", "--password-stdin", "--leash"]
        with subprocess.Popen(given, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            said, _ = process.communicate(f"{SECRET}\nsleep 1\nquit\n".encode(), timeout=WITHIN_S)
        assert process.returncode == 0
        assert not said or json.loads(said)["ready"] is True
        with pytest.raises(RuntimeError, match="the phone process ended"):
            PhoneProcess("phone-ios", mosquitto.address, user="me", password="another " + SECRET)
        with pytest.raises(RuntimeError, match="the phone process ended"):
            PhoneProcess("phone-ios", mosquitto.address, "--mqtt5", user="me", password="another " + SECRET)
    finally:
        mosquitto.stop()
    complaints = capfd.readouterr().err
    assert complaints.count("the broker refuses user name or password") == 2
    assert SECRET not in complaints


async def test_trusts_the_certificate_that_it_is_given(tmp_path: Path, tidehold_phone: StartPhone) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = [program("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    names = [
        "-subj",
        "/CN=test",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-keyout",
        str(key),
        "-out",
        str(certificate),
    ]
    subprocess.run([*make, *names], check=True, capture_output=True)  # noqa: ASYNC221  # nothing else is going on yet
    broker = Mosquitto(program("mosquitto"), tmp_path, f"certfile {certificate}", f"keyfile {key}")
    broker.start()
    try:
        trust = ssl.create_default_context(cafile=certificate)
        async with listening(broker, tls_context=trust) as heard:
            await asyncio.to_thread(tidehold_phone, "phone-ios", broker.address, "--tls-ca", str(certificate))
            assert len(await heard.until(2)) == 2
    finally:
        broker.stop()


def test_goes_with_its_parent(broker: Mosquitto, tidehold_phone: StartPhone) -> None:
    phone = tidehold_phone("phone-ios", broker.address)
    assert phone.process.stdin is not None
    phone.process.stdin.close()
    assert phone.process.wait(WITHIN_S) == 0


def test_obeys_words_and_says_which_it_does_not_know(broker: Mosquitto) -> None:
    command = [*PROGRAM, "--broker", broker.address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b'{"ready": true, "broker": "127.0.0.1:')
        _, complaints = process.communicate(b"sleep\noffline -1\nsleep soon\nsleep 0.1\nquit\n", timeout=WITHIN_S)
    assert process.returncode == 0
    expected = "expected offline SECONDS, sleep SECONDS or quit, found "
    assert complaints.decode().splitlines() == [expected + each for each in ("'sleep'", "'offline -1'", "'sleep soon'")]


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (["--scenario", "no-such"], 2, "no-such: expected a TOML file or one of"),
        (["--recording", "no-such.npz"], 2, "no-such.npz: expected a recording"),
        (["--sent-log", "/no/such/folder/log"], 4, "cannot write the log of what is sent: No such file"),
        (["--password-env", "NO_SUCH_VARIABLE"], 2, "expected a variable that is set, found no NO_SUCH_VARIABLE"),
        (["--tls-ca", "/no/such/file"], 2, "/no/such/file: expected a certificate (PEM), found: "),
    ],
)
def test_says_what_it_cannot_do(
    options: list[str], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--broker", "127.0.0.1:1", *options]) == code
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("address", ["1883", "host:port", ":1883", ""])
def test_broker_is_a_host_and_a_port(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--broker", address])
    assert caught.value.code == 2
    assert "--broker" in capsys.readouterr().err


def test_its_model_is_that_of_virtual_time() -> None:
    scenario = load_scenario("phone-ios")
    phone = Phone(scenario, SeededBody(scenario.body, scenario.seed), started_unix_ns=0, from_s=3.0)
    first = json.loads(phone.advance(4.0)[0].payload)["payload"]
    assert min(entry["time"] for entry in first if entry["name"] == "microphone") == pytest.approx(3.35e9, abs=1e6)
