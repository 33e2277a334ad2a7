"""The first-run view, driven by its keys; pictures of its steps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.setups import H10, MODULES, NO_BLUETOOTH, OTHER, Air, offers
from tidehold.errors import ConfigError
from tidehold.tui.panel import Panel
from tidehold.tui.qr import Code
from tidehold.tui.setup import SetupView
from tidehold.tui.setup_steps import ANY, NONE, Chosen

SMALL = (80, 24)
Compare = Callable[..., bool]


def view(air: Air | None = None, **more: object) -> SetupView:
    return SetupView(offers(air, **more), again_s=0)  # type: ignore[arg-type]


def at(app: SetupView) -> str:
    return app.step


def said(pilot: Pilot[Chosen]) -> str:
    return pilot.app.query_one("#text", Panel).render().plain


async def until(pilot: Pilot[Chosen], condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await pilot.pause()


async def see(pilot: Pilot[Chosen], text: str) -> None:
    await until(pilot, lambda: text in said(pilot))


async def press(pilot: Pilot[Chosen], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


TO_APP = ("down", "down", "enter", "down", "down", "down", "enter", "enter")
"""The first strap, the third phone, the first address."""


async def test_everything_is_chosen_by_keys() -> None:
    app = view()
    async with app.run_test(size=SMALL) as pilot:
        await see(pilot, H10.name)
        await press(pilot, *TO_APP)
        assert "Zk3v-9QxT_1a" in said(pilot)
        await press(pilot, "enter", "enter")  # breastbone is not the one under the cursor: "not said" is
        assert at(app) == "routine"
        await press(pilot, "j", "j", "enter")
        assert at(app) == "variant"
        await press(pilot, "down", "enter", "down", "enter")
        assert at(app) == "summary"
        assert H10.name in said(pilot)
        assert "psoas-relief, cap-420" in said(pilot)
        assert "12 of 23 steps" in said(pilot)
        await press(pilot, "enter")
    assert app.return_value == Chosen(
        H10.address, H10.name, "sensor-logger-ios", "192.168.100.101", "", "psoas-relief", "cap-420", "5/5"
    )


async def test_what_holds_already_is_under_the_cursor_and_is_kept_by_enter_alone() -> None:
    before = Chosen(
        H10.address, H10.name, "phyphox", "127.0.0.1", "shin", "psoas-relief", "cap-420", "4/7"
    )  # a pattern that is not in the list
    app = view(Air(), before=before)
    async with app.run_test(size=SMALL) as pilot:
        await see(pilot, "the one used so far")
        await press(pilot, *["enter"] * 9)
    assert app.return_value == before


async def test_leaving_changes_nothing() -> None:
    app = view()
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "down", "enter", "q")
    assert app.return_value is None


async def test_without_a_strap_there_must_be_a_phone() -> None:
    app = view()
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "down", "enter")
        assert at(app) == "phone"
        assert "cannot be chosen: without a strap there must be a phone" in said(pilot)
        await press(pilot, "enter")
        assert at(app) == "phone"
        await press(pilot, "down", "enter")
        assert at(app) == "where"
        assert app.chosen.strap == NONE


async def test_every_step_has_a_way_back() -> None:
    app = view()
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "enter")
        assert at(app) == "phone"
        await press(pilot, "escape")
        assert at(app) == "strap"
        await press(pilot, "escape")
        assert at(app) == "strap"
        assert app.chosen.strap == ANY


async def test_the_cursor_stays_on_its_strap_while_others_are_heard() -> None:
    heard: list[Callable[..., None]] = []

    async def listen(tell: Callable[..., None]) -> None:
        heard.append(tell)
        await asyncio.get_running_loop().create_future()

    app = SetupView(offers()._replace(listen=listen))
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert "listening ..." in said(pilot)
        heard[0]((OTHER,))
        await press(pilot, "down", "down")
        heard[0]((OTHER, H10))
        await see(pilot, H10.name)
        assert "▸ [red]HRM [2J" in said(pilot)  # text from the air is text
        await press(pilot, "enter")
        assert app.chosen.strap == OTHER.address


async def test_the_cursor_stays_on_its_strap_when_it_is_not_heard_any_more() -> None:
    air = Air((OTHER, H10), (OTHER,), ())
    app = view(air)
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "down", "down", "down")
        await see(pilot, "not heard now")
        await until(pilot, lambda: said(pilot).count("not heard now") == 2)
        assert f"▸ {H10.name}" in said(pilot)
        await press(pilot, "enter")
        assert app.chosen.strap == H10.address


async def test_what_cannot_be_known_is_said_and_the_view_goes_on() -> None:
    def wrong(_: Chosen) -> Any:
        raise ConfigError("[phone] password_file: expected a file, found none")

    app = SetupView(offers()._replace(app=wrong, lacks=wrong), again_s=0)
    async with app.run_test(size=SMALL) as pilot:
        await see(pilot, H10.name)
        await press(pilot, *TO_APP)
        assert "password_file: expected a file, found none" in said(pilot)
        await press(pilot, "enter", "enter")
        assert at(app) == "routine"
        assert "password_file: expected a file" in said(pilot)
        await press(pilot, "enter", "enter")
        assert at(app) == "summary"
        assert "password_file: expected a file" in said(pilot)
        await press(pilot, "enter")
    assert app.return_value is not None


async def test_a_search_that_fails_is_said_and_begun_anew() -> None:
    air = Air(NO_BLUETOOTH, (H10,))
    air.clear.clear()
    app = SetupView(offers(air), again_s=0)
    async with app.run_test(size=SMALL) as pilot:
        await see(pilot, "no strap can be looked for: Bluetooth is off; switch it on")
        air.clear.set()
        await see(pilot, H10.name)
        assert "Bluetooth is off" not in said(pilot)
    assert air.searches == 2


async def test_the_search_is_on_during_its_step_only() -> None:
    air = Air((H10,))
    app = view(air)
    async with app.run_test(size=SMALL) as pilot:
        await see(pilot, H10.name)
        assert (air.searches, air.ended) == (1, 0)
        await press(pilot, "enter")
        await until(pilot, lambda: (air.searches, air.ended) == (1, 1))
        await press(pilot, "escape")
        await until(pilot, lambda: (air.searches, air.ended) == (2, 1))
    assert air.ended == 2


async def test_a_pattern_of_ones_own_is_typed_and_a_wrong_one_refused() -> None:
    app = view()
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, "enter", "enter", "enter")
        assert at(app) == "pacer"
        await press(pilot, "down", "down", "enter")
        await press(pilot, "q", "enter")  # typed, and no key of the view
        assert "expected seconds, found 'q'" in said(pilot)
        await press(pilot, "escape", "enter")
        await press(pilot, *"5/7", "enter")
        assert at(app) == "summary"
        assert app.chosen.pattern == "5/7"
        await press(pilot, "escape")
        assert "▸ 5/7" in said(pilot)


async def test_a_window_too_small_for_the_code_says_so_and_keeps_the_text() -> None:
    app = view()
    async with app.run_test(size=(60, 20)) as pilot:
        await press(pilot, *TO_APP)
        assert "Zk3v-9QxT_1a" in said(pilot)
        assert "The QR code needs a window of" in said(pilot)
        assert not app.query_one(Code).display
        await pilot.resize_terminal(*SMALL)
        await until(pilot, lambda: app.query_one(Code).display)


def dark(app: SetupView) -> tuple[tuple[bool, ...], ...]:
    """The modules of the code on the screen, from its cells' colours."""
    region = app.query_one(Code).region
    rows: list[tuple[bool, ...]] = []
    for strip in app.screen._compositor.render_strips()[region.y : region.bottom]:
        upper, lower = [], []
        for segment in strip.crop(region.x, region.right):
            assert segment.style is not None
            assert segment.style.color is not None
            assert segment.style.bgcolor is not None
            ink, paper = segment.style.color.triplet, segment.style.bgcolor.triplet
            assert ink is not None
            assert paper is not None
            for char in segment.text:
                upper.append((ink if char in "▀█" else paper).red < 128)
                lower.append((ink if char in "▄█" else paper).red < 128)
        rows += [tuple(upper), tuple(lower)]
    return tuple(rows)


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light"])
async def test_the_code_on_the_screen_is_black_on_white_in_every_theme(theme: str) -> None:
    app = view()
    async with app.run_test(size=SMALL) as pilot:
        app.theme = theme
        await press(pilot, *TO_APP)
        shown = dark(app)
    assert shown[: len(MODULES)] == MODULES
    assert not any(map(any, shown[len(MODULES) :]))


async def test_without_colours_the_code_can_be_turned_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = view()
    async with app.run_test(size=SMALL) as pilot:
        await press(pilot, *TO_APP)
        light = app.query_one(Code).render().plain
        assert light.startswith("█" * len(MODULES[0]))
        await press(pilot, "i")
        assert app.query_one(Code).render().plain.startswith(" " * len(MODULES[0]))


STEPS = {
    "strap": ("down",),
    "where": ("enter", "down", "enter"),
    "app": TO_APP,
    "routine": ("enter", "enter", "down", "down"),
    "summary": (*TO_APP, "enter", "enter", "down", "down", "enter", "enter", "enter"),
}


async def walk(pilot: Pilot[Chosen], step: str) -> None:
    await see(pilot, H10.name)
    await press(pilot, *STEPS[step])
    assert pilot.app.step == step  # type: ignore[attr-defined]


@pytest.mark.parametrize("step", STEPS)
def test_picture(step: str, snap_compare: Compare) -> None:
    assert snap_compare(view(), terminal_size=SMALL, run_before=lambda pilot: walk(pilot, step))


def test_picture_without_colour(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(view(), terminal_size=SMALL, run_before=lambda pilot: walk(pilot, "app"))
