"""Commands to the control point, and their answers."""

import asyncio

import pytest

from tests.sources.fakes import ACC_SETTINGS, profile, run
from tidehold.sources.ble_control import ControlPoint, RefusedError, nearest, rate_hz
from tidehold.sources.ble_step import StepError
from tidehold.wire.pmd_control import Settings, Stopped

STREAMS = {stream.id: stream for stream in profile().stream}
ACC = STREAMS["acc"]
OFFERED: Settings = {0: (25, 50, 100, 200), 1: (16,), 2: (2, 4, 8)}


class Strap:
    """Answers what it is written with the indications that the test gives."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.written: list[str] = []
        self.stopped: list[Stopped] = []
        self.point = ControlPoint(self.write, 3.0, self.stopped.append)

    async def write(self, command: bytes) -> None:
        self.written.append(command.hex())
        await asyncio.sleep(0.05)
        for answer in self.answers:
            self.point.heard(bytes.fromhex(answer))


def test_settings_on_offer() -> None:
    async def main() -> None:
        strap = Strap(ACC_SETTINGS.hex())
        assert await strap.point.settings(ACC) == OFFERED
        assert strap.written == ["0102"]

    run(main())


def test_a_stream_whose_settings_need_not_be_asked_for() -> None:
    async def main() -> None:
        strap = Strap()
        assert await strap.point.settings(STREAMS["hr"]) == {}
        assert strap.written == []

    run(main())


def test_settings_that_cannot_be_read_are_as_good_as_none() -> None:
    async def main() -> None:
        assert await Strap("f0010200000004190032").point.settings(ACC) == {}

    run(main())


def test_start_with_what_the_profile_wants_if_it_is_offered() -> None:
    async def main() -> None:
        strap = Strap("f00202000001")
        chosen = await strap.point.start(ACC, OFFERED)
        assert strap.written == [ACC.start]
        assert rate_hz(chosen) == "200"

    run(main())


def test_start_with_the_nearest_on_offer_otherwise() -> None:
    async def main() -> None:
        strap = Strap("f00202000001")
        chosen = await strap.point.start(ACC, {0: (25, 104), 1: (16,), 2: (2, 4)})
        assert strap.written == ["02020001680001011000" + "02010400"]
        assert rate_hz(chosen) == "104"

    run(main())


@pytest.mark.parametrize("status", ["00", "06"])
def test_already_in_that_state_is_success(status: str) -> None:
    async def main() -> None:
        await Strap(f"f00202{status}00").point.start(ACC, OFFERED)
        await Strap(f"f00302{status}00").point.stop(ACC)

    run(main())


@pytest.mark.parametrize(
    ("status", "text", "may_pass"),
    [
        ("08", "start acc: wrong sample rate", False),
        ("0a", "start acc: MTU too small", True),
        ("0c", "start acc: not possible in this state", True),
        ("0d", "start acc: not possible on the charger", False),
        ("63", "start acc: status 99", False),
    ],
)
def test_a_refusal_says_why(status: str, text: str, may_pass: bool) -> None:
    async def main() -> None:
        with pytest.raises(RefusedError, match=f"^{text}$") as refused:
            await Strap(f"f00202{status}").point.start(ACC, OFFERED)
        assert refused.value.may_pass is may_pass

    run(main())


def test_answers_to_other_commands_nonsense_and_repeats_are_not_taken_for_the_answer() -> None:
    async def main() -> None:
        strap = Strap("f0020000", "f00200000000", "f003020000", "ff", "", "0f05", "f00202000001", "f0020208")
        await strap.point.start(ACC, OFFERED)
        strap.point.heard(bytes.fromhex("f00202000001"))  # nobody asked

    run(main())


def test_no_answer() -> None:
    async def main() -> None:
        with pytest.raises(StepError, match=r"^start acc: no answer within 3 s$"):
            await Strap().point.start(ACC, OFFERED)

    run(main())


def test_a_write_that_fails() -> None:
    async def broken(_: bytes) -> None:
        raise OSError("no link")

    async def main() -> None:
        with pytest.raises(StepError, match=r"^stop acc: no link$"):
            await ControlPoint(broken, 3.0, lambda _: None).stop(ACC)

    run(main())


def test_a_stream_without_a_stop_is_not_stopped() -> None:
    async def main() -> None:
        strap = Strap()
        await strap.point.stop(STREAMS["hr"])
        assert strap.written == []

    run(main())


def test_the_strap_may_stop_by_itself() -> None:
    async def main() -> None:
        strap = Strap()
        strap.point.heard(bytes.fromhex("0102"))
        assert strap.stopped == [Stopped((2,))]

    run(main())


@pytest.mark.parametrize(
    ("wanted", "offered", "chosen"),
    [
        ({0: (200,)}, {}, {0: (200,)}),
        ({0: (200,)}, {0: ()}, {0: (200,)}),
        ({0: (200,)}, {0: (25, 50, 100)}, {0: (100,)}),
        ({0: (75,)}, {0: (50, 100)}, {0: (50,)}),
        ({0: (130,), 1: (14,)}, {0: (130,)}, {0: (130,), 1: (14,)}),
        ({6: (b"k" * 16,)}, {6: (b"l" * 16,)}, {6: (b"k" * 16,)}),
        ({0: (200,)}, {0: (b"l" * 16,)}, {0: (200,)}),
    ],
)
def test_nearest(wanted: Settings, offered: Settings, chosen: Settings) -> None:
    assert nearest(wanted, offered) == chosen


def test_a_rate_that_is_not_said() -> None:
    assert rate_hz({}) == "?"
    assert rate_hz({0: ()}) == "?"
