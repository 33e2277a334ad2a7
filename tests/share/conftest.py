"""Sessions that can tell whose they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.share.telling import NOTE, record
from tidehold.records import HostNs, Input, Link, Mark


@pytest.fixture(scope="session")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of 20 s of strap and phone, with a name, an address, a serial number, ids, and notes. Copy it."""
    folder = tmp_path_factory.mktemp("telling")
    extra: list[Input] = [
        Mark(HostNs(5_000_000_000), "note", NOTE),
        Mark(HostNs(6_000_000_000), "pain", "4 left hip where Dr Quimby operated"),
        Mark(HostNs(7_000_000_000), "felt", "right behind the Smith scar"),
        Mark(HostNs(8_000_000_000), "pace", "4/6"),
        Link(HostNs(9_000_000_000), "phone", "refused", {"reason": "nobody answers at 192.168.77.5", "attempt": "2"}),
    ]
    return record(folder, "phone-ios", extra)
