"""Fixtures of this room."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.log.sessions import inputs, write


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for the disk: for tests that make hundreds of files and pull no plugs."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)
    monkeypatch.setattr(os, "fdatasync", lambda fd: None, raising=False)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished session of ten seconds. Not to be changed: copy it."""
    return write(tmp_path_factory.mktemp("finished"), inputs(10))


@pytest.fixture(scope="session")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same session, interrupted before its end. Not to be changed: copy it."""
    return write(tmp_path_factory.mktemp("part"), inputs(10)[:-1], finish=False)
