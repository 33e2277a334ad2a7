"""Sessions to export, made once for a test process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exports import exported
from tidehold.log.told import Told, tell


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a strap and a phone, with a gap, a routine and a note."""
    return exported.recorded(tmp_path_factory.mktemp("both"), exported.simulated_inputs())


@pytest.fixture(scope="session")
def told(session: Path) -> Told:
    """That session, with waveforms."""
    return tell(session, again=True)


@pytest.fixture(scope="session")
def by_hand() -> Told:
    """A session with everything in it, and few samples."""
    return exported.by_hand()
