"""How a broker is reached."""

import ssl

from tidehold.sources.mqtt_options import USUAL, Broker


def test_the_password_is_never_shown() -> None:
    broker = Broker("host", 8883, "user", "secret", ssl.create_default_context(), mqtt5=True)
    assert "secret" not in f"{broker!r} {broker}"
    assert broker.password == "secret"  # noqa: S105


def test_a_broker_says_its_place_or_that_it_is_our_own() -> None:
    assert str(Broker("host", 1883)) == "host:1883"
    assert str(Broker("127.0.0.1", 40_000, is_embedded=True)) == "embedded"


def test_leaving_takes_two_seconds_at_most() -> None:
    assert USUAL.leave <= 2
