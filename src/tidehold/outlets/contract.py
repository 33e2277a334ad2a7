"""What an outlet is, and which figures all of them say."""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

from tidehold.errors import SourceError
from tidehold.records import Estimate, Output, Snapshot


class OutletError(SourceError):
    """An outlet cannot go on; the recording does. The text says what to do."""


class Outlet(Protocol):
    """Hands the session's outputs to other programs; every call comes from one thread of its own.

    Attributes:
        name: As a person calls it.
    """

    name: str

    def open(self) -> None:
        """Begin.

        Raises:
            OutletError: It cannot.
        """
        ...

    def send(self, out: Output) -> None:
        """Pass on an output, or leave it if it is not of the kind that is passed on.

        Raises:
            OutletError: It cannot go on.
        """
        ...

    def close(self) -> None:
        """End; what was sent may still be on its way for a moment."""
        ...


class Figure(NamedTuple):
    """A figure that is said four times a second.

    Args:
        key: In other programs.
        estimate: Its name in a session; empty for those that are no estimate.
        unit: SI, or as people say it.
        label: For a person.
    """

    key: str
    estimate: str
    unit: str
    label: str


FIGURES: Final = (
    Figure("heart_rate", "heart/hr_bpm", "1/min", "Heart rate"),
    Figure("rmssd", "heart/rmssd_ms", "ms", "RMSSD"),
    Figure("sdnn", "heart/sdnn_ms", "ms", "SDNN"),
    Figure("artefacts", "heart/artefact_share", "1", "Artefact share"),
    Figure("breathing_rate", "breathing/rate_bpm", "1/min", "Breathing rate"),
    Figure("breathing_phase", "breathing/phase_rad", "rad", "Breathing phase"),
    Figure("breath_held", "breathing/held_s", "s", "Breath held"),
    Figure("pacing", "pacing/score", "1", "Pacing score"),
    Figure("phone_tilt", "phone/tilt_deg", "deg", "Phone tilt"),
    Figure("phone_angle", "phone/angle_deg", "deg", "Phone angle"),
    Figure("hold", "phone/hold_s", "s", "Hold"),
    Figure("hold_score", "phone/hold_score", "1", "Hold score"),
)
"""Of the last snapshot; one that is not known is said to be so: NaN in LSL, nil in OSC, null in MQTT."""


def figure_of(snapshot: Snapshot, figure: Figure) -> Estimate | None:
    """The estimate of a figure, if the session has said any."""
    return snapshot.estimates.get(figure.estimate)
