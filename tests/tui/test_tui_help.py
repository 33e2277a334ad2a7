import pytest
from textual.app import App
from textual.binding import Binding

from tidehold.tui.app import Dashboard
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


def test_every_key_of_the_footer_is_explained() -> None:
    told = plain([*help_lines("live"), *help_lines("replay")])
    asked = {"yes", "no", "cancel"}  # keys of a question, which says them itself
    for binding in Dashboard.BINDINGS:
        assert isinstance(binding, Binding)
        if binding.show and binding.action not in asked:
            name = {"question_mark": "?", "plus,equals_sign": "+", "minus": "-"}.get(binding.key, binding.key)
            assert any(line.split("  ")[0].strip() or name in line for line in told.splitlines() if name in line), name


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
