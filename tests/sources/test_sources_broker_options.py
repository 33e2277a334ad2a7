"""Accounts and limits of the broker."""

from tidehold.sources.broker_options import USUAL, Account


def test_an_account_hides_its_password() -> None:
    assert repr(Account("phone", "secret", ("a",))) == "Account(name='phone', publish=('a',), subscribe=())"


def test_usual_limits_let_a_phone_work() -> None:
    """Sensor Logger: 10 batches of 2.3 kB a second, and a minute of them at once after a loss of the network."""
    assert USUAL.messages_per_s > 20 * 10
    assert USUAL.bytes_per_s > 20 * 10 * 2300
    assert USUAL.packet_bytes == 262_144
    assert USUAL.per_address < USUAL.connections, "one address alone cannot lock all others out"
