"""Failures of a broker in words."""

from __future__ import annotations

import socket
import ssl

import pytest
from aiomqtt import MqttCodeError, MqttError
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.reasoncodes import ReasonCode

from tidehold.sources.mqtt_options import Broker
from tidehold.sources.mqtt_trouble import SubscribeError, explain, loss_of

BROKER = Broker("host", 1883)


def code(value: int, kind: int = PacketTypes.CONNACK) -> ReasonCode:
    return ReasonCode(kind, identifier=value)


def tls_error() -> ssl.SSLError:
    error = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")
    error.reason = "WRONG_VERSION_NUMBER"
    return error


def hidden(error: Exception) -> MqttError:
    """As aiomqtt says the errors of the system."""
    said = MqttError(str(error))
    said.__context__ = error
    return said


@pytest.mark.parametrize(
    ("error", "reason", "is_lasting"),
    [
        (MqttConnectError(code(0x86)), "the broker refuses user name or password", True),
        (MqttConnectError(code(0x87)), "the broker does not let this user in", True),
        (MqttConnectError(code(0x84)), "the broker does not speak this version of MQTT", True),
        (MqttConnectError(code(0x85)), "the broker refuses our client id", False),
        (MqttConnectError(code(0x9F)), "the broker refuses us: Connection rate exceeded", False),
        (SubscribeError("not that"), "not that", False),
        (socket.gaierror(-2, "?"), "no address is known for host", False),
        (hidden(ConnectionRefusedError(111, "x")), "nobody listens at host:1883", False),
        (hidden(OSError(101, "Network is unreachable")), "host:1883: Network is unreachable", False),
        (hidden(TimeoutError()), "no answer from host:1883 within 5 s", False),
        (MqttError("Operation timed out"), "no answer from host:1883 within 5 s", False),
        (TimeoutError("late"), "no answer from host:1883 within 5 s", False),
        (hidden(tls_error()), "no TLS at host:1883", False),
        (MqttError("something else"), "host:1883: something else", False),
        (ValueError(), "host:1883: ValueError", False),
    ],
    ids=str,
)
def test_troubles(error: Exception, reason: str, is_lasting: bool) -> None:
    trouble = explain(error, BROKER, 5)
    assert trouble.reason.startswith(reason)
    assert trouble.advice
    assert trouble.is_lasting is is_lasting


def test_a_certificate_that_is_not_trusted() -> None:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = "self-signed certificate"
    trouble = explain(hidden(error), BROKER, 5)
    assert trouble.reason == "the certificate of host:1883 is not trusted (self-signed certificate)"
    assert "CA" in trouble.advice


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (0x80, "the connection was lost"),
        (0x8B, "the broker was shut down"),
        (0x8D, "the broker no longer answers"),
        (0x8E, "another client took our client id"),
        (0x97, "the broker ended it: Quota exceeded"),
    ],
)
def test_losses(value: int, reason: str) -> None:
    error = MqttError("Disconnected during message iteration")
    error.__cause__ = MqttCodeError(code(value, PacketTypes.DISCONNECT))
    assert loss_of(error) == reason


def test_other_losses() -> None:
    assert loss_of(MqttCodeError(7)) == "the connection was lost"
    assert loss_of(MqttError("odd")) == "odd"
