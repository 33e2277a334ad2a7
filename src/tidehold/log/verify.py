"""Says whether a session file is sound, and if not, what is wrong at which bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from tidehold.errors import LogError, TideholdError
from tidehold.log.disk import is_locked, read_whole
from tidehold.log.notes import InputRange, Lost, Recovered
from tidehold.log.survey import survey
from tidehold.log.writer import PART_SUFFIX


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What `verify` found.

    `sound`: finished, and every byte is as it was written. `unfinished`: being
    recorded, or interrupted, and all but the very end is sound. `damaged`: see
    `findings`. `inputs` are intact, `missing` are known not to be there;
    `recovered` is the note of a file that `recover` made, whose missing inputs
    are known and no damage. `advice` says what to do.
    """

    path: str
    state: Literal["sound", "unfinished", "damaged"]
    findings: tuple[Lost, ...]
    inputs: int
    missing: tuple[InputRange, ...]
    recovered: Recovered | None
    advice: str

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return self.state == "sound"


def verify(path: Path) -> Verdict:
    """Read every byte of a session file and say what is wrong with it.

    Raises:
        TideholdError: The file cannot be opened.
        LogError: It is empty, foreign, of a newer format, or nothing of it is intact.
    """
    try:
        data = read_whole(path)
        locked = is_locked(path)
    except LogError as error:
        raise TideholdError(str(error)) from error
    found = survey(path, data)
    findings = list(found.findings)
    if found.header is None:
        findings.append(Lost(0, len(data), "no copy of the header is intact"))
    is_part = path.name.endswith(PART_SUFFIX)
    state: Literal["sound", "unfinished", "damaged"] = "damaged"
    if found.finished and not findings and not is_part:
        state = "sound"
    elif is_part and (not findings or (found.torn and len(findings) == 1)):
        state = "unfinished"
    elif not found.finished and not found.torn:
        findings.append(Lost(len(data), len(data), "the end of the file is missing"))
    if locked:
        advice = "it is being recorded just now"
    elif state == "sound":
        advice = ""
    else:
        advice = f"`tidehold recover {path}` saves {found.inputs} inputs in a new file and leaves this one as it is"
    return Verdict(
        path=str(path),
        state=state,
        findings=tuple(findings),
        inputs=found.inputs,
        missing=found.missing,
        recovered=found.recovered,
        advice=advice,
    )
