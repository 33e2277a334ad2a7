"""Deadlines, and leaving in peace."""

import asyncio

import pytest

from tests.sources.fakes import run
from tidehold.sources.ble_step import StepError, see_through, step


async def value() -> int:
    return 7


async def never() -> None:
    await asyncio.get_running_loop().create_future()


async def failing(error: BaseException) -> None:
    raise error


def test_a_step_gives_what_its_work_gives() -> None:
    assert run(step("connect", 1, value())) == 7


def test_a_step_that_hangs_fails_by_name_at_its_deadline() -> None:
    async def main() -> None:
        with pytest.raises(StepError, match=r"^connect: no answer within 10 s$") as failed:
            await step("connect", 10, never())
        assert isinstance(failed.value.cause, TimeoutError)
        assert asyncio.get_running_loop().time() == 10

    run(main())


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "scan: TimeoutError"),
        (TimeoutError("bus is gone"), "scan: bus is gone"),
        (AssertionError(), "scan: AssertionError"),
        (OSError(5, "Input/output error"), "scan: [Errno 5] Input/output error"),
    ],
)
def test_whatever_the_stack_raises_becomes_a_failure_of_the_step(error: Exception, text: str) -> None:
    async def main() -> None:
        with pytest.raises(StepError) as failed:
            await step("scan", 1, failing(error))
        assert str(failed.value) == text

    run(main())


def test_a_cancellation_by_the_stack_is_a_lost_link() -> None:
    async def main() -> None:
        with pytest.raises(StepError, match=r"^read: the link was lost$"):
            await step("read", 1, failing(asyncio.CancelledError()))

    run(main())


def test_ones_own_cancellation_stays_one() -> None:
    async def main() -> None:
        task = asyncio.create_task(step("read", 1, never()))
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.wait({task})
        assert task.cancelled()

    run(main())


def test_leaving_is_seen_through_however_often_it_is_cancelled() -> None:
    async def main() -> None:
        done: list[str] = []

        async def leave() -> None:
            await asyncio.sleep(1)
            done.append("left")

        task = asyncio.create_task(see_through(leave()))
        for _ in range(3):
            await asyncio.sleep(0.1)
            task.cancel()
        await asyncio.wait({task})
        assert (task.cancelled(), done) == (True, ["left"])
        assert asyncio.get_running_loop().time() == pytest.approx(1)

    run(main())


def test_leaving_undisturbed_just_ends() -> None:
    run(see_through(asyncio.sleep(1)))


def test_what_goes_wrong_while_leaving_is_said() -> None:
    async def main() -> None:
        with pytest.raises(ValueError, match="a bug"):
            await see_through(failing(ValueError("a bug")))

    run(main())
