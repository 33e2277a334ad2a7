"""Command-line tests run in this process, in a home of their own."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.running import Ran, Run
from tidehold.cli import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where configuration, sessions and memory of this test are."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    with tempfile.TemporaryDirectory(prefix="th-") as runtime:  # a socket's path is short, and pytest's are long
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        yield tmp_path


@pytest.fixture
def tidehold(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command to its end."""

    def run(*words: object) -> Ran:
        capsys.readouterr()
        try:
            code = main([str(word) for word in words])
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def session(tidehold: Callable[..., Ran], home: Path) -> Path:
    """A simulated session of 40 s in the usual place."""
    ran = tidehold("simulate", "session", "--scenario", "link-drops", "--seconds", 40)
    assert ran.code == 0, ran.err
    return next((home / "data/tidehold/sessions").glob("*.mcap"))
