"""The phone of a session: which app it runs, how its messages come, and what the person is told about that."""

from __future__ import annotations

import argparse
import contextlib
import io
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Final, NamedTuple

import msgspec

from tidehold.cli.extras import need_broker
from tidehold.cli.output import say
from tidehold.cli.settings import Settings
from tidehold.daemon.config import PhoneConfig, Remembered, recall_phone, remember_phone, remembered_phone_path
from tidehold.errors import ConfigError
from tidehold.session.joint import has_joint
from tidehold.sources.clock import SessionClock
from tidehold.sources.contract import Source
from tidehold.sources.lan import lan_address
from tidehold.sources.mqtt import MqttPhone
from tidehold.sources.mqtt_options import Broker
from tidehold.sources.paths import own_path
from tidehold.wire.profile import Profile

PORT: Final = 1883
TLS_PORT: Final = 8883
USER: Final = "phone"
SECOND: Final = "phone2"
"""The second phone: its source's name, and its user at the broker."""
RECORDER: Final = "recorder"
NOT_ENCRYPTED: Final = (
    "Plain MQTT is not encrypted: whoever is on the same network can read the\n"
    "phone's motion and the password. Elsewhere use a broker with TLS (docs/phone.md)."
)


class Plan(NamedTuple):
    """What was decided before the session starts: where our own broker listens, unless there is an external one."""

    profile: Profile
    topic: str
    embedded: Remembered
    external: Broker | None = None
    placement: str = ""
    """Where the phone is worn, if that was said."""
    name: str = USER
    """Its source, and its user at a broker of our own."""
    second: Plan | None = None

    @property
    def both(self) -> tuple[Plan, ...]:
        """This phone, and the second one if there is one."""
        return (self,) if self.second is None else (self, self.second)

    @property
    def asked(self) -> dict[str, str]:
        """For the session's header: nothing in it is secret."""
        broker = "embedded" if self.external is None else f"{self.external.host}:{self.external.port}"
        worn = {"placement": self.placement} if self.placement else {}
        return {"profile": self.profile.id, "topic": self.topic, "broker": broker} | worn

    @property
    def profiles(self) -> dict[str, Profile]:
        """Those that fit the phones, by id."""
        return {each.profile.id: each.profile for each in self.both}


def plan_phone(arguments: argparse.Namespace, settings: Settings, ask: Callable[[str], bool]) -> Plan | None:
    """How the phone is reached, or None without one. Asks whether to listen on the network, once per address.

    Raises:
        ConfigError: No such profile, no broker to be had, or nobody to ask.
    """
    config = settings.config.phone
    wanted = arguments.phone or config.profile
    second = arguments.second_phone or settings.config.second_phone.profile
    if arguments.phone is None and not config.profile:
        if arguments.second_phone:
            raise ConfigError("--second-phone: expected --phone beside it, found no first phone")
        return None
    profile = phone_profile(settings, wanted)
    topic = config.topic or push_topic(profile)
    placement = arguments.placement or config.placement
    if arguments.broker or config.broker == "external":
        first = Plan(profile, topic, Remembered("", 0, ""), external_broker(arguments.broker, config), placement)
    else:
        first = Plan(profile, topic, _agreed(arguments, config, ask, two=bool(second)), placement=placement)
    return first._replace(second=_second(arguments, settings, first, second)) if second else first


def _second(arguments: argparse.Namespace, settings: Settings, first: Plan, wanted: str) -> Plan:
    """The second phone: at the same broker, with a topic and a password of its own.

    Raises:
        ConfigError: No such profile, the same topic, or no joint between the places of both.
    """
    config = settings.config.second_phone
    profile = phone_profile(settings, wanted, "--second-phone")
    topic = config.topic or f"{push_topic(profile)}-2"
    placement = arguments.second_placement or config.placement
    if not has_joint(first.placement, placement):
        said = f"{first.placement or 'nowhere'} and {placement or 'nowhere'}"
        raise ConfigError(
            "--second-phone: expected two places with a joint between them, as in --placement thigh "
            f"--second-placement shin, found {said}"
        )
    if topic == first.topic:
        raise ConfigError(f"second_phone.topic: expected another one than the first phone's, found {topic!r}")
    here = msgspec.structs.replace(first.embedded, password=first.embedded.second_password)
    return Plan(profile, topic, here, first.external, placement, SECOND)


def phone_profile(settings: Settings, wanted: str, flag: str = "--phone") -> Profile:
    """The profile of this id.

    Raises:
        ConfigError: It is no phone's; the text lists those that are.
    """
    phones = {name: profile for name, profile in settings.profiles.items() if profile.source == "mqtt"}
    if wanted not in phones:
        known = "\n".join(f"  {name:28} {profile.name}" for name, profile in phones.items())
        raise ConfigError(f"{flag}: expected which app the phone runs, found {wanted or 'nothing'!r}:\n{known}")
    return phones[wanted]


def secrets_of(plan: Plan | None) -> tuple[str, ...]:
    """What must not stand in a log."""
    if plan is None:
        return ()
    return tuple((each.embedded if each.external is None else each.external).password for each in plan.both)


def push_topic(profile: Profile) -> str:
    """Where a phone publishes unless its app was told otherwise."""
    return next(channel.topic for channel in profile.channel if channel.mode == "message")


@contextlib.asynccontextmanager
async def phone_sources(plan: Plan, clock: SessionClock) -> AsyncIterator[tuple[int, list[Source]]]:
    """The broker's port, and as sources the phones and the broker if it is ours, for as long as the session lasts."""
    if plan.external is not None:
        reached = plan.external
        yield reached.port, [MqttPhone(each.name, clock, each.profile, reached, each.topic) for each in plan.both]
        return
    need_broker()
    from tidehold.sources.broker import Account, EmbeddedBroker, Limits, new_password  # noqa: PLC0415 - an extra

    here, ours = plan.embedded, new_password()
    accounts = (
        *(Account(each.name, each.embedded.password, publish=(each.topic,), subscribe=()) for each in plan.both),
        Account(RECORDER, ours, publish=(), subscribe=tuple(each.topic for each in plan.both)),
    )
    usual = Limits()  # of one phone; the recorder comes once for each
    limits = replace(usual, per_address=usual.per_address + 2 * (len(plan.both) - 1))
    async with EmbeddedBroker(clock, here.address, here.port, accounts, limits) as broker:
        reached = Broker(here.address, broker.port, RECORDER, ours, is_embedded=True)
        phones = [MqttPhone(each.name, clock, each.profile, reached, each.topic) for each in plan.both]
        yield broker.port, [broker, *phones]


def tell(plan: Plan | None) -> bool:
    """What to type into the phone's app; whether there is anything.

    The password is shown on a terminal only: elsewhere it might be kept.
    """
    if plan is None or (plan.external is not None and plan.second is None):
        return False
    if plan.external is not None:
        for each in plan.both:
            say(f"Set the app of the phone on the {each.placement} to publish to {each.topic}")
        return True
    for each in plan.both:
        _tell_one(each, f"the app of the phone on the {each.placement}" if plan.second else "the phone's app")
    say(NOT_ENCRYPTED)
    return True


def _tell_one(plan: Plan, app: str) -> None:
    """What to type into one phone's app."""
    here = plan.embedded
    shown = sys.stderr.isatty()
    rows = {
        "app": plan.profile.name,
        "broker": f"{here.address}, port {here.port}, TCP without TLS",
        "topic": plan.topic,
        "user": plan.name,
        "password": here.password if shown else f"in {remembered_phone_path()}",
    }
    say(f"Set {app} to send to this computer:")
    for name, text in rows.items():
        say(f"  {name:10}{text}")
    if shown:
        say(qr_code(url_of(plan)))


def url_of(plan: Plan) -> str:
    """All that the phone's app must know to send to a broker of our own, the password too."""
    here = plan.embedded
    return f"mqtt://{plan.name}:{here.password}@{here.address}:{here.port}/{plan.topic}"


def qr_code(text: str) -> str:
    """A QR code as lines for a terminal, two rows in each."""
    import segno  # noqa: PLC0415 - an extra, see need_broker

    lines = io.StringIO()
    segno.make(text, error="m").terminal(lines, border=2, compact=True)
    return lines.getvalue().rstrip("\n")


def ask_on_terminal(question: str) -> bool:
    """Ask the person; anything but yes is a no.

    Raises:
        ConfigError: There is no terminal to ask on.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ConfigError(
            "the phone's messages come over the network, and nobody is here to be asked: "
            f"say where to listen with --listen ADDRESS (this computer is {lan_address() or 'on no network'})"
        )
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _agreed(
    arguments: argparse.Namespace, config: PhoneConfig, ask: Callable[[str], bool], *, two: bool = False
) -> Remembered:
    """Where to listen, as flag or configuration say, as was agreed before, or as the person answers now."""
    need_broker()
    from tidehold.sources.broker import new_password  # noqa: PLC0415 - an extra

    known = recall_phone()
    said, port = address_and_port(arguments.listen or config.address, config)
    address = said or lan_address()
    if address is None:
        raise ConfigError("the phone needs a network and this computer is on none; connect it, or use --listen ADDRESS")
    agreed = said or (known is not None and known.address == address)
    if not agreed and not ask(
        f"The phone will send to this computer: {address}, port {port}.\n"
        "While a session is recorded, anyone on this network can try to connect there,\n"
        "and needs the password that is shown next. Is that all right?"
    ):
        raise ConfigError("not listening for the phone; without --phone the session is recorded from the strap alone")
    kept = known if known is not None and not arguments.new_password else Remembered("", 0, "")
    second = kept.second_password or (new_password() if two else "")
    choice = Remembered(address, port, kept.password or new_password(), second)
    if choice != known:
        remember_phone(choice)
    return choice


def address_and_port(text: str, config: PhoneConfig) -> tuple[str, int]:
    """Where to listen, of ADDRESS[:PORT]; the address is empty where none is said."""
    said, _, port_text = text.partition(":")
    return said, int(port_text) if port_text.isdecimal() else config.port or PORT


def external_broker(flag: str | None, config: PhoneConfig, table: str = "phone.") -> Broker:
    """Somebody else's broker; `table` is how its settings begin, for complaints."""
    host, _, port_text = (flag or config.host).partition(":")
    if not host:
        raise ConfigError(f'{table}host: expected the broker\'s name or address, found "" beside broker = "external"')
    port = int(port_text) if port_text.isdecimal() else config.port or (TLS_PORT if config.tls else PORT)
    password = ""
    if config.password_file:
        path = own_path(config.password_file)
        try:
            password = path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
        except (OSError, ValueError) as error:
            raise ConfigError(f"{table}password_file: expected a readable file, found: {error}") from None
    return Broker(host, port, config.username, password, _tls(config, table), config.mqtt5)


def _tls(config: PhoneConfig, table: str) -> ssl.SSLContext | None:
    if not (config.tls or config.tls_ca):
        return None
    try:
        return ssl.create_default_context(cafile=config.tls_ca or None)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(f"{table}tls_ca: expected certificates (PEM) in {config.tls_ca}, found: {error}") from None
