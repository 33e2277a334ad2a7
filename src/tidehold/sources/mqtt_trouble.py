"""What went wrong with a broker, in words, and what to do about it."""

from __future__ import annotations

import socket
import ssl
from typing import Final

from aiomqtt import MqttCodeError
from paho.mqtt.reasoncodes import ReasonCode

from tidehold.sources.ble_step import said
from tidehold.sources.ble_trouble import Trouble
from tidehold.sources.mqtt_options import Broker

_LOGIN: Final = "give the user name and the password that the broker has for Tidehold"
_CODES: Final[dict[int, Trouble]] = {
    0x84: Trouble("the broker does not speak this version of MQTT", "switch between MQTT 5 and 3.1.1", is_lasting=True),
    0x85: Trouble("the broker refuses our client id", "let it accept any client id"),
    0x86: Trouble("the broker refuses user name or password", _LOGIN, is_lasting=True),
    0x87: Trouble("the broker does not let this user in", _LOGIN, is_lasting=True),
    0x88: Trouble("the broker is not available", "wait, or look at its log"),
    0x89: Trouble("the broker is busy", "wait, or look at its log"),
}
"""By reason code of CONNACK (MQTT 5.0, 3.2.2.2); paho gives those of 3.1.1 the same numbers."""
_LOST: Final[dict[int, str]] = {
    0x80: "the connection was lost",
    0x8B: "the broker was shut down",
    0x8D: "the broker no longer answers",
    0x8E: "another client took our client id",
}
_REFUSED_TOPIC: Final = "let this user read the topic in the broker's access list, or choose another topic"


class SubscribeError(Exception):
    """The broker does not let us read the topic."""


def cause_of(error: BaseException) -> BaseException:
    """What is behind an error of aiomqtt: it says the text of system errors, and hides the errors themselves."""
    behind = error.__cause__ or error.__context__
    while behind is not None and not isinstance(behind, OSError):
        behind = behind.__cause__ or behind.__context__
    return error if behind is None or isinstance(error, MqttCodeError) else behind


def explain(error: BaseException, broker: Broker, seconds: float) -> Trouble:
    """Why a broker could not be used.

    Args:
        error: What was raised.
        broker: Which one.
        seconds: How long an answer was waited for.
    """
    error = cause_of(error)
    place = f"{broker.host}:{broker.port}"
    if isinstance(error, SubscribeError):
        return Trouble(str(error), _REFUSED_TOPIC)
    if isinstance(error, MqttCodeError) and isinstance(error.rc, ReasonCode):
        return _CODES.get(error.rc.value, Trouble(f"the broker refuses us: {error.rc}", "look at the broker's log"))
    if isinstance(error, TimeoutError) or "timed out" in said(error):
        return Trouble(
            f"no answer from {place} within {seconds:g} s",
            f"check host and port: is it an MQTT broker, {'with' if broker.tls else 'without'} TLS, "
            "and does a firewall let us through?",
        )
    if isinstance(error, ssl.SSLError):
        return _tls_trouble(error, place)
    if isinstance(error, OSError):
        return _network_trouble(error, broker.host, place)
    return Trouble(f"{place}: {said(error)}", "it is tried again")


def _tls_trouble(error: ssl.SSLError, place: str) -> Trouble:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(
            f"the certificate of {place} is not trusted ({error.verify_message})",
            "name the file of the CA that signed it, and the broker by the name in its certificate",
        )
    return Trouble(f"no TLS at {place} ({error.reason or said(error)})", "check the port: with TLS it is mostly 8883")


def _network_trouble(error: OSError, host: str, place: str) -> Trouble:
    if isinstance(error, socket.gaierror):
        return Trouble(f"no address is known for {host}", "check the broker's name, and the network")
    if isinstance(error, ConnectionRefusedError):
        return Trouble(f"nobody listens at {place}", "start the broker, or check host and port")
    return Trouble(f"{place}: {error.strerror or said(error)}", "check host, port and network")


def loss_of(error: BaseException) -> str:
    """Why a connection that stood was lost."""
    while error.__cause__ is not None and not isinstance(error, MqttCodeError):
        error = error.__cause__
    if isinstance(error, MqttCodeError):
        code = error.rc.value if isinstance(error.rc, ReasonCode) else 0x80
        return _LOST.get(code, f"the broker ended it: {error.rc}")
    return said(error)
