"""The ticker: 4 Hz of session time, whatever the loop does."""

import asyncio

from tests.sources.fakes import Kept, VirtualLoop, ended, run
from tidehold.sources.clock import SessionClock
from tidehold.sources.ticker import Ticker
from tidehold.units import NS

QUARTER = NS // 4


class Skewed:
    """The loop's clock as the session's, with an offset and a rate that a test sets."""

    def __init__(self, rate: float = 1.0) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        self.loop = loop
        self.rate = rate
        self.ahead_ns = 0
        self.clock = SessionClock(lambda: round(loop.time() * self.rate * NS) + self.ahead_ns, lambda: 0)


async def ticks(skewed: Skewed, count: int) -> list[int]:
    kept = Kept()
    task = asyncio.create_task(Ticker(skewed.clock).run(kept.put))
    await kept.until(lambda: len(kept.inputs) >= count)
    await ended(task)
    return [item.t for item in kept.inputs]


def test_ticks_come_at_every_quarter_second() -> None:
    async def main() -> None:
        assert await ticks(Skewed(), 8) == [QUARTER * n for n in range(1, 9)]

    run(main())


def test_lateness_does_not_add_up() -> None:
    async def main() -> None:
        skewed = Skewed()
        kept = Kept()

        def put_slowly(item: object) -> None:
            skewed.loop.now_s += 0.1  # the loop is busy for 100 ms after each tick
            kept.put(item)  # type: ignore[arg-type]  # a tick

        task = asyncio.create_task(Ticker(skewed.clock).run(put_slowly))
        await kept.until(lambda: len(kept.inputs) >= 40)
        await ended(task)
        assert [item.t for item in kept.inputs] == [QUARTER * n for n in range(1, 41)]

    run(main())


def test_after_a_suspend_one_late_tick_and_no_burst() -> None:
    async def main() -> None:
        skewed = Skewed()
        kept = Kept()
        task = asyncio.create_task(Ticker(skewed.clock).run(kept.put))
        await kept.until(lambda: len(kept.inputs) >= 2)
        skewed.ahead_ns = 3600 * NS + 1_000  # an hour that the loop's own clock does not see
        await kept.until(lambda: len(kept.inputs) >= 5)
        await ended(task)
        at, hour = [item.t for item in kept.inputs], 3600 * NS
        assert at[:2] == [QUARTER, 2 * QUARTER]
        assert at[2] == hour + 3 * QUARTER + 1_000, "late, once"
        assert at[3:] == [hour + 4 * QUARTER, hour + 5 * QUARTER], "and on the beat again"

    run(main())


def test_a_session_clock_that_runs_slower_than_the_loops_never_sees_a_tick_early() -> None:
    async def main() -> None:
        at = await ticks(Skewed(rate=0.999), 40)
        assert [t // QUARTER for t in at] == list(range(1, 41))

    run(main())
