import asyncio
import os
import signal

import pytest

from tidehold.records import Input, Stop
from tidehold.sources.clock import SessionClock
from tidehold.sources.stop import Length, Signals


async def first_input(source: Signals | Length, act: signal.Signals | None = None) -> Input:
    inbox: asyncio.Queue[Input] = asyncio.Queue()
    task = asyncio.create_task(source.run(inbox.put_nowait))
    await asyncio.sleep(0)
    if act is not None:
        os.kill(os.getpid(), act)
    async with asyncio.timeout(10):
        item = await inbox.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return item


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_puts_a_stop_and_gives_the_next_one_back_its_usual_effect(kind: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGINT)
    item = await first_input(Signals(SessionClock()), kind)
    assert isinstance(item, Stop)
    assert item.reason == kind.name
    assert signal.getsignal(signal.SIGINT) in (signal.default_int_handler, before)
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


async def test_the_asked_for_length_puts_a_stop_when_it_is_over_and_not_before() -> None:
    clock = SessionClock()
    item = await first_input(Length(clock, 0.05))
    assert isinstance(item, Stop)
    assert item.reason == "length reached"
    assert item.t >= 50_000_000
