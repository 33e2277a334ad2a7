"""Sessions with much in them that tells whose they are, and what that is."""

from __future__ import annotations

import datetime as dt
import heapq
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec

from tidehold.daemon.facts import machine, software
from tidehold.daemon.recorder import record_all
from tidehold.log.reader import read_session
from tidehold.log.writer import SessionWriter
from tidehold.records import Frame, Input, UnixNs
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

NOTE: Final = "my physiotherapist Ms Quimby said so, call +49 30 555-0178"
STARTED: Final = UnixNs(1_767_225_600 * NS + 123_456_789)
TELLS: Final = (
    "Quimby",
    "555-0178",
    "Smith",
    "192.168.77.5",
    "broker.quimby.example",
    "quimbys-phone",
    "Tidehold Sim 0001",
    "F0:54:48",
)
"""What was put in, besides what the devices say by themselves."""
OWN_ROUTINE: Final = """
id = "quimby"
name = "Plan of Dr Quimby"
about = "Quimby wrote it."
notes = ["For Mr Quimby only."]
[[phase]]
id = "quimbys-phase"
name = "Quimby begins"
[[question]]
id = "quimbys-question"
text = "Has Dr Quimby seen you?"
answers = ["no Quimby", "Quimby yes", "7"]
stops = ["no Quimby"]
stop_text = "Call Quimby first."
[[step]]
phase = "quimbys-phase"
id = "q1.quimby"
name = "Breathe as Quimby"
kind = "breathe"
seconds = 4
pattern = "1/2"
text = "As Quimby has shown."
says = [{ at_s = 1, text = "Well done, Quimby." }]
note = "Quimby"
[[step]]
phase = "quimbys-phase"
id = "q2.quimby"
name = "Bend, Quimby"
kind = "hold"
seconds = 3
sides = "each"
worn = ["breastbone"]
measures = ["angle reached"]
[[step]]
phase = "quimbys-phase"
id = "q3.quimby"
name = "And more"
kind = "hold"
seconds = 3
sides = "each"
target = { of = "q2.quimby", growth = 1.1 }
worn = ["breastbone"]
measures = ["angle reached"]
[[step]]
phase = "quimbys-phase"
id = "q4.quimby"
name = "Ask Quimby"
kind = "question"
seconds = 4
question = { id = "quimby-asks", text = "What does Quimby say?", answers = [] }
[variant.quimbys-way]
name = "Quimby's way"
intensity = 0.9
"""
"""One that somebody has written for one person."""


def record(folder: Path, scenario: str, extra: Iterable[Input] = (), seconds: float = 20, **more: Any) -> Path:
    """A finished session of a scenario's strap and phone."""
    played = load_scenario(scenario)
    profiles = builtin_profiles()
    virtual = virtual_header(played, profiles, phone=True)
    header: Header = msgspec.structs.replace(
        virtual,
        session="quimby01",
        started=STARTED,
        utc_offset_s=19_800,
        sources={
            "strap": {"address": "F0:54:48:00:00:01", "name": "Tidehold Sim 0001", "radio": "system"},
            "phone": virtual.sources["phone"] | {"broker": "broker.quimby.example:1883", "topic": "quimbys-phone"},
        },
        config={"strap": {"name": "Tidehold Sim 0001"}, "pacer": {"pattern": "4/6"}},
        software=software(),
        platform=machine(),
        **more,
    )
    inputs = heapq.merge(virtual_inputs(played, seconds, phone=True), extra, key=lambda item: item.t)
    with SessionWriter.create(folder, header) as log:
        record_all(inputs, log, Session(header))
        return log.path


def device_words(path: Path) -> set[str]:
    """What the phone itself says that tells it apart."""
    found: set[str] = set()
    for item in read_session(path).inputs():
        if isinstance(item, Frame) and item.source == "phone":
            message = json.loads(item.payload)
            found |= {str(message[key]) for key in ("sessionId", "deviceId") if key in message}
    return found


def everything(path: Path) -> bytes:
    """All that a session file says, uncompressed: topics and payloads."""
    return b"\n".join(message.topic.encode() + b" " + message.payload for message in read_session(path).messages())


def years(data: bytes) -> set[int]:
    """Years of all numbers that look like ns or as s with a fraction since 1970, from 2001 to 2033."""
    stamps_ns = [int(each) for each in re.findall(rb"(?<![0-9.])1[0-9]{18}(?![0-9])", data)]
    stamps_ns += [int(each) * NS for each in re.findall(rb"(?<![0-9.])(1[0-9]{9})\.[0-9]+", data)]
    return {dt.datetime.fromtimestamp(each // NS, dt.UTC).year for each in stamps_ns}
