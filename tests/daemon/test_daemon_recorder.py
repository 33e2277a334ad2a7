"""The recorder loop against logs and folds that misbehave; real ones are in tests/system."""

import asyncio
from collections.abc import Sequence

import pytest

from tidehold.daemon import recorder
from tidehold.daemon.recorder import BacklogError, Durable, record
from tidehold.errors import LogError, SourceError
from tidehold.records import Cue, Frame, HostNs, Input, Output, Stop, Tick
from tidehold.sources.contract import Put
from tidehold.units import NS


class Clock:
    """Session time that the test sets."""

    def __init__(self) -> None:
        self.t = 0

    def now(self) -> HostNs:
        return HostNs(self.t)


class Log:
    """Keeps what it is told, in order; fails where the test says."""

    def __init__(self, fail_at: str = "") -> None:
        self.kept: list[Input | Output | str] = []
        self._fail_at = fail_at

    def _do(self, what: str) -> None:
        if what == self._fail_at:
            raise LogError(f"{what}: no space left")

    def append(self, item: Input) -> None:
        self._do("append")
        self.kept.append(item)

    def put(self, out: Output) -> None:
        self.kept.append(out)

    def flush(self) -> None:
        self._do("flush")
        self.kept.append("flush")

    def sync(self) -> None:
        self._do("sync")

    def finish(self) -> None:
        self._do("finish")
        self.kept.append("finish")


class Echo:
    """A fold that says one cue for each input."""

    def feed(self, item: Input) -> list[Output]:
        return [Cue(item.t, "echo", type(item).__name__)]


class Script:
    """A source that puts what it was given, all at once or one by one, then waits to be cancelled."""

    name = "script"

    def __init__(self, items: Sequence[Input], *, burst: bool = True) -> None:
        self._items = items
        self._burst = burst
        self.closed = False

    async def run(self, put: Put) -> None:
        try:
            for item in self._items:
                put(item)
                if not self._burst:
                    await asyncio.sleep(0)
            await asyncio.Event().wait()
        finally:
            self.closed = True


def tick(t: float) -> Tick:
    return Tick(HostNs(round(t * NS)))


STOP = Stop(HostNs(5 * NS), "enough")


@pytest.mark.parametrize("burst", [True, False])
async def test_raw_input_is_logged_before_what_the_fold_says_of_it(burst: bool) -> None:
    source, log = Script([tick(1), tick(2), STOP], burst=burst), Log()
    shown: list[Output] = []
    assert await record([source], log, Echo(), Clock(), shown.append) is STOP
    said = [Cue(tick(1).t, "echo", "Tick"), Cue(tick(2).t, "echo", "Tick"), Cue(STOP.t, "echo", "Stop")]
    assert log.kept == [tick(1), said[0], tick(2), said[1], STOP, said[2], "finish"]
    assert shown == said
    assert source.closed


async def test_nothing_after_a_stop_is_part_of_the_session() -> None:
    log = Log()
    await record([Script([STOP, tick(9)])], log, Echo(), Clock())
    assert log.kept == [STOP, Cue(STOP.t, "echo", "Stop"), "finish"]


async def test_a_source_that_gives_up_ends_the_session_with_its_reason_and_a_finished_file() -> None:
    class Broken:
        name = "strap"

        async def run(self, put: Put) -> None:
            raise SourceError("no adapter; plug one in")

    other, log = Script([tick(1)]), Log()
    with pytest.raises(SourceError, match="no adapter"):
        await record([other, Broken()], log, Echo(), Clock())
    assert log.kept[-3:-1] == [Stop(HostNs(0), "strap: no adapter; plug one in"), Cue(HostNs(0), "echo", "Stop")]
    assert log.kept[-1] == "finish"
    assert other.closed


@pytest.mark.parametrize("where", ["append", "finish"])
async def test_a_log_that_cannot_be_written_ends_the_recording_loudly(where: str) -> None:
    source = Script([tick(1), STOP])
    with pytest.raises(LogError, match=f"{where}: no space left"):
        await record([source], Log(fail_at=where), Echo(), Clock())
    assert source.closed


@pytest.mark.parametrize("where", ["flush", "sync"])
async def test_a_disk_that_fails_between_inputs_ends_the_recording_loudly(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "FLUSH_EVERY_S", 0.001)
    with pytest.raises(LogError, match=f"{where}: no space left"):
        await record([Script([tick(1)])], Log(fail_at=where), Echo(), Clock())


async def test_flushes_while_nothing_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "FLUSH_EVERY_S", 0.001)
    log = Log()

    class AfterThreeFlushes:
        name = "waiter"

        async def run(self, put: Put) -> None:
            while log.kept.count("flush") < 3:  # noqa: ASYNC110 - nobody sets an event for a flush
                await asyncio.sleep(0)
            put(STOP)

    async with asyncio.timeout(10):
        await record([AfterThreeFlushes()], log, Echo(), Clock())
    assert log.kept.count("flush") >= 3


async def test_a_machine_that_stays_late_stops_loudly_and_keeps_all_that_had_arrived() -> None:
    clock, log = Clock(), Log()
    frames: list[Input] = [Frame(HostNs(i), "strap", "hr", b"") for i in range(20)]

    class Slow(Echo):
        def feed(self, item: Input) -> list[Output]:
            clock.t = max(clock.t, 11 * NS) + NS // 4  # every input takes a quarter second, 11 s behind
            return super().feed(item)

    with pytest.raises(BacklogError, match=r"1\d s behind with 1\d inputs waiting: close other programs"):
        await record([Script(frames)], log, Slow(), clock)
    kept = [item for item in log.kept if isinstance(item, Frame)]
    assert kept == frames
    stops = [item for item in log.kept if isinstance(item, Stop)]
    assert len(stops) == 1
    assert stops[0].reason.startswith("backlog: ")
    echoes = [item for item in log.kept if isinstance(item, Cue)]
    assert len(echoes) == len(frames) + 1
    assert log.kept[-1] == "finish"


async def test_a_process_that_was_frozen_goes_on() -> None:
    clock = Clock()
    clock.t = 70 * NS
    log = Log()
    old: list[Input] = [tick(9.75 + i / 4) for i in range(4)]
    await record([Script([*old, tick(70), Stop(HostNs(clock.t), "done")])], log, Echo(), clock)
    assert log.kept[-1] == "finish"
    assert sum(isinstance(item, Tick) for item in log.kept) == 5


async def test_it_is_known_up_to_when_everything_is_on_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "FLUSH_EVERY_S", 0.01)
    log, clock, durable = Log(), Clock(), Durable()

    class Waits:
        name = "waits"

        async def run(self, put: Put) -> None:
            clock.t = 5 * NS
            while durable.until < 5 * NS:  # noqa: ASYNC110 - nobody sets an event for a sync
                await asyncio.sleep(0.005)
            put(Stop(clock.now(), "enough"))

    await record([Waits()], log, Echo(), clock, durable=durable)
    assert durable.until == 5 * NS


async def test_a_bug_in_the_fold_ends_the_session_with_the_raw_input_flushed() -> None:
    class Buggy:
        def feed(self, item: Input) -> list[Output]:
            raise ZeroDivisionError

    log, source = Log(), Script([tick(1)])
    with pytest.raises(ExceptionGroup) as caught:
        await record([source], log, Buggy(), Clock())
    assert caught.group_contains(ZeroDivisionError)
    assert log.kept == [tick(1), "flush"]
    assert source.closed


async def test_other_sources_get_their_turn_during_a_flood() -> None:
    seen: list[str] = []

    class Watch:
        name = "watch"

        async def run(self, put: Put) -> None:
            for _ in range(3):
                await asyncio.sleep(0)
                seen.append("turn")

    class Count(Echo):
        def feed(self, item: Input) -> list[Output]:
            seen.append(type(item).__name__)
            return []

    await record([Script([tick(i) for i in range(50)] + [STOP]), Watch()], Log(), Count(), Clock())
    assert "turn" in seen[: seen.index("Stop")]
