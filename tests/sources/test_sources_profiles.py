"""Device profiles from files: all that come with Tidehold, a person's own, and which one fits."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from tidehold.errors import ProfileError
from tidehold.sources import profiles as module
from tidehold.sources.profiles import builtin_profiles, file_profiles, load_folder, load_profile, match_profile
from tidehold.wire.decoder import Decoder
from tidehold.wire.profile import Codec, Profile

FOLDER = Path(__file__).parents[2] / "device_profiles"
FILES = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.toml"))}
BUILTIN = builtin_profiles()
STRAPS = ["generic-heart-rate", "polar-h10", "polar-h9", "simulated"]
LOGGERS = ["sensor-logger-android", "sensor-logger-ios", "sensor-logger-standardised"]
PMD_SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
BASE = "-0000-1000-8000-00805f9b34fb"


def test_the_profiles_that_come_with_tidehold() -> None:
    assert list(BUILTIN) == list(FILES) == sorted([*STRAPS, *LOGGERS, "micro-bit-imu", "phyphox"])
    assert [profile.id for profile in BUILTIN.values() if profile.kind == "strap"] == STRAPS
    assert [profile.id for profile in BUILTIN.values() if profile.kind == "phone"] == ["phyphox", *LOGGERS]
    assert {profile.id for profile in BUILTIN.values() if profile.source == "mqtt"} == {"phyphox", *LOGGERS}


@pytest.mark.parametrize(
    ("profile", "example"),
    [
        pytest.param(BUILTIN[name], example, id=f"{name}-{i}-{example['channel']}")
        for name, document in FILES.items()
        for i, example in enumerate(document["example"])
    ],
)
def test_every_example_of_every_file(profile: Profile, example: dict[str, Any]) -> None:
    payload = example["json"].encode() if "json" in example else bytes.fromhex(example["payload"])
    decoded = Decoder(profile).decode(example["channel"], payload)
    assert {reading.stream for reading in decoded.readings} == set(example.get("expect", {}))
    for reading in decoded.readings:
        np.testing.assert_allclose(reading.values, example["expect"][reading.stream], rtol=1e-9, strict=False)
        if reading.times is not None:
            assert reading.device == reading.times.max()
            assert reading.times.shape == reading.values.shape[:1]
    newest = max((reading.device for reading in decoded.readings if reading.device is not None), default=None)
    assert newest == example.get("device_ns")
    assert decoded.text == example.get("text", "")
    assert dict(decoded.skipped) == example.get("skipped", {})
    assert bool(decoded.refused) == ("refused" in example)
    assert example.get("refused", "") in "; ".join(decoded.refused)


@pytest.mark.parametrize("profile", BUILTIN.values(), ids=BUILTIN)
def test_every_stream_has_an_example(profile: Profile) -> None:
    shown = {stream for example in profile.example for stream in example.expect}
    assert shown == {stream.id for stream in profile.stream}


def test_every_codec_but_one_is_in_use() -> None:
    known = (*BUILTIN.values(), *file_profiles().values())
    used = {channel.codec for profile in known for channel in profile.channel}
    assert set(get_args(Codec)) - used == {"system-id"}


def test_facts_of_the_h10() -> None:
    h10 = BUILTIN["polar-h10"]
    streams = {stream.id: stream for stream in h10.stream}
    channels = {channel.id: channel for channel in h10.channel}
    assert (streams["ecg"].rate_hz, streams["acc"].rate_hz) == (130.0, 200.0)
    assert (streams["ecg"].start, streams["ecg"].stop) == ("02000001820001010e00", "0300")
    assert (streams["acc"].start, streams["acc"].stop) == ("02020001c8000101100002010800", "0302")
    assert (streams["ecg"].settings, streams["acc"].settings) == ("0100", "0102")
    assert streams["acc"].range == pytest.approx((-16 * 9.80665, 16 * 9.80665))
    assert {channels[name].service for name in ("pmd", "pmd-control")} == {PMD_SERVICE}
    assert channels["pmd-control"].uuid == PMD_SERVICE.replace("5c80", "5c81")
    assert channels["pmd"].uuid == PMD_SERVICE.replace("5c80", "5c82")
    assert (channels["pmd-control"].mode, channels["pmd"].mode) == ("indicate", "notify")
    assert (h10.clock.kind, h10.clock.epoch, h10.clock.resets) == ("epoch", "2000-01-01", True)


def test_facts_of_the_micro_bit() -> None:
    microbit = BUILTIN["micro-bit-imu"]
    channels = {channel.id: channel for channel in microbit.channel}
    (acc,) = microbit.stream
    assert {channels[name].service for name in ("accelerometer", "period")} == {"e95d0753-251d-470a-a062-fa1922dfa9a8"}
    assert channels["accelerometer"].uuid == "e95dca4b-251d-470a-a062-fa1922dfa9a8"
    assert (channels["accelerometer"].mode, channels["accelerometer"].layout) == ("notify", "<hhh")
    assert channels["period"].uuid == "e95dfb24-251d-470a-a062-fa1922dfa9a8"
    assert (channels["period"].mode, channels["period"].value) == ("write", "1400")
    assert acc.rate_hz == 1000 / int.from_bytes(bytes.fromhex("1400"), "little")
    assert acc.axes == ("-0", "-1", "-2"), "lying on its back it says -1 g"
    assert microbit.clock.kind == "none"


def test_the_simulated_strap_is_an_h10() -> None:
    assert BUILTIN["simulated"].stream == BUILTIN["polar-h10"].stream
    assert BUILTIN["simulated"].channel == BUILTIN["polar-h10"].channel
    assert BUILTIN["simulated"].clock == BUILTIN["polar-h10"].clock


def test_the_h9_has_no_pmd() -> None:
    assert all(channel.service != PMD_SERVICE for channel in BUILTIN["polar-h9"].channel)
    assert all(stream.start is None for stream in BUILTIN["polar-h9"].stream)


@pytest.mark.parametrize(
    ("name", "services", "expected"),
    [
        ("Polar H10 1234ABCD", ["180d"], "polar-h10"),
        ("Polar H10 1234ABCD", [], "polar-h10"),
        ("Polar H9 1234ABCD", ["0000180D" + BASE], "polar-h9"),
        ("Polar H10", ["0000180d" + BASE], "generic-heart-rate"),  # a name without its number is not Polar's
        ("Tidehold Sim 7", ["180D"], "simulated"),
        ("BBC micro:bit [zuvav]", [], "micro-bit-imu"),
        ("BBC micro:bit", ["180d"], "micro-bit-imu"),
        ("TICKR", ["180f", "180d"], "generic-heart-rate"),
        (None, ["180d"], "generic-heart-rate"),
        ("TICKR", ["180f"], None),
        (None, [], None),
        ("", [], None),
    ],
)
def test_which_profile_fits(name: str | None, services: list[str], expected: str | None) -> None:
    backwards = dict(reversed(BUILTIN.items()))
    for profiles in (BUILTIN, backwards):
        found = match_profile(profiles, name, services)
        assert (found.id if found else None) == expected


def test_what_is_not_heard_over_bluetooth_matches_nothing() -> None:
    """Its empty `match` would fit every device."""
    phones = {name: BUILTIN[name] for name in LOGGERS}
    assert match_profile(phones, "Tidehold Sim 7", ["180d"]) is None
    assert match_profile(phones, None, []) is None
    found = match_profile(phones | {"polar-h9": BUILTIN["polar-h9"]}, "Polar H9 1234ABCD", [])
    assert found is BUILTIN["polar-h9"]


NEW = (FOLDER / "generic-heart-rate.toml").read_text(encoding="utf-8").replace("generic-heart-rate", "band")


def test_a_new_device_is_a_new_file(tmp_path: Path) -> None:
    (tmp_path / "band.toml").write_text(NEW.replace("[match]", '[match]\nname_prefix = "Band"'), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a profile", encoding="utf-8")
    profiles = BUILTIN | load_folder(tmp_path)
    found = match_profile(profiles, "Band 5", ["180d"])
    assert found is not None
    assert found.id == "band"
    (hr, _) = Decoder(found).decode("hr", b"\x00\x3c").readings
    assert hr.values.tolist() == [60.0]
    assert match_profile(profiles, "Band 5", []) is None  # all that is given must hold
    assert match_profile(profiles, "Belt", ["180d"]) is BUILTIN["generic-heart-rate"]


def test_of_equally_fitting_profiles_the_one_with_more_services_then_the_first(tmp_path: Path) -> None:
    for name, services in (("aa", '"180d"'), ("bb", '"180d", "180f"'), ("cc", '"180d"')):
        text = NEW.replace('"band"', f'"{name}"').replace('services = ["180d"]', f"services = [{services}]")
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
    profiles = load_folder(tmp_path)
    both = match_profile(profiles, None, ["180d", "180f"])
    one = match_profile(profiles, None, ["180d"])
    assert both is profiles["bb"]
    assert one is profiles["aa"]


def complaint_of(file: Path) -> str:
    with pytest.raises(ProfileError) as caught:
        load_profile(file)
    return str(caught.value)


def test_a_mistake_names_its_file(tmp_path: Path) -> None:
    file = tmp_path / "band.toml"
    file.write_text(NEW.replace("[20, 300]", '["20", 300]'), encoding="utf-8")
    assert complaint_of(file) == f"{file}: stream[0].range[0]: expected float, found str"
    with pytest.raises(ProfileError, match=r"band\.toml: "):
        load_folder(tmp_path)


def test_the_id_is_the_name_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "belt.toml"
    file.write_text(NEW, encoding="utf-8")
    assert complaint_of(file) == f"{file}: id: expected the file's name 'belt', found 'band'"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "band.toml"
    file.write_bytes(b'id = "\xff"')
    assert complaint_of(file) == f"{file}: expected UTF-8, found invalid start byte at byte 6"
    (tmp_path / "folder.toml").mkdir()
    assert complaint_of(tmp_path / "folder.toml").endswith("expected a readable file, found: Is a directory")
    assert complaint_of(tmp_path / "none.toml").endswith("expected a readable file, found: No such file or directory")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="expected a folder of device profiles, found none"):
        load_folder(tmp_path / "none")
    assert load_folder(tmp_path) == {}


def test_the_package_comes_before_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed, checkout = tmp_path / "installed", tmp_path / "checkout"
    checkout.mkdir()
    monkeypatch.setattr(module, "_FOLDERS", (installed, checkout))
    (checkout / "band.toml").write_text(NEW, encoding="utf-8")
    assert list(builtin_profiles()) == ["band"]
    installed.mkdir()
    assert list(builtin_profiles()) == []


def test_an_installation_without_profiles_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FOLDERS", (tmp_path / "none", tmp_path / "neither"))
    with pytest.raises(ProfileError, match="none: expected a folder"):
        builtin_profiles()


def test_files_of_other_programs_have_profiles_of_their_own() -> None:
    files = file_profiles()
    assert sorted(files) == [
        "hrv-logger",
        "hrv-logger-beats",
        "rr-text",
        "rr-text-seconds",
        "sensor-logger-export-android",
        "sensor-logger-export-ios",
    ]
    assert all(profile.source == "file" for profile in files.values())
    assert not files.keys() & BUILTIN.keys()
    assert not [profile for profile in BUILTIN.values() if profile.source == "file"]
    assert all(
        {channel.id for channel in profile.channel} == {example.channel for example in profile.example}
        for profile in files.values()
    )
