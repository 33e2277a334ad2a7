"""Steps of the first-run view, and what each choice changes."""

import pytest

from tests.tui.setups import FRESH, H10, OTHER, offers
from tidehold.tui.setup_steps import (
    ANY,
    NONE,
    OWN,
    Chosen,
    Option,
    about_of,
    bars,
    beside_of,
    choose,
    heard_so_far,
    key_of,
    options_of,
    steps_of,
    variants_of,
)

OFFERS = offers()
PHONE = FRESH._replace(phone="phyphox")


@pytest.mark.parametrize(
    ("chosen", "steps"),
    [
        (FRESH, "strap phone routine pacer summary"),
        (PHONE, "strap phone where app placement routine pacer summary"),
        (FRESH._replace(routine="calm-6"), "strap phone routine pacer summary"),
        (PHONE._replace(routine="psoas-relief"), "strap phone where app placement routine variant pacer summary"),
    ],
)
def test_steps_are_those_that_the_choices_need(chosen: Chosen, steps: str) -> None:
    assert list(steps_of(chosen, OFFERS)) == steps.split()


def test_a_broker_of_ones_own_needs_no_address() -> None:
    assert "where" not in steps_of(PHONE, OFFERS._replace(wheres=()))


def keys(options: tuple[Option, ...]) -> list[str]:
    return [option.key for option in options]


def test_straps_come_after_any_and_none_in_the_order_in_which_they_were_heard() -> None:
    assert keys(options_of("strap", FRESH, OFFERS, (OTHER, H10))) == [ANY, NONE, OTHER.address, H10.address]


@pytest.mark.parametrize("known", [H10.address, H10.address.lower(), H10.name])
def test_the_strap_used_so_far_is_there_before_it_is_heard_and_once_when_it_is(known: str) -> None:
    there = offers(before=Chosen(known))
    assert keys(options_of("strap", there.before, there)) == [ANY, NONE, known]
    heard = options_of("strap", there.before, there, (OTHER, H10))
    assert keys(heard) == [ANY, NONE, known, OTHER.address]  # the cursor stays on it
    assert (heard[2].name, heard[2].beside) == (H10.name, beside_of(H10))


def test_straps_that_share_the_name_used_so_far_can_all_be_chosen() -> None:
    there = offers(before=Chosen(H10.name))
    twin = OTHER._replace(name=H10.name)
    assert keys(options_of("strap", there.before, there, (H10, twin))) == [
        ANY, NONE, H10.name, H10.address, twin.address,
    ]  # fmt: skip


def test_a_strap_that_is_not_heard_any_more_keeps_its_place() -> None:
    gone = heard_so_far((OTHER, H10), (H10._replace(rssi_dbm=-70),))
    assert [each.address for each in gone] == [OTHER.address, H10.address]
    assert beside_of(gone[0]) == "not heard now  Heart Rate"
    assert beside_of(gone[1]).startswith("-70 dBm")
    assert heard_so_far(gone, (OTHER, H10)) == (OTHER, H10)


def test_without_strap_and_motion_sensor_a_phone_is_needed() -> None:
    chosen = FRESH._replace(strap=NONE)
    assert options_of("phone", chosen, OFFERS)[0].why_not
    assert not options_of("phone", chosen, OFFERS._replace(has_imu=True))[0].why_not
    assert not options_of("phone", FRESH, OFFERS)[0].why_not


def test_a_choice_changes_its_own_field_and_what_hangs_on_it() -> None:
    chosen = choose("strap", Option(H10.address, H10.name), FRESH)
    assert (chosen.strap, chosen.strap_name) == (H10.address, H10.name)
    assert choose("strap", Option(ANY, "any"), chosen) == FRESH
    led = FRESH._replace(routine="psoas-relief", variant="cap-420")
    assert choose("routine", Option("psoas-relief", ""), led) == led
    assert choose("routine", Option("calm-6", ""), led).variant == ""
    assert choose("summary", Option("x", "x"), led) == led
    for step in ("phone", "where", "placement", "variant", "pacer"):
        taken = choose(step, Option("x", "name"), FRESH)
        assert key_of(step, taken) == "x"
        assert sum(before != after for before, after in zip(FRESH, taken, strict=True)) == 1
    assert key_of("summary", FRESH) == ""


def test_what_steps_offer() -> None:
    led = FRESH._replace(routine="psoas-relief")
    assert keys(options_of("routine", FRESH, OFFERS)) == [NONE, "calm-6", "psoas-relief"]
    assert keys(options_of("variant", led, OFFERS)) == ["", "cap-420"]
    assert variants_of(FRESH, OFFERS) == ()
    assert keys(options_of("where", PHONE, OFFERS)) == ["192.168.100.101", "127.0.0.1"]
    assert keys(options_of("placement", PHONE, OFFERS)) == ["breastbone", "shin", ""]
    assert options_of("summary", FRESH, OFFERS) == ()


def test_a_pattern_that_is_not_listed_is_offered_too() -> None:
    own = FRESH._replace(pattern="3/9")
    assert keys(options_of("pacer", own, offers(before=own))) == ["3/9", "4/6", "5/5", OWN]
    assert keys(options_of("pacer", own, OFFERS)) == ["3/9", "4/6", "5/5", OWN]
    assert keys(options_of("pacer", FRESH, OFFERS)) == ["4/6", "5/5", OWN]


@pytest.mark.parametrize(
    ("rssi_dbm", "shown"), [(-100, "····"), (-90, "▂···"), (-75, "▂▄··"), (-61, "▂▄▆·"), (-60, "▂▄▆█")]
)
def test_signal_as_bars(rssi_dbm: int, shown: str) -> None:
    assert bars(rssi_dbm) == shown


def test_what_is_told_of_a_strap() -> None:
    assert beside_of(H10) == "-58 dBm ▂▄▆█  Heart Rate, Battery Service"
    assert beside_of(H10._replace(rssi_dbm=None, services=())) == "signal unknown"
    assert about_of(H10) == "Polar H10, at A0:9E:1A:00:00:01. Offers: Heart Rate, Battery Service."
    assert about_of(H10._replace(services=())).endswith("nothing it tells of.")
