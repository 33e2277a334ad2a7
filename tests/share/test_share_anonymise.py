"""Nothing of what tells whose a session is stays in it, and its numbers are the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.share.telling import NOTE, OWN_ROUTINE, STARTED, TELLS, device_words, everything, record, years
from tests.system.running import replays_the_same
from tidehold.coach.routine_layout import lay_out
from tidehold.coach.routine_toml import parse_routine
from tidehold.daemon.recorder import record_all
from tidehold.log.reader import read_session
from tidehold.log.told import Told, tell
from tidehold.log.writer import SessionWriter
from tidehold.records import Frame, HostNs, Input, Link, Mark, Stop, Tick
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.share.anonymise import Secret, anonymous_header, anonymous_inputs, days_to_move
from tidehold.sources.profiles import builtin_profiles
from tidehold.sources.routines import load_all
from tidehold.units import NS

SECRET = Secret(b"salt")


def anonymous(path: Path, folder: Path) -> Path:
    source = read_session(path)
    days = days_to_move([source.header])
    header = anonymous_header(source.header, SECRET, days)
    with SessionWriter.create(folder, header) as log:
        record_all(anonymous_inputs(source.header, source.inputs(), SECRET, days), log, Session(header))
        return log.path


@pytest.fixture(scope="module")
def clean(telling: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return anonymous(telling, tmp_path_factory.mktemp("clean"))


def test_none_of_the_strings_that_identify_is_left(telling: Path, clean: Path) -> None:
    words = {*TELLS, *device_words(telling), "quimby01"}
    assert len(words) > len(TELLS) + 2
    before, after = everything(telling), everything(clean)
    for word in words:
        assert word.encode() in before, word
        assert word.lower().encode() not in after.lower(), word
    assert clean.name.startswith("2010-01-01T")
    assert 2026 in years(before)
    assert years(after) == {2010}


def test_its_header_says_so_and_check_holds(clean: Path) -> None:
    header = read_session(clean).header
    assert header.anonymised
    assert (header.utc_offset_s, header.config) == (0, {"pacer": {"pattern": "4/6"}})
    assert header.sources["phone"].keys() <= {"kind", "placement", "profile", "scenario", "seed"}
    assert header.sources["strap"] == {}
    serial = [
        item.payload for item in read_session(clean).inputs() if isinstance(item, Frame) and item.channel == "serial"
    ]
    assert serial == [b"removed"]
    replays_the_same(clean)


def test_a_profile_of_ones_own_has_another_id_and_its_streams_are_read(telling: Path, tmp_path: Path) -> None:
    def own(values: dict[str, Any]) -> dict[str, Any]:
        return {key: "quimbys-own" if key == "profile" else value for key, value in values.items()}

    source = read_session(telling)
    known = source.header.sources["phone"]["profile"]
    mine = msgspec.structs.replace(source.header.profiles[known], id="quimbys-own", name="Of Quimby")
    header = msgspec.structs.replace(
        source.header,
        profiles=source.header.profiles | {"quimbys-own": mine},
        sources=source.header.sources | {"phone": own(source.header.sources["phone"])},
        config=source.header.config | {"phone": {"profile": "quimbys-own"}},
    )
    inputs = [
        msgspec.structs.replace(item, detail=own(item.detail))
        if isinstance(item, Link) and item.source == "phone"
        else item
        for item in source.inputs()
    ]
    with SessionWriter.create(tmp_path, header) as log:
        record_all(inputs, log, Session(header))
    assert everything(log.path).count(b"quimbys-own") > 3
    clean = anonymous(log.path, tmp_path / "clean")
    assert b"quimby" not in everything(clean).lower()
    shared = read_session(clean).header
    (renamed,) = shared.profiles.keys() - builtin_profiles().keys()
    assert (
        renamed
        == shared.sources["phone"]["profile"]
        == shared.config["phone"]["profile"]
        == shared.profiles[renamed].id
    )
    assert samples(tell(clean, again=True), "phone/gyr") == samples(tell(telling, again=True), "phone/gyr")


def test_the_time_of_day_is_kept(telling: Path, clean: Path) -> None:
    source, other = tell(telling), tell(clean)
    assert source.when(HostNs(0)).time() == other.when(HostNs(0)).time()


def samples(told: Told, stream: str) -> tuple[list[int], list[object]]:
    series = told.samples[stream]
    return series.times.tolist(), series.values.tolist()


def test_every_sample_is_where_it_was(telling: Path, clean: Path) -> None:
    source, other = tell(telling, again=True), tell(clean, again=True)
    assert source.samples.keys() == other.samples.keys()
    for stream in source.samples:
        assert samples(source, stream) == samples(other, stream), stream
    assert source.estimates == other.estimates
    assert source.length_s == other.length_s
    assert [mark.verb for mark in source.marks] == [mark.verb for mark in other.marks]


def test_of_marks_only_what_is_no_text_is_kept(clean: Path) -> None:
    told = {mark.verb: mark.arg for mark in tell(clean).marks}
    assert told == {"note": "removed", "pain": "4 left", "felt": "right", "pace": "4/6"}
    assert NOTE


@pytest.mark.parametrize("scenario", ["phone-android", "phone-phyphox", "phone-clock-step"])
def test_other_phones_too(scenario: str, tmp_path: Path) -> None:
    path = record(tmp_path / "a", scenario, seconds=8)
    clean = anonymous(path, tmp_path / "b")
    assert 2026 in years(everything(path))
    after = everything(clean)
    assert 2026 not in years(after)
    for word in device_words(path) | {"Tidehold Sim 0001", "quimby"}:
        assert word.encode() not in after
    replays_the_same(clean)
    assert (
        tell(path, again=True).samples["phone/acc"].times.tolist()
        == tell(clean, again=True).samples["phone/acc"].times.tolist()
    )


def header(**more: object) -> Header:
    plain = {"session": "a", "started": STARTED, "profiles": builtin_profiles(), "sources": {"phone": {}}}
    return Header(**(plain | more))  # type: ignore[arg-type]


def one(item: Input, of: Header | None = None) -> Input:
    (found,) = anonymous_inputs(of or header(), [item], SECRET, 5000)
    return found


def test_bytes_of_which_nothing_is_known_are_dropped() -> None:
    assert one(Frame(HostNs(1), "thing", "x", b"Quimby")) == Frame(HostNs(1), "thing", "x", b"")


@pytest.mark.parametrize("profile", ["sensor-logger-android", "phyphox"])
@pytest.mark.parametrize("payload", [b"", b"Quimby", b"[1]", b'"Quimby"', b"\xff", b"{" * 200])
def test_messages_that_are_none_keep_no_word(profile: str, payload: bytes) -> None:
    of = header(sources={"phone": {"profile": profile}})
    assert one(Frame(HostNs(1), "phone", "push", payload), of) == Frame(HostNs(1), "phone", "push", b"{}")


def test_entries_that_are_none_stay_none() -> None:
    of = header(sources={"phone": {"profile": "sensor-logger-android"}})
    odd = {"name": "gyroscope", "time": "x"}
    message = {"payload": [3, odd, {"name": "gyroscope", "time": 1.8e18, "values": {}}]}
    found = one(Frame(HostNs(1), "phone", "push", json.dumps(message).encode()), of)
    assert isinstance(found, Frame)
    entries = json.loads(found.payload)["payload"]
    moved = 5000 * 86_400 * NS
    assert entries == [
        None,
        message["payload"][1],
        {"name": "gyroscope", "time": 1_800_000_000 * NS - moved, "values": {}},
    ]


def test_a_strap_that_was_never_set_keeps_its_clock() -> None:
    of = header(sources={"strap": {"profile": "polar-h10"}})
    low = b"\x00" + (7 * NS).to_bytes(8, "little") + b"\x00abc"
    assert one(Frame(HostNs(1), "strap", "pmd", low), of) == Frame(HostNs(1), "strap", "pmd", low)
    assert one(Frame(HostNs(1), "strap", "pmd", b"\x00\x01"), of) == Frame(HostNs(1), "strap", "pmd", b"\x00\x01")


def test_ids_are_the_same_for_the_same_secret_only() -> None:
    assert Secret(b"a").of("x") == Secret(b"a").of("x") != Secret(b"b").of("x")
    assert len(Secret(b"a").of("x", 32)) == 32


def test_ticks_stops_and_other_marks() -> None:
    assert one(Tick(HostNs(4))) == Tick(HostNs(4))
    assert one(Stop(HostNs(4), "strap Quimby: gave up")) == Stop(HostNs(4), "the session was over")
    assert one(Mark(HostNs(4), "start")) == Mark(HostNs(4), "start")
    assert one(Mark(HostNs(4), "quimby", "Quimby")) == Mark(HostNs(4), "other", "removed")


ROUTINES = {name: lay_out(book) for name, book in load_all().items()}


@pytest.mark.parametrize(
    ("verb", "arg", "kept"),
    [
        ("do", "stretch left 45", "stretch left 45"),
        ("do", "stretch Quimby left", "removed"),
        ("hold", "due 30", "due 30"),
        ("hold", "due Quimby", "removed"),
        ("pace", "Quimby", "removed"),
        ("extend", "30", "30"),
        ("extend", "Quimby", "removed"),
        ("skip", "because of Quimby", "removed"),
        ("pain", "49305550178", "removed"),
        ("pain", "5 left", "5 left"),
        ("answer", "Quimby yes", "removed"),
        ("answer", "where Quimby", "removed"),
        ("answer", "pain-now 7", "pain-now 7"),
        ("answer", "pain-now  49305550178", "pain-now removed"),
        ("answer", "month 5550178", "month removed"),
        ("answer", "bowel-bladder YES", "bowel-bladder YES"),
        ("answer", "bowel-bladder \t yes", "bowel-bladder yes"),
    ],
)
def test_a_mark_keeps_what_tidehold_takes_from_it(verb: str, arg: str, kept: str) -> None:
    of = header(routine=ROUTINES["monthly-assessment"])
    assert one(Mark(HostNs(4), verb, arg), of) == Mark(HostNs(4), verb, kept)


def test_an_own_routine_with_all_that_can_be_marked_keeps_no_word(tmp_path: Path) -> None:
    routine = lay_out(parse_routine(OWN_ROUTINE, "quimby.toml"), "quimbys-way")
    words = ["do", "hold", "zero", "pace", "skip", "back", "extend", "pause", "resume"]
    words += ["note", "felt", "align", "quimby"]
    typed = [
        (0.5, "start", "with Quimby"),
        (1.0, "answer", "quimbys-question quimby YES"),
        *((6.0 + k / 10, verb, "for Quimby") for k, verb in enumerate(words)),
        (15.0, "answer", "quimby-asks that Quimby knows"),
        (19.0, "quit", "Quimby came"),
    ]
    marks = [Mark(HostNs(round(t_s * NS)), verb, arg) for t_s, verb, arg in typed]
    path = record(tmp_path / "a", "phone-ios", marks, routine=routine)
    clean = anonymous(path, tmp_path / "b")
    assert everything(path).lower().count(b"quimby") > 50
    assert b"quimby" not in everything(clean).lower()
    before, after = tell(path, again=True), tell(clean, again=True)
    assert [(cue.t, cue.kind) for cue in before.cues] == [(cue.t, cue.kind) for cue in after.cues]
    assert {cue.kind for cue in before.cues} > {"step", "question"}
    assert [(each.t, each.score, each.figures) for each in before.scored] == [
        (each.t, each.score, each.figures) for each in after.scored
    ]
    assert before.estimates == after.estimates
    replays_the_same(clean)
