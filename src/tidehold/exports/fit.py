"""A session as one FIT activity (training, breathing): heart rate each second, RR intervals, a lap for each step.

Of the FIT protocol and its profile (fit-tool 0.9.16 writes profile 21.212); what the profile has no field for is said
in developer fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any, Final, NamedTuple
from zlib import crc32

import numpy as np

from tidehold.errors import ConfigError
from tidehold.exports.notes import Kind, notes, step_name
from tidehold.exports.stepwise import newest
from tidehold.exports.streams import streams
from tidehold.log.told import Told
from tidehold.records import Times, Values
from tidehold.routine import Scored
from tidehold.units import NS

_EPOCH_S: Final = 631_065_600
"""1989-12-31T00:00:00Z, where FIT's seconds begin."""
_LAST_S: Final = _EPOCH_S + 2**32 - 2
_HR_HOLDS_NS: Final = 5 * NS // 2
"""How long a device's heart rate holds: it comes every second or so."""
_HOLDS_NS: Final = 5 * NS // 4
"""How long an estimate holds: they are said every second."""
_MOST_RR: Final = 5
"""RR intervals in one message."""
_MOST_RR_S: Final = 65.0
"""Longest RR interval that can be said: 65.534 s."""
_NO_RR_S: Final = 65.535
"""The value that says "none"."""
_MOST_HR: Final = 254.0
"""That a byte can say, with one value for "not known"."""
_MOST_BYTES: Final = 240
"""Of a text: a field has 255."""
_MARKED: Final[frozenset[Kind]] = frozenset({"mark", "finding", "gap"})
"""What is said as an event of kind "user marker"."""
_APPLICATION: Final = b"tidehold-export\0"
"""Who says what the developer fields mean: 16 bytes of our own."""
_OWN: Final = (("note", "STRING", "event"), ("step", "STRING", "lap"), ("score", "FLOAT32", "lap"))
"""Developer fields by number: name, type, and the message they belong to."""
_ROLES: Final = (
    "file_id",
    "developer_data_id",
    "field_description",
    "event",
    "marker",
    "hrv",
    "record",
    "lap",
    "session",
    "activity",
)
"""Kinds of messages; each has a definition of its own in the file, which holds on."""


class _Said(NamedTuple):
    """A message, the second since 1970 that it belongs to, and its turn in that second."""

    second: int
    turn: int
    message: Any


def write(told: Told, path: Path) -> dict[str, int]:
    """Write a session as the file `path`; gives how many records, heart rates, RR intervals, laps and marks it has.

    Raises:
        ConfigError: FIT cannot say its date.
        ImportError: fit-tool is not installed.
    """
    from fit_tool.fit_file_builder import FitFileBuilder  # noqa: PLC0415 - an extra

    started = int(told.header.started)
    if not _EPOCH_S <= started // NS <= _LAST_S - ceil(told.length_s) - 1:
        raise ConfigError(f"{told.path}: FIT has no dates before 1990 or after 2125, and this session has one")
    end = round(told.length_s * NS)
    seconds = np.arange(-(-started // NS), (started + end) // NS + 1, dtype=np.int64)
    rates = _heart_rates(told, seconds * NS - started)
    breaths = _estimated(told, "breathing/rate_bpm", seconds * NS - started)
    beats = list(_beats(told))
    laps = _laps(told)
    marks = [note for note in notes(told) if note.kind in _MARKED]
    said = [
        _Said(second, 2, _record(second, *of)) for second, *of in zip(seconds.tolist(), rates, breaths, strict=True)
    ]
    said += [_Said(second, 1, _hrv(times)) for second, times in beats]
    said += [_Said(at := _second(told, note.t), 0, _marker(at, note.text)) for note in marks]
    said.sort(key=lambda each: each[:2])
    builder = FitFileBuilder(auto_define=True)
    builder.add_all([*_head(told), *(each.message for each in said), *laps, *_tail(told, end, len(laps), rates)])
    path.write_bytes(builder.build_bytes())
    return {
        "records": len(seconds),
        "heart_rates": int((~np.isnan(rates)).sum()),
        "rr_intervals": sum(len(times) for _, times in beats),
        "laps": len(laps),
        "marks": len(marks),
    }


def _second(told: Told, t: int) -> int:
    """The second since 1970 that is nearest to session time `t`."""
    return round((told.header.started + t) / NS)


def _heart_rates(told: Told, at: Times) -> Values:
    """As the device says it, or else as it is estimated, at each moment; NaN where it is not known."""
    kept = next((kept for kept in streams(told) if kept.kind == "hr"), None)
    if kept is None:
        return _estimated(told, "heart/hr_bpm", at)
    rates = newest(kept.times, kept.values[:, 0], at, _HR_HOLDS_NS)
    return np.where(rates <= _MOST_HR, rates, np.nan)


def _estimated(told: Told, name: str, at: Times) -> Values:
    said = told.estimates.get(name, [])
    if not said:
        return np.full(len(at), np.nan)
    values = np.array([np.nan if each.value is None else each.value for each in said])
    return newest(np.array([each.t for each in said], np.int64), values, at, _HOLDS_NS)


def _beats(told: Told) -> Iterator[tuple[int, list[float]]]:
    """RR intervals in s, some at a time, with the second since 1970 by the end of which their beats were over."""
    for kept in [kept for kept in streams(told) if kept.kind == "rr"][:1]:
        usable = kept.values[:, 0] < _MOST_RR_S
        intervals = kept.values[usable, 0]
        seconds = -(-(kept.times[usable] + told.header.started) // NS)
        for second in np.unique(seconds):
            some = intervals[seconds == second].tolist()
            yield from ((int(second), some[k : k + _MOST_RR]) for k in range(0, len(some), _MOST_RR))


def _head(told: Told) -> Iterator[Any]:
    """Whose file it is, what its developer fields are, and that it begins."""
    started_s = int(told.header.started // NS)
    yield _message(
        "file_id",
        type=_known("FileType", "ACTIVITY"),
        manufacturer=_known("Manufacturer", "DEVELOPMENT").value,
        product=0,
        serial_number=crc32(told.header.session.encode()) or 1,
        time_created=started_s * 1000,
    )
    yield _message(
        "developer_data_id", developer_data_index=0, application_id=list(_APPLICATION), application_version=1
    )
    for number, (name, kind, of) in enumerate(_OWN):
        yield _message(
            "field_description",
            developer_data_index=0,
            field_definition_number=number,
            fit_base_type_id=_base_type(kind).value,
            field_name=name,
            native_mesg_num=_known("MesgNum", of.upper()).value,
        )
    yield _message("event", timestamp=started_s * 1000, **_event("TIMER", "START"))


def _hrv(times: list[float]) -> Any:
    """As many values in each message: those that are none say so, or shorter ones would be filled up with 0."""
    return _message("hrv", time=times + [_NO_RR_S] * (_MOST_RR - len(times)))


def _record(second: int, rate: float, breaths: float) -> Any:
    return _message(
        "record",
        timestamp=second * 1000,
        heart_rate=None if np.isnan(rate) else round(rate),
        enhanced_respiration_rate=None if np.isnan(breaths) else float(breaths),
    )


def _marker(second: int, text: str) -> Any:
    return _message("marker", {"note": text}, timestamp=second * 1000, **_event("USER_MARKER", "MARKER"))


def _laps(told: Told) -> list[Any]:
    """One of each step that was begun, in order of their ends; of the whole session if it has none."""
    steps = [each for each in told.scored if each.scope == "step" and each.state != "todo"]
    laps = [_lap(told, number, step) for number, step in enumerate(sorted(steps, key=lambda each: each.end))]
    return laps or [_lap(told, 0, None)]


def _lap(told: Told, number: int, step: Scored | None) -> Any:
    start, end = (step.start, step.end) if step else (0, round(told.length_s * NS))
    own: dict[str, Any] = {}
    if step:
        own = {"step": f"{step_name(told, step)} ({step.state})", "score": step.score}
    return _message(
        "lap",
        own,
        message_index=number,
        timestamp=_second(told, end) * 1000,
        start_time=_second(told, start) * 1000,
        total_elapsed_time=(end - start) / NS,
        total_timer_time=step.lasted_s if step else (end - start) / NS,
        lap_trigger=_known("LapTrigger", "MANUAL" if step else "SESSION_END"),
        **_event("LAP", "STOP"),
        **_sport(),
    )


def _tail(told: Told, end: int, laps: int, rates: Values) -> Iterator[Any]:
    """That it ends, and its sums."""
    start_s, end_s = int(told.header.started // NS), _second(told, end)
    known = rates[~np.isnan(rates)]
    yield _message("event", timestamp=end_s * 1000, **_event("TIMER", "STOP_ALL"))
    yield _message(
        "session",
        message_index=0,
        timestamp=end_s * 1000,
        start_time=start_s * 1000,
        total_elapsed_time=end / NS,
        total_timer_time=end / NS,
        first_lap_index=0,
        num_laps=laps,
        avg_heart_rate=round(float(known.mean())) if len(known) else None,
        max_heart_rate=round(float(known.max())) if len(known) else None,
        trigger=_known("SessionTrigger", "ACTIVITY_END"),
        **_event("SESSION", "STOP"),
        **_sport(),
    )
    yield _message(
        "activity",
        timestamp=end_s * 1000,
        local_timestamp=end_s + told.header.utc_offset_s - _EPOCH_S,
        total_timer_time=end / NS,
        num_sessions=1,
        type=_known("Activity", "MANUAL"),
        **_event("ACTIVITY", "STOP"),
    )


def _event(event: str, kind: str) -> dict[str, Any]:
    return {"event": _known("Event", event), "event_type": _known("EventType", kind)}


def _sport() -> dict[str, Any]:
    return {"sport": _known("Sport", "TRAINING"), "sub_sport": _known("SubSport", "BREATHING")}


def _known(kind: str, name: str) -> Any:
    """A value of one of the profile's types."""
    return getattr(import_module("fit_tool.profile.profile_type"), kind)[name]


def _base_type(name: str) -> Any:
    return import_module("fit_tool.base_type").BaseType[name]


def _message(role: str, own: dict[str, Any] | None = None, **values: Any) -> Any:
    """A message with those of its values, and of our own fields, that are known."""
    from fit_tool.developer_field import DeveloperField  # noqa: PLC0415 - an extra

    name = "event" if role == "marker" else role
    module = import_module(f"fit_tool.profile.messages.{name}_message")
    kind = getattr(module, name.title().replace("_", "") + "Message")
    fields = []
    for number, (field, base, _) in enumerate(_OWN):
        value = (own or {}).get(field)
        if value is not None:
            made = DeveloperField(
                field_id=number, developer_data_index=0, name=field, base_type=_base_type(base), growable=True
            )
            made.set_value(0, _cut(value) if isinstance(value, str) else value)
            fields.append(made)
    message = kind(local_id=_ROLES.index(role), developer_fields=fields)
    for key, value in values.items():
        if value is not None:
            setattr(message, key, value)
    return message


def _cut(text: str) -> str:
    """As much of a text as a field holds."""
    return text.encode()[:_MOST_BYTES].decode(errors="ignore")
