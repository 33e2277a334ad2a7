from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import Run
from tidehold.cli.parser import parse


def test_scenarios_are_listed(tidehold: Run) -> None:
    names = {
        "calm-6",
        "ramp-12-to-6",
        "link-drops",
        "strap-slips",
        "clock-reset",
        "clock-2019",
        "breath-held",
        "warm-up-30s",
    }
    assert {each["name"] for each in tidehold("simulate", "list", "--json").json["scenarios"]} >= names
    assert "calm-6" in tidehold("simulate", "list").out


def test_a_simulated_session_is_the_same_for_the_same_seed(tidehold: Run, home: Path) -> None:
    words = ("simulate", "session", "--seconds", 30, "--out", home / "out", "--json")
    one, same, other = tidehold(*words).json, tidehold(*words).json, tidehold(*words, "--seed", 7).json
    assert one["seconds"] == 30
    assert Path(one["session"]).suffix == ".mcap"
    assert {**one, "session": ""} == {**same, "session": ""}
    assert one["heart"] != other["heart"]


def test_a_recording_can_be_the_body(tidehold: Run, home: Path) -> None:
    beats = np.cumsum(np.full(60, 0.75))
    np.savez(home / "person.npz", beat_t=beats, rr_ms=np.diff(beats) * 1000, duration=45.0)
    said = tidehold("simulate", "session", "--seconds", 40, "--recording", home / "person.npz", "--json").json
    assert said["heart"]["hr_bpm"] is not None
    assert abs(said["heart"]["hr_bpm"] - 80) < 1
    assert set(said["streams"]) >= {"strap/rr"}


def test_a_scenario_or_recording_that_is_none_is_exit_code_2(tidehold: Run, home: Path) -> None:
    for words in (("--scenario", "stormy"), ("--recording", home / "absent.npz")):
        ran = tidehold("simulate", "session", *words)
        assert ran.code == 2
        assert str(words[1]) in ran.err
    assert tidehold("simulate", "strap", "--scenario", "stormy").code == 2


def test_a_phone_is_simulated_where_and_for_whom_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    def main(options: list[str]) -> int:
        given.append(options)
        return 0

    monkeypatch.setattr("tidehold_simulators.phone.main", main)
    words = ("--topic", "sensor-logger-2", "--placement", "thigh", "--user", "phone2")
    for more in ((), words):
        arguments = parse(["simulate", "phone", "--broker", "127.0.0.1:1883", *more])
        assert arguments.verb(arguments) == 0
    plain, second = given
    assert plain == ["--scenario", "calm-6", "--broker", "127.0.0.1:1883"]
    assert second == [*plain, *words[:4], "--username", "phone2", "--password-env", "TIDEHOLD_PHONE_PASSWORD"]
