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


def _need(what: str, extra: str, *modules: str) -> None:
    try:
        for module in modules:
            import_module(module)
    except ImportError as error:
        raise ConfigError(f"{what} ({error}): pip install 'tidehold[{extra}]'") from None
