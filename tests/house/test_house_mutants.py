"""Do the tests notice a mistake? A sample of small mistakes in the rooms where one byte or one nanosecond counts."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.house.mutants import mutants

ROOT = Path(__file__).parents[2]
SAMPLE = 30
LEAST_KILLED = 0.75
"""What is left are changes without effect (a constant of tuning, `<` for `<=` between floats)."""


def test_every_kind_of_change_is_made_once() -> None:
    source = "def f(a: int | None) -> bool:\n    x = a + 1\n    return x < 3 and not True\n"
    changes = sorted(change for _, change, _ in mutants(source))
    assert changes == [
        "1  ->  2",
        "3  ->  4",
        "True  ->  False",
        "a + 1  ->  a - 1",
        "x < 3  ->  x <= 3",
        "x < 3 and (not True)  ->  x < 3 or not True",
    ]


def survives(folder: Path, file: Path, changed: str) -> bool:
    """Whether the file's own tests still pass with the change; in a copy of the project."""
    for name in ("src", "simulators", "device_profiles"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / file).write_text(changed)
    room = file.parent.name
    test = ROOT / f"tests/{room}/test_{room}_{file.stem}.py"
    words = ["-x", "-q", "-n0", "-p", "no:cacheprovider", "--timeout=60", "--rootdir", str(ROOT)]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *words, "-c", str(ROOT / "pyproject.toml"), str(test)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": f"{folder}/src:{folder}/simulators:{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
    )
    assert run.returncode in {0, 1, 2, 3}, run.stdout
    return run.returncode == 0


@pytest.mark.long
@pytest.mark.parametrize("room", ["wire", "align"])
def test_most_mistakes_are_noticed(room: str, tmp_path: Path) -> None:
    files = [path.relative_to(ROOT) for path in sorted((ROOT / "src/tidehold" / room).glob("[a-z]*.py"))]
    every = [(file, *mutant) for file in files for mutant in mutants((ROOT / file).read_text())]
    sample = random.Random(room).sample(every, SAMPLE)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        alive = list(pool.map(lambda job: survives(tmp_path / str(job[0]), job[1][0], job[1][3]), enumerate(sample)))
    for (file, line, change, _), lives in zip(sample, alive, strict=True):
        if lives:
            print(f"survived {file}:{line} {change}")
    assert alive.count(False) >= LEAST_KILLED * SAMPLE
