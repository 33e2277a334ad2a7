"""A simulated phone in a process of its own: `python -m tidehold_simulators.phone --broker 127.0.0.1:1883`.

It publishes what the scenario's app would to an MQTT broker, in real time, and says
in one line of JSON on standard output that it is connected:

    {"ready": true, "broker": "127.0.0.1:1883", "topic": "sensor-logger", "app": "sensor-logger-ios",
     "profile": "sensor-logger-ios", "placement": "shin", "born": 3925657519043709}

`profile` is what its owner says that it is, `placement` where it is worn; `born` is when its body was, on the boot
clock, ns: a strap with the same `--born` is worn by the same body. What the broker
has not acknowledged is sent again, in order, when it is back. It goes on until SIGTERM or
SIGINT. Words on standard input, one order a line, force at once what scenarios do
in their own time: `offline SECONDS`, `sleep SECONDS`, `quit`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import ssl
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, NamedTuple, get_args

import aiomqtt
import msgspec

from tidehold.errors import ConfigError, SourceError
from tidehold_simulators.phone_model import Phone, PhoneMessage
from tidehold_simulators.program import (
    add_body_arguments,
    be,
    boot_ns,
    obey_stdin,
    say_ready,
    scenario_and_body,
    sent_log,
    stop_on_signals,
)
from tidehold_simulators.scenario import Placement

_TICK_S: Final = 0.01
"""How late a message may leave."""
_PATIENCE_S: Final = 3.0
"""For every answer of the broker."""
_BACKOFF_S: Final = (0.2, 5.0)
"""Before the second attempt to connect; at most."""
_REFUSED: Final = (4, 5, 134, 135)
"""Bad user name or password, not authorised: of MQTT 3.1.1 and 5."""
_STDIN: Final = 0


class Account(NamedTuple):
    """How the phone gets into the broker."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None
    mqtt5: bool = False
    qos: int = 1

    @property
    def broker(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"


class Publisher:
    """Plays a phone over MQTT.

    Args:
        phone: The model to play.
        topic: Where to.
        account: At which broker.
        born_ns: When the body was born, on the boot clock.
        on_sent: Told of each message that the broker has (QoS 0: that was handed over): topic and payload.
    """

    def __init__(
        self, phone: Phone, topic: str, account: Account, born_ns: int, on_sent: Callable[[str, bytes], None]
    ) -> None:
        self._phone = phone
        self._topic = topic
        self._account = account
        self._born_ns = born_ns
        self._on_sent = on_sent
        self._identifier = f"tidehold-sim-{secrets.token_hex(4)}"
        self._outbox: deque[PhoneMessage] = deque()
        self._failures = 0
        self.connected = asyncio.Event()
        """Set by the first connection."""

    def now_s(self) -> float:
        """Age of the body."""
        return (boot_ns() - self._born_ns) / 1e9

    def obey(self, order: Sequence[str]) -> bool:
        """Carry out an order; False if it is none.

        Raises:
            ValueError: Its number is none.
        """
        match order:
            case ["offline", seconds]:
                self._phone.offline(self.now_s(), _duration(seconds))
            case ["sleep", seconds]:
                self._phone.sleep(self.now_s(), _duration(seconds))
            case _:
                return False
        return True

    async def run(self) -> None:
        """Publish until cancelled, over connection after connection.

        Raises:
            SourceError: The broker refuses name and password, and that at the first attempt.
        """
        while True:
            try:
                await self._wait_for_network()
                async with self._client() as client:
                    self.connected.set()
                    await self._publish(client)
            except aiomqtt.MqttError as error:
                if (task := asyncio.current_task()) and task.cancelling():  # its farewell failed: it ends all the same
                    raise asyncio.CancelledError from error
                if not self.connected.is_set() and _is_refusal(error):
                    raise SourceError(f"{self._account.broker}: the broker refuses user name or password") from None
                if self._failures == 0:
                    sys.stderr.write(f"{self._account.broker}: {error}; trying again\n")
                first_s, most_s = _BACKOFF_S
                await asyncio.sleep(min(first_s * 2.0 ** min(self._failures, 16), most_s))
                self._failures += 1

    async def _wait_for_network(self) -> None:
        while self._phone.link_down(self.now_s()):  # noqa: ASYNC110  # a matter of time alone
            await asyncio.sleep(_TICK_S)

    async def _publish(self, client: aiomqtt.Client) -> None:
        """Publish what is due until the network is gone."""
        while not self._phone.link_down(self.now_s()):
            self._outbox.extend(self._phone.advance(self.now_s()))
            while self._outbox and not self._phone.link_down(self.now_s()):
                payload = self._outbox[0].payload
                await client.publish(self._topic, payload, self._account.qos)
                self._failures = 0
                self._outbox.popleft()
                self._on_sent(self._topic, payload)
            await asyncio.sleep(_TICK_S)

    def _client(self) -> aiomqtt.Client:
        account = self._account
        return aiomqtt.Client(
            account.host,
            account.port,
            username=account.username,
            password=account.password,
            tls_context=account.tls,
            protocol=aiomqtt.ProtocolVersion.V5 if account.mqtt5 else aiomqtt.ProtocolVersion.V311,
            identifier=self._identifier,
            timeout=_PATIENCE_S,
        )


def _duration(text: str) -> float:
    if not 0 < (seconds := float(text)) < 1e9:
        raise ValueError
    return seconds


def _is_refusal(error: aiomqtt.MqttError) -> bool:
    code = getattr(error, "rc", None)
    return getattr(code, "value", code) in _REFUSED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of a phone process."""
    add_body_arguments(parser)
    parser.add_argument("--broker", type=_address, required=True, metavar="HOST:PORT", help="MQTT broker")
    parser.add_argument("--topic", help="where to publish, if not where the app proposes to")
    parser.add_argument("--placement", choices=get_args(Placement), help="where it is worn, if elsewhere")
    parser.add_argument("--username")
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument("--password-env", metavar="VARIABLE", help="environment variable that holds the password")
    secret.add_argument("--password-stdin", action="store_true", help="read the password from the first line of input")
    parser.add_argument("--qos", type=int, choices=(0, 1, 2), default=1)
    parser.add_argument("--tls-ca", type=Path, metavar="FILE", help="use TLS, trusting this certificate (PEM)")
    parser.add_argument("--mqtt5", action="store_true", help="MQTT 5 instead of 3.1.1")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host:
        raise ValueError
    return host.strip("[]"), int(port)


def _password(arguments: argparse.Namespace) -> str | None:
    """The password, which is never an argument: those are for everyone to see.

    Raises:
        ConfigError: The variable is not set.
    """
    if arguments.password_stdin:
        return _first_line()
    if arguments.password_env is None:
        return None
    if arguments.password_env not in os.environ:
        raise ConfigError(f"--password-env: expected a variable that is set, found no {arguments.password_env}")
    return os.environ[arguments.password_env]


def _first_line() -> str:
    """The first line of standard input, and not a byte more: what follows are orders."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(_STDIN, 1)):
        line += byte
    return line.decode().rstrip("\r\n")


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    """Raises ConfigError for a certificate that is none."""
    if certificate is None:
        return None
    try:
        return ssl.create_default_context(cafile=certificate)
    except OSError as error:
        raise ConfigError(f"{certificate}: expected a certificate (PEM), found: {error}") from None


async def _serve(arguments: argparse.Namespace) -> None:
    host, port = arguments.broker
    account = Account(host, port, arguments.username, _password(arguments), _tls(arguments.tls_ca))
    account = account._replace(mqtt5=arguments.mqtt5, qos=arguments.qos)
    stop = stop_on_signals()
    born_ns = boot_ns() if arguments.born is None else arguments.born
    age_ns = boot_ns() - born_ns
    scenario, body = scenario_and_body(arguments)
    if arguments.placement:
        spec = msgspec.structs.replace(scenario.phone, placement=arguments.placement)
        scenario = msgspec.structs.replace(scenario, phone=spec)
    phone = Phone(scenario, body, started_unix_ns=time.time_ns() - age_ns, from_s=age_ns / 1e9)
    topic = arguments.topic or phone.topic
    with ExitStack() as files:
        publisher = Publisher(phone, topic, account, born_ns, sent_log(arguments.sent_log, files))
        obey_stdin(publisher.obey, "offline SECONDS, sleep SECONDS", stop, leash=arguments.leash)
        playing = asyncio.create_task(publisher.run(), name="phone")
        stopped, connected = (asyncio.create_task(each.wait()) for each in (stop, publisher.connected))
        await asyncio.wait((playing, stopped, connected), return_when=asyncio.FIRST_COMPLETED)
        if connected.done():
            facts = {"app": phone.spec.app, "profile": phone.spec.profile, "placement": phone.spec.placement}
            say_ready(broker=account.broker, topic=topic, born=born_ns, **facts)
            await asyncio.wait((playing, stopped), return_when=asyncio.FIRST_COMPLETED)
        for task in (stopped, connected, playing):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await playing


def main(argv: Sequence[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(prog="python -m tidehold_simulators.phone", description="A simulated phone.")
    add_arguments(parser)
    # Even the errors of the client are about brokers that vanish.
    return be(_serve(parser.parse_args(argv)), complaints=logging.CRITICAL)


if __name__ == "__main__":
    sys.exit(main())
