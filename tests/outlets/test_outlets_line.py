"""Whatever an outlet does, who records does not wait for it and hears no error of it."""

from __future__ import annotations

import threading

import pytest

from tests.outlets.said import wait_until
from tidehold.outlets import line as line_room
from tidehold.outlets.contract import OutletError
from tidehold.outlets.line import WAITING, Line
from tidehold.records import HostNs, Output, Tick


class Fake:
    name = "FAKE"

    def __init__(self, fails: Exception | None = None, at: str = "send", hangs: threading.Event | None = None) -> None:
        self.got: list[Output] = []
        self.did: list[str] = []
        self._fails, self._at, self._hangs = fails, at, hangs

    def _do(self, what: str) -> None:
        self.did.append(what)
        if self._hangs is not None and what == "send":
            self._hangs.wait(60)
        if self._fails is not None and what == self._at:
            raise self._fails

    def open(self) -> None:
        self._do("open")

    def send(self, out: Output) -> None:
        self.got.append(out)
        self._do("send")

    def close(self) -> None:
        self._do("close")


def outputs(count: int) -> list[Output]:
    return [Tick(HostNs(k)) for k in range(count)]  # type: ignore[misc] # a line does not look at what it passes on


def test_all_is_passed_on_in_order_and_the_rest_when_it_is_closed() -> None:
    told: list[str] = []
    outlet = Fake()
    line = Line(outlet, told.append)
    for out in outputs(500):
        line.hear(out)
    line.close()
    assert outlet.got == outputs(500)
    assert (outlet.did[0], outlet.did[-1], outlet.did.count("close")) == ("open", "close", 1)
    assert (told, line.dropped, line.failed) == ([], 0, "")


@pytest.mark.parametrize("at", ["open", "send", "close"])
@pytest.mark.parametrize("error", [OutletError("no receiver: start one"), ZeroDivisionError("by none")])
def test_a_failure_is_told_once_and_nothing_is_heard_any_more(at: str, error: Exception) -> None:
    told: list[str] = []
    line = Line(Fake(error, at), told.append)
    line.hear(outputs(1)[0])
    if at == "close":
        line.close()
    wait_until(lambda: line.failed)
    for out in outputs(3):
        line.hear(out)
    line.close()
    (text,) = told
    assert text.startswith("FAKE ended, the recording goes on: ")
    assert str(error) in text


def test_one_that_hangs_is_left_and_what_it_missed_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_room, "CLOSE_WITHIN_S", 0.05)
    told: list[str] = []
    goes_on = threading.Event()
    outlet = Fake(hangs=goes_on)
    line = Line(outlet, told.append)
    line.hear(outputs(1)[0])
    wait_until(lambda: outlet.got)
    for out in outputs(WAITING + 7):
        line.hear(out)
    assert line.dropped == 7
    line.close()
    assert told == ["FAKE did not end in time and was left"]
    goes_on.set()
    wait_until(lambda: outlet.did[-1] == "close")
    assert len(outlet.got) == WAITING + 1


def test_one_that_is_slow_is_told_of_at_the_end() -> None:
    told: list[str] = []
    goes_on = threading.Event()
    outlet = Fake(hangs=goes_on)
    line = Line(outlet, told.append)
    line.hear(outputs(1)[0])
    wait_until(lambda: outlet.got)
    for out in outputs(WAITING + 3):
        line.hear(out)
    goes_on.set()
    line.close()
    assert told == ["FAKE was too slow for 3 outputs; the recording has them all"]
