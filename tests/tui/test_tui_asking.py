import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widgets import Input

from tests.tui.statuses import WARNING
from tidehold.routine import Question
from tidehold.tui.asking import GRACE_S, Alarm, Asking, free_answer, keys_of, question_lines
from tidehold.tui.lines import plain

FREE = Question("where", "Where is it?", answers=())
NUMBER = Question("pain", "How strong is it?", answers=(), most=10)


def test_answers_have_numbers_and_letters_of_their_own() -> None:
    assert keys_of(WARNING) == {"n": "no", "y": "yes", "1": "no", "2": "yes"}
    assert keys_of(Question("q", "?", answers=("Left", "lower", "2 of them"))) == {
        "1": "Left", "2": "lower", "3": "2 of them",
    }  # fmt: skip


def test_question_shows_its_keys_once_it_takes_them() -> None:
    assert plain(question_lines(WARNING, is_open=True)).splitlines()[2:4] == ["  1 or n  no", "  2 or y  yes"]
    closed = question_lines(WARNING, is_open=False)
    assert "no" not in plain(closed[1:])
    assert len(closed) == len(question_lines(WARNING, is_open=True))


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        (FREE, " left \x1b[2J knee ", ("left [2J knee", "")),
        (FREE, "  ", ("", "the answer is empty")),
        (NUMBER, "10", ("10", "")),
    ],
)
def test_free_answer_is_harmless_text_or_a_number(question: Question, text: str, answer: tuple[str, str]) -> None:
    assert free_answer(question, text) == answer


@pytest.mark.parametrize("text", ["11", "-1", "3.5", "", "²", "9" * 50])
def test_answer_that_is_no_such_number_is_refused(text: str) -> None:
    assert free_answer(NUMBER, text)[1] == "a whole number from 0 to 10 is asked for"


def text_of(screen: Screen[Any]) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in screen._compositor.render_strips())


async def until(pilot: Any, text: str) -> None:
    async with asyncio.timeout(10):
        while text not in text_of(pilot.app.screen):
            await pilot.pause(0.01)


class Box(App[None]):
    CSS = "#asking, #asking-text, #alarm { height: auto; }"
    AUTO_FOCUS = None

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self.shown = screen
        self.answers: list[object] = []

    def on_mount(self) -> None:
        self.push_screen(self.shown, self.answers.append)


@pytest.mark.parametrize(("key", "answer"), [("n", "no"), ("2", "yes"), ("Y", "yes"), ("escape", "")])
async def test_question_is_answered_by_a_key(key: str, answer: str) -> None:
    app = Box(Asking(WARNING))
    async with app.run_test() as pilot:
        await until(pilot, "1 or n")
        await pilot.press("x", "3", key)
        await pilot.pause()
    assert app.answers == [answer]


async def test_key_that_was_meant_for_something_else_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tidehold.tui.asking.GRACE_S", 3600.0)
    assert GRACE_S >= 0.3
    for screen in (Asking(WARNING), Asking(FREE), Alarm("see a clinician")):
        app = Box(screen)
        async with app.run_test() as pilot:
            await pilot.press("n", "1", "enter", "escape")
            await pilot.pause()
            assert app.screen is screen
            assert app.answers == []


class Wait:
    """In the place of a screen's timer: it is over when the test says so."""

    def __init__(self, then: Callable[[], object]) -> None:
        self.over = then
        self.is_on = True

    def stop(self) -> None:
        self.is_on = False


async def test_who_goes_on_typing_answers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[Wait] = []

    def set_timer(_: Screen[Any], __: float, then: Callable[[], object]) -> Wait:
        waits.append(Wait(then))
        return waits[-1]

    monkeypatch.setattr(Screen, "set_timer", set_timer)
    for screen in (Asking(WARNING), Asking(FREE), Alarm("see a clinician")):
        app = Box(screen)
        waits.clear()
        async with app.run_test() as pilot:
            await pilot.press("y", "enter", "escape")
            await pilot.pause()
            assert app.answers == []
            assert [wait.is_on for wait in waits] == [False, False, False, True]  # each key made it begin anew
            waits[-1].over()
            await pilot.press("y", "enter")
            await pilot.pause()
        assert len(app.answers) == 1


async def test_free_answer_is_typed_and_asked_for_again_if_it_is_none() -> None:
    app = Box(Asking(NUMBER))
    async with app.run_test() as pilot:
        await until(pilot, "enter sends it")
        await pilot.press("1", "1", "enter")
        await until(pilot, "a whole number from 0 to 10 is asked for")
        assert app.screen.query_one(Input).value == ""
        await pilot.press("7", "enter")
        await pilot.pause()
    assert app.answers == ["7"]


async def test_alarm_stays_until_it_is_put_away() -> None:
    app = Box(Alarm("see [b]a[/b] clinician \x1b[2J" + "now " * 99))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "enter closes this text")
        assert "see [b]a[/b] clinician [2J" in text_of(app.screen)
        await pilot.press("q", "space")
        assert isinstance(app.screen, Alarm)
        await pilot.press("enter")
        await pilot.pause()
    assert app.answers == [None]
