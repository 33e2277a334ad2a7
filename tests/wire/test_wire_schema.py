"""The JSON schema of profiles is fresh and says what the structs say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tidehold.wire.schema import profile_schema, schema_text

FILE = Path(__file__).parents[2] / "device_profiles" / "profile.schema.json"


def test_the_file_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m tidehold.wire.schema > device_profiles/profile.schema.json"
    )


def test_the_module_prints_the_file() -> None:
    run = subprocess.run([sys.executable, "-m", "tidehold.wire.schema"], capture_output=True, text=True, check=True)
    assert run.stdout == schema_text()


def test_it_forbids_unknown_keys_everywhere() -> None:
    tables = profile_schema()["$defs"]
    assert sorted(tables) == ["Channel", "Clock", "Example", "Match", "Profile", "Stream"]
    assert all(table["additionalProperties"] is False for table in tables.values())
