"""Options of the link."""

from dataclasses import FrozenInstanceError

import pytest

from tidehold.sources.ble_options import ANY, SYSTEM, USUAL, Transport, Wanted


def test_bluez_is_told_to_use_start_notify() -> None:
    assert SYSTEM.notify == {"bluez": {"use_start_notify": True}}


def test_a_backend_makes_it_not_the_systems_own_bluetooth() -> None:
    assert SYSTEM.is_system
    assert Transport({}, {"bluez": {"adapter": "hci1"}}).is_system
    assert not Transport({"backend": object}, {"backend": object}).is_system


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        (ANY, "any thing"),
        (Wanted(name="H10"), "a name with 'H10'"),
        (Wanted(address="F0:54:48:00:00:01"), "F0:54:48:00:00:01"),
        (Wanted(address="F0:54:48:00:00:01", name="H10"), "F0:54:48:00:00:01"),
    ],
)
def test_what_is_wanted_in_words(wanted: Wanted, text: str) -> None:
    assert wanted.in_words("any thing") == text


def test_leaving_takes_less_than_five_seconds() -> None:
    assert USUAL.stop_streams + USUAL.disconnect < 5


def test_options_do_not_change_under_a_running_link() -> None:
    with pytest.raises(FrozenInstanceError):
        USUAL.tries = 7  # type: ignore[misc]
