from pathlib import Path

import pytest

from tests.cli.running import Run
from tidehold.cli.parser import parse
from tidehold.cli.settings import Settings
from tidehold.daemon.config import StrapConfig, config_path, remember_strap
from tidehold.sources.ble_options import Wanted

ADDRESS = "A0:9E:1A:00:00:01"


def settings(*words: str) -> Settings:
    return Settings.of(parse(["record", *words]))


def configure(text: str) -> None:
    config_path().parent.mkdir(parents=True)
    config_path().write_text(text)


def test_a_flag_wins_over_the_configuration_over_the_memory_over_any(home: Path) -> None:
    assert settings().wanted_strap(None) == Wanted()
    remember_strap(StrapConfig(ADDRESS, "Remembered"))
    assert settings().wanted_strap(None) == Wanted(ADDRESS, "Remembered")
    configure('[strap]\nname = "Configured"\n')
    assert settings().wanted_strap(None) == Wanted(None, "Configured")
    assert settings().wanted_strap("H10") == Wanted(None, "H10")
    assert settings().wanted_strap("any") == Wanted()


@pytest.mark.parametrize("text", [ADDRESS, ADDRESS.lower(), "12345678-1234-1234-1234-123456789abc"])
def test_what_looks_like_an_address_is_one(home: Path, text: str) -> None:
    assert settings().wanted_strap(text) == Wanted(address=text)


def test_where_sessions_go(home: Path) -> None:
    assert settings().sessions == home / "data/tidehold/sessions"
    assert settings("--out", "here").sessions == Path("here")
    configure('sessions = "/there"\n')
    assert settings().sessions == Path("/there")


def test_a_wrong_configuration_is_exit_code_2_before_anything_starts(tidehold: Run, home: Path) -> None:
    configure("[strap]\nname = 7\n")
    ran = tidehold("record", "--headless")
    assert ran.code == 2
    assert "tidehold.toml: strap.name: expected `str`, found `int`" in ran.err
    assert not ran.out
    assert not (home / "data").exists()


def test_a_wrong_profile_is_exit_code_2_before_anything_starts(tidehold: Run, home: Path) -> None:
    (home / "mine").mkdir()
    (home / "mine/odd.toml").write_text('id = "odd"\nname = 3\n')
    ran = tidehold("record", "--headless", "--profiles", home / "mine")
    assert ran.code == 2
    assert "odd.toml" in ran.err
    assert not (home / "data").exists()
