"""Parts of Tidehold that are installed only where they are wanted."""

from __future__ import annotations

from importlib import import_module

from tidehold.errors import ConfigError


def need_simulators() -> None:
    """Make sure that the simulators are installed.

    Raises:
        ConfigError: They are not.
    """
    _need("this needs the simulators", "sim", "bumble", "tidehold_simulators")


def need_broker() -> None:
    """Make sure that the broker is installed.

    Raises:
        ConfigError: It is not.
    """
    _need("a broker of our own (instead of --broker HOST) needs more", "broker", "amqtt", "segno")


def need_lsl() -> None:
    """Make sure that the Lab Streaming Layer can be loaded.

    Raises:
        ConfigError: It cannot.
    """
    _need("--lsl needs more", "lsl", "pylsl")


def need_osc() -> None:
    """Make sure that Open Sound Control can be spoken.

    Raises:
        ConfigError: It cannot.
    """
    _need("--osc needs more", "osc", "pythonosc")


def need_report() -> None:
    """Make sure that plots can be drawn.

    Raises:
        ConfigError: They cannot.
    """
    _need("the page's plots need more (--text and --json do not)", "report", "bokeh")


def need_export(module: str) -> None:
    """Make sure that a format can be written.

    Args:
        module: That writes it.

    Raises:
        ConfigError: It is not installed.
    """
    _need("this format needs more", "export", module)


def need_calendar() -> None:
    """Make sure that calendars can be written.

    Raises:
        ConfigError: They cannot.
    """
    _need("--ics needs more", "calendar", "icalendar")


def _need(what: str, extra: str, *modules: str) -> None:
    try:
        for module in modules:
            import_module(module)
    except ImportError as error:
        raise ConfigError(f"{what} ({error}): pip install 'tidehold[{extra}]'") from None
