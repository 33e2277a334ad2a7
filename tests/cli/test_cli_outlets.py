"""Who is told of a session: as flags and configuration ask, and nobody otherwise."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.running import Run
from tests.outlets.said import header
from tidehold.cli.outlets import outlets_of, outlets_open
from tidehold.cli.parser import parse
from tidehold.cli.settings import Settings
from tidehold.daemon.config import Config, OutletsConfig
from tidehold.errors import ConfigError
from tidehold.outlets.mqtt import Mqtt
from tidehold.records import Cue, HostNs
from tidehold.sources.clock import SessionClock

ALL = OutletsConfig(lsl=True, osc="127.0.0.1:9000", mqtt="broker.local")


def names(config: OutletsConfig, *words: str) -> list[str]:
    settings = Settings(Config(outlets=config), {}, Path())
    makes = outlets_of(parse(["record", *words]), settings)
    return [make(header(), lambda: HostNs(0)).name for make in makes]


@pytest.mark.parametrize(
    ("config", "words", "expected"),
    [
        (OutletsConfig(), [], []),
        (ALL, [], ["LSL", "OSC", "MQTT"]),
        (ALL, ["--no-lsl", "--osc", "off", "--publish", "off"], []),
        (OutletsConfig(), ["--lsl", "--osc", "[::1]:9", "--publish", "other:1884"], ["LSL", "OSC", "MQTT"]),
    ],
)
def test_flags_win_over_the_configuration(config: OutletsConfig, words: list[str], expected: list[str]) -> None:
    assert names(config, *words) == expected


@pytest.mark.parametrize("receiver", ["9000", ":9000", "host", "host:", "host:x", "host:0", "host:70000"])
def test_an_address_that_is_none_is_refused(receiver: str) -> None:
    with pytest.raises(ConfigError, match=r"--osc: expected HOST:PORT, as in 127\.0\.0\.1:9000, found"):
        names(OutletsConfig(), "--osc", receiver)


def test_the_broker_is_as_configured(tmp_path: Path) -> None:
    (tmp_path / "word").write_text("secret\n")
    config = OutletsConfig(
        mqtt="b:1999", mqtt_username="me", mqtt_password_file=str(tmp_path / "word"), mqtt_name="mat", mqtt_discovery=""
    )
    (make,) = outlets_of(parse(["record"]), Settings(Config(outlets=config), {}, Path()))
    outlet = make(header(), lambda: HostNs(0))
    assert isinstance(outlet, Mqtt)
    assert outlet._target == ("b", 1999, "mat", "me", "secret", None, "")
    missing = OutletsConfig(mqtt="b", mqtt_password_file=str(tmp_path / "none"))
    with pytest.raises(ConfigError, match=r"outlets\.mqtt_password_file: expected a readable file"):
        outlets_of(parse(["record"]), Settings(Config(outlets=missing), {}, Path()))
    tls = OutletsConfig(mqtt="b", mqtt_tls_ca=str(tmp_path / "word"))
    with pytest.raises(ConfigError, match=r"outlets\.mqtt_tls_ca: expected certificates"):
        outlets_of(parse(["record"]), Settings(Config(outlets=tls), {}, Path()))


@pytest.mark.parametrize(("flag", "module", "extra"), [("--lsl", "pylsl", "lsl"), ("--osc=h:1", "pythonosc", "osc")])
def test_a_library_that_is_missing_is_said_before_anything_starts(
    monkeypatch: pytest.MonkeyPatch, flag: str, module: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigError, match=rf"pip install 'tidehold\[{extra}\]'"):
        names(OutletsConfig(), flag)


def test_a_wrong_address_ends_the_command_with_2(tidehold: Run) -> None:
    ran = tidehold("demo", "--headless", "--seconds", 1, "--osc", "nowhere")
    assert (ran.code, ran.out) == (2, "")
    assert "--osc: expected HOST:PORT" in ran.err


def test_they_run_until_the_session_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    with outlets_open(
        outlets_of(parse(["record", "--osc", "no.such.host.invalid:9"]), Settings(Config(), {}, Path())),
        header(),
        SessionClock(),
    ) as hear:
        (first,) = hear
        first(Cue(HostNs(0), "step", "Fold"))
    assert "OSC ended, the recording goes on: no.such.host.invalid:9 cannot be found" in capsys.readouterr().err
