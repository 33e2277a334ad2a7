"""The rules of the house: floors, file sizes, a test for each source file, types, style."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("src", "simulators") for path in (ROOT / folder).rglob("*.py"))
CHECKS = {
    "floors": ["lint-imports", "--no-cache"],
    "lint": ["ruff", "check", "--no-cache", "."],
    "format": ["ruff", "format", "--no-cache", "--check", "."],
    "types": ["mypy"],
}


TURNS = [pytest.param(name, marks=pytest.mark.long) if name == "types" else name for name in CHECKS]
"""Types are among the longer checks: a clean checkout has no cache of them yet, and that takes most of a minute."""


@pytest.mark.parametrize("name", TURNS)
def test_tool_has_no_complaint(name: str) -> None:
    program, *words = CHECKS[name]
    command = [str(Path(sys.executable).with_name(program)), *words]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_source_file_is_much_longer_than_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 420


def _wanted_test(path: Path) -> Path:
    parts = path.relative_to(ROOT / path.relative_to(ROOT).parts[0]).parts
    room = "simulators" if parts[0] == "tidehold_simulators" else (parts[1] if len(parts) > 2 else "")
    stem = path.stem if path.stem != "__init__" else "init"
    return ROOT / "tests" / room / (f"test_{room}_{stem}.py" if room else f"test_{stem}.py")


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path.name not in ("__init__.py", "__main__.py")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_every_source_file_has_its_test(path: Path) -> None:
    assert _wanted_test(path).exists(), f"{_wanted_test(path).relative_to(ROOT)} is missing"


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    words = ["/" + "work/", "/" + "root/", "py" + "pi.org", "files.python" + "hosted"]
    found = [
        f"{name}: {word}"
        for name in listed.decode().split("\0")
        if name and (ROOT / name).exists()
        for word in words
        if word.encode() in (ROOT / name).read_bytes()
    ]
    assert not found
