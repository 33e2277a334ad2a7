"""Playing a session: the pace, pausing, jumping; the figures are those of the fold."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest

from tidehold.daemon.player import Player, length_of
from tidehold.errors import SourceError
from tidehold.records import HostNs, Input, Snapshot, Status
from tidehold.session.fold import Session
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold_simulators.scenario import load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

SCENARIO = load_scenario("calm-6")
LENGTH_S = 20.0


class Film:
    def __init__(self) -> None:
        self.header: Header = virtual_header(SCENARIO, builtin_profiles())
        self.readers: list[threading.Thread] = []
        self._inputs = list(virtual_inputs(SCENARIO, LENGTH_S))

    def inputs(self) -> Iterator[Input]:
        return iter(self._inputs)

    def landmarks(self) -> Iterator[HostNs]:
        self.readers.append(threading.current_thread())
        return iter(HostNs(round(t_s * NS)) for t_s in (0.4, 6.0, 6.3, 15.0))


FILM = Film()


class Clock:
    def __init__(self) -> None:
        self.t = 100.0

    def __call__(self) -> float:
        return self.t


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that goes on only while the player sleeps."""
    clock = Clock()
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        clock.t += seconds
        await real(0)

    monkeypatch.setattr("tidehold.daemon.player.asyncio.sleep", sleep)
    return clock


async def upto(player: Player, statuses: AsyncIterator[Status], position_s: float) -> Status:
    async for status in statuses:
        if status.snapshot.t >= position_s * NS - NS // 4:
            return status
    raise AssertionError("it ended")


def player(clock: Clock, speed: float = 1.0, film: Film = FILM) -> Player:
    return Player(film, "/x.mcap", 77, length_of(film), clock, speed)


def snapshots() -> dict[int, Snapshot]:
    fold = Session(FILM.header)
    return {out.t: out for item in FILM.inputs() for out in fold.feed(item) if isinstance(out, Snapshot)}


async def test_it_plays_at_the_pace_asked_for(clock: Clock) -> None:
    film = player(clock, speed=4.0)
    status = await upto(film, film.statuses(), 16)
    assert clock.t - 100 == pytest.approx(4, abs=0.3)
    assert (status.recording.path, status.recording.bytes_written) == ("/x.mcap", 77)
    assert (status.recording.state, status.recording.speed, status.recording.length_s) == ("replay", 4.0, LENGTH_S)


async def test_what_it_says_is_what_the_fold_says_also_after_jumping(clock: Clock) -> None:
    wanted = snapshots()
    film = player(clock)
    statuses = film.statuses()
    await upto(film, statuses, 1)
    await film.seek(14)
    later = await upto(film, statuses, 15)
    assert later.snapshot.estimates == wanted[later.snapshot.t].estimates
    await film.seek(-10)
    async for status in statuses:
        if status.snapshot.t < later.snapshot.t:
            break
    earlier = await upto(film, statuses, 6)
    assert earlier.snapshot.t < 9 * NS
    assert earlier.snapshot.streams == wanted[earlier.snapshot.t].streams


async def test_paused_it_stands_still_and_goes_on_from_there(clock: Clock) -> None:
    film = player(clock)
    statuses = film.statuses()
    await upto(film, statuses, 2)
    await film.pause()
    held = [(await anext(statuses)) for _ in range(30)]
    assert {status.recording.speed for status in held} == {0.0}
    assert held[-1].snapshot.t - held[0].snapshot.t <= NS // 4
    await film.resume()
    began = clock.t
    await upto(film, statuses, 4)
    assert clock.t - began == pytest.approx(2, abs=0.6)


async def test_at_its_end_it_waits_and_can_go_back(clock: Clock) -> None:
    film = player(clock, speed=100)
    statuses = film.statuses()
    last = await upto(film, statuses, LENGTH_S)
    for _ in range(5):
        last = await anext(statuses)
    assert last.snapshot.t == LENGTH_S * NS
    assert last.recording.speed == 0.0
    await film.speed(1)
    await film.seek(99)
    await film.seek(-15)
    async for status in statuses:
        if status.snapshot.t < 10 * NS:
            break
    assert status.snapshot.t >= 4 * NS


async def test_it_jumps_to_shortly_before_findings_and_marks(clock: Clock) -> None:
    film = player(clock)
    await film.pause()

    async def landed(*, forward: bool) -> float:
        await film.jump(forward)
        return film._position() / NS

    assert [await landed(forward=True) for _ in range(3)] == pytest.approx([5.0, 5.3, 14.0])
    assert threading.main_thread() not in FILM.readers  # a long file does not stop the picture
    assert FILM.readers
    with pytest.raises(SourceError, match="there is no finding or mark after this moment"):
        await film.jump(forward=True)
    assert film._position() == 14 * NS
    assert [await landed(forward=False) for _ in range(2)] == pytest.approx([5.3, 0.0])
    with pytest.raises(SourceError, match="before this moment"):
        await film.jump(forward=False)


async def test_keys_that_are_pressed_while_the_file_is_searched_take_their_turns(clock: Clock) -> None:
    once = Film()
    film = player(clock, film=once)
    await film.pause()
    await asyncio.gather(*(film.jump(forward=True) for _ in range(3)))
    assert film._position() / NS == pytest.approx(14.0)
    assert len(once.readers) == 1


async def test_it_jumps_back_past_the_one_that_was_just_reached(clock: Clock) -> None:
    film = player(clock)
    await film.seek(6.2)
    await film.jump(forward=False)
    assert film._position() / NS == pytest.approx(0.0)
    await film.seek(9.0)
    await film.jump(forward=False)
    assert film._position() / NS == pytest.approx(5.3)
    status = await upto(film, film.statuses(), 5.3)
    assert status.recording.speed == 1.0


async def test_the_speed_has_bounds_and_marks_change_nothing(clock: Clock) -> None:
    film = player(clock)
    await film.speed(1000)
    await film.mark("note", "too late")
    statuses = film.statuses()
    assert (await anext(statuses)).recording.speed == 100.0
    await film.speed(0.001)
    assert (await anext(statuses)).recording.speed in {0.25, 0.0}
    await film.stop()
    assert [status async for status in statuses] == []
