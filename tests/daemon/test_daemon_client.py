"""A view's end of the socket, with real hubs, with dead ones, and with impostors."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.daemon.hubs import RECORDING, serving, snapshot, until
from tidehold import __version__
from tidehold.daemon import client as client_module
from tidehold.daemon.client import (
    Client,
    HubError,
    NoRecorderError,
    connect,
    hello_now,
    status_now,
    stop_now,
)
from tidehold.daemon.facts import new_header
from tidehold.daemon.hub import Hub
from tidehold.daemon.lines import PROTOCOL, Done, Hello, write
from tidehold.daemon.place import Place, claim
from tidehold.daemon.recorder import record
from tidehold.errors import ConfigError
from tidehold.log.reader import read_inputs
from tidehold.log.writer import SessionWriter
from tidehold.records import Mark, Output, Recording, Snapshot, Status, Stop, encode
from tidehold.session.fold import Session
from tidehold.sources.clock import SessionClock
from tidehold.sources.ticker import Ticker

RECORDER = """
import asyncio, sys
from pathlib import Path
from tests.daemon.hubs import serving, snapshot
from tidehold.daemon.place import Place
from tidehold.records import Stop

async def main():
    async with serving(Place(Path(sys.argv[1]))) as served:
        print("serving", flush=True)
        while not any(isinstance(item, Stop) for item in served.inputs):
            served.hub.tell(snapshot())
            await asyncio.sleep(0.02)
        served.hub.end("asked to")

asyncio.run(main())
"""
GREETING = Hello(PROTOCOL, __version__, "cafe0123", "a.mcap.part", 4242)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "run")


@pytest.fixture
def recorder(place: Place) -> Iterator["subprocess.Popen[str]"]:
    """A process that serves the way a recorder does."""
    words = [sys.executable, "-c", RECORDER, str(place.folder)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    assert process.stdout is not None
    assert process.stdout.readline() == "serving\n"
    yield process
    process.kill()
    process.communicate()


@contextlib.asynccontextmanager
async def impostor(place: Place, *lines: bytes, close: bool = False) -> AsyncIterator[None]:
    """Something that says these lines to whoever connects."""
    writers = []

    def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(b"".join(lines))
        if close:
            writer.close()

    with claim(place) as seat:
        server = await asyncio.start_unix_server(serve, sock=seat.listener)
        try:
            yield
        finally:
            server.close()
            for writer in writers:
                writer.close()


async def test_a_view_is_told_the_newest_status_up_to_the_end(place: Place) -> None:
    seen: list[Status] = []

    async def view() -> Client:
        async with connect(place) as client:
            async for status in client.statuses():
                seen.append(status)  # noqa: PERF401 - it is looked at meanwhile
            return client

    async with serving(place) as served:
        watching = asyncio.create_task(view())
        await until(lambda: served.hub.views)
        for t_s in (1, 2):
            served.hub.tell(snapshot(t_s))
            await until(lambda: seen and seen[-1].snapshot.t == t_s * 10**9)  # noqa: B023 - it is awaited here
        served.hub.end("length reached")
    client = await watching
    assert client.hello == Hello(PROTOCOL, __version__, "cafe0123", "sessions/a.mcap.part", os.getpid())
    assert client.ended is not None
    assert (client.ended.reason, client.ended.path) == ("length reached", RECORDING.path)
    assert seen[0].recording == RECORDING


async def test_a_slow_view_misses_statuses_and_holds_none_of_them(place: Place) -> None:
    async with serving(place) as served, connect(place) as client:
        await until(lambda: served.hub.views)
        statuses = client.statuses()
        for t_s in range(1, 200):
            served.hub.tell(snapshot(t_s))
            await asyncio.sleep(0)
        await until(lambda: b'"t":199000000000' in client._wire.status[-4000:] + client._wire.status)
        assert (await anext(statuses)).snapshot.t == 199 * 10**9
        assert client._wire.status == b""


async def test_wishes_reach_the_recorder_or_say_why_not(place: Place) -> None:
    async with serving(place) as served, connect(place) as client:
        await client.mark("note", "left side")
        await client.stop()
        assert [type(item).__name__ for item in served.inputs] == ["Mark", "Stop"]
        with pytest.raises(HubError, match=r"did not take it: expected a wish"):
            await client.mark("Not A Verb")


async def test_one_status_is_the_newest(place: Place) -> None:
    async with serving(place) as served, connect(place) as client:
        served.hub.tell(snapshot(4))
        assert (await client.one_status()).snapshot.t == 4 * 10**9


async def test_a_session_that_ends_before_its_first_status_has_none(place: Place) -> None:
    async with contextlib.AsyncExitStack() as hub:
        served = await hub.enter_async_context(serving(place))
        async with connect(place) as client:
            asking = asyncio.create_task(client.one_status())
            (one,) = served.hub._views
            await until(lambda: one._quiet)
            await hub.aclose()
            with pytest.raises(HubError, match=r"ended before there was anything to tell"):
                await asking
            with pytest.raises(HubError, match=r"the session is over"):
                await client.mark("note")


async def test_a_missing_recorder_is_said_with_the_place_and_what_starts_one(place: Place) -> None:
    with pytest.raises(NoRecorderError, match=rf"nothing is being recorded \(no socket in {place.folder}\): .*record"):
        async with connect(place):
            pass
    place.folder.mkdir(mode=0o700)
    with pytest.raises(NoRecorderError) as caught:
        async with connect(place):
            pass
    assert caught.value.exit_code == 4


async def test_the_socket_of_a_killed_recorder_is_told_from_a_living_one(
    place: Place, recorder: "subprocess.Popen[str]"
) -> None:
    recorder.kill()
    recorder.wait()
    with pytest.raises(NoRecorderError, match=r"ended without a word: `tidehold sessions`.*interrupted"):
        async with connect(place):
            pass


async def test_a_recorder_that_is_finishing_is_said_to_be(place: Place) -> None:
    with claim(place) as seat:
        seat.listener.close()
        with pytest.raises(HubError, match=rf"the recorder \(process {os.getpid()}\) is just starting or ending"):
            async with connect(place):
                pass


async def test_a_killed_recorder_is_noticed_at_once(place: Place, recorder: "subprocess.Popen[str]") -> None:
    async with connect(place) as client:
        await anext(client.statuses())
        recorder.kill()
        with pytest.raises(HubError, match=r"gone without a word.*sessions` lists the session as interrupted"):
            await client.finished(10)
        with pytest.raises(HubError, match=r"gone without a word"):
            await client.mark("note")


async def test_a_wish_is_not_waited_for_when_the_recorder_is_killed(place: Place) -> None:
    async with impostor(place, write(GREETING)), connect(place) as client:
        asking = asyncio.create_task(client.mark("note"))
        await until(lambda: client._wire._waiting)
        client._wire.connection_lost(None)
        with pytest.raises(HubError, match=r"gone without a word"):
            await asking
        client._wire.closed = asyncio.get_running_loop().create_future()  # it is lost once more on leaving


async def test_a_frozen_recorder_is_said_to_be(
    place: Place, recorder: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "ANSWER_S", 0.1)
    async with connect(place) as client:
        recorder.send_signal(signal.SIGSTOP)
        with pytest.raises(HubError, match=rf"the recorder \(process {recorder.pid}\) does not answer"):
            await client.mark("note")
        with pytest.raises(HubError, match=rf"process {recorder.pid}\) does not answer: is it frozen"):
            async with connect(place, 0.1):
                pass
        with pytest.raises(HubError, match=rf"process {recorder.pid}\) is still at it after 0 s"):
            await client.finished(0.1)


async def test_another_version_is_named_with_what_to_do(place: Place) -> None:
    async with impostor(place, b'{"type":"hello","protocol":9,"tidehold":"9.1","pid":77,"new":[1]}\n'):
        with pytest.raises(
            HubError, match=rf"Tidehold 9\.1 with protocol 9, this is Tidehold {__version__} .*`kill 77`"
        ):
            async with connect(place):
                pass


async def test_a_status_of_another_version_is_named(place: Place) -> None:
    async with impostor(place, write(GREETING), b'{"type":"status","new":1}\n'), connect(place) as client:
        with pytest.raises(HubError, match=r"a status that this version cannot read"):
            await anext(client.statuses())


@pytest.mark.parametrize("line", [b"HTTP/1.1 400 Bad Request\r\n", b"\xff\n", b"x" * (17 * 2**20)])
async def test_something_else_that_serves_there_is_named(place: Place, line: bytes) -> None:
    async with impostor(place, line):
        with pytest.raises(HubError, match=r"something else than a Tidehold recorder"):
            async with connect(place):
                pass


async def test_a_recorder_that_sends_the_view_away_is_quoted(place: Place) -> None:
    async with impostor(place, b'{"type":"error","why":"32 views"}\n', close=True):
        with pytest.raises(HubError, match=r"the recorder refuses: 32 views"):
            async with connect(place):
                pass


async def test_a_recorder_that_closes_without_a_word_is_gone(place: Place) -> None:
    async with impostor(place, close=True):
        with pytest.raises(HubError, match=r"the recorder refuses: the recorder is gone"):
            async with connect(place):
                pass


async def test_an_answer_to_no_wish_is_passed_over(place: Place) -> None:
    status = encode(Status(RECORDING, snapshot(3, {}))) + b"\n"
    async with impostor(place, write(GREETING), write(GREETING), write(Done()), status), connect(place) as client:
        assert (await anext(client.statuses())).snapshot.t == 3 * 10**9


async def test_a_folder_that_others_can_enter_is_not_trusted(place: Place) -> None:
    place.folder.mkdir(mode=0o755)
    with pytest.raises(ConfigError, match=r"chmod 700"):
        async with connect(place):
            pass


async def test_a_socket_that_may_not_be_opened_is_named(place: Place) -> None:
    place.folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(place.socket))
        with pytest.raises(HubError, match=rf"cannot reach the recorder at {place.socket}: "):
            async with connect(place):
                pass


async def test_a_real_recording_is_watched_marked_and_stopped(place: Place, tmp_path: Path) -> None:
    clock = SessionClock()
    header = new_header(clock.started, {})

    async def view() -> Client:
        async with connect(place) as client:
            await anext(client.statuses())
            await client.mark("note", "left side")
            await client.stop()
            await client.finished(20)
            return client

    with claim(place) as seat, SessionWriter.create(tmp_path, header) as log:

        def now() -> Recording:
            return Recording(str(log.path), header.session, header.started, "recording", log.bytes_written)

        def show(out: Output) -> None:
            if isinstance(out, Snapshot):
                hub.tell(out)

        async with Hub(clock, seat, now) as hub:
            watching = asyncio.create_task(view())
            stop = await record([Ticker(clock), hub], log, Session(header), clock, show)
            hub.end(stop.reason)
        client = await watching
    assert client.hello.session == header.session
    assert client.hello.path.endswith(".mcap.part")
    assert client.ended is not None
    assert (client.ended.reason, client.ended.path) == ("asked to", str(log.path))
    assert log.path.suffix == ".mcap"
    inputs = list(read_inputs(log.path))
    assert [item.arg for item in inputs if isinstance(item, Mark)] == ["left side"]
    assert isinstance(inputs[-1], Stop)


def test_programs_without_a_loop_ask_too(place: Place, recorder: "subprocess.Popen[str]") -> None:
    assert hello_now(place).pid == recorder.pid
    assert status_now(place).recording == RECORDING
    end = stop_now(place)
    assert msgspec.to_builtins(end) == {"type": "end", "reason": "asked to", "path": RECORDING.path}
    assert recorder.wait(10) == 0
    with pytest.raises(NoRecorderError):
        hello_now(place)
