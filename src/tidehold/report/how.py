"""How each figure is made, in a sentence: said beside the figure, and all together at the end of a report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tidehold.log.told import Told
from tidehold.report.nouns import Section, Table

HOW: Final[dict[str, str]] = {
    "score": "Mean of the scores of the routine's scored steps, each by its weight and by how much of it was measured; "
    "not known below 50 % measured.",
    "done": "Steps that were gone through to their end, of all steps of the routine.",
    "pacing_score": "0 to 100: half is phase lock (a PLV of 0.3 gives nothing, 0.9 all of it), 30 % the rate "
    "(1/e at 10 % off), 20 % the timing of single breaths; without chest motion 60 % lock and 40 % rate. Mean over "
    "the seconds at which it was known.",
    "plv": "Phase-locking value (Lachaux 1999) of the breathing phase with the pacer's over a minute: 1 is a fixed "
    "distance, 0 none; chance gives up to 0.3.",
    "lag": "Mean time from the pacer's cue to the start of the inhalation; above 0 the person is behind. Without "
    "chest motion from the phase.",
    "cue_error": "Mean distance of an inhalation's start from its cue, whichever way.",
    "pacing_coverage": "Share of the paced time at which the breathing phase was known with a confidence of 0.25 or "
    "more.",
    "rate": "Median of the rate that was estimated each second with a confidence of 0.25 or more; of a paced stretch "
    "of more than a minute, from 30 s after its start on, for each estimate looks back half a minute.",
    "rate_known": "Share of the seconds, from 30 s after the start on, at which the breathing rate was known.",
    "breaths": "Whole breaths seen in chest motion.",
    "inhale_share": "Mean time from the start of the inhalation to that of the exhalation, as a share of the breath.",
    "held": "Times at which the chest ceased to move, as said to the person; after 4 to 5 s at the earliest.",
    "hr": "Beats over the time they take: missed and extra ones are put right, those that fit nothing are left out.",
    "own_hr": "Mean of the heart rate that the strap itself says; how it makes it is not known.",
    "rmssd": "Root mean square of the differences of successive RR intervals that are both as they were measured, with "
    "nothing lost between them (Task Force 1996); not known below 60 s of heartbeats or above 10 % artefacts.",
    "sdnn": "Standard deviation (n - 1) of the RR intervals that are as they were measured; compare it with stretches "
    "as long only. Unknown as RMSSD is.",
    "pnn50": "Share of the differences that RMSSD is made of which are larger than 50 ms.",
    "rsa": "Mean of the swing of RR intervals with the breath, peak to trough, as it was estimated each second; only "
    "where breathing was known.",
    "artefacts": "Share of the beats that are not as they were measured: missed, extra, ectopic or stray, after "
    "Lipponen & Tarvainen (2019), as they arrived.",
    "heart_coverage": "Sum of the RR intervals over the time they ought to fill.",
    "reached": "Median angle from the neutral pose in the longest stillness of the step, in the plane of the movement.",
    "hold_rms": "RMS angle from the mean direction of the hold, without its first second and its last half one.",
    "hold_drift": "Slope of the tilt over the hold, whichever way it goes; from 8 s on.",
    "hold_tremor": "RMS angular rate from 4 to 12 Hz.",
    "hold_in_band": "Share of the hold within 3 deg of its target, or else of its own median.",
    "hold_score": "0 to 100: steadiness against the person's own earlier holds like it, or else against figures of "
    "people; of a step with the share of its time held (10 s are free for getting there) and the share at its target.",
    "gain": "Angle of the last contract-relax cycle less that before the first.",
    "raise": "Best of the raises that count, as a mean over 0.5 s at the top, from where the leg lay.",
    "repetitions": "Ways out and back again, told from sway by hysteresis.",
    "walk": "Strides by the swing of the thigh; steps by the jolt of the other heel, where it stands out.",
    "slow": "Angular speed from the sensor's attitude; stops are breaks in the movement.",
    "stream_rate": "True rate by the device's own clock; where it has none, by arrival.",
    "stream_coverage": "Samples over how many the true rate gives for the whole recording; of RR intervals their sum "
    "over the time from the first to the last.",
    "clock_drift": "How fast the device's clock goes against the recorder's.",
    "clock_residual": "How late messages come on average, against the earliest of the last 256 or so: what the map of "
    "the clock has to see through, and not the error of the times.",
    "align": "Median of the bound of how far the times of strap and phone are apart: six standard errors of both maps, "
    "and the least delay of the radio and the network, which one side cannot see.",
    "rr_coverage": "Sum of the RR intervals of each minute over the minute: below 95 % beats are missing, above 102 % "
    "some came twice.",
    "grade": "The worst of its parts, each by a fixed limit, which stands beside it.",
    "findings": "What the coach saw go wrong in a step, by the rule of each kind; each counts once, from its onset "
    "until it was over.",
}
"""By a short name; a figure says which one it is of."""


def how_section(told: Told, sections: Iterable[Section]) -> Section:
    """The last section: every sentence that a figure of this report refers to, and what it was made with."""
    names: dict[str, list[str]] = {}
    for section in sections:
        for row in section.rows:
            if row.how and row.name not in names.setdefault(row.how, []):
                names[row.how].append(row.name)
    rows = tuple((", ".join(of), how) for how, of in names.items())
    tables = [Table(title="Figures", columns=("figure", "how it is made"), rows=rows)] if rows else []
    header = told.header
    made = [(name, version) for name, version in sorted(header.software.items())]
    if made:
        tables.append(Table(title="Recorded with", columns=("software", "version"), rows=tuple(made)))
    if header.params:
        changed = tuple((name, f"{value:g}") for name, value in sorted(header.params.items()))
        tables.append(Table(title="Figures of the analysis that were changed", columns=("name", "value"), rows=changed))
    return Section(
        id="how",
        title="How the numbers were made",
        text=(
            "Everything is worked out from the recorded inputs by the same analysis that ran live.",
            "The same file gives the same numbers again. What is not known is a dash, with its reason.",
        ),
        tables=tuple(tables),
    )
