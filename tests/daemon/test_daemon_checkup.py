"""What is looked at before a session, and what a person is told to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

from tidehold.daemon import checkup
from tidehold.daemon.checkup import Check, check_clock, check_disk, check_sensors, check_software, check_terminal
from tidehold.records import Estimate, HostNs, LinkState, LinkView, Snapshot, StreamView

NOW_NS = 1_790_000_000_000_000_000


def one(checks: Iterator[Check]) -> Check:
    (check,) = checks
    return check


def test_software_says_versions_and_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = {check.name: check for check in check_software()}
    assert {check.state for check in checks.values()} == {"ok"}
    assert "amqtt 0.12" in checks["the broker for a phone"].found

    def absent(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    monkeypatch.setattr("sys.version_info", (3, 14, 0, "final", 0))
    checks = {check.name: check for check in check_software()}
    assert checks["python"].state == "failed"
    assert checks["python"].advice == "use Python 3.11, 3.12 or 3.13"
    assert "pip install 'tidehold[sim]'" in checks["the simulators"].advice


def test_a_clock_that_was_never_set_is_found() -> None:
    assert one(check_clock(lambda: NOW_NS)).state == "ok"
    wrong = one(check_clock(lambda: 0))
    assert wrong.state == "failed"
    assert "1970-01-01" in wrong.found
    assert "set date and time" in wrong.advice


def test_the_disk_is_asked_for_room_rights_and_speed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check = one(check_disk(tmp_path / "not" / "yet"))
    assert check.state == "ok"
    assert str(tmp_path) in check.found
    assert list(tmp_path.iterdir()) == []

    class Usage:
        free = 1_000_000

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    full = one(check_disk(tmp_path))
    assert (full.state, full.advice) == ("failed", "make room, or choose another folder")


def test_a_slow_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "SLOW_SYNC_S", -1.0)
    assert one(check_disk(tmp_path)).state == "warning"


def test_a_disk_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("shutil.disk_usage", refused)
    check = one(check_disk(tmp_path))
    assert (check.state, check.found) == ("failed", f"{tmp_path}: Permission denied")
    assert "--out" in check.advice


@pytest.mark.parametrize(
    ("size", "is_terminal", "encoding", "state"),
    [
        ((100, 30), True, "utf-8", "ok"),
        ((80, 24), True, "UTF8", "ok"),
        ((79, 50), True, "utf-8", "warning"),
        ((200, 23), True, "utf-8", "warning"),
        ((100, 30), True, "ascii", "warning"),
        ((100, 30), False, "utf-8", "warning"),
    ],
)
def test_a_terminal_must_be_there_and_large_enough(
    size: tuple[int, int], is_terminal: bool, encoding: str, state: str
) -> None:
    check = one(check_terminal(os.terminal_size(size), is_terminal=is_terminal, encoding=encoding))
    assert check.state == state
    assert bool(check.advice) == (state != "ok")


def snapshot(
    states: dict[str, tuple[LinkState, dict[str, str]]],
    streams: dict[str, StreamView] | None = None,
    gravity_g: float | None = 1.0,
    why: str = "",
) -> Snapshot:
    return Snapshot(
        t=HostNs(10**10),
        inputs={},
        links={source: LinkView(state, HostNs(0), detail) for source, (state, detail) in states.items()},
        said={},
        streams=streams or {},
        estimates={"phone/gravity_g": Estimate(HostNs(0), "phone/gravity_g", gravity_g, 1.0, why)},
        rejected={},
        gaps=0,
        traces={},
    )


def sensors(
    states: dict[str, tuple[LinkState, dict[str, str]]],
    streams: dict[str, StreamView] | None = None,
    gravity_g: float | None = 1.0,
    why: str = "",
) -> dict[str, Check]:
    found = check_sensors(snapshot(states, streams, gravity_g, why), tuple(states), "")
    return {check.name: check for check in found}


def test_sensors_that_stream_are_well() -> None:
    streams = {
        "strap/ecg": StreamView(1000, 130.1, 0.1, 0, (0.0,)),
        "strap/battery": StreamView(1, None, 5.0, 0, (87.0,)),
        "strap/contact": StreamView(1, None, 0.5, 0, (2.0,)),
        "phone/acc": StreamView(1000, 99.6, 0.1, 0, (0.0, 0.0, 9.8)),
    }
    found = sensors({"strap": ("armed", {"name": "H10"}), "phone": ("armed", {})}, streams)
    assert {check.state for check in found.values()} == {"ok"}
    assert found["strap"].found == "armed; H10"
    assert found["strap streams"].found == "ecg 130 Hz"
    assert found["phone units"].found == "lying still, gravity measures 1.00 g"
    assert found["strap battery"].found == "87 %"


def test_what_is_wrong_with_a_strap_comes_with_what_to_do() -> None:
    streams = {
        "strap/battery": StreamView(1, None, 5.0, 0, (7.0,)),
        "strap/contact": StreamView(1, None, 0.5, 0, (1.0,)),
    }
    found = sensors({"strap": ("armed", {})}, streams)
    assert found["strap battery"].state == "warning"
    assert found["contact"].advice == "wet the electrodes and tighten the strap"
    refused = sensors({"strap": ("refused", {"reason": "seen, but held", "advice": "close the other app"})})["strap"]
    assert refused == Check("strap", "failed", "refused; seen, but held", "close the other app")
    searching = sensors({"strap": ("searching", {})})["strap"]
    assert "wear the strap" in searching.advice


def test_a_broker_without_a_phone_and_a_phone_with_the_wrong_units() -> None:
    alone = sensors({"phone": ("up", {"profile": "sensor-logger-ios"})})["phone"]
    assert alone.state == "warning"
    assert "start recording in its app" in alone.advice
    streams = {"phone/acc": StreamView(1000, 99.6, 0.1, 0, (0.0, 0.0, 1.0))}
    wrong = sensors({"phone": ("armed", {})}, streams, 0.1, "try sensor-logger-ios")["phone units"]
    assert wrong == Check("phone units", "failed", "lying still, gravity measures 0.10 g", "try sensor-logger-ios")
    moving = sensors({"phone": ("armed", {})}, streams, None, "moving")["phone units"]
    assert (moving.state, moving.found) == ("not tried", "moving")


def test_a_trial_that_never_began_says_why() -> None:
    checks = list(check_sensors(None, ("strap",), "no Bluetooth: start it"))
    assert checks[0] == Check("sensors", "failed", "no Bluetooth: start it")
    assert checks[1].state == "not tried"
