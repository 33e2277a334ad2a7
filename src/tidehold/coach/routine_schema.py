"""The JSON schema of routines, for editors that check TOML while it is written.

`python -m tidehold.coach.routine_schema > src/tidehold/routines/routine.schema.json` renews it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from tidehold.coach.routine_book import RoutineBook


def routine_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of a routine's file, made from its structs."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(RoutineBook)}


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(routine_schema(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
