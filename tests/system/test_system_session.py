"""Whole sessions through the command line: strap process, Bluetooth link, bleak, fold, file, replay."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tests.system.running import Start, Tidehold, heard, replays_the_same, stop, wait_for
from tidehold.log.reader import read_session
from tidehold.records import Frame, Link, Stop
from tidehold.units import NS
from tidehold_simulators.process import StrapProcess


def test_demo_records_a_session_that_check_verify_and_replay_agree_with(tidehold: Tidehold, tmp_path: Path) -> None:
    ran = tidehold("demo", "--headless", "--seconds", 12, "--json", "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    said = ran.json
    path = Path(said["session"])
    assert read_session(path).header.sources["strap"]["kind"] == "virtual"  # so the diary knows that it is nobody's
    assert path.parent == tmp_path / "out"
    assert path.suffix == ".mcap"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert said["seconds"] == pytest.approx(12, abs=0.5)
    assert set(said["inputs"]["strap"]) >= {"hr", "pmd", "pmd-control", "battery", "firmware"}
    items = list(read_session(path).inputs())
    armed = next(item.t for item in items if isinstance(item, Link) and (item.source, item.state) == ("strap", "armed"))
    for_s = said["seconds"] - armed / NS
    assert for_s > 5
    assert said["inputs"]["strap"]["hr"] >= for_s - 2
    # 1.8 frames of ECG a second and 5.6 of acceleration, from the strap's half second of warming up on
    assert said["inputs"]["strap"]["pmd"] >= 7.4 * (for_s - 0.5) - 3
    assert said["gaps"] == []
    assert {reason.partition("/")[0] for reason in said["rejected"]} == {"phone"}  # what the app sends besides
    assert said["phone"]["rate_hz"] == pytest.approx(100, abs=3)
    assert said["phone"]["age_s"] < 2
    assert said["phone"]["dropped"] == 0
    assert 0 <= said["hold"]["tilt_deg"] < 5
    assert said["hold"]["rms_deg"] is not None or said["hold"]["why"]
    assert 0 < said["align"]["residual_ms"] < 1000  # some 30 where messages are not held up by a busy machine
    assert 40 < said["heart"]["hr_bpm"] < 100
    assert said["breathing"]["rate_bpm"] is None
    assert said["breathing"]["why"]
    assert (said["pacing"]["pattern"], said["pacing"]["score"]) == ("4/6", None)
    assert said["pacing"]["why"]
    checked = tidehold("check", path, "--json")
    assert checked.code == 0, checked.out + checked.err
    assert checked.json["holds"] is True
    assert checked.json["exact"] is True
    assert tidehold("verify", path).code == 0
    replayed = tidehold("replay", path, "--fast", "--json")
    assert replayed.code == 0
    assert replayed.json == said


@pytest.mark.long
def test_a_lost_strap_comes_back_into_the_same_session_which_ends_in_good_order_on_a_signal(
    tmp_path: Path, start: Start
) -> None:
    sent = tmp_path / "sent"
    with StrapProcess("calm-6", "--sent-log", str(sent)) as strap:
        recorder = start("record", "--headless", "--json", "--radio", strap.radio, "--out", tmp_path)
        wait_for(lambda: heard(sent), recorder)
        sent.write_text("")
        strap.drop()
        wait_for(lambda: heard(sent), recorder)
        out, err = stop(recorder)
        assert recorder.returncode == 0, err
    said = json.loads(out)
    # acceleration comes every 0.18 s, so some was missed; a frame of ECG takes 0.56 s and may just have made it
    assert "strap/acc" in {gap["stream"] for gap in said["gaps"]}
    assert all(gap["why"].startswith("link lost: ") for gap in said["gaps"])
    assert [cue["kind"] for cue in said["cues"]] == ["sensor-lost", "sensor-back"]
    items = list(read_session(Path(said["session"])).inputs())
    assert isinstance(items[-1], Stop)
    assert items[-1].reason == "SIGTERM"
    states = [item.state for item in items if isinstance(item, Link)]
    assert states.count("armed") == 2
    assert [item.t for item in items] == sorted(item.t for item in items)
    after = states.index("down")
    assert "armed" in states[after:]
    assert {"hr", "pmd"} <= {item.channel for item in items[-60:] if isinstance(item, Frame)}
    replays_the_same(said["session"])


def test_simulate_strap_serves_for_other_programs_until_it_is_stopped(start: Start, tidehold: Tidehold) -> None:
    server = start("simulate", "strap", "--scenario", "calm-6")
    assert server.stdout
    ready = json.loads(server.stdout.readline())
    heard_of = tidehold("scan", "--radio", ready["radio"], "--seconds", 1, "--json")
    assert [each["name"] for each in heard_of.json["devices"]] == [ready["name"]]
    stop(server)
    assert server.returncode == 0
