"""The strap dies, is restarted, or falls silent: the session goes on, on the same clock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.system.running import Start, Tidehold, heard, replays_the_same, stop, wait_for
from tidehold.log.reader import read_session
from tidehold.records import Frame, Link
from tidehold_simulators.process import StrapProcess


@pytest.mark.long
@pytest.mark.parametrize("how", ["killed and restarted", "silent"])
def test_a_strap_that_was_gone_comes_back_with_all_streams_into_the_same_session(
    how: str, tmp_path: Path, start: Start, tidehold: Tidehold
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    with StrapProcess("calm-6", "--sent-log", str(first)) as strap:
        recorder = start("record", "--headless", "--json", "--radio", strap.radio, "--out", tmp_path)
        wait_for(lambda: heard(first), recorder)
        if how == "silent":
            first.write_text("")
            strap.vanish(2)
            wait_for(lambda: heard(first), recorder)
            out, err = stop(recorder)
        else:
            strap.kill()
            with StrapProcess("calm-6", "--port", str(strap.port), "--sent-log", str(second)):
                wait_for(lambda: heard(second), recorder)
                out, err = stop(recorder)
    assert recorder.returncode == 0, err
    said = json.loads(out)
    assert len(list(tmp_path.glob("*.mcap"))) == 1
    session = read_session(Path(said["session"]))
    items = list(session.inputs())
    links = [item for item in items if isinstance(item, Link)]
    down = next(link for link in links if link.state == "down")
    assert down.detail["reason"]
    assert float(down.detail["uptime_s"]) > 0
    assert [link.state for link in links].count("armed") == 2
    back = [item for item in items if isinstance(item, Frame) and item.t > down.t]
    assert {item.payload[0] & 0x3F for item in back if item.channel == "pmd"} == {0, 2}
    assert "hr" in {item.channel for item in back}
    assert {gap["stream"] for gap in said["gaps"]} >= {"strap/ecg", "strap/acc"}
    assert all("lost" in gap["why"] or "reset" in gap["why"] for gap in said["gaps"]), said["gaps"]
    assert [item.t for item in items] == sorted(item.t for item in items)
    replays_the_same(session.path)
