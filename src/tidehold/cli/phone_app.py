"""The exact text for the phone's app: what to type where, and the same as a QR code."""

from __future__ import annotations

from typing import Final

from tidehold.cli.phone import NOT_ENCRYPTED, Plan, url_of
from tidehold.tui.setup_steps import AppText
from tidehold.wire.profile import Profile

QUIET: Final = 2
"""Modules of white around a code; phones read it with two where the standard asks for four (ISO/IEC 18004)."""
_SECRET_STAYS: Final = " ".join(NOT_ENCRYPTED.split())


def app_text(plan: Plan) -> AppText:
    """What a person types into the app of this phone; with a broker of their own they know the password themselves."""
    rows: tuple[tuple[str, str], ...]
    codec = _codec(plan.profile)
    if plan.external is not None:
        broker = plan.external
        rows = (
            ("broker", f"{broker.host}, port {broker.port}"),
            ("topic", plan.topic),
            ("user", "as your broker knows the phone"),
            ("password", "as your broker knows it"),
        )
        return AppText(plan.profile.name, _FIRST[codec], rows, _AFTER[codec])
    here = plan.embedded
    if codec == "phyphox":
        rows = (
            ("address", f'"{here.address}:{here.port}"'),
            ("username", f'"{plan.name}"'),
            ("password", f'"{here.password}"'),
            ("sendTopic", f'"{plan.topic}"'),
        )
    else:
        rows = (
            ("protocol", "TCP, TLS off"),
            ("host", here.address),
            ("port", str(here.port)),
            ("user", plan.name),
            ("password", here.password),
            ("topic", plan.topic),
        )
    return AppText(plan.profile.name, _FIRST[codec], rows, (*_AFTER[codec], _SECRET_STAYS), qr_modules(url_of(plan)))


def qr_modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """A QR code, row by row with its white border; True is dark. As small as it can be: a terminal has few rows."""
    import segno  # noqa: PLC0415 - an extra, see need_broker

    code = segno.make(text, error="l", micro=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix_iter(border=QUIET))


def _codec(profile: Profile) -> str:
    """What the app's messages are written in, which tells one app from another."""
    codec = next(channel.codec for channel in profile.channel if channel.mode == "message")
    return codec if codec in _FIRST else ""


_FIRST: Final = {
    "sensor-logger": "In Sensor Logger, under Settings, Data Streaming: switch on MQTT and type",
    "phyphox": 'In the file tidehold.phyphox, in its line <connection id="tidehold" ...>, write',
    "": "In the app, where its MQTT broker is set, type",
}
"""By codec: where to type."""
_AFTER: Final = {
    "sensor-logger": ("Batch period 0.1 to 0.5 s. On: Accelerometer (Uncalibrated), Gyroscope, 100 Hz; the rest off.",),
    "phyphox": ("Bring the file to the phone, open it with phyphox (one that knows username), press play.",),
    "": (),
}
"""By codec: what else to set."""
