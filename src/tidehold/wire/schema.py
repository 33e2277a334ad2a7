"""The JSON schema of device profiles, for editors that check TOML while it is written.

`python -m tidehold.wire.schema > device_profiles/profile.schema.json` renews it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec

from tidehold.wire.profile import Profile


def profile_schema() -> dict[str, Any]:
    """JSON schema (2020-12) of `Profile`, made from its structs."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(Profile)}


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(profile_schema(), indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
