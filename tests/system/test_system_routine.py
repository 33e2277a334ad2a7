"""A routine in a recording without a dashboard: begun with it, answered by a script, remembered after it."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from tests.system.running import Start, Tidehold, heard, replays_the_same, stop, wait_for
from tidehold.daemon.config import Followed
from tidehold.log.reader import read_session
from tidehold.records import Mark
from tidehold_simulators.process import StrapProcess

QUESTIONS = ("radiating-pain", "bowel-bladder", "no-improvement")


@pytest.mark.long
def test_a_script_answers_and_the_next_session_asks_no_more(tmp_path: Path, start: Start, tidehold: Tidehold) -> None:
    sent = tmp_path / "sent"
    with StrapProcess("calm-6", "--sent-log", str(sent)) as strap:
        words = ("--headless", "--json", "--radio", strap.radio, "--out", tmp_path)
        recorder = start("record", *words, "--routine", "calm-6", "--variant", "ramp")
        wait_for(lambda: heard(sent, hr=1), recorder)
        for question in QUESTIONS:
            assert tidehold("mark", "answer", question, "no").code == 0
        wait_for(lambda: json.loads(tidehold("status", "--json").out)["pacing"]["pattern"], recorder)
        out, err = stop(recorder)
        assert recorder.returncode == 0, err
        assert "it asks first (radiating-pain, bowel-bladder, no-improvement)" in err
        again = tidehold("record", *words, "--routine", "calm-6", "--seconds", 2)
        assert again.code == 0, again.err
        assert "it asks first" not in again.err
    film = read_session(Path(json.loads(out)["session"]))
    assert film.header.routine is not None
    assert (film.header.routine.variant, film.header.ask_first) == ("ramp", True)
    marks = [(item.verb, item.arg) for item in film.inputs() if isinstance(item, Mark)]
    assert marks == [("start", ""), *(("answer", f"{question} no") for question in QUESTIONS)]
    replays_the_same(film.path)
    assert read_session(Path(again.json["session"])).header.ask_first is False
    memory = msgspec.json.decode((tmp_path / "state/tidehold/routines.json").read_bytes(), type=Followed)
    assert memory == Followed(QUESTIONS), "nobody followed it to its end"


@pytest.mark.long
def test_a_warning_is_not_remembered_as_answered(tmp_path: Path, start: Start, tidehold: Tidehold) -> None:
    with StrapProcess("calm-6", "--sent-log", str(tmp_path / "sent")) as strap:
        words = ("--headless", "--json", "--radio", strap.radio, "--out", tmp_path)
        recorder = start("record", *words, "--routine", "calm-6")
        wait_for(lambda: heard(tmp_path / "sent", hr=1), recorder)
        assert tidehold("mark", "answer", QUESTIONS[1], "yes").code == 0
        out, err = stop(recorder)
        assert recorder.returncode == 0, err
    assert "Stop now and see a clinician today" in err
    cues = [cue["text"] for cue in json.loads(out)["cues"]]
    assert any(text.startswith("Stop now and see a clinician") for text in cues)
    assert not (tmp_path / "state/tidehold/routines.json").exists()
