"""The breathing that is asked for: how a pattern is written, and where in a breath the pacer is.

A pattern is written as seconds with slashes between them: "4/6" is 4 s in and 6 s out,
"4/2/6/0" is in, hold full, out, hold empty.
"""

from __future__ import annotations

import math
import re
from typing import Final

from tidehold.errors import ConfigError
from tidehold.records import HostNs, Pacing, Pattern

VERB: Final = "pace"
"""Of the mark that turns the pacer on, with a pattern as its argument, or off, without one."""
LONGEST_S: Final = 60.0
"""Of a part of a breath."""
SHORTEST_S: Final = 0.5
"""Of an inhalation and of an exhalation."""
_EXPECTED: Final = 'expected seconds as "IN/OUT" or "IN/HOLD/OUT/HOLD", such as "4/6" or "4/2/6/0"'
_NUMBER: Final = re.compile(r"\d{1,3}(\.\d{1,3})?", re.ASCII)


def pattern_of(text: str) -> Pattern:
    """The pattern that is written as `text`; spaces around the numbers do not matter.

    Raises:
        ConfigError: It is none; says what is expected.
    """
    words = [word.strip() for word in text.split("/")]
    if len(words) not in (2, 4) or not all(_NUMBER.fullmatch(word) for word in words):
        raise ConfigError(f"pacer: {_EXPECTED}, found {text[:40]!r}")
    lengths = [float(word) for word in words]
    pattern = Pattern(lengths[0], 0.0, lengths[1], 0.0) if len(lengths) == 2 else Pattern(*lengths)
    if min(pattern.inhale_s, pattern.exhale_s) < SHORTEST_S or max(lengths) > LONGEST_S:
        limits = f"in and out at least {SHORTEST_S:g} s, no part above {LONGEST_S:g} s"
        raise ConfigError(f"pacer: {_EXPECTED}, with {limits}, found {text[:40]!r}")
    return pattern


def phase_rad(pacing: Pacing, t: HostNs) -> float:
    """Where in the breath the pacer is at `t`: 0 at the cue to inhale, growing evenly to 2 pi at the next.

    An inhalation thus has its own share of the circle, 4/10 of it in "4/6": the same measure as the
    phase of real breathing, which grows evenly from one start of an inhalation to the next.
    """
    return 2 * math.pi * pacing.into_s(t) / pacing.pattern.length_s


def error_s(pacing: Pacing, t: HostNs) -> float:
    """How long after the nearest cue to inhale `t` is, s; below 0 if it is before it."""
    length_s, late_s = pacing.pattern.length_s, pacing.into_s(t)
    return late_s if 2 * late_s <= length_s else late_s - length_s
