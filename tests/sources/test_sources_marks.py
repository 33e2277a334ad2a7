import asyncio

from tidehold.records import Input, Mark
from tidehold.sources.clock import SessionClock
from tidehold.sources.marks import Once


async def test_a_mark_is_put_once_when_its_moment_comes() -> None:
    taken: list[Input] = []
    clock = SessionClock(steady_ns=iter((1000, 1250)).__next__, wall_ns=lambda: 0)
    once = Once(clock, "align", "taps")
    running = asyncio.create_task(once.run(taken.append))
    await asyncio.sleep(0)
    assert taken == []
    once.due.set()
    once.due.set()
    await running
    assert taken == [Mark(250, "align", "taps")]  # type: ignore[arg-type]
    assert once.name == "mark align"
