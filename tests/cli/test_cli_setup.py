"""`setup`: what the view is offered, and what becomes of what is chosen. The view itself is in tests/tui."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Ran, Run
from tidehold.cli import phone, setup
from tidehold.cli.parser import parse
from tidehold.cli.settings import Settings
from tidehold.cli.setup import LOOPBACK, Desk, before_of, wheres_of
from tidehold.daemon.config import (
    Config,
    PhoneConfig,
    StrapConfig,
    config_path,
    load_config,
    recall_phone,
    recall_strap,
    remember_strap,
    remembered_phone_path,
)
from tidehold.errors import ConfigError
from tidehold.sources.ble_options import Wanted
from tidehold.tui.setup import SetupView
from tidehold.tui.setup_steps import ANY, NONE, Chosen, Found, Offers
from tidehold_simulators.pytest_plugin import StartStrap

LAN = "192.0.2.7"
H10 = StrapConfig("A0:9E:1A:00:00:01", "Polar H10")
Choose = Callable[[Offers], Chosen | None]


@pytest.fixture(autouse=True)
def network(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "lan_address", lambda: LAN)
    monkeypatch.setattr(phone, "lan_address", lambda: LAN)


@pytest.fixture
def choose(tidehold: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `setup` with a person who chooses so."""

    def run(person: Choose, *words: str) -> Ran:
        async def chosen(view: SetupView) -> Chosen | None:
            return person(view._offers)

        monkeypatch.setattr(setup, "can_show", lambda: True)
        monkeypatch.setattr(SetupView, "run_async", chosen)
        return tidehold("setup", *words)

    return run


def changing(**fields: str) -> Choose:
    return lambda offers: offers.before._replace(**fields)


def configure(text: str) -> Path:
    config_path().parent.mkdir(parents=True)
    config_path().write_text(text)
    return config_path()


def desk(*words: str) -> Desk:
    arguments = parse(["setup", *words])
    return Desk(Settings.of(arguments), arguments)


def record_asks(*words: str) -> tuple[phone.Plan | None, list[str]]:
    """How `record` reaches the phone now, and what it asks for that."""
    asked: list[str] = []
    arguments = parse(["record", *words])
    plan = phone.plan_phone(arguments, Settings.of(arguments), lambda text: bool(asked.append(text)))  # type: ignore[func-returns-value]
    return plan, asked


def test_without_a_terminal_it_says_what_to_do_instead(tidehold: Run) -> None:
    ran = tidehold("setup")
    assert ran.code == 2
    assert "setup needs a terminal" in ran.err
    assert str(config_path()) in ran.err


def test_who_leaves_changes_nothing(choose: Callable[..., Ran], home: Path) -> None:
    ran = choose(lambda _: None)
    assert ran.code == 0
    assert ran.err == "nothing was changed\n"
    assert list(home.iterdir()) == []


def test_everything_that_is_chosen_holds_from_then_on(choose: Callable[..., Ran], tidehold: Run) -> None:
    typed: list[str] = []

    def person(offers: Offers) -> Chosen:
        chosen = offers.before._replace(
            strap=H10.address,
            strap_name=H10.name,
            phone="sensor-logger-ios",
            placement="breastbone",
            routine="psoas-relief",
            variant=variants(offers, "psoas-relief")[0],
            pattern=offers.pattern_of(" 5/ 7"),
        )
        typed.append(dict(offers.app(chosen).rows)["password"])
        return chosen

    ran = choose(person)
    assert ran.code == 0, ran.err
    assert tidehold("config", "check").code == 0
    assert stat.S_IMODE(config_path().stat().st_mode) == 0o600
    assert recall_strap() == H10
    config = load_config()
    assert (config.phone.profile, config.phone.placement) == ("sensor-logger-ios", "breastbone")
    assert (config.routine.name, config.pacer.pattern) == ("psoas-relief", "5/7")
    assert config.routine.variant
    plan, asked = record_asks()
    assert plan is not None
    assert asked == []  # where to listen was agreed to
    assert (plan.embedded.address, plan.embedded.port) == (LAN, 1883)
    assert [plan.embedded.password] == typed
    assert stat.S_IMODE(remembered_phone_path().stat().st_mode) == 0o600
    for told in (ran.out, ran.err, config_path().read_text()):
        assert typed[0] not in told
    assert str(config_path()) in ran.err


def variants(offers: Offers, routine: str) -> list[str]:
    return next([each.key for each in led.variants] for led in offers.routines if led.option.key == routine)


def test_what_was_chosen_is_what_holds_the_next_time(choose: Callable[..., Ran]) -> None:
    first = changing(strap=H10.address, strap_name=H10.name, phone="phyphox", where=LOOPBACK, placement="shin")
    choose(first)
    kept = config_path().read_text()
    again: list[Chosen] = []

    def same(offers: Offers) -> Chosen:
        again.append(offers.before)
        return offers.before

    choose(same)
    assert again == [Chosen(H10.address, H10.name, "phyphox", LOOPBACK, "shin")]
    assert config_path().read_text() == kept


def test_the_password_stays_the_one_that_the_phone_knows(choose: Callable[..., Ran]) -> None:
    choose(changing(phone="phyphox"))
    before = recall_phone()
    choose(changing(where=LOOPBACK))
    after = recall_phone()
    assert before is not None
    assert after is not None
    assert after.password == before.password
    assert after.address == LOOPBACK
    plan, asked = record_asks()
    assert plan is not None
    assert plan.embedded == after
    assert asked == []


def test_what_a_person_wrote_stays_and_what_would_hide_the_choice_is_changed(choose: Callable[..., Ran]) -> None:
    mine = '# mine\n[strap]\nname = "Old" # the old one\n\n[phone]\nport = 1999 # ours\n'
    configure(mine)
    ran = choose(changing(strap=H10.address, strap_name=H10.name))
    assert ran.code == 0, ran.err
    text = config_path().read_text()
    assert f'name = "{H10.name}" # the old one' in text
    assert "port = 1999 # ours" in text
    assert text.startswith("# mine\n")
    assert Settings.of(parse(["record"])).wanted_strap(None) == Wanted(H10.address, H10.name)


def test_a_strap_that_is_only_remembered_stays_out_of_the_file(choose: Callable[..., Ran]) -> None:
    choose(changing(strap=H10.address, strap_name=H10.name))
    assert "strap" not in config_path().read_text()
    remember_strap(StrapConfig(name="Another"))  # `scan --remember` still works
    assert Settings.of(parse(["record"])).wanted_strap(None) == Wanted(None, "Another")


def test_no_strap_and_any_strap_again(choose: Callable[..., Ran]) -> None:
    remember_strap(H10)
    choose(changing(strap=NONE, phone="phyphox"))
    settings = Settings.of(parse(["record"]))
    assert settings.wanted_strap(None) is None
    assert settings.wanted_strap("any") == Wanted()
    assert desk().offers().before.strap == NONE
    choose(changing(strap=ANY))
    assert load_config().strap.enabled
    assert Settings.of(parse(["record"])).wanted_strap(None) == Wanted()


def test_no_phone_and_no_routine_take_away_what_was_there(choose: Callable[..., Ran]) -> None:
    configure('[phone]\nprofile = "phyphox"\nplacement = "shin"\n[routine]\nname = "calm-6"\n')
    choose(changing(phone=NONE, routine=NONE))
    config = load_config()
    assert (config.phone, config.routine.name) == (PhoneConfig(placement="shin"), "")
    assert recall_phone() is None


def test_a_file_of_ones_own_is_begun(choose: Callable[..., Ran], home: Path) -> None:
    ran = choose(changing(pattern="5/5"), "--config", str(home / "mine.toml"))
    assert ran.code == 0, ran.err
    assert load_config(home / "mine.toml").pacer.pattern == "5/5"
    assert not config_path().exists()


def test_what_overrides_the_file_is_said(choose: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEHOLD_PHONE_PROFILE", "phyphox")
    assert "TIDEHOLD_PHONE_PROFILE overrides the file" in choose(changing()).err


def test_a_wrong_file_is_refused_before_anything_is_asked(choose: Callable[..., Ran]) -> None:
    configure("[strap]\nname = 7\n")
    ran = choose(changing())
    assert ran.code == 2
    assert "strap.name" in ran.err


def test_an_external_broker_is_kept_and_nothing_is_opened(choose: Callable[..., Ran]) -> None:
    configure('[phone]\nbroker = "external"\nhost = "broker.example"\n')

    def person(offers: Offers) -> Chosen:
        assert offers.wheres == ()
        chosen = offers.before._replace(phone="sensor-logger-android", placement="thigh")
        text = offers.app(chosen)
        assert dict(text.rows)["broker"] == "broker.example, port 1883"
        assert text.code == ()
        return chosen

    ran = choose(person)
    assert ran.code == 0, ran.err
    assert load_config().phone.broker == "external"
    assert recall_phone() is None


def test_without_the_broker_installed_phones_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking() -> None:
        raise ConfigError("needs more: pip install 'tidehold[broker]'")

    monkeypatch.setattr(setup, "need_broker", lacking)
    offers = desk().offers()
    assert all("pip install" in option.why_not for option in offers.phones)
    assert len(offers.phones) == 4


@pytest.mark.parametrize(
    ("config", "lan", "keys"),
    [
        (PhoneConfig(), LAN, [LAN, LOOPBACK]),
        (PhoneConfig(), None, [LOOPBACK]),
        (PhoneConfig(address="10.0.0.9"), LAN, [LAN, LOOPBACK, "10.0.0.9"]),
        (PhoneConfig(address=f"{LAN}:1999"), LAN, [f"{LAN}:1999", LOOPBACK]),
        (PhoneConfig(broker="external"), LAN, []),
    ],
)
def test_where_a_phone_may_send_to(config: PhoneConfig, lan: str | None, keys: list[str]) -> None:
    assert [option.key for option in wheres_of(Config(phone=config), lan)] == keys


def test_a_configured_port_is_the_one_shown_and_used(choose: Callable[..., Ran]) -> None:
    configure(f'[phone]\naddress = "{LAN}:1999"\n')

    def person(offers: Offers) -> Chosen:
        chosen = offers.before._replace(phone="sensor-logger-ios")
        assert dict(offers.app(chosen).rows)["port"] == "1999"
        return chosen

    choose(person)
    plan, asked = record_asks()
    assert plan is not None
    assert (plan.embedded.port, asked) == (1999, [])


@pytest.mark.parametrize(
    ("strap", "remembered", "key"),
    [
        (StrapConfig(), StrapConfig(), ANY),
        (StrapConfig(), H10, H10.address),
        (StrapConfig(name="Configured"), H10, "Configured"),
        (StrapConfig(enabled=False), H10, NONE),
    ],
)
def test_which_strap_holds_already(strap: StrapConfig, remembered: StrapConfig, key: str) -> None:
    assert before_of(Config(strap=strap), remembered, "").strap == key


def test_a_routine_tells_beforehand_what_it_cannot_measure() -> None:
    offers = desk().offers()
    led = offers.before._replace(routine="psoas-relief")
    assert "steps are not measured in full; a phone on the breastbone would" in offers.lacks(led)
    better = led._replace(phone="phyphox", placement="breastbone")
    assert "would measure" not in offers.lacks(better)
    assert offers.lacks(led._replace(routine="calm-6")) == ""
    assert "not measured" in offers.lacks(led._replace(routine="calm-6", strap=NONE))
    assert offers.lacks(led._replace(routine=NONE)) == ""


def test_a_configured_routine_of_ones_own_is_offered(home: Path) -> None:
    own = home / "evening.toml"
    builtin = Path(setup.__file__).parents[1] / "routines/calm-6.toml"
    own.write_text(builtin.read_text().replace('id = "calm-6"', 'id = "evening"'))
    configure(f'[routine]\nname = "{own}"\n')
    offers = desk().offers()
    assert offers.before.routine == str(own)
    assert str(own) in [led.option.key for led in offers.routines]
    assert offers.lacks(offers.before) == ""


def test_a_configured_variant_that_its_routine_has_no_more_is_dropped() -> None:
    configure('[routine]\nname = "psoas-relief"\nvariant = "gone"\n')
    offers = desk().offers()
    assert (offers.before.routine, offers.before.variant) == ("psoas-relief", "")
    assert offers.lacks(offers.before)
    known = variants(offers, "psoas-relief")[0]
    config_path().write_text(f'[routine]\nname = "psoas-relief"\nvariant = "{known}"\n')
    assert desk().offers().before.variant == known


def test_a_view_that_breaks_is_no_success(choose: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SetupView, "return_code", 1)
    ran = choose(lambda _: None)
    assert ran.code == 1
    assert ran.err == "nothing was changed\n"


def test_straps_within_reach_are_told_in_words(tidehold_strap: StartStrap) -> None:
    strap = tidehold_strap("calm-6")
    heard: list[tuple[Found, ...]] = []

    async def listen() -> None:
        some = asyncio.Event()

        def tell(found: tuple[Found, ...]) -> None:
            heard.append(found)
            if found:
                some.set()

        search = asyncio.ensure_future(desk("--radio", strap.radio).offers().listen(tell))
        async with asyncio.timeout(20):
            await some.wait()
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search

    asyncio.run(listen())
    (found,) = heard[-1]
    assert (found.address, found.name) == (strap.address, strap.name)
    assert "Heart Rate" in found.services


def test_a_first_run_is_told_of_setup_once_nothing_is_known(
    tidehold: Run, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr("tidehold.cli.recording.can_show", lambda: True)
    monkeypatch.setattr("tidehold.cli.recording.record_and_watch", lambda *_: 0)
    offer = "no strap chosen yet: `tidehold setup` leads through it\n"
    assert tidehold("record").err.startswith(offer)
    assert offer not in tidehold("record", "--strap", "any").err
    remember_strap(StrapConfig())
    assert offer not in tidehold("record").err
    monkeypatch.setattr("tidehold.cli.recording.can_show", lambda: False)
    monkeypatch.setattr("tidehold.cli.recording.live", lambda *_: 0)
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "other"))
    assert offer not in tidehold("record").err
