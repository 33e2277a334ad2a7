"""A strap process in the hand of a program."""

from __future__ import annotations

import signal

import pytest

from tidehold_simulators import process
from tidehold_simulators.process import PhoneProcess, StrapProcess
from tidehold_simulators.program import boot_ns


def test_is_ready_when_it_is_there_and_goes_with_its_parent() -> None:
    with StrapProcess("calm-6") as strap:
        assert strap.radio == f"tcp-client:127.0.0.1:{strap.port}"
        assert (strap.name, strap.address) == ("Tidehold Sim 0001", "F0:54:48:00:00:01")
        assert strap.process.stdin is not None
        strap.process.stdin.close()  # as when the parent dies
        assert strap.process.wait(20) == 0
        assert strap.stop() == 0
        assert strap.stop() == 0, "to stop twice is no error"


def test_says_that_it_could_not_start(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="the strap process ended or fell silent before it was ready"):
        StrapProcess("no-such-scenario")
    assert "no-such-scenario: expected a TOML file" in capfd.readouterr().err


def test_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "READY_WITHIN_S", 0.0)
    with pytest.raises(RuntimeError, match="fell silent"):
        StrapProcess("calm-6")


def test_kills_what_does_not_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "STOP_WITHIN_S", 0.1)
    with StrapProcess("calm-6") as strap:
        strap.process.send_signal(signal.SIGSTOP)
        assert strap.stop() == -signal.SIGKILL


@pytest.mark.long
def test_two_can_be_on_one_body() -> None:
    before = boot_ns()
    with StrapProcess("calm-6") as strap:
        assert before < strap.born_ns < boot_ns()
        with StrapProcess("calm-6", "--born", str(strap.born_ns)) as other:
            assert other.born_ns == strap.born_ns


def test_a_phone_that_cannot_start_says_so_too(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="the phone process ended"):
        PhoneProcess("no-such-scenario", "127.0.0.1:1")
    assert "no-such-scenario: expected a TOML file" in capfd.readouterr().err
