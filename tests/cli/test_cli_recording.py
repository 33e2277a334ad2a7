"""`record` and `demo`, as far as they do not need a whole session; those are in tests/system."""

import builtins
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Run
from tidehold.cli.parser import parse
from tidehold.cli.recording import _mention_unfinished, _News, _tell_of_next, paced
from tidehold.cli.settings import Settings
from tidehold.records import Cue, HostNs, LinkState, LinkView, Rejected, Snapshot


def test_without_the_simulators_demo_says_what_to_install(tidehold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "bumble":
            raise ImportError("No module named 'bumble'")
        return real(name, *args, **kwargs)

    monkeypatch.setitem(sys.modules, "bumble", None)
    monkeypatch.setattr(builtins, "__import__", without)
    ran = tidehold("demo", "--headless")
    assert ran.code == 2
    assert "pip install 'tidehold[sim]'" in ran.err


def test_a_scenario_that_does_not_exist_ends_the_demo_with_the_simulators_own_words(tidehold: Run, home: Path) -> None:
    ran = tidehold("demo", "--headless", "--scenario", home / "absent.toml", "--out", home / "out")
    assert ran.code in (2, 4)
    assert not (home / "out").exists()


def test_a_computer_without_bluetooth_is_exit_code_4_with_what_to_do(home: Path) -> None:
    """In a process of its own: no D-Bus, so no BlueZ."""
    command: Sequence[object] = (sys.executable, "-m", "tidehold.cli", "record", "--headless", "--out", home)
    environment = os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={home}/nothing"}
    run = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 4
    assert "tidehold: " in run.stderr
    assert "Bluetooth" in run.stderr
    assert len(list(home.glob("*.mcap"))) == 1  # the session that failed is finished, and says why


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["--pace"], "5/7"), (["--pace", "off"], ""), (["--pace", " 4 / 2 / 6 / 0"], "4/2/6/0")],
)
def test_the_pacer_starts_at_once_if_asked(
    words: list[str], text: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEHOLD_PACER_PATTERN", "5/7")
    arguments = parse(["record", *words])
    assert paced(arguments, Settings.of(arguments)) == text


@pytest.mark.parametrize("verb", ["record", "demo"])
def test_a_pattern_that_is_none_ends_it_before_anything_starts(verb: str, tidehold: Run, home: Path) -> None:
    ran = tidehold(verb, "--headless", "--pace", "slowly", "--out", home / "out")
    assert ran.code == 2
    assert """pacer: expected seconds as "IN/OUT" or""" in ran.err
    assert not (home / "out").exists()


def test_an_interrupted_session_is_mentioned_at_the_next_start(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    _mention_unfinished(home)
    assert capsys.readouterr().err == ""
    (home / "x.mcap.part").touch()
    _mention_unfinished(home)
    assert f"1 interrupted in {home}: `tidehold recover {home}`" in capsys.readouterr().err


def snapshot(state: LinkState, **detail: str) -> Snapshot:
    links = {"strap": LinkView(state, HostNs(0), detail)}
    return Snapshot(
        t=HostNs(0), inputs={}, links=links, said={}, streams={}, estimates={}, rejected={}, gaps=0, traces={}
    )


def test_trouble_with_a_link_is_said_once_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    news = _News()
    states: list[LinkState] = ["connecting", "refused", "searching", "refused"]
    for state in states:
        news.hear(snapshot(state, reason="seen, but it refuses", advice="close the other app"))
    assert capsys.readouterr().err == "strap refused; seen, but it refuses; close the other app\n"
    news.hear(snapshot("armed", missing="ecg: the strap has no PMD"))
    news.hear(Cue(HostNs(1), "sensor-lost", "strap: link lost"))
    assert capsys.readouterr().err == "strap armed; ecg: the strap has no PMD\nstrap: link lost\n"


def test_what_the_person_did_and_is_refused_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    news = _News()
    news.hear(Rejected(HostNs(1), "person", "skip", "the routine has not begun"))
    news.hear(Rejected(HostNs(1), "strap", "ecg", "too short"))
    assert capsys.readouterr().err == "refused: skip: the routine has not begun\n"


@pytest.mark.parametrize(("words", "is_terminal", "told"), [([], True, 1), ([], False, 0), (["--json"], True, 0)])
def test_a_person_at_a_terminal_is_told_what_is_there_after_a_session(
    words: list[str],
    is_terminal: bool,
    told: int,
    tidehold: Run,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tidehold.cli.recording.can_show", lambda: True)
    monkeypatch.setattr("tidehold.cli.recording.record_and_watch", lambda *_: 0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: is_terminal)
    monkeypatch.setattr("tidehold.cli.recording.is_first_run", lambda _: False)
    assert tidehold("record", "--strap", "any", *words).err.count("`tidehold check-in after`") == told
    _tell_of_next(parse(["record", *words]), "a.mcap")
    assert capsys.readouterr().err.count("`tidehold report a.mcap`") == told
