"""Words of the first-run view."""

from typing import get_args

import pytest

from tests.tui.setups import APP, FRESH, H10, OTHER, offers
from tidehold.tui.lines import plain
from tidehold.tui.setup_steps import NONE, Option, Step, options_of
from tidehold.tui.setup_words import app_lines, list_lines, strap_told, summary, summary_lines, title_line

OFFERS = offers()
ROOM = (78, 22)


@pytest.mark.parametrize("step", get_args(Step))
def test_every_step_has_a_title_and_a_number(step: Step) -> None:
    assert " of 6: " in plain([title_line(step)])


def test_the_cursor_is_seen_without_colour_and_its_option_explained() -> None:
    options = options_of("strap", FRESH, OFFERS, (H10, OTHER))
    shown = plain(list_lines("strap", options, H10.address, "", ROOM)).splitlines()
    assert [row[:13] for row in shown if row.startswith("▸")] == ["▸ Polar H10 0"]
    assert "Polar H10, at A0:9E:1A:00:00:01. Offers: Heart Rate, Battery Service." in shown


def test_names_from_the_air_are_one_line_of_plain_text() -> None:
    evil = OTHER._replace(name="a\nb\x1b[31m\u202ec" * 20, services=("x\ny",))
    shown = plain(list_lines("strap", options_of("strap", FRESH, OFFERS, (evil,)), evil.address, "", ROOM))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "x y" in shown
    assert len([row for row in shown.splitlines() if row.startswith("▸")]) == 1


def test_what_cannot_be_chosen_says_why() -> None:
    chosen = FRESH._replace(strap=NONE)
    shown = plain(list_lines("phone", options_of("phone", chosen, OFFERS), NONE, "", ROOM))
    assert "▸ no phone                      (not here)" in shown
    assert "cannot be chosen: without a strap there must be a phone" in shown


@pytest.mark.parametrize("at", range(30))
def test_a_long_list_is_cut_around_the_cursor(at: int) -> None:
    options = tuple(Option(str(number), f"strap {number}") for number in range(30))
    shown = plain(list_lines("strap", options, str(at), "", (78, 14))).splitlines()
    assert len(shown) <= 14
    assert f"▸ strap {at}" in [row.rstrip() for row in shown]
    listed = sum(row.strip().startswith(("strap", "▸")) for row in shown)
    hidden = [int(row.split()[1]) for row in shown if "more" in row]
    assert listed + sum(hidden) == 30


def test_the_search_for_straps_says_how_it_goes() -> None:
    assert strap_told((), "") == "listening ..."
    assert strap_told((H10,), "") == ""
    assert strap_told((H10._replace(is_heard=False),), "") == "listening ..."
    assert strap_told((H10,), "Bluetooth is off") == "no strap can be looked for: Bluetooth is off"


def test_the_text_for_the_app_has_every_row_as_it_is_typed() -> None:
    shown = plain(app_lines(APP)).splitlines()
    for name, value in APP.rows:
        assert f" {name:<10}{value}" in shown
    assert "The code says the same, for what can scan it." in shown
    assert "too small" in plain(app_lines(APP, "too small"))
    assert "code" not in plain(app_lines(APP._replace(code=()), "too small"))


def test_the_summary_names_all_that_was_chosen() -> None:
    assert summary(FRESH, OFFERS) == {
        "strap": "any: the nearest one that is heard",
        "phone": "no phone",
        "routine": "no routine",
        "pacer": "4/6",
    }
    chosen = FRESH._replace(
        strap=H10.address, strap_name=H10.name, phone="phyphox", placement="shin", routine="psoas-relief"
    )
    assert summary(chosen._replace(variant="cap-420"), OFFERS) == {
        "strap": H10.name,
        "phone": "phyphox",
        "sends to": "192.168.100.101",
        "worn on": "shin",
        "routine": "psoas-relief, cap-420",
        "pacer": "4/6",
    }
    assert summary(chosen._replace(placement=""), OFFERS)["worn on"] == "not said"
    assert "sends to" not in summary(chosen, OFFERS._replace(wheres=()))
    shown = plain(summary_lines(chosen, OFFERS, OFFERS.lacks(chosen)))
    assert "12 of 23 steps are not measured in full" in shown
    assert "enter writes this to ~/.config/tidehold/tidehold.toml" in shown
    assert "not measured" not in plain(summary_lines(FRESH, OFFERS))
