import stat
from pathlib import Path

import pytest

from tidehold.daemon.config import (
    Config,
    StrapConfig,
    config_path,
    load_config,
    recall_strap,
    remember_strap,
    remembered_path,
    sessions_path,
)
from tidehold.errors import ConfigError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


def write(text: str) -> Path:
    path = config_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_missing_file_in_the_usual_place_means_defaults(home: Path) -> None:
    assert load_config() == Config()
    assert sessions_path(Config()) == home / "data/tidehold/sessions"


def test_a_missing_file_that_was_named_is_an_error(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"mine\.toml: expected a configuration file, found none"):
        load_config(home / "mine.toml")


def test_settings_are_read() -> None:
    write('sessions = "/somewhere"\nprofiles = ["/mine"]\n[strap]\nname = "H10"\n')
    config = load_config()
    assert config == Config(StrapConfig(name="H10"), "/somewhere", ("/mine",))
    assert sessions_path(config) == Path("/somewhere")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "[strap]\nadress = 'x'",
            r"tidehold\.toml: strap\.adress: expected one of address, name, found an unknown key",
        ),
        ("speed = 1", r"tidehold\.toml: speed: expected one of strap, sessions, profiles, found an unknown key"),
        ("[strap]\naddress = 7", r"tidehold\.toml: strap\.address: expected `str`, found `int`"),
        ("profiles = ['a', 2]", r"tidehold\.toml: profiles\[1\]: expected `str`, found `int`"),
        ("[strap", r"tidehold\.toml: expected a readable TOML file, found: "),
    ],
)
def test_a_wrong_key_is_named_with_file_expected_and_found(text: str, complaint: str) -> None:
    write(text)
    with pytest.raises(ConfigError, match=complaint):
        load_config()


def test_bytes_that_are_no_text_are_an_error() -> None:
    write("").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="expected a readable TOML file"):
        load_config()


def test_a_relative_xdg_path_is_ignored(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(home))
    assert config_path() == home / ".config/tidehold/tidehold.toml"


def test_a_strap_is_remembered() -> None:
    assert recall_strap() == StrapConfig()
    path = remember_strap(StrapConfig("AA:BB", "Polar H10"))
    assert path == remembered_path()
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert recall_strap() == StrapConfig("AA:BB", "Polar H10")


def test_a_broken_memory_says_what_to_do() -> None:
    remember_strap(StrapConfig("AA:BB")).write_text("{")
    with pytest.raises(ConfigError, match=r"strap\.json: .* delete the file"):
        recall_strap()
