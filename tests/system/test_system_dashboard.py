"""The dashboard in a real terminal, driven by keys; the recorder behind it; views that misbehave."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.system.running import COMMAND, Tidehold, replays_the_same
from tests.system.terminal import Terminal
from tidehold.log.reader import read_session
from tidehold.records import Mark, Stop
from tidehold_simulators.process import StrapProcess

Environment = dict[str, str]


@pytest.fixture
def recorder(environment: Environment, tmp_path: Path) -> Iterator[tuple[Terminal, Path]]:
    """`record` in a terminal: a recorder in the background, and its dashboard."""
    out = tmp_path / "out"
    with StrapProcess("calm-6") as strap, ExitStack() as ended:
        words = [*COMMAND, "record", "--radio", strap.radio, "--out", str(out)]
        terminal = ended.enter_context(Terminal(words, environment))
        ended.callback(lambda: kill_recorder(environment))
        terminal.until(lambda screen: "REC" in screen and "strap ✓ armed" in screen)
        yield terminal, out


def kill_recorder(environment: Environment) -> int | None:
    """SIGKILL the recorder that holds the place of this environment."""
    lock = Path(environment["XDG_RUNTIME_DIR"]) / "tidehold/recorder.lock"
    sock = lock.with_suffix(".sock")
    if not sock.exists():
        return None
    pid = int(lock.read_text())
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return pid


def status(tidehold: Tidehold) -> dict[str, Any]:
    ran = tidehold("status", "--json")
    assert ran.code == 0, ran.err
    return ran.json


def test_a_demonstration_is_one_command_and_its_keys_do_what_they_say(
    environment: Environment, tmp_path: Path, tidehold: Tidehold
) -> None:
    with Terminal([*COMMAND, "demo", "--out", str(tmp_path)], environment) as terminal:
        terminal.until(lambda screen: "REC" in screen and "bpm" in screen and "strap ✓ armed" in screen)
        terminal.until(lambda screen: "phone ✓ armed" in screen)
        terminal.until(lambda screen: "4 s in, 6 s out" in screen)
        terminal.keys("b")
        terminal.until(lambda screen: "4 s in, 6 s out" not in screen)
        terminal.keys("?")
        terminal.until(lambda screen: "Keys and signs" in screen)
        terminal.keys("\x1b")
        terminal.until(lambda screen: "Keys and signs" not in screen)
        terminal.keys("n")
        terminal.until(lambda screen: "Note:" in screen)
        terminal.keys("left knee\r")
        terminal.until(lambda screen: "Note:" not in screen)
        terminal.keys("p")
        terminal.until(lambda screen: "10 worst" in screen)
        terminal.keys("3\r")
        terminal.until(lambda screen: "10 worst" not in screen)
        terminal.keys("3")
        terminal.until(lambda screen: "strap/ecg" in screen)
        terminal.keys("s")
        terminal.until(lambda screen: "Stop the recording?" in screen)
        terminal.keys("y")
        terminal.until(lambda screen: ".mcap" in screen)
        terminal.keys("q")
        assert terminal.ended() == 0
    session = read_session(next(tmp_path.glob("*.mcap")))
    items = list(session.inputs())
    assert [(item.verb, item.arg) for item in items if isinstance(item, Mark)] == [
        ("pace", "4/6"),
        ("pace", ""),
        ("note", "left knee"),
        ("pain", "3"),
    ]
    assert isinstance(items[-1], Stop)
    assert items[-1].reason == "asked to"
    replays_the_same(session.path)


@pytest.mark.long
@pytest.mark.parametrize(("views", "frozen_s"), [(3, 1), (4, 60)])
def test_the_recording_outlives_its_view_and_views_that_are_killed_frozen_or_many_change_nothing(
    views: int, frozen_s: float, recorder: tuple[Terminal, Path], environment: Environment, tidehold: Tidehold
) -> None:
    terminal, out = recorder
    terminal.keys("q")
    assert terminal.ended() == 0
    assert "the recording goes on" in terminal.text
    with ExitStack() as watched:
        many = [watched.enter_context(Terminal([*COMMAND, "watch"], environment, 80, 24)) for _ in range(views)]
        for view in many:
            view.until(lambda screen: "REC" in screen and "strap ✓ armed" in screen)
        many[0].process.kill()
        many[1].process.send_signal(signal.SIGSTOP)
        before, thaws_at = status(tidehold), time.monotonic() + frozen_s
        assert before["state"] == "recording"
        many[-1].until(lambda _: time.monotonic() > thaws_at, within_s=frozen_s + 60)
        many[-1].until(lambda _: status(tidehold)["seconds"] > before["seconds"] + frozen_s)
        many[1].process.send_signal(signal.SIGCONT)
        many[1].until(lambda screen: "REC" in screen)
        stopped = tidehold("stop", "--json")
    assert stopped.code == 0, stopped.err
    assert stopped.json["reason"] == "asked to"
    session = Path(stopped.json["session"])
    assert session.parent == out
    assert [path.suffix for path in out.iterdir()] == [".mcap"]
    assert tidehold("status").code == 4
    replays_the_same(session)
    replayed = tidehold("replay", session, "--fast", "--json").json
    assert replayed["gaps"] == []
    assert replayed["rejected"] == {}


def test_a_killed_recorder_is_said_and_its_session_is_listed_as_interrupted(
    recorder: tuple[Terminal, Path], environment: Environment, tidehold: Tidehold
) -> None:
    terminal, out = recorder
    assert kill_recorder(environment) is not None
    terminal.until(lambda screen: "the recorder is gone" in screen)
    terminal.keys("q")
    assert terminal.ended() == 4
    listed = tidehold("sessions", out, "--json").json["sessions"]
    assert [each["state"] for each in listed] == ["interrupted"]
    assert tidehold("recover", out).code == 0
    (recovered,) = out.glob("*.mcap")
    assert tidehold("verify", recovered).code == 0
    assert "nothing is being recorded" in tidehold("status").err


@pytest.mark.long
def test_a_file_is_played_in_the_dashboard(environment: Environment, tmp_path: Path, tidehold: Tidehold) -> None:
    made = tidehold("simulate", "session", "--phone", "--seconds", 60, "--out", tmp_path, "--json")
    assert made.code == 0, made.err
    words = [*COMMAND, "replay", made.json["session"], "--watch"]
    with Terminal(words, environment) as terminal:
        terminal.until(lambda screen: "PLAY" in screen and "0:01:00" in screen)
        terminal.keys("\x1b[C" * 4)
        terminal.until(lambda screen: any(f"0:00:{s}" in screen for s in range(40, 60)))
        terminal.keys(" ")
        terminal.until(lambda screen: "PAUSED" in screen)
        terminal.keys("\x1b[D" * 3)
        terminal.until(lambda screen: any(f"0:00:{s}" in screen for s in range(10, 30)))
        terminal.keys("q")
        assert terminal.ended() == 0


@pytest.mark.long
def test_doctor_tries_the_sensors(environment: Environment, tidehold: Tidehold) -> None:
    with StrapProcess("calm-6") as strap:
        ran = tidehold("doctor", "--radio", strap.radio, "--seconds", 6, "--json")
    checks = {check["name"]: check for check in ran.json["checks"]}
    assert checks["strap"]["state"] == "ok", json.dumps(checks, indent=1)
    assert checks["strap battery"]["found"] == "87 %"
    assert "nothing is recorded" in ran.err
