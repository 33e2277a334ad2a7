import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input, Label

from tidehold.tui.prompt import LONGEST_PLACE, Prompt, answer_of


@pytest.mark.parametrize(("text", "answer"), [("0", "0"), (" 7 ", "7"), ("10", "10"), ("6  left\thip ", "6 left hip")])
def test_pain_is_0_to_10(text: str, answer: str) -> None:
    assert answer_of("pain", text) == (answer, "")


@pytest.mark.parametrize("text", ["", "11", "-1", "3.5", "seven", "٣", "²", "7x", "11 hip", "left 6"])
def test_pain_that_is_none_is_asked_for_again(text: str) -> None:
    assert answer_of("pain", text)[1] == "pain is a whole number from 0 to 10"


def test_note_is_any_text_but_none() -> None:
    assert answer_of("note", " [red]left hip ") == ("[red]left hip", "")
    assert answer_of("note", "   ")[1] == "the note is empty"


def test_where_a_stretch_is_felt_is_one_line_of_harmless_text() -> None:
    assert answer_of("felt", " left \x1b[2J\u202ehamstring ") == ("left [2J hamstring", "")
    assert answer_of("pain", "3 \x1b]0;x\x07knee") == ("3 ]0;x knee", "")
    assert answer_of("felt", " \x1b ")[1] == "nothing was said"
    assert len(answer_of("felt", "x" * 999)[0]) == LONGEST_PLACE


class Box(App[None]):
    AUTO_FOCUS = None

    def compose(self) -> ComposeResult:
        yield Prompt(id="prompt")


async def test_line_is_there_while_something_is_asked() -> None:
    app = Box()
    async with app.run_test() as pilot:
        prompt, field = app.query_one(Prompt), app.query_one(Input)
        assert not prompt.region
        prompt.ask("pain")
        await pilot.pause()
        assert prompt.region
        assert app.focused is field
        await pilot.press("1", "2", "3")
        assert field.value == "123"
        prompt.complain("[b]wrong")
        assert field.value == ""
        assert str(app.query_one(Label).content) == "Pain, 0 none to 10 worst: [b]wrong"
        prompt.ask("stop")
        assert not field.display
        prompt.ask("")
        await pilot.pause()
        assert not prompt.region
        assert app.focused is None
