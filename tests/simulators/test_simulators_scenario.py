"""Scenarios load, and a wrong one says what is wrong with it."""

from pathlib import Path

import msgspec
import pytest

from tidehold.errors import ConfigError
from tidehold.records import Pattern
from tidehold_simulators.scenario import (
    CLOCK_2019_NS,
    Fault,
    PhoneSpec,
    Scenario,
    load_scenario,
    routine_of,
    scenario_names,
)

NEEDED = 'name = "x"\nabout = "y"\n'


def test_names_of_the_shipped_scenarios() -> None:
    assert scenario_names() == (
        "breath-held",
        "breathes-14-while-paced",
        "calm-6",
        "clock-2019",
        "clock-reset",
        "daily-followed",
        "link-drops",
        "paced-4-6",
        "paced-late",
        "phone-20hz",
        "phone-android",
        "phone-batches-late",
        "phone-clock-step",
        "phone-ios",
        "phone-offline",
        "phone-phyphox",
        "phone-sleeps-20s",
        "posture-change",
        "psoas-relief-broken",
        "psoas-relief-followed",
        "ramp-12-to-6",
        "strap-slips",
        "stretch-hold",
        "taps",
        "warm-up-30s",
        "wrong-profile",
    )


@pytest.mark.parametrize("name", scenario_names())
def test_shipped_scenario_is_called_what_its_file_is(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert load_scenario(name, 5).seed == 5
    assert scenario.about.endswith(".")


def test_shipped_scenarios_are_what_their_names_say() -> None:
    calm = load_scenario("calm-6").body.breathing[0]
    assert (calm.rate_bpm, calm.inhale_share) == (6.0, 0.4)
    assert load_scenario("ramp-12-to-6").body.breathing[1].to_rate_bpm == 6.0
    assert {fault.kind for fault in load_scenario("link-drops").fault} == {"link-drop", "supervision-timeout"}
    assert load_scenario("strap-slips").fault[0].kind == "strap-slip"
    assert load_scenario("clock-reset").fault[0].kind == "clock-reset"
    assert load_scenario("clock-2019").strap.clock_start_ns == CLOCK_2019_NS
    assert {stretch.hold for stretch in load_scenario("breath-held").body.breathing} == {None, "in", "out"}
    assert load_scenario("warm-up-30s").strap.warm_up_s == 30.0
    for app in ("ios", "android"):
        assert load_scenario(f"phone-{app}").phone.profile == f"sensor-logger-{app}"
    assert load_scenario("phone-phyphox").phone.app == "phyphox"
    assert load_scenario("phone-20hz").phone.rate_hz == 20
    assert load_scenario("phone-batches-late").fault[0].kind == "phone-late"
    well, late, other = (
        load_scenario(name).body.pacer for name in ("paced-4-6", "paced-late", "breathes-14-while-paced")
    )
    assert well
    assert late
    assert other
    assert well.asked == late.asked == other.asked == Pattern(4.0, 0.0, 6.0, 0.0)
    assert (well.follows, late.follows, other.follows) == (True, True, False)
    assert well.lag_s < 0.5 < late.lag_s
    assert (well.share, late.share) == (0.4, 0.3)
    tilts = [pose.breath_tilt for pose in load_scenario("posture-change").body.pose]
    assert min(tilts) < 0 < max(tilts)
    assert {fault.for_s for fault in load_scenario("phone-sleeps-20s").fault if not fault.late} == {20}
    assert {fault.kind for fault in load_scenario("phone-offline").fault} == {"phone-offline", "broker-lost"}
    assert load_scenario("phone-clock-step").fault[0].step_s == -2.5
    assert load_scenario("taps").body.tap[0].at_s == 10
    wrong = load_scenario("wrong-profile").phone
    assert (wrong.app, wrong.profile) == ("sensor-logger-ios", "sensor-logger-android")
    holds = [pose.seconds for pose in load_scenario("stretch-hold").body.pose if pose.angle_deg > 20]
    assert holds == [32, 62, 8, 32]


def test_a_scenario_with_a_routine_is_followed_by_the_body_of_its_seed() -> None:
    daily = load_scenario("daily-followed")
    routine = routine_of(daily)
    assert routine is not None
    assert routine.id == "daily-5-min"
    assert daily.seconds is not None
    assert routine.seconds < daily.seconds < routine.seconds + 30
    assert [press.verb for press in daily.press] == ["start", "answer", "answer", "answer"]
    assert daily.body.trunk != load_scenario("daily-followed", 9).body.trunk
    assert daily == load_scenario("daily-followed")
    assert routine_of(load_scenario("calm-6")) is None


def test_an_ordinary_phone_is_there_for_who_asks() -> None:
    assert load_scenario("calm-6").phone == PhoneSpec()
    assert PhoneSpec().profile == PhoneSpec().app


def test_own_file_needs_only_a_name_and_what_it_is_about(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(NEEDED, encoding="utf-8")
    assert load_scenario(path) == load_scenario(str(path)) == Scenario(name="x", about="y")


def test_own_file_says_all(tmp_path: Path) -> None:
    scenario = load_scenario("breath-held")
    scenario = msgspec.structs.replace(
        scenario, seconds=60.0, fault=(Fault(kind="restart", at_s=3, for_s=1, every_s=9),)
    )
    path = tmp_path / "own.toml"
    path.write_bytes(_toml(scenario))
    assert load_scenario(path) == scenario


def _toml(scenario: Scenario) -> bytes:
    """TOML without the keys that TOML has no word for (None)."""

    def plain(value: object) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k} = {plain(v)}" for k, v in value.items() if v is not None) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(plain, value)) + "]"
        return msgspec.json.encode(value).decode()

    tree: dict[str, object] = msgspec.to_builtins(scenario)
    tree["body"] = msgspec.to_builtins(scenario.body)
    return "\n".join(
        f"{k} = {plain(v)}" for k, v in msgspec.json.decode(msgspec.json.encode(tree)).items() if v is not None
    ).encode()


WRONG = {
    NEEDED + "[routine]\nname = 'psoas-relief'\nmistakes = ['sleeps']": "routine.mistakes[0]: expected one of "
    "holds-breath, past-target, breathes-14, lets-go, skips-cycle, too-fast, found 'sleeps'",
    NEEDED + "[routine]\nname = 'calm-6'\nmistakes = ['too-fast']": "routine.mistakes: expected a routine with such a "
    "step, found calm-6: no step for the mistake 'too-fast'",
    NEEDED + "[body.pacer]\npattern = '4/6'\nto_pattern = '5/5'": "body.pacer: expected `until_s` beside `to_pattern`, "
    "found {'pattern': '4/6', 'to_pattern': '5/5'}",
    NEEDED + "[body.pacer]\npattern = '4/6'\nuntil_s = 5\nsince_s = 5": "body.pacer: expected `until_s` > `since_s`, "
    "found {'pattern': '4/6', 'until_s': 5, 'since_s': 5}",
    NEEDED + "[[body.pose]]\nwalk_spm = 100": "body.pose[0]: expected `seconds` beside `walk_spm`, "
    "found {'walk_spm': 100}",
    'name = "x"': "about: expected a value, found none",
    NEEDED + "colour = 3": "colour: expected no such key, found it",
    NEEDED + "seed = 1.5": "seed: expected `int`, found 1.5",
    NEEDED + "strap = 3": "strap: expected `object`, found 3",
    NEEDED + "[strap]\nbattery_percent = 'full'": "strap.battery_percent: expected `int`, found 'full'",
    NEEDED + "[strap]\nbattery_percent = 101": "strap.battery_percent: expected `int` <= 100, found 101",
    NEEDED + "[strap]\nmodel = 'H10'": "strap.model: expected no such key, found it",
    NEEDED + "[strap]\naddress = 'f0:00'": "strap.address: expected `str` matching regex "
    "'^([0-9A-F]{2}:){5}[0-9A-F]{2}$', found 'f0:00'",
    NEEDED + "[body]\nbreathing = []": "body.breathing: expected `array` of length >= 1, found []",
    NEEDED + "[[body.breathing]]\n[[body.breathing]]\nrate_bpm = nan": "body.breathing[1].rate_bpm: expected "
    "`float` >= 1.0, found nan",
    NEEDED
    + "[[body.breathing]]\nseconds = inf": "body.breathing[0].seconds: expected `float` <= 1000000000.0, found inf",
    NEEDED + "[[body.breathing]]\nhold = 'up'": "body.breathing[0].hold: expected one of in, out, found 'up'",
    NEEDED + "[[body.breathing]]\nhold = 'in'": "body.breathing[0]: expected `seconds` beside `hold` or `to_rate_bpm`, "
    "found {'hold': 'in'}",
    NEEDED + "[[fault]]\nkind = 'flood'\nat_s = 1": "fault[0].kind: expected one of link-drop, supervision-timeout, "
    "restart, strap-slip, clock-reset, phone-sleep, phone-offline, phone-late, phone-clock-step, broker-lost, "
    "found 'flood'",
    NEEDED + "[[fault]]\nkind = 'link-drop'\nat_s = 1": "fault[0]: expected `for_s` for every kind but clock-reset "
    "and phone-clock-step, found {'kind': 'link-drop', 'at_s': 1}",
    NEEDED + "[[fault]]\nkind = 'restart'": "fault[0].at_s: expected a value, found none",
    NEEDED + "[[fault]]\nkind = 'restart'\nat_s = 1\nfor_s = 3\nevery_s = 3": "fault[0]: expected `every_s` > `for_s`, "
    "found {'kind': 'restart', 'at_s': 1, 'for_s': 3, 'every_s': 3}",
    NEEDED + "[[fault]]\nkind = 'phone-clock-step'\nat_s = 1": "fault[0]: expected `step_s` for phone-clock-step, "
    "and for no other kind, found {'kind': 'phone-clock-step', 'at_s': 1}",
    NEEDED + "[[fault]]\nkind = 'restart'\nat_s = 1\nfor_s = 3\nlate = true": "fault[0]: expected `late` for "
    "phone-sleep only, found {'kind': 'restart', 'at_s': 1, 'for_s': 3, 'late': True}",
    NEEDED + "[[body.pose]]\nseconds = 1": "body.pose[0]: expected `seconds` >= `move_s`, found {'seconds': 1}",
    NEEDED + "[[body.pose]]\nslip_deg = 3": "body.pose[0]: expected `slip_deg` and `slip_s`, or neither, "
    "found {'slip_deg': 3}",
    NEEDED + "[[body.pose]]\nsegment = 'arm'": "body.pose[0].segment: expected one of leg, trunk, found 'arm'",
    NEEDED + "[phone]\nplacement = 'pocket'": "phone.placement: expected one of shin, thigh, breastbone, belly, "
    "found 'pocket'",
    NEEDED + "[phone]\napp = 'x'": "phone.app: expected one of sensor-logger-ios, sensor-logger-android, "
    "sensor-logger-standardised, phyphox, found 'x'",
    NEEDED + "[phone]\nnetwork_s = [0.3, 0.2]": "phone: expected the shorter of `network_s` first, "
    "found {'network_s': [0.3, 0.2]}",
    NEEDED + "[phone]\nwifi = 3": "phone.wifi: expected no such key, found it",
    "name =": "expected a readable TOML file, found: Invalid value (at end of document)",
}


@pytest.mark.parametrize("text", WRONG)
def test_wrong_scenario_is_explained(text: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        load_scenario(path)
    assert str(raised.value) == f"{path}: {WRONG[text]}"


def test_unreadable_scenario_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'name = "\xe9"')
    for each in (path, tmp_path):
        with pytest.raises(ConfigError, match="expected a readable TOML file, found: "):
            load_scenario(each)


def test_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(
        ConfigError, match=r"calm-7: expected a TOML file or one of breath-held, .*, calm-6, .*, found neither"
    ):
        load_scenario("calm-7")


def test_fault_that_comes_once() -> None:
    fault = Fault(kind="link-drop", at_s=10, for_s=3)
    assert [fault.onset(t) for t in (9.9, 10.0, 500.0)] == [None, 10.0, 10.0]
    assert [fault.active(t) for t in (9.9, 10.0, 12.9, 13.0, 500.0)] == [False, True, True, False, False]
    assert list(fault.windows(10)) == []
    assert list(fault.windows(100)) == [(10.0, 13.0)]


def test_fault_that_comes_again() -> None:
    fault = Fault(kind="link-drop", at_s=10, for_s=3, every_s=20)
    assert [fault.onset(t) for t in (9.9, 29.9, 30.0, 75.0)] == [None, 10.0, 30.0, 70.0]
    assert [fault.active(t) for t in (12.9, 13.0, 32.0, 33.0)] == [True, False, True, False]
    assert list(fault.windows(50.1)) == [(10.0, 13.0), (30.0, 33.0), (50.0, 53.0)]


@pytest.mark.parametrize("pattern", ["", "4", "4/6/1", "four/six", "0/6", "90/90"])
def test_a_pattern_that_is_none_is_said(tmp_path: Path, pattern: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f'{NEEDED}[body.pacer]\npattern = "{pattern}"\n')
    with pytest.raises(ConfigError, match=r'body\.pacer: expected a pattern such as "4/6" or "4/2/6/0"'):
        load_scenario(path)
