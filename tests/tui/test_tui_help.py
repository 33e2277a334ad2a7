from typing import Any, Literal

import pytest
from textual.app import App
from textual.binding import Binding
from textual.screen import ModalScreen

from tests.tui import statuses
from tests.tui.dashboards import see, shown, still
from tidehold.routine import Question
from tidehold.tui.app import Dashboard
from tidehold.tui.asking import Alarm, Asking
from tidehold.tui.help import Help, help_lines
from tidehold.tui.lines import plain


def test_keys_of_a_live_session_and_of_a_replay() -> None:
    live, replay = plain(help_lines("live")), plain(help_lines("replay"))
    assert "stop the recording" in live
    assert "10 s back" not in live
    assert "10 s back" in replay
    assert "stop the recording" not in replay
    assert "not a medical device" in live
    assert "not a medical device" in replay


def test_keys_and_signs_of_a_guided_session() -> None:
    told = plain(help_lines("live", is_guided=True))
    for word in (
        "30 s more for this step",
        "quit the routine",
        "stop the recording",
        "x skipped",
        "not a medical device",
    ):
        assert word in told, word
    assert "skipped" not in plain(help_lines("live"))


@pytest.mark.parametrize("kind", ["live", "replay"])
def test_page_fits_a_terminal_of_80x24(kind: Literal["live", "replay"]) -> None:
    for is_guided in (False, True):
        told = plain(help_lines(kind, is_guided=is_guided)).splitlines()
        assert len(told) <= 22
        assert max(map(len, told)) <= 72


def test_every_key_of_the_footer_is_explained() -> None:
    told = plain([*help_lines("live"), *help_lines("live", is_guided=True), *help_lines("replay")])
    asked = {"yes", "no", "cancel"}  # keys of a question, which says them itself
    for binding in Dashboard.BINDINGS:
        assert isinstance(binding, Binding)
        if binding.show and binding.action not in asked:
            name = binding.key.partition(",")[0]
            name = {"left_square_bracket": "[", "right_square_bracket": "]"}.get(name, name)
            name = {"question_mark": "?", "plus": "+", "minus": "-"}.get(name, name)
            assert any(name in line[:14].replace(",", " ").split() for line in told.splitlines()), name


@pytest.mark.parametrize(
    ("screen", "last"),
    [
        (Help("live", is_guided=True), "not a medical device"),
        pytest.param(
            Alarm("See a clinician before you go on. " * 25), "enter closes this text", marks=pytest.mark.long
        ),
        pytest.param(
            Asking(Question("how", "How was it? " * 40, answers=tuple(f"answer {k}" for k in range(9)))),
            "escape: later",
            marks=pytest.mark.long,
        ),
    ],
)
async def test_what_has_no_room_in_a_small_terminal_is_scrolled_to(screen: ModalScreen[Any], last: str) -> None:
    app = still([statuses.status(60)])
    async with app.run_test(size=(60, 16)) as pilot:
        await app.push_screen(screen)
        await pilot.pause()
        assert last not in shown(app)
        for _ in range(40):
            await pilot.press("down")
        await see(pilot, last)
        assert app.screen is screen
        for _ in range(40):
            await pilot.press("up")
        await see(pilot, last, there=False)


@pytest.mark.parametrize("key", ["escape", "q", "question_mark"])
async def test_help_is_closed_by_a_key(key: str) -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        await app.push_screen(Help("live"))
        assert isinstance(app.screen, Help)
        await pilot.press(key)
        assert not isinstance(app.screen, Help)


async def test_help_is_closed_by_a_click() -> None:
    app: App[None] = App()
    async with app.run_test() as pilot:
        await app.push_screen(Help("replay"))
        await pilot.click("#help")
        assert not isinstance(app.screen, Help)
