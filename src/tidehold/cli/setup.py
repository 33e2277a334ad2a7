"""`setup`: strap, phone, placement, routine and pacer, chosen step by step and written to `tidehold.toml`."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from bleak.uuids import uuidstr_to_str

from tidehold.cli.extras import need_broker
from tidehold.cli.guided import minutes, routine_folders
from tidehold.cli.output import say
from tidehold.cli.phone import Plan, address_and_port, external_broker, phone_profile, push_topic
from tidehold.cli.phone_app import app_text
from tidehold.cli.radio import transport_to
from tidehold.cli.settings import ADDRESS, Settings
from tidehold.cli.watching import can_show
from tidehold.coach.measures import advice, not_measured
from tidehold.coach.pacing import pattern_of
from tidehold.coach.routine_book import RoutineBook
from tidehold.coach.routine_toml import lay_out
from tidehold.daemon.config import (
    Config,
    ImuConfig,
    Remembered,
    StrapConfig,
    config_path,
    overrides,
    recall_phone,
    recall_strap,
    remember_phone,
    remember_strap,
    remembered_phone_path,
)
from tidehold.daemon.config_file import Setting, change_config
from tidehold.errors import ConfigError
from tidehold.sources.ble import Seen
from tidehold.sources.ble_scan import listen
from tidehold.sources.lan import lan_address
from tidehold.sources.routines import find_routine, load_all
from tidehold.tui.setup import SetupView
from tidehold.tui.setup_steps import ANY, NONE, AppText, Chosen, Found, Led, Offers, Option, variants_of
from tidehold.wire.profile import Profile

LOOPBACK: Final = "127.0.0.1"
UNNAMED: Final = ("Unknown", "Vendor specific")
"""What bleak calls a service that it does not know."""
PLACES: Final = (
    Option("breastbone", "breastbone", "sees the trunk, and the breathing"),
    Option("belly", "belly", "sees the trunk, and the breathing"),
    Option("thigh", "thigh", "the hip's angle; raising a leg"),
    Option("shin", "shin", "the leg's angle; walking"),
    Option("", "not said", "say it for each session", "`tidehold record --placement` says it each time."),
)
PATTERNS: Final = (
    Option("4/6", "4/6", "6 breaths a minute, a longer way out"),
    Option("5/5", "5/5", "6 breaths a minute, in and out alike"),
    Option("4/2/6/0", "4/2/6/0", "5 breaths a minute, held for 2 s when full"),
    Option("4/4/4/4", "4/4/4/4", "about 4 breaths a minute, held at both ends"),
)


def setup(arguments: argparse.Namespace) -> int:
    """`tidehold setup`: ask for everything that a session needs, and keep it."""
    if not can_show():
        raise ConfigError(
            f"setup needs a terminal, found none: write {arguments.config or config_path()} instead, "
            "as `tidehold config show` prints it"
        )
    is_new = arguments.config is not None and not arguments.config.exists()
    settings = Settings.of(arguments, Config() if is_new else None)
    desk = Desk(settings, arguments)
    view = SetupView(desk.offers())
    chosen = asyncio.run(view.run_async())
    if chosen is None:
        say("nothing was changed")
        return view.return_code or 0
    desk.keep(chosen)
    return 0


class Desk:
    """What the view offers, and what becomes of what is chosen.

    Args:
        settings: As they are before.
        arguments: Of the command: its radio, and the file that is written.
    """

    def __init__(self, settings: Settings, arguments: argparse.Namespace) -> None:
        self._settings = settings
        self._radio: str | None = arguments.radio
        self.file = arguments.config or config_path()
        self._books = load_all(routine_folders(settings))
        self._known = recall_phone()
        self._password = self._known.password if self._known else ""
        self._lan = lan_address()
        self._wheres = wheres_of(settings.config, self._lan)

    def offers(self) -> Offers:
        """Everything there is to choose from.

        Raises:
            ConfigError: A routine or a remembered choice is wrong.
        """
        offers = Offers(
            before_of(self._settings.config, recall_strap(), self._where_before()),
            phones_of(self._settings),
            self._wheres,
            PLACES,
            self._routines(),
            PATTERNS,
            self._listen,
            self._app,
            lambda text: pattern_of(text).text,
            self._lacks,
            str(self.file),
            has_imu=self._settings.config.imu != ImuConfig(),
        )
        if offers.before.variant in {option.key for option in variants_of(offers.before, offers)}:
            return offers
        return offers._replace(before=offers.before._replace(variant=""))  # its routine has it no more

    def plan(self, chosen: Chosen) -> Plan:
        """How the chosen phone is reached."""
        config = self._settings.config.phone
        profile = phone_profile(self._settings, chosen.phone)
        topic = config.topic or push_topic(profile)
        if config.broker == "external":
            return Plan(profile, topic, Remembered("", 0, ""), external_broker(None, config), chosen.placement)
        if not self._password:
            from tidehold.sources.broker import new_password  # noqa: PLC0415 - an extra

            self._password = new_password()
        address, port = address_and_port(chosen.where, config)
        second = self._known.second_password if self._known else ""
        return Plan(profile, topic, Remembered(address, port, self._password, second), placement=chosen.placement)

    def keep(self, chosen: Chosen) -> None:
        """Write what was chosen, remember strap and phone, and tell where.

        Raises:
            ConfigError: The file cannot be written.
        """
        config = self._settings.config
        before = before_of(config, recall_strap(), "")
        strap = StrapConfig() if chosen.strap in (ANY, NONE) else strap_of(chosen)
        change_config(self.file, changes_of(chosen, before, strap, config, self._lan))
        if chosen.strap not in (NONE, before.strap):
            remember_strap(strap)
        say(f"wrote {self.file}")
        if chosen.phone != NONE and config.phone.broker != "external":
            agreed = self.plan(chosen).embedded
            if agreed != self._known:
                remember_phone(agreed)
            say(f"the phone's password is in {remembered_phone_path()}")
        for variable in overrides():
            say(f"{variable} overrides the file")
        say("`tidehold doctor` tries the sensors; `tidehold record` starts a session")

    async def _listen(self, tell: Callable[[tuple[Found, ...]], None]) -> None:
        straps = self._settings.of_kind("strap")

        def hear(seen: list[Seen]) -> None:
            tell(tuple(_found(each, straps[each.profile]) for each in seen if each.profile in straps))

        async with transport_to(self._radio) as transport:
            await listen(transport, self._settings.profiles, hear)

    def _app(self, chosen: Chosen) -> AppText:
        return app_text(self.plan(chosen))

    def _where_before(self) -> str:
        keys = [option.key for option in self._wheres]
        if self._settings.config.phone.address in keys or not keys:
            return self._settings.config.phone.address
        return keys[0]

    def _routines(self) -> tuple[Led, ...]:
        own = self._settings.config.routine.name
        books = dict(self._books)
        if own and own not in books:
            books[own] = find_routine(own, routine_folders(self._settings))
        self._books = books
        return tuple(_led(key, book) for key, book in books.items())

    def _lacks(self, chosen: Chosen) -> str:
        if chosen.routine not in self._books:
            return ""
        worn = {} if chosen.strap == NONE else {"strap": ""}
        if chosen.phone != NONE:
            worn["phone"] = chosen.placement
        return lacks(self._books[chosen.routine], chosen.variant, worn)


def lacks(book: RoutineBook, variant: str, worn: Mapping[str, str]) -> str:
    """What of a routine is not measured with these sensors, in a line; empty if all is measured."""
    routine = lay_out(book, variant)
    missed = {step.id for step in routine.steps if not_measured(step, worn)}
    if not missed:
        return ""
    told = f"{len(missed)} of {len({step.id for step in routine.steps})} steps are not measured in full"
    return "; ".join(filter(None, (told, advice(routine, worn))))


def before_of(config: Config, remembered: StrapConfig, where: str) -> Chosen:
    """What holds as long as nothing else is chosen."""
    strap = remembered if config.strap == StrapConfig() else config.strap
    key = strap.address or strap.name or ANY
    return Chosen(
        key if config.strap.enabled else NONE,
        strap.name if config.strap.enabled else "",
        config.phone.profile or NONE,
        where,
        config.phone.placement,
        config.routine.name or NONE,
        config.routine.variant,
        config.pacer.pattern,
    )


def changes_of(
    chosen: Chosen, before: Chosen, strap: StrapConfig, config: Config, lan: str | None
) -> dict[tuple[str, str], Setting]:
    """The settings to write. A strap is remembered; in the file only what would hide that memory is changed."""
    changes: dict[tuple[str, str], Setting] = {("strap", "enabled"): chosen.strap != NONE}
    if chosen.strap not in (NONE, before.strap):
        is_said = config.strap.address or config.strap.name
        changes |= {("strap", "address"): strap.address, ("strap", "name"): strap.name} if is_said else {}
    has_phone = chosen.phone != NONE
    changes["phone", "profile"] = chosen.phone if has_phone else ""
    if has_phone:
        changes["phone", "placement"] = chosen.placement
        if config.phone.broker != "external":
            changes["phone", "address"] = "" if chosen.where == lan else chosen.where
    is_led = chosen.routine != NONE
    changes["routine", "name"] = chosen.routine if is_led else ""
    changes["routine", "variant"] = chosen.variant if is_led else ""
    changes["pacer", "pattern"] = chosen.pattern
    return changes


def strap_of(chosen: Chosen) -> StrapConfig:
    """The chosen strap, as it is remembered."""
    if ADDRESS.fullmatch(chosen.strap):
        return StrapConfig(chosen.strap, chosen.strap_name)
    return StrapConfig(name=chosen.strap)


def phones_of(settings: Settings) -> tuple[Option, ...]:
    """The profiles of phones; without a broker none can be chosen."""
    why_not = ""
    if settings.config.phone.broker != "external":
        try:
            need_broker()
        except ConfigError as error:
            why_not = str(error)
    return tuple(
        Option(profile.id, profile.name, why_not=why_not)
        for profile in settings.of_kind("phone").values()
        if profile.source == "mqtt"
    )


def wheres_of(config: Config, lan: str | None) -> tuple[Option, ...]:
    """Where a phone may send to: one address of the local network, this computer alone, or what is configured."""
    if config.phone.broker == "external":
        return ()
    about = "Plain MQTT is not encrypted: whoever is on the same network can read the phone's motion and the password."
    options = {
        lan: Option(lan or "", lan or "", "this computer, for phones on its network", about),
        LOOPBACK: Option(LOOPBACK, LOOPBACK, "only programs on this computer; no phone", "Nobody else can connect."),
    }
    if said := config.phone.address:
        host, _ = address_and_port(said, config.phone)
        options[host] = Option(said, said, "as configured", about)
    return tuple(option for host, option in options.items() if host)


def _found(seen: Seen, profile: Profile) -> Found:
    services = dict.fromkeys(uuidstr_to_str(service) for service in seen.services)
    named = tuple(name for name in services if name not in UNNAMED)
    return Found(seen.address, seen.name or seen.address, seen.rssi_dbm, named, profile.name)


def _led(key: str, book: RoutineBook) -> Led:
    variants = tuple(
        Option(name, name, f"{minutes(lay_out(book, name).seconds)}  {each.name}", each.about)
        for name, each in book.variant.items()
    )
    return Led(Option(key, key, f"{minutes(lay_out(book).seconds)}  {book.name}", book.about), variants)
