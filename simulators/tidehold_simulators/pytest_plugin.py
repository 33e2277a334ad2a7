"""Pytest plugin: simulated straps and phones as fixtures, for Tidehold's tests and anyone else's.

    async def test_my_app(tidehold_strap):
        strap = tidehold_strap("link-drops")
        async with open_radio(strap.radio) as radio: ...

    def test_my_broker(tidehold_phone):
        phone = tidehold_phone("phone-ios", "127.0.0.1:1883")

pytest loads this in every project that has Tidehold installed, so it imports
no more than it takes to start a process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest

from tidehold_simulators.process import PhoneProcess, StrapProcess

StartStrap: TypeAlias = Callable[..., StrapProcess]
StartPhone: TypeAlias = Callable[..., PhoneProcess]


@pytest.fixture
def tidehold_strap() -> Iterator[StartStrap]:
    """Start straps: `tidehold_strap(scenario, *options)`, each a `StrapProcess`; all end with the test."""
    with ExitStack() as running:

        def start(scenario: str = "calm-6", *options: str) -> StrapProcess:
            return running.enter_context(StrapProcess(scenario, *options))

        yield start


@pytest.fixture
def tidehold_phone() -> Iterator[StartPhone]:
    """Start phones: `tidehold_phone(scenario, broker, *options, user="", password="")`, each a `PhoneProcess`."""
    with ExitStack() as running:

        def start(scenario: str, broker: str, *options: str, user: str = "", password: str = "") -> PhoneProcess:
            return running.enter_context(PhoneProcess(scenario, broker, *options, user=user, password=password))

        yield start
