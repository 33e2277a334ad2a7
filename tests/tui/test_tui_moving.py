import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from tidehold.tui.lines import Lines, line
from tidehold.tui.moving import LOOKS, Moving
from tidehold.tui.panel import STYLES


class Box(App[None]):
    CSS = "Moving { width: 20; height: 4; } Moving > .moving--bad { color: red; }"

    def compose(self) -> ComposeResult:
        yield Moving("Title", id="box")


def rows(box: Moving, crop: Region | None = None) -> list[str]:
    return [strip.text for strip in box.render_lines(crop or box.size.region)]


def numbers(*texts: str) -> Lines:
    return tuple(line(text) for text in texts)


async def test_rows_stand_below_a_rule_with_the_title() -> None:
    app = Box()
    async with app.run_test():
        box = app.query_one(Moving)
        box.show(numbers("one", "two"))
        assert (box.columns, box.rows) == (20, 3)
        assert rows(box) == ["─ Title ────────────", "one".ljust(20), "two".ljust(20), " " * 20]
        box.head(line("[b]", ("!", "bad")))
        assert rows(box)[0] == "─ [b]! ─────────────"


async def test_only_rows_that_changed_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Box()
    async with app.run_test():
        box = app.query_one(Moving)
        box.show(numbers("one", "two", "three"))
        rows(box)
        painted: list[int] = []
        paint = box._paint

        def noted(y: int) -> Strip:
            painted.append(y)
            return paint(y)

        monkeypatch.setattr(box, "_paint", noted)
        box.show(numbers("one", "2", "three"))
        assert painted == [2]
        box.show(numbers("one"))
        assert painted == [2, 2, 3]
        box.head(line("Title"))
        assert painted == [2, 2, 3]
        assert rows(box)[1:] == ["one".ljust(20), " " * 20, " " * 20]


async def test_more_rows_than_there_is_room_for_are_cut() -> None:
    app = Box()
    async with app.run_test():
        box = app.query_one(Moving)
        rows(box)
        box.show(numbers("1", "2", "3", "4", "5", "6" * 50))
        assert [row.strip() for row in rows(box)[1:]] == ["1", "2", "3"]
        box.show(numbers("x" * 50))
        assert rows(box)[1] == "x" * 20


async def test_part_of_the_box_can_be_painted() -> None:
    app = Box()
    async with app.run_test():
        box = app.query_one(Moving)
        box.show(numbers("abcdef"))
        assert rows(box, Region(2, 1, 3, 2)) == ["cde", "   "]


async def test_new_size_and_new_colours_are_painted_anew() -> None:
    app = Box()
    async with app.run_test() as pilot:
        box = app.query_one(Moving)
        box.show((line(("red", "bad")),))
        dark = box.render_lines(box.size.region)[1]
        box.styles.width = 12
        await pilot.pause()
        assert rows(box)[1] == "red".ljust(12)
        app.theme = "textual-light"
        await pilot.pause()
        assert [segment.style for segment in box.render_lines(box.size.region)[1]] != [
            segment.style for segment in dark
        ]


def test_every_tone_has_a_look() -> None:
    assert LOOKS.keys() == STYLES.keys()
