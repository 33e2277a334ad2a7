"""The nouns of the diary: one session in the catalogue, one check-in of the person."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from tidehold.units import UnixNs

CATALOGUED: dict[str, str] = {
    "done_share": "1",
    "score": "1",
    "coverage": "1",
    "pacing_score": "1",
    "pacing_plv": "1",
    "rate_bpm": "1/min",
    "hr_bpm": "1/min",
    "rmssd_ms": "ms",
    "rsa_ms": "ms",
    "artefact_share": "1",
    "holds": "1",
    "hold_s": "s",
    "hold_score": "1",
    "hold_rms_deg": "deg",
    "hold_drift_deg_min": "deg/min",
    "reached_left_deg": "deg",
    "reached_right_deg": "deg",
    "gain_deg": "deg",
    "raise_left_deg": "deg",
    "raise_right_deg": "deg",
    "cadence_spm": "1/min",
    "step_asymmetry": "1",
    "findings": "1",
    "pain_before": "1",
    "pain_after": "1",
}
"""Figures of a session in the catalogue, and their units; one that is not known is not there."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One session as the catalogue knows it: made from its file alone, and so made again at any time."""

    session: str
    path: str
    started: UnixNs
    utc_offset_s: int
    length_s: float
    routine: str = ""
    """Id; empty for a session without one."""
    variant: str = ""
    ended: Literal["done", "stopped", "cut", ""] = ""
    """How its routine ended: to its end, by the person or by an answer, or with the recording."""
    figures: dict[str, float] = {}
    """By name, see `CATALOGUED`."""
    answers: dict[str, str] = {}
    """The person's last answer to each question of its routine, by the question's id."""
    notes: tuple[str, ...] = ()


Pain = Annotated[int, msgspec.Meta(ge=0, le=10)]
Answer = Literal["no", "yes", ""]
"""Empty: not asked, or not answered."""


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of one moment. Empty and None: not said."""

    at: UnixNs
    utc_offset_s: int = 0
    when: Literal["before", "after", ""] = ""
    """Of a session."""
    session: str = ""
    """Id of that session, if there is one."""
    pain: Pain | None = None
    """0 to 10 (a numeric rating scale)."""
    where: str = ""
    medication: str = ""
    """Free text; "none" says that none was taken."""
    flare_up: bool | None = None
    radiating: Answer = ""
    """Whether pain that radiates below the knee increases."""
    bladder: Answer = ""
    """Whether there are new bowel or bladder changes."""
    raise_left_deg: float | None = None
    raise_right_deg: float | None = None
    """Straight-leg raise as measured by somebody; that of sessions is in the catalogue."""
    items: dict[str, str] = {}
    """A free checklist: supplements, kneeling stool, sleep position, long sitting ..."""
    note: str = ""
