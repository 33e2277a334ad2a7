"""`setup` in a real terminal, with a strap on a virtual Bluetooth link; what it writes holds."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pyte
import pytest
import segno

from tests.system.running import COMMAND, Tidehold
from tests.system.terminal import Terminal
from tidehold_simulators.process import StrapProcess

Environment = dict[str, str]
DOWN = "\x1b[B"
HALVES = {" ": (False, False), "▀": (True, False), "▄": (False, True), "█": (True, True)}


def dark_modules(screen: pyte.Screen) -> tuple[tuple[bool, ...], ...]:
    """The QR code on the screen, from the colours of its cells: all that is black on white, without its border."""
    rows: dict[int, list[tuple[bool, bool]]] = {}
    for y in range(screen.lines):
        for x in range(screen.columns):
            cell = screen.buffer[y][x]
            if (cell.fg, cell.bg) == ("000000", "ffffff"):
                rows.setdefault(y, []).append(HALVES[cell.data])
    modules = [[half[upper] for half in row] for row in rows.values() for upper in (0, 1)]
    dark = [row for row in modules if any(row)]
    if not dark:
        return ()  # not yet drawn
    first = min(row.index(True) for row in dark)
    last = max(len(row) - row[::-1].index(True) for row in dark)
    if first < 2 or any(map(any, modules[:2])):
        return ()  # without its quiet zone
    return tuple(tuple(row[first:last]) for row in dark)


def press(terminal: Terminal, keys: str, then: str) -> str:
    """Type, and wait for what comes of it."""
    terminal.keys(keys)
    return terminal.until(lambda screen: then in screen)


def test_a_first_run_leads_from_nothing_to_a_configuration_that_holds(
    environment: Environment, tmp_path: Path, tidehold: Tidehold
) -> None:
    config = tmp_path / "config/tidehold/tidehold.toml"
    with StrapProcess("calm-6") as strap:
        words = [*COMMAND, "setup", "--radio", strap.radio]
        with Terminal(words, environment, columns=80, lines=24) as terminal:
            terminal.until(lambda screen: strap.name in screen and "Heart Rate" in screen)
            press(terminal, DOWN * 2, f"▸ {strap.name}")
            press(terminal, "\r", "2 of 6: phone")
            press(terminal, DOWN, "▸ phyphox")
            press(terminal, DOWN, "▸ Sensor Logger")
            press(terminal, "\r", "where the phone sends to")
            press(terminal, "j" * 3, "▸ 127.0.0.1")
            shown = press(terminal, "\r", "The code says the same")
            rows = dict(line.split()[:2] for line in shown.splitlines() if len(line.split()) >= 2)
            url = f"mqtt://{rows['user']}:{rows['password']}@{rows['host']}:{rows['port']}/{rows['topic']}"
            code = segno.make(url, error="l", micro=False)
            expected = tuple(tuple(map(bool, row)) for row in code.matrix)
            terminal.until(lambda _: dark_modules(terminal._screen) == expected)
            assert not config.exists()  # nothing is written before the end
            press(terminal, "\r", "where the phone is worn")
            press(terminal, "k" * 4, "▸ breastbone")
            press(terminal, "\r", "4 of 6: routine")
            press(terminal, DOWN, "▸ calm-6")
            press(terminal, "\r", "variant of the routine")
            press(terminal, "\r", "5 of 6: breathing pacer")
            summary = press(terminal, "\r", "6 of 6: all of it")
            assert strap.name in summary
            assert rows["password"] not in summary
            terminal.keys("\r")
            assert terminal.ended() == 0
            assert "wrote" in terminal.text
        assert stat.S_IMODE(config.stat().st_mode) == 0o600
        assert tidehold("config", "check").code == 0
        settings = tidehold("config", "show", "--json").json
        assert settings["phone"]["profile"] == "sensor-logger-android"
        assert settings["phone"]["placement"] == "breastbone"
        assert settings["phone"]["address"] == "127.0.0.1"
        assert settings["routine"]["name"] == "calm-6"
        state = tmp_path / "state/tidehold"
        assert json.loads((state / "strap.json").read_text())["address"] == strap.address
        assert json.loads((state / "phone.json").read_text())["password"] == rows["password"]
        for path in tmp_path.rglob("*"):
            assert path.name == "phone.json" or not path.is_file() or rows["password"] not in path.read_text()
        ran = tidehold(
            "record", "--radio", strap.radio, "--headless", "--seconds", 4, "--out", tmp_path / "out", "--json"
        )
        assert ran.code == 0, ran.err
        assert "no strap chosen yet" not in ran.err


@pytest.mark.parametrize("key", ["q", pytest.param("\x03", marks=pytest.mark.long)])
def test_leaving_in_the_middle_changes_nothing(environment: Environment, tmp_path: Path, key: str) -> None:
    with StrapProcess("calm-6") as strap:
        words = [*COMMAND, "setup", "--radio", strap.radio]
        with Terminal(words, environment | {"NO_COLOR": "1"}, columns=80, lines=24) as terminal:
            terminal.until(lambda screen: strap.name in screen)
            press(terminal, "\r", "2 of 6: phone")
            terminal.keys(key)
            assert terminal.ended() == 0
            assert "nothing was changed" in terminal.text
    assert not (tmp_path / "config").exists()
    assert not (tmp_path / "state").exists()


@pytest.mark.long
def test_recording_for_the_first_time_offers_it(environment: Environment) -> None:
    with Terminal([*COMMAND, "record", "--strap", "none"], environment) as terminal:
        assert terminal.ended() == 2  # nothing to record: and yet a strap was spoken of
        assert "tidehold setup" not in terminal.text
    with Terminal([*COMMAND, "record", "--variant", "x"], environment) as terminal:
        assert terminal.ended() == 2
        assert "no strap chosen yet: `tidehold setup` leads through it" in terminal.text
