import os
import stat
from pathlib import Path

import pytest

from tidehold.daemon.config import (
    Config,
    Followed,
    Remembered,
    RoutineConfig,
    StrapConfig,
    config_path,
    followed_path,
    load_config,
    overrides,
    recall_followed,
    recall_phone,
    recall_strap,
    remember_followed,
    remember_phone,
    remember_strap,
    remembered_path,
    remembered_phone_path,
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
    assert config == Config(StrapConfig(name="H10"), sessions="/somewhere", profiles=("/mine",))
    assert sessions_path(config) == Path("/somewhere")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "[strap]\nadress = 'x'",
            r"tidehold\.toml: strap\.adress: expected one of address, name, enabled, found an unknown key",
        ),
        (
            "speed = 1",
            rf"tidehold\.toml: speed: expected one of {', '.join(Config.__struct_fields__)}, found an unknown key$",
        ),
        ("[strap]\naddress = 7", r"tidehold\.toml: strap\.address: expected `str`, found `int`"),
        ("[phone]\nport = 70000", r"tidehold\.toml: phone\.port: expected `int` <= 65535$"),
        ("[phone]\nbroker = 'mine'", r"tidehold\.toml: phone\.broker: "),
        ("[phone]\npassword = 'x'", r"phone\.password: expected one of profile, broker, .*, found an unknown key"),
        (
            "[pacer]\npattern = '4 in'",
            r"tidehold\.toml: pacer: expected seconds as \"IN/OUT\" or .*, such as \"4/6\" or .*, found '4 in'$",
        ),
        ("[phone]\nplacement = 'ear'", r"tidehold\.toml: phone\.placement: "),
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


def test_what_cannot_be_written_leaves_what_was_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    path = remember_followed(Followed(sessions={"calm-6": 2}))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        remember_followed(Followed(sessions={"calm-6": 3}))
    assert recall_followed().sessions == {"calm-6": 2}
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_what_was_agreed_for_the_phone_is_remembered_for_its_owner_alone() -> None:
    assert recall_phone() is None
    path = remember_phone(Remembered("192.168.1.2", 1883, "secret"))
    assert path == remembered_phone_path()
    path.chmod(0o644)
    assert remember_phone(Remembered("192.168.1.3", 1883, "secret")) == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert recall_phone() == Remembered("192.168.1.3", 1883, "secret")
    path.write_text("[]")
    with pytest.raises(ConfigError, match=r"phone\.json: expected what was agreed for the phone, .* delete the file"):
        recall_phone()


def test_the_environment_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('sessions = "/file"\n[phone]\nport = 1\nprofile = "phyphox"\n')
    monkeypatch.setenv("TIDEHOLD_PHONE_PORT", "2883")
    monkeypatch.setenv("TIDEHOLD_PHONE_TLS", "true")
    monkeypatch.setenv("TIDEHOLD_PROFILES", "/a:/b")
    monkeypatch.setenv("TIDEHOLD_STRAP_NAME", "Polar")
    config = load_config()
    assert (config.phone.port, config.phone.tls, config.phone.profile) == (2883, True, "phyphox")
    assert (config.profiles, config.sessions, config.strap.name) == (("/a", "/b"), "/file", "Polar")
    assert set(overrides()) == {"TIDEHOLD_PHONE_PORT", "TIDEHOLD_PHONE_TLS", "TIDEHOLD_PROFILES", "TIDEHOLD_STRAP_NAME"}


def test_the_pacers_pattern_and_the_phones_place_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (Config().pacer.pattern, Config().phone.placement) == ("4/6", "")
    write('[pacer]\npattern = "5/5"\n[phone]\nplacement = "belly"\n')
    assert (load_config().pacer.pattern, load_config().phone.placement) == ("5/5", "belly")
    monkeypatch.setenv("TIDEHOLD_PACER_PATTERN", "4/2/6/0")
    assert load_config().pacer.pattern == "4/2/6/0"


def test_a_routine_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Config().routine == RoutineConfig("", "", "left", "")
    write('routines = ["/mine"]\n[routine]\nname = "psoas-relief"\nvariant = "hypermobility"\nfirst = "right"\n')
    assert load_config().routine == RoutineConfig("psoas-relief", "hypermobility", "right")
    monkeypatch.setenv("TIDEHOLD_ROUTINE_AFFECTED", "both")
    monkeypatch.setenv("TIDEHOLD_ROUTINES", "/a:/b")
    assert load_config().routine.affected == "both"
    assert load_config().routines == ("/a", "/b")
    monkeypatch.setenv("TIDEHOLD_ROUTINE_FIRST", "both")
    with pytest.raises(ConfigError, match=r"^TIDEHOLD_ROUTINE_FIRST: routine\.first: "):
        load_config()


def test_the_diarys_checklist_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Config().diary.items == ("supplements", "kneeling stool", "sleep position", "long sitting")
    write('[diary]\nitems = ["coffee"]\n')
    assert load_config().diary.items == ("coffee",)
    monkeypatch.setenv("TIDEHOLD_DIARY_ITEMS", "coffee:cold water")
    assert load_config().diary.items == ("coffee", "cold water")


def test_routines_that_were_followed_are_remembered() -> None:
    assert recall_followed() == Followed()
    path = remember_followed(Followed(("numb",), {"calm-6": 2}))
    assert path == followed_path()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert recall_followed() == Followed(("numb",), {"calm-6": 2})
    path.write_text("7")
    with pytest.raises(
        ConfigError, match=r"routines\.json: expected the routines that were followed, .* delete the file"
    ):
        recall_followed()


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEHOLD_PHONE_PORT", "many")
    with pytest.raises(ConfigError, match=r"^TIDEHOLD_PHONE_PORT: phone\.port: expected `int`, found `str`$"):
        load_config()


def test_sound_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Config().sound.enabled
    write("[sound]\nenabled = false\nvolume = 0.25\nspeech = false\n")
    sound = load_config().sound
    assert (sound.enabled, sound.volume, sound.speech) == (False, 0.25, False)
    monkeypatch.setenv("TIDEHOLD_SOUND_ENABLED", "true")
    monkeypatch.setenv("TIDEHOLD_SOUND_VOLUME", "1")
    assert (load_config().sound.enabled, load_config().sound.volume) == (True, 1.0)
    monkeypatch.setenv("TIDEHOLD_SOUND_VOLUME", "1.5")
    with pytest.raises(ConfigError, match=r"TIDEHOLD_SOUND_VOLUME: sound\.volume: expected `float` <= 1"):
        load_config()
