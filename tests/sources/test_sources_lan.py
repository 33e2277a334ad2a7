import ipaddress
import socket

import pytest

from tidehold.sources import lan
from tidehold.sources.lan import lan_address


def test_the_address_is_one_that_this_computer_can_listen_on(monkeypatch: pytest.MonkeyPatch) -> None:
    if lan_address() is None:  # no network here: this computer alone is one
        monkeypatch.setattr(lan, "_ANYWHERE", ("127.0.0.1", 9))
    address = lan_address()
    assert address is not None
    assert ipaddress.ip_address(address).version == 4
    with socket.socket() as listener:
        listener.bind((address, 0))


def test_without_a_network_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Unplugged(socket.socket):
        def connect(self, address: object, /) -> None:
            raise OSError("Network is unreachable")

    monkeypatch.setattr(socket, "socket", Unplugged)
    assert lan_address() is None
