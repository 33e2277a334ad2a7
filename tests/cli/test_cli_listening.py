"""`listen` without a session; with one it is in tests/system."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.running import Run
from tests.sound.listening import paced, session
from tidehold.cli import listening
from tidehold.daemon.place import Place
from tidehold.records import Status
from tidehold.sound.orders import Trouble


class Client:
    """A session of two seconds."""

    hello = SimpleNamespace(path="/x.mcap.part")

    async def statuses(self) -> AsyncIterator[Status]:
        for status, _ in session(2, lambda _: {"pacing": paced("1/1")}):
            await asyncio.sleep(0.001)
            yield status


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.asynccontextmanager
    async def connect(_: Place) -> AsyncIterator[Client]:
        yield Client()

    monkeypatch.setattr(listening, "connect", connect)


def test_without_a_recorder_there_is_nothing_to_hear(tidehold: Run) -> None:
    ran = tidehold("listen")
    assert ran.code == 4
    assert "nothing is being recorded" in ran.err


@pytest.mark.parametrize("volume", ["2", "-0.1", "loud", "nan"])
def test_a_volume_is_a_number_from_0_to_1(volume: str, tidehold: Run) -> None:
    ran = tidehold("listen", f"--volume={volume}")
    assert ran.code == 2
    assert "expected a number from 0 to 1" in ran.err


@pytest.mark.usefixtures("connected")
def test_it_writes_what_is_to_be_heard(tidehold: Run, tmp_path: Path) -> None:
    ran = tidehold("listen", "--to", tmp_path / "x.wav", "--json")
    assert ran.code == 0, ran.err
    assert set(ran.json) == {"file", "started_ns", "session", "to_s", "from_s"}
    assert ran.json["to_s"] == 2
    assert (tmp_path / "x.wav").read_bytes().startswith(b"RIFF")
    assert "listening to /x.mcap.part; Ctrl-C ends that, and not the recording" in ran.err


@pytest.mark.usefixtures("connected")
def test_a_file_that_cannot_be_written_is_refused(tidehold: Run, tmp_path: Path) -> None:
    ran = tidehold("listen", "--to", tmp_path / "nowhere" / "x.wav")
    assert ran.code == 2
    assert "expected a file that can be written, found: No such file or directory" in ran.err


@pytest.mark.usefixtures("connected")
def test_without_a_loudspeaker_it_says_so_and_ends(tidehold: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Desk:
        def __init__(self, hear: object, *, speaks: bool) -> None:
            assert callable(hear)
            assert speaks
            hear(Trouble("nothing is spoken", is_all=False))
            hear(Trouble("no sound: no output device was found", "connect one"))

        def order(self, _: object) -> None:
            pass

        def close(self) -> None:
            pass

    monkeypatch.setattr(listening, "DeskProcess", Desk)
    ran = tidehold("listen")
    assert ran.code == 4
    assert "nothing is spoken" in ran.err
    assert "no sound: no output device was found: connect one" in ran.err
