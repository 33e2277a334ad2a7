from __future__ import annotations

import subprocess
import sys

import pytest

from tidehold.cli.radio import transport_to
from tidehold.errors import ConfigError
from tidehold_simulators.process import StrapProcess


async def test_without_a_simulated_radio_it_is_the_systems() -> None:
    async with transport_to(None) as transport:
        assert transport.is_system


async def test_a_simulated_radio_is_opened() -> None:
    with StrapProcess("calm-6") as strap:
        async with transport_to(strap.radio) as transport:
            assert not transport.is_system


async def test_without_the_simulators_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bumble", None)
    with pytest.raises(ConfigError, match=r"pip install 'tidehold\[sim\]'"):
        async with transport_to("tcp-client:127.0.0.1:1"):
            pass


@pytest.mark.parametrize("module", ["parser", "devices"])
def test_help_and_scan_load_nothing_heavy(module: str) -> None:
    heavy = {"textual", "aiomqtt", "amqtt", "vqf", "bumble", "scipy", "segno", "shtab"}
    program = f"import sys, tidehold.cli.{module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert not heavy & set(loaded.split())
