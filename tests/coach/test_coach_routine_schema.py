"""The JSON schema of routines is fresh and says what the structs say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tidehold.coach.routine_schema import routine_schema, schema_text

FILE = Path(__file__).parents[2] / "src" / "tidehold" / "routines" / "routine.schema.json"


def test_the_file_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m tidehold.coach.routine_schema > src/tidehold/routines/routine.schema.json"
    )


def test_the_module_prints_the_file() -> None:
    command = [sys.executable, "-m", "tidehold.coach.routine_schema"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == schema_text()


def test_it_forbids_unknown_keys_everywhere() -> None:
    tables = routine_schema()["$defs"]
    names = ["PhaseSpec", "Question", "RoutineBook", "Say", "StepChange", "StepSpec", "Target", "VariantSpec"]
    assert sorted(tables) == names
    assert all(table["additionalProperties"] is False for table in tables.values())
    assert tables["StepChange"]["required"] == ["id"]
