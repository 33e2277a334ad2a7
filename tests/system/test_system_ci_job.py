"""The CI job of docs/ci.md, done as it is printed there."""

import os
import re
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.long
def test_the_copyable_job_runs_on_a_clean_machine(tmp_path: Path) -> None:
    if find_spec("ensurepip") is None:
        pytest.skip("not run: ensurepip missing")
    page = (ROOT / "docs/ci.md").read_text()
    job = re.search(r"      - run: \|\n((?:          .*\n)+)", page)
    test = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert job
    assert test
    (tmp_path / "test_strap.py").write_text(test[1])
    environment = os.environ | {
        "TIDEHOLD": str(ROOT),
        "PIP_CONSTRAINT": str(ROOT / "constraints.txt"),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    environment.pop("COVERAGE_PROCESS_CONFIG", None)
    (tmp_path / "python").symlink_to(sys.base_prefix + "/bin/python3")
    run = subprocess.run(
        ["bash", "-euc", textwrap.dedent(job[1])],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 passed" in run.stdout
