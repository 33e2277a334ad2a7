"""Pytest plugin: simulated straps as a fixture, for Tidehold's tests and anyone else's.

    async def test_my_app(tidehold_strap):
        strap = tidehold_strap("link-drops")
        async with open_radio(strap.radio) as radio: ...

pytest loads this in every project that has Tidehold installed, so it imports
no more than it takes to start a process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TypeAlias

import pytest

from tidehold_simulators.process import StrapProcess

StartStrap: TypeAlias = Callable[..., StrapProcess]


@pytest.fixture
def tidehold_strap() -> Iterator[StartStrap]:
    """Start straps: `tidehold_strap(scenario, *options)`, each a `StrapProcess`; all end with the test."""
    with ExitStack() as running:

        def start(scenario: str = "calm-6", *options: str) -> StrapProcess:
            return running.enter_context(StrapProcess(scenario, *options))

        yield start
