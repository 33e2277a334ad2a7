"""Lets the tests of this room share `tests.coach.led`, from whatever directory they are run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
