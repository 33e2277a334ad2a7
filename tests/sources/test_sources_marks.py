import asyncio

from tidehold.records import HostNs, Input, Mark
from tidehold.sources.clock import SessionClock
from tidehold.sources.marks import At, Once


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


async def test_a_mark_is_put_at_its_moment() -> None:
    taken: list[Input] = []
    clock = SessionClock(steady_ns=iter((1000, 1250, 1250 + 2_000_000, 1250 + 2_000_001)).__next__, wall_ns=lambda: 0)
    at = At(clock, HostNs(1_000_000), "pace", "4/6")
    await at.run(taken.append)
    assert taken == [Mark(HostNs(2_000_251), "pace", "4/6")]
    assert at.name == "mark pace"
