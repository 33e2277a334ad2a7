"""Which other programs are told of a session while it goes on."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Callable, Iterator, Sequence

from tidehold.cli.extras import need_lsl, need_osc
from tidehold.cli.output import say
from tidehold.cli.phone import external_broker
from tidehold.cli.settings import Settings
from tidehold.daemon.config import OutletsConfig, PhoneConfig
from tidehold.errors import ConfigError
from tidehold.outlets.contract import Outlet
from tidehold.outlets.line import Line
from tidehold.records import HostNs, Output
from tidehold.session.header import Header
from tidehold.sources.clock import SessionClock
from tidehold.sources.paths import own_path

MakeOutlet = Callable[[Header, Callable[[], HostNs]], Outlet]


def outlets_of(arguments: argparse.Namespace, settings: Settings) -> tuple[MakeOutlet, ...]:
    """What flags and configuration ask for; flags win.

    Raises:
        ConfigError: An address is none, a file is not readable, or a library is missing.
    """
    config = settings.config.outlets
    makes: list[MakeOutlet] = []
    if config.lsl if arguments.lsl is None else arguments.lsl:
        need_lsl()
        makes.append(_lsl)
    if receiver := _asked(arguments.osc, config.osc):
        need_osc()
        makes.append(_osc("--osc" if arguments.osc else "outlets.osc", receiver))
    if broker := _asked(arguments.publish, config.mqtt):
        makes.append(_mqtt(broker, config))
    return tuple(makes)


@contextlib.contextmanager
def outlets_open(
    makes: Sequence[MakeOutlet], header: Header, clock: SessionClock
) -> Iterator[list[Callable[[Output], None]]]:
    """Run the outlets, each in a thread of its own; gives what takes the session's outputs."""
    lines = [Line(make(header, clock.now), say) for make in makes]
    try:
        yield [line.hear for line in lines]
    finally:
        for line in lines:
            line.close()


def _asked(flag: str | None, configured: str) -> str:
    return "" if flag == "off" else flag or configured


def _lsl(header: Header, now: Callable[[], HostNs]) -> Outlet:
    from tidehold.outlets.lsl import Lsl  # noqa: PLC0415 - heavy, and seldom asked for

    return Lsl(header, now)


def _osc(name: str, receiver: str) -> MakeOutlet:
    host, _, port = receiver.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ConfigError(f"{name}: expected HOST:PORT, as in 127.0.0.1:9000, found {receiver!r}")

    def make(_: Header, __: Callable[[], HostNs]) -> Outlet:
        from tidehold.outlets.osc import Osc  # noqa: PLC0415 - heavy, and seldom asked for

        return Osc(host.strip("[]"), int(port))

    return make


def _mqtt(broker: str, config: OutletsConfig) -> MakeOutlet:
    reached = external_broker(
        broker,
        PhoneConfig(
            username=config.mqtt_username,
            password_file=config.mqtt_password_file,
            tls=config.mqtt_tls,
            tls_ca=config.mqtt_tls_ca and str(own_path(config.mqtt_tls_ca)),
        ),
        "outlets.mqtt_",
    )

    def make(header: Header, _: Callable[[], HostNs]) -> Outlet:
        from tidehold.outlets.mqtt import Mqtt, Target  # noqa: PLC0415 - seldom asked for

        target = Target(
            reached.host,
            reached.port,
            config.mqtt_name,
            reached.username,
            reached.password,
            reached.tls,
            config.mqtt_discovery,
        )
        return Mqtt(target, header)

    return make
