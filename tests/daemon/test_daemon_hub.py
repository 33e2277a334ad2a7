"""The hub with real sockets and real processes: no view, however it behaves, is felt by the recorder."""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from unittest import mock

import msgspec
import pytest

from tests.daemon.hubs import RECORDING, Raw, raw_view, serving, snapshot, until
from tidehold import __version__
from tidehold.daemon import hub as hub_module
from tidehold.daemon.hub import TROUBLE_LIMIT, UNSENT_LIMIT, VIEW_LIMIT, Hub, peer_uid
from tidehold.daemon.lines import PROTOCOL, WISH_LIMIT
from tidehold.daemon.place import Place, claim
from tidehold.errors import SourceError
from tidehold.records import Mark, Recording, Stop, decode_status, encode
from tidehold.sources.clock import SessionClock

READER = """
import socket, sys
view = socket.socket(socket.AF_UNIX)
view.connect(sys.argv[1])
print("here", flush=True)
rest, last = b"", 0
while chunk := view.recv(1 << 16):
    *lines, rest = (rest + chunk).split(b"\\n")
    for line in lines:
        if b'"t":' in line and line.startswith(b'{"type":"status"'):
            last += 1
            print(last, flush=True)
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path / "run")


@pytest.fixture
def readers(place: Place) -> Iterator[list["subprocess.Popen[str]"]]:
    """Five views in processes of their own; started by the test, ended here."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


def read(place: Place) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", READER, str(place.socket)], stdout=subprocess.PIPE, text=True)


async def test_a_view_is_greeted_then_told_each_status_then_the_end(place: Place) -> None:
    async with serving(place) as served:
        async with raw_view(place.socket) as view:
            hello = await view.hear()
            assert hello == {
                "type": "hello",
                "protocol": PROTOCOL,
                "tidehold": __version__,
                "session": "cafe0123",
                "path": "sessions/a.mcap.part",
                "pid": os.getpid(),
            }
            for t_s in (1.0, 1.25):
                served.hub.tell(snapshot(t_s))
                line = await view.hear()
                assert line["snapshot"]["t"] == t_s * 1e9
            served.hub.tell(snapshot(2.0))
            line = await view.hear()
            status = decode_status(msgspec.json.encode(line))
            assert status.recording == RECORDING
            assert status.snapshot.traces["strap/acc"].values.shape == (375, 3)
        await until(lambda: not served.hub.views)


async def test_a_view_that_comes_between_two_ticks_is_told_at_once(place: Place) -> None:
    async with serving(place) as served:
        served.hub.tell(snapshot(9.0))
        async with raw_view(place.socket) as view:
            assert (await view.hear_kind("status"))["snapshot"]["t"] == 9e9


async def test_the_end_is_told_with_its_reason_and_the_finished_file(place: Place) -> None:
    now = [RECORDING]
    async with raw_end(place, now) as (hub, view):
        hub.tell(snapshot(5.0))
        await view.hear_kind("status")
        now[0] = msgspec.structs.replace(RECORDING, path="sessions/a.mcap", state="finished")
        hub.end("asked to")
    last = await view.hear()
    assert last["recording"]["state"] == "finished"
    assert await view.hear() == {"type": "end", "reason": "asked to", "path": "sessions/a.mcap"}
    assert await view.hear() == {}
    view.writer.close()


@contextlib.contextmanager
def frozen_view(place: Place) -> Iterator[socket.socket]:
    """A view that reads nothing."""
    with socket.socket(socket.AF_UNIX) as view:
        view.connect(str(place.socket))
        yield view


@contextlib.asynccontextmanager
async def raw_end(place: Place, now: list[Recording]) -> AsyncIterator[tuple[Hub, Raw]]:
    """A hub whose view outlives it."""
    async with serving(place, lambda: now[0]) as served:
        view = Raw(*await asyncio.open_unix_connection(place.socket, limit=2**24))
        await view.hear_kind("hello")
        yield served.hub, view


@pytest.mark.parametrize(
    ("error", "reason"),
    [(SourceError("strap: no Bluetooth"), "strap: no Bluetooth"), (RuntimeError("x"), "it failed (RuntimeError)")],
)
async def test_views_hear_of_a_recording_that_failed(place: Place, error: Exception, reason: str) -> None:
    with claim(place) as seat:
        hub = Hub(SessionClock(), seat, lambda: RECORDING)
        task = asyncio.create_task(hub.run(lambda _: None))
        async with raw_view(place.socket) as view:
            await view.hear_kind("hello")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with pytest.raises(type(error)):
                async with hub:
                    raise error
            assert (await view.hear())["reason"] == reason


async def test_wishes_become_inputs(place: Place) -> None:
    async with serving(place) as served, raw_view(place.socket) as view:
        await view.hear_kind("hello")
        view.say(b'{"type":"mark","verb":"note","arg":"left side"}')
        assert await view.hear() == {"type": "done"}
        for _ in range(2):  # two views may both want the end
            view.say(b'{"type":"stop"}')
            assert await view.hear() == {"type": "done"}
        assert [type(item) for item in served.inputs] == [Mark, Stop]
        mark, stop = served.inputs
        assert isinstance(mark, Mark)
        assert isinstance(stop, Stop)
        assert (mark.verb, mark.arg, stop.reason) == ("note", "left side", "asked to")
        assert 0 < mark.t <= stop.t


async def test_one_status_is_told_to_who_wants_no_more(place: Place) -> None:
    async with serving(place) as served, raw_view(place.socket) as early, raw_view(place.socket) as view:
        await early.hear_kind("hello")
        early.say(b'{"type":"quiet"}')  # before there is any status
        await until(lambda: served.hub.views == 2)
        view.say(b'{"type":"mark","verb":"a"}')
        await view.hear_kind("done")
        for t_s in (1.0, 2.0, 3.0):
            served.hub.tell(snapshot(t_s))
        assert (await early.hear())["snapshot"]["t"] == 1e9
        assert await early.hear() == {"type": "done"}
        early.say(b'{"type":"mark","verb":"a"}')
        assert await early.hear() == {"type": "done"}, "it was told another status"


@pytest.mark.parametrize(
    "line", [b"", b"\xff\x00", b"[" * 50_000, b'{"type":"launch"}', b"x" * (WISH_LIMIT + 1), b'{"type":"mark"}']
)
async def test_garbage_is_answered_and_its_sender_cut_in_the_end(place: Place, line: bytes) -> None:
    async with serving(place) as served, raw_view(place.socket) as view, raw_view(place.socket) as other:
        await view.hear_kind("hello")
        await other.hear_kind("hello")
        for _ in range(TROUBLE_LIMIT):
            view.say(line)
        answers = [await view.hear() for _ in range(TROUBLE_LIMIT)]
        assert all(answer["type"] == "error" and answer["why"].startswith("expected") for answer in answers)
        assert "the 10th such line" in answers[-1]["why"]
        assert await view.hear() == {}
        served.hub.tell(snapshot())
        await other.hear_kind("status")
        assert served.hub.views == 1
        assert served.inputs == []


async def test_garbage_without_an_end_takes_no_memory(place: Place) -> None:
    async with serving(place) as served, raw_view(place.socket) as view:
        await view.hear_kind("hello")
        for _ in range(100):
            view.writer.write(b"x" * WISH_LIMIT)
            await view.writer.drain()
        assert "a longer one" in (await view.hear_kind("error"))["why"]
        (one,) = served.hub._views
        assert len(one._lines._rest) <= WISH_LIMIT
        view.say(b"")
        view.say(b'{"type":"mark","verb":"a"}')
        await view.hear_kind("done")


async def test_a_flood_of_wishes_does_not_reach_the_queue(place: Place) -> None:
    async with serving(place) as served, raw_view(place.socket) as view:
        await view.hear_kind("hello")
        view.writer.write(b'{"type":"mark","verb":"a"}\n' * 2000)
        assert "at most 10 wishes a second" in (await view.hear_kind("error"))["why"]
        await until(lambda: not served.hub.views)
        assert 20 <= len(served.inputs) < 60


async def test_wishes_that_nobody_hears_the_answers_to_are_cut_off(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "UNSENT_LIMIT", 0)
    async with serving(place) as served:
        with frozen_view(place) as view:
            await freeze(served.hub)
            view.send(b'{"type":"mark","verb":"a"}\n')
            await until(lambda: not served.hub.views)
        assert len(served.inputs) == 1
    assert UNSENT_LIMIT == 1024 * 1024


async def test_a_frozen_view_that_sent_garbage_is_cut_at_once(place: Place) -> None:
    async with serving(place) as served:
        with frozen_view(place) as view:
            await freeze(served.hub)
            view.send(b"garbage\n" * TROUBLE_LIMIT)
            await until(lambda: not served.hub.views)


async def test_the_33rd_view_is_sent_away(place: Place) -> None:
    async with serving(place) as served:
        views = [await asyncio.open_unix_connection(place.socket) for _ in range(VIEW_LIMIT)]
        await until(lambda: served.hub.views == VIEW_LIMIT)
        async with raw_view(place.socket) as late:
            assert "32 views are connected" in (await late.hear())["why"]
            assert await late.hear() == {}
        views[0][1].close()
        await until(lambda: served.hub.views == VIEW_LIMIT - 1)
        async with raw_view(place.socket) as late:
            assert (await late.hear())["type"] == "hello"
        for _, writer in views:
            writer.close()


async def test_another_user_is_sent_away() -> None:
    if os.geteuid() != 0:
        pytest.skip("not run: root, to be another user, missing")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with serving(Place(folder / "run")) as served:
            for path in (folder, folder / "run", folder / "run/recorder.sock"):
                path.chmod(0o777)  # as if the folder had not kept them out
            with socket.socket(socket.AF_UNIX) as view:
                os.seteuid(65534)
                try:
                    view.connect(str(folder / "run/recorder.sock"))
                finally:
                    os.seteuid(0)
                said = await asyncio.to_thread(view.recv, 1000)
                assert b"this recorder is user 0's, and you are user 65534" in said
                assert await asyncio.to_thread(view.recv, 1000) == b""
            assert served.hub.views == 0


async def freeze(hub: Hub) -> hub_module._View:
    """Tell until one view takes no more; that view."""
    await until(lambda: hub.views)
    while True:
        hub.tell(snapshot())
        await asyncio.sleep(0.02)
        stuck = [view for view in hub._views if view._held]
        if stuck:
            return stuck[0]


async def test_five_views_one_frozen_one_killed_change_nothing(
    place: Place, readers: list["subprocess.Popen[str]"], capsys: pytest.CaptureFixture[str]
) -> None:
    async with serving(place) as served:
        readers += [read(place) for _ in range(5)]
        await until(lambda: served.hub.views == 5)
        readers[0].send_signal(signal.SIGSTOP)
        readers[1].kill()
        await until(lambda: served.hub.views == 4)
        spent, busy, now = [], [], snapshot()
        for _ in range(400):  # 100 s of a session
            start, start_busy = time.perf_counter(), time.thread_time()
            served.hub.tell(now)
            busy.append(1000 * (time.thread_time() - start_busy))
            spent.append(1000 * (time.perf_counter() - start))
            await asyncio.sleep(0.002)
        held = [view for view in served.hub._views if view._held]
        assert len(held) == 1
        unsent = held[0]._transport.get_write_buffer_size()
        assert unsent < 2 * len(served.hub.status())
        tracemalloc.start()
        try:
            for _ in range(50):
                served.hub.tell(now)
                await asyncio.sleep(0)
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(200):
                served.hub.tell(now)
                await asyncio.sleep(0)
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert held[0]._transport.get_write_buffer_size() == unsent
        assert grown < 1_000_000
        readers[0].send_signal(signal.SIGCONT)
        await until(lambda: not held[0]._held)
        served.hub.tell(snapshot(99))
        assert not held[0]._due
        size = len(served.hub.status())
    (p50, p99), (cpu50, cpu99) = ((sorted(ms)[200], sorted(ms)[396]) for ms in (spent, busy))
    with capsys.disabled():
        print(
            f"\n5 views, 1 frozen, 1 killed: tell() p50 {p50:.2f} ms, p99 {p99:.2f} ms, "
            f"of the processor p50 {cpu50:.2f} ms, p99 {cpu99:.2f} ms; status {size} bytes, "
            f"{unsent} unsent to the frozen one, {grown} bytes grown in 200 ticks"
        )


async def test_a_frozen_view_alone_is_not_even_encoded_for(place: Place) -> None:
    encoded = mock.Mock(wraps=encode)
    async with serving(place) as served, raw_view(place.socket) as view:
        await view.hear_kind("hello")
        (one,) = served.hub._views
        while not one._held:
            served.hub.tell(snapshot())
        with mock.patch.object(hub_module, "encode", encoded):
            for t_s in range(100):
                served.hub.tell(snapshot(t_s))
            assert encoded.call_count == 0
            times = [(await view.hear_kind("status"))["snapshot"]["t"]]
            while times[-1] != 99e9:  # then the newest only
                times.append((await view.hear_kind("status"))["snapshot"]["t"])
        assert not {t_s * 1e9 for t_s in range(99) if t_s != 60} & set(times)


async def test_nothing_is_encoded_when_nobody_listens_and_once_for_all_who_do(place: Place) -> None:
    encoded = mock.Mock(wraps=encode)
    async with serving(place) as served:
        with mock.patch.object(hub_module, "encode", encoded):
            served.hub.tell(snapshot())
            assert encoded.call_count == 0
            async with raw_view(place.socket) as first, raw_view(place.socket) as second:
                await first.hear_kind("status")
                await second.hear_kind("status")
                served.hub.tell(snapshot())
                await first.hear_kind("status")
                await second.hear_kind("status")
            assert encoded.call_count == 2


async def test_the_end_waits_for_no_frozen_view(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "GOODBYE_S", 0.05)
    with contextlib.ExitStack() as views:
        async with raw_end(place, [RECORDING]) as (hub, reading):
            views.enter_context(frozen_view(place))
            await until(lambda: hub.views == 2)
            one = await freeze(hub)
        assert (await reading.hear_kind("end"))["path"] == RECORDING.path
        assert one.closed.done()
        reading.writer.close()
    assert not place.socket.exists()


async def test_wishes_after_the_recording_are_refused(place: Place) -> None:
    with claim(place) as seat:
        async with Hub(SessionClock(), seat, lambda: RECORDING) as hub:
            task = asyncio.create_task(hub.run(lambda _: None))
            await asyncio.sleep(0)
            async with raw_view(place.socket) as view:
                await view.hear_kind("hello")
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                view.say(b'{"type":"stop"}')
                assert (await view.hear_kind("error"))["why"] == "the session is over"
                # From Python 3.13 on, closing a server also removes its socket.
                with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
                    await asyncio.open_unix_connection(place.socket)


async def test_a_status_that_cannot_be_told_is_logged_once_and_ends_nothing(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [False]

    def recording() -> Recording:
        if broken[0]:
            raise ZeroDivisionError
        return RECORDING

    async with serving(place, recording) as served, raw_view(place.socket) as view:
        await view.hear_kind("hello")
        broken[0] = True
        for _ in range(3):
            served.hub.tell(snapshot())
        broken[0] = False
        assert caplog.text.count("a status could not be told") == 1
        served.hub.tell(snapshot(7))
        assert (await view.hear_kind("status"))["snapshot"]["t"] == 7e9


async def test_views_find_the_socket_again_when_the_runtime_folder_was_removed(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(place, look_every_s=0.01) as served, raw_view(place.socket) as old:
        await old.hear_kind("hello")
        shutil.rmtree(place.folder)
        place.folder.touch()  # and for a while it cannot be made anew
        await until(lambda: "views cannot connect" in caplog.text)
        await asyncio.sleep(0.05)
        assert caplog.text.count("views cannot connect") == 1
        place.folder.unlink()
        await until(place.socket.exists)
        async with raw_view(place.socket) as view:
            await view.hear_kind("hello")
            served.hub.tell(snapshot(3))
            for each in (old, view):
                assert (await each.hear_kind("status"))["snapshot"]["t"] == 3e9


def test_the_other_ends_user_is_unknown_where_the_system_does_not_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        monkeypatch.delattr(socket, "SO_PEERCRED")
        monkeypatch.setattr("ctypes.CDLL", lambda _: None)
        assert peer_uid(one) is None

        class Library:
            @staticmethod
            def getpeereid(fileno: int, uid: object, gid: object) -> int:
                uid._obj.value = 501  # type: ignore[attr-defined]
                return 0 if fileno == one.fileno() else -1

        monkeypatch.setattr("ctypes.CDLL", lambda _: Library)
        assert peer_uid(one) == 501
