"""A first-run view under test: what there is to choose from is held by the test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import segno

from tidehold.errors import ConfigError, SourceError
from tidehold.tui.setup_steps import AppText, Chosen, Found, Led, Offers, Option

H10 = Found("A0:9E:1A:00:00:01", "Polar H10 0A1B2C3D", -58, ("Heart Rate", "Battery Service"), "Polar H10")
OTHER = Found("A0:9E:1A:00:00:02", "[red]HRM\x1b[2J", -84, ("Heart Rate",), "Any heart-rate strap")
URL = "mqtt://phone:Zk3v-9QxT_1a@192.168.100.101:1883/sensor-logger"
MODULES = tuple(tuple(map(bool, row)) for row in segno.make(URL, error="l", micro=False).matrix_iter(border=2))
APP = AppText(
    "Sensor Logger (iPhone)",
    "In Sensor Logger, under Settings, Data Streaming: switch on MQTT and type",
    (
        ("protocol", "TCP, TLS off"),
        ("host", "192.168.100.101"),
        ("port", "1883"),
        ("user", "phone"),
        ("password", "Zk3v-9QxT_1a"),
        ("topic", "sensor-logger"),
    ),
    (
        "Batch period 0.1 to 0.5 s. On: Accelerometer (Uncalibrated), Gyroscope, 100 Hz; the rest off.",
        "Plain MQTT is not encrypted: whoever is on the same network can read the phone's motion and the password.",
    ),
    MODULES,
)


FRESH = Chosen(where="192.168.100.101")


class Air:
    """What the search for straps hears: one round after the other, then nothing new.

    Args:
        rounds: Straps of each round, or what goes wrong in it.
    """

    def __init__(self, *rounds: Sequence[Found] | Exception) -> None:
        self._rounds = list(rounds)
        self.searches = 0
        self.ended = 0
        self.clear = asyncio.Event()
        """Until it is set, nothing is heard after a search that failed."""
        self.clear.set()

    async def listen(self, tell: Callable[[tuple[Found, ...]], None]) -> None:
        self.searches += 1
        try:
            if self.ended:
                await self.clear.wait()
            while self._rounds:
                found = self._rounds.pop(0)
                if isinstance(found, Exception):
                    raise found
                tell(tuple(found))
                await asyncio.sleep(0)
            await asyncio.get_running_loop().create_future()
        finally:
            self.ended += 1


def pattern_of(text: str) -> str:
    if text.strip() != "5/7":
        raise ConfigError(f"pacer: expected seconds, found {text!r}")
    return text.strip()


def lacks(chosen: Chosen) -> str:
    if chosen.routine == "psoas-relief" and chosen.placement != "breastbone":
        return "12 of 23 steps are not measured in full; a phone on the breastbone would measure most of it"
    return ""


def offers(air: Air | None = None, before: Chosen = FRESH, app: AppText = APP) -> Offers:
    return Offers(
        before,
        (
            Option("phyphox", "phyphox"),
            Option("sensor-logger-android", "Sensor Logger (Android)"),
            Option("sensor-logger-ios", "Sensor Logger (iPhone)"),
        ),
        (
            Option("192.168.100.101", "192.168.100.101", "this computer, for phones on its network", "Not encrypted."),
            Option("127.0.0.1", "127.0.0.1", "only programs on this computer; no phone"),
        ),
        (
            Option("breastbone", "breastbone", "sees the trunk, and the breathing"),
            Option("shin", "shin", "the leg's angle; walking"),
            Option("", "not said", "say it for each session"),
        ),
        (
            Led(Option("calm-6", "calm-6", "10 min  Plain breathing", "Six breaths a minute.")),
            Led(
                Option(
                    "psoas-relief",
                    "psoas-relief",
                    "23 min  Psoas relief, with a name that is much too long for a row of this view",
                    "The whole of it.",
                ),
                (Option("cap-420", "cap-420", "7 min  Short", "What fits into seven minutes."),),
            ),
        ),
        (Option("4/6", "4/6", "6 breaths a minute, a longer way out"), Option("5/5", "5/5", "6 breaths a minute")),
        (air or Air((H10, OTHER))).listen,
        lambda _: app,
        pattern_of,
        lacks,
        "~/.config/tidehold/tidehold.toml",
    )


NO_BLUETOOTH = SourceError("Bluetooth is off; switch it on")
