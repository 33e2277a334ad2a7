from textual.app import App, ComposeResult

from tidehold.tui.lines import line
from tidehold.tui.panel import STYLES, WITHOUT_COLOUR, Panel, content


def test_what_came_from_outside_is_text_and_never_markup() -> None:
    shown = content((line("[red]x[/] ", ("[link=file:///]y", "bad")), line("z")))
    assert shown.plain == "[red]x[/] [link=file:///]y\nz"
    assert [span.style for span in shown.spans] == [STYLES["bad"]]


def test_without_colour_a_trouble_stands_out_all_the_same() -> None:
    shown = content((line(("gone", "bad")),), WITHOUT_COLOUR)
    assert [span.style for span in shown.spans] == ["bold reverse"]
    assert not any("$" in style for tone, style in WITHOUT_COLOUR.items() if tone != "dim")


class Box(App[None]):
    def compose(self) -> ComposeResult:
        yield Panel("A [title]", id="box")


async def test_panel_is_painted_again_only_if_its_words_changed() -> None:
    app = Box()
    async with app.run_test() as pilot:
        panel = app.query_one(Panel)
        assert panel._border_title is not None
        assert panel._border_title.plain == " A [title] "
        panel.show((line("one"),))
        await pilot.pause()
        painted = panel.render()
        panel.show((line("one"),))
        assert panel.render() is painted
        panel.show((line("two"),))
        assert panel.render().plain == "two"
