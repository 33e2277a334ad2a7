"""`import`: what other programs recorded becomes sessions that can be replayed and checked; what is none is refused."""

from __future__ import annotations

import datetime as dt
import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import Ran, Run
from tests.imports.sensor_files import T0, csv_of, rows, write_folder
from tidehold.errors import ConfigError
from tidehold.exports import elitehrv, hrvlogger, kubios
from tidehold.exports.beats import beats_of
from tidehold.log.reader import SessionFile, read_session
from tidehold.log.told import Told, tell
from tidehold.records import Frame, Output, Sample
from tidehold.session.fold import Session
from tidehold.session.phone import DUPLICATE, LATE
from tidehold.share.anonymise import Secret, anonymous_header, anonymous_inputs
from tidehold.units import NS

EXPORTS = {"kubios": (kubios.write, 0.0), "hrvlogger": (hrvlogger.write, 0.0005), "elitehrv": (elitehrv.write, 0.0005)}
NEAR_S = 1e-12


def imported(tidehold: Run, file: Path, *words: object) -> tuple[Told, Ran]:
    """The session that an import makes; the check of it holds."""
    ran = tidehold("import", file, "--out", file.parent / "out", "--json", *words)
    assert ran.code == 0, ran.err
    told = ran.json
    assert tidehold("check", told["session"]).code == 0
    assert tidehold("verify", told["session"]).code == 0
    return tell(Path(told["session"])), ran


@pytest.mark.parametrize("origin", EXPORTS)
def test_exported_and_imported_the_beats_are_the_same(origin: str, tidehold: Run, session: Path) -> None:
    before = tell(session)
    write, precision_s = EXPORTS[origin]
    file = session.parent / f"{origin}.txt"
    write(before, file)
    after, ran = imported(tidehold, file)
    ours, theirs = beats_of(before), beats_of(after)
    gaps = [i for i, beat in enumerate(ours) if beat.before is not None]
    assert gaps, "the scenario has link drops"
    if origin == "hrvlogger":
        assert [i for i, beat in enumerate(theirs) if beat.before is not None] == gaps
        assert ran.json["from"] == "hrvlogger"
        assert abs(after.header.started + theirs[0].t - before.header.started - ours[0].t) < 1_500_000
        assert max(abs((a.t - theirs[0].t) - (b.t - ours[0].t)) for a, b in zip(theirs, ours, strict=True)) <= 1_500_000
    else:  # the line behind a gap is no interval, but the time goes on
        lines = [float(line) / 1000 for line in file.read_text().split()]
        ours = [beat for i, beat in enumerate(ours) if i not in gaps or lines[i] <= 4.0]
        assert sum(gap.stream == "strap/rr" for gap in after.gaps) == sum(lines[i] > 4.0 for i in gaps)
        assert after.length_s == pytest.approx(sum(lines), abs=2e-9)
    pairs = [(a.rr_s, b.rr_s) for a, b in zip(theirs, ours, strict=True) if b.before is None]
    assert max(abs(a - b) for a, b in pairs) <= precision_s + NEAR_S
    if not precision_s:
        assert [a for a, _ in pairs] == [b for _, b in pairs]


def test_text_without_a_gap_lies_end_to_end(tidehold: Run, tmp_path: Path) -> None:
    ticks = 800 + np.round(60 * np.sin(np.arange(120))).astype(int)
    (tmp_path / "rr.txt").write_text("".join(f"{tick / 1.024:.7f}\n" for tick in ticks))
    told, ran = imported(tidehold, tmp_path / "rr.txt", "--started", "2026-09-21T18:30:00+02:00")
    series = told.samples["strap/rr"]
    assert series.values.tolist() == (ticks / 1024).tolist()
    assert series.times.tolist() == np.rint(np.cumsum(ticks / 1024) * NS).astype(int).tolist()
    assert told.header.started == dt.datetime(2026, 9, 21, 16, 30, tzinfo=dt.UTC).timestamp() * NS
    assert told.header.utc_offset_s == 7200
    assert ran.json["started_by"] == "--started"
    assert told.header.sources["strap"]["kind"] == "import"
    assert told.estimates["heart/hr_bpm"][-1].value == pytest.approx(60 / (ticks / 1024)[-60:].mean(), rel=0.05)


def test_arrivals_are_placed_as_those_of_a_strap(tidehold: Run, tmp_path: Path) -> None:
    rr = [900 + (k * 37) % 80 for k in range(60)]
    ends = np.cumsum(rr)
    arrivals = [1_675_889_367_255 + (int(end) // 2000 + 1) * 2000 for end in ends]
    text = "timestamp, rr, since_start \n\n" + "".join(
        f"{t},{each},{end}\n" for t, each, end in zip(arrivals, rr, ends, strict=True)
    )
    (tmp_path / "h.csv").write_text(text)
    told, _ = imported(tidehold, tmp_path / "h.csv")
    series = told.samples["strap/rr"]
    assert (series.values * 1000).round(9).tolist() == rr
    assert np.abs(np.diff(series.times) / 1e6 - rr[1:]).max() < 10
    assert [gap for gap in told.gaps if gap.stream == "strap/rr"] == []


def test_sensor_loggers_folder_has_its_samples_and_notes(tidehold: Run, tmp_path: Path) -> None:
    tables = {"TotalAcceleration": rows(12, 1), "Gyroscope": [(t, x / 9, y / 9, z / 90) for t, x, y, z in rows(12, 2)]}
    note = f"time,seconds_elapsed,text,millisecond_press_duration\n{T0 + 3 * NS},3,sore,\n"
    folder = write_folder(tmp_path / "export", tables, Annotation=note)
    told, ran = imported(tidehold, folder)
    assert ran.json["samples"] == {"phone/acc": 1200, "phone/gyr": 1200}
    assert [(mark.verb, mark.arg) for mark in told.marks] == [("note", "sore")]
    assert told.header.utc_offset_s == 7200
    again = tell(told.path, again=True)
    acc = again.samples["phone/acc"]
    assert (acc.times + told.header.started).tolist() == [row[0] for row in tables["TotalAcceleration"]]
    assert acc.values.tolist() == [list(row[1:]) for row in tables["TotalAcceleration"]]
    assert "Jane" not in repr(told.header)


def test_a_broken_line_is_named_and_told_in_the_session_too(tidehold: Run, tmp_path: Path) -> None:
    (tmp_path / "rr.txt").write_text("800\n" * 10 + "oops\n" + "800\n" * 30 + "?\n" * 30)
    told, ran = imported(tidehold, tmp_path / "rr.txt")
    assert ran.json["broken"][0] == {"where": "rr.txt:11", "why": "rr: value is not a number"}
    assert len(ran.json["broken"]) == 31
    assert "rr.txt:11: rr: value is not a number" in ran.err
    assert "... and 11 more" in ran.err
    assert told.rejected["strap/lines: rr: value is not a number"] == 31
    assert len(told.samples["strap/rr"]) == 40


def test_without_any_word_the_files_date_is_its_end(tidehold: Run, tmp_path: Path) -> None:
    (tmp_path / "rr.txt").write_text("800\n" * 10)
    os.utime(tmp_path / "rr.txt", (1_700_000_000, 1_700_000_000))
    ran = tidehold("import", tmp_path / "rr.txt", "--out", tmp_path / "out")
    assert "8 s from" in ran.out
    assert "(by the file's date, taken for its end): 10 of strap/rr" in ran.out
    (file,) = (tmp_path / "out").iterdir()
    assert tell(file).header.started == 1_699_999_992 * NS


def test_the_same_file_is_not_imported_twice(tidehold: Run, tmp_path: Path) -> None:
    (tmp_path / "2017-07-16 08-12-33.txt").write_text("800\n" * 10)
    words = ("import", tmp_path / "2017-07-16 08-12-33.txt", "--out", tmp_path / "out")
    assert tidehold(*words).code == 0
    (file,) = (tmp_path / "out").iterdir()
    before = file.read_bytes()
    ran = tidehold(*words)
    assert (ran.code, file.read_bytes()) == (2, before)
    assert "was imported already" in ran.err
    assert tidehold(*words, "--started", "2017-07-16T08:12:34").code == 0


@pytest.mark.parametrize("origin", ["auto", "rr", "hrvlogger", "elitehrv", "sensorlogger"])
def test_a_file_with_nothing_sound_is_exit_code_3_and_writes_nothing(
    tidehold: Run, tmp_path: Path, origin: str
) -> None:
    (tmp_path / "x.txt").write_text("Dear diary\nnothing\n")
    for file in (tmp_path / "x.txt", tmp_path / "gone", tmp_path / "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        ran = tidehold("import", file, "--from", origin, "--out", tmp_path / "out", "--json")
        assert (ran.code, ran.out) == (3, "")
        assert file.name in ran.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("said", ["soon", "2026-13-01", "1969-01-01T00:00:00+00:00", "0001-01-01", "2400-01-01"])
def test_a_start_that_is_no_time_is_exit_code_2(tidehold: Run, tmp_path: Path, said: str) -> None:
    (tmp_path / "rr.txt").write_text("800\n")
    ran = tidehold("import", tmp_path / "rr.txt", "--started", said, "--out", tmp_path / "out")
    assert (ran.code, (tmp_path / "out").exists()) == (2, False)
    assert "--started: expected a time" in ran.err


def test_a_file_of_a_far_future_is_exit_code_3(tidehold: Run, tmp_path: Path) -> None:
    rows_of = "timestamp, rr, since_start\n9900000000000,800,0\n9900000000800,800,800\n"  # ms since 1970: in 2283
    (tmp_path / "hrv.csv").write_text(rows_of)
    ran = tidehold("import", tmp_path / "hrv.csv", "--out", tmp_path / "out")
    assert (ran.code, (tmp_path / "out").exists()) == (3, False)
    assert "after 2199 (by the file)" in ran.err


def test_samples_that_are_sound_and_not_used_are_counted(tidehold: Run, tmp_path: Path) -> None:
    lines = csv_of([(t, 0.0, 0.0, 0.0) for t, *_ in rows(1, 1)]).splitlines(keepends=True)
    lines[1:1] = [lines[70]]  # twice in the file, and far too early the first time
    (tmp_path / "Gyroscope.csv").write_text("".join(lines))
    told, ran = imported(tidehold, tmp_path / "Gyroscope.csv")
    assert sorted(ran.json["unused"]) == [f"phone/gyroscope: {LATE}", f"phone/gyroscope: {DUPLICATE}"]
    assert ran.json["unused"] == dict(told.rejected)
    assert sum(ran.json["unused"].values()) + ran.json["samples"]["phone/gyr"] == 101
    assert f"not used: 1 of phone/gyroscope: {DUPLICATE}" in ran.err


def test_a_file_that_knows_better_takes_no_start(tidehold: Run, tmp_path: Path) -> None:
    (tmp_path / "Gyroscope.csv").write_text(csv_of([(t, 0.0, 0.0, 0.0) for t, *_ in rows(1, 1)]))
    ran = tidehold("import", tmp_path / "Gyroscope.csv", "--started", "2026-09-21", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "leave out --started" in ran.err
    ran = tidehold("import", tmp_path / "Gyroscope.csv", "--out", tmp_path / "out")
    assert ran.code == 0
    assert "100 of phone/gyr" in ran.out


def test_every_beat_is_after_the_one_before(tidehold: Run, session: Path) -> None:
    hrvlogger.write(tell(session), session.parent / "h.csv")
    told, _ = imported(tidehold, session.parent / "h.csv")
    assert all(a.t < b.t for a, b in pairwise(beats_of(told)))


def test_given_away_it_has_other_dates_and_no_words_and_says_the_same(tidehold: Run, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "export", {"Gravity": rows(3, 1)}, Annotation=f"time,text\n{T0 + NS},for Jane\n")
    raw = folder / "Gravity.csv"
    raw.write_text(raw.read_text() + "by Jane Roe\n")
    told, _ = imported(tidehold, folder)
    session, secret = read_session(told.path), Secret(b"salt")
    inputs = list(anonymous_inputs(session.header, session.inputs(), secret, 100))
    kept = b"".join(item.payload for item in inputs if isinstance(item, Frame)) + repr(inputs).encode()
    assert b"Jane" not in kept
    assert str(T0)[:6].encode() not in kept
    fold = Session(anonymous_header(session.header, secret, 100))
    again = [out for item in inputs for out in fold.feed(item) if isinstance(out, Sample)]
    live = [out for out in _folded(session) if isinstance(out, Sample)]
    assert [out.values.tolist() for out in again] == [out.values.tolist() for out in live]
    assert [out.times.tolist() for out in again] == [out.times.tolist() for out in live]


def _folded(session: SessionFile) -> list[Output]:
    fold = Session(session.header)
    return [out for item in session.inputs() for out in fold.feed(item)]


def test_where_the_phone_was_worn_can_be_said(tidehold: Run, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "export", {"Gravity": rows(1, 1)})
    told, _ = imported(tidehold, folder, "--placement", "thigh")
    assert told.header.sources["phone"]["placement"] == "thigh"
    (tmp_path / "rr.txt").write_text("800\n")
    for file, place in ((folder, "moon"), (tmp_path / "rr.txt", "thigh")):
        ran = tidehold("import", file, "--placement", place, "--out", tmp_path / "other")
        assert (ran.code, "--placement" in ran.err, (tmp_path / "other").exists()) == (2, True, False)


def test_an_import_that_is_interrupted_leaves_nothing(
    tidehold: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rr.txt").write_text("800\n" * 9)

    def interrupted(*_: object) -> None:
        raise ConfigError("enough")

    with monkeypatch.context() as patched:
        patched.setattr("tidehold.cli.importing.record_all", interrupted)
        assert tidehold("import", tmp_path / "rr.txt", "--out", tmp_path / "out").code == 2
    assert list((tmp_path / "out").iterdir()) == []
    assert tidehold("import", tmp_path / "rr.txt", "--out", tmp_path / "out").code == 0
