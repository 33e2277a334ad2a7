"""Which sessions are a person's own: those of a demo or a simulation are not, as soon as there are others. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tidehold.diary.nouns import Entry

SIMULATED: Final = "simulated"
"""Note that the catalogue gives to a session without a person."""


def is_simulated(entry: Entry) -> bool:
    """Whether nobody took part in a session."""
    return SIMULATED in entry.notes


def own(entries: Iterable[Entry]) -> list[Entry]:
    """The sessions of a person; where all are simulated, somebody is trying out what is there: then all of them."""
    entries = list(entries)
    return [entry for entry in entries if not is_simulated(entry)] or entries
