"""The exact text for the phone's app."""

import msgspec
import pytest
import segno

from tidehold.cli.phone import Plan, push_topic, url_of
from tidehold.cli.phone_app import QUIET, app_text, qr_modules
from tidehold.daemon.config import Remembered
from tidehold.sources.mqtt_options import Broker
from tidehold.sources.profiles import builtin_profiles
from tidehold.tui.qr import size_of
from tidehold.tui.setup import LEAST_COLUMNS, OTHER_ROWS

PHONES = {name: profile for name, profile in builtin_profiles().items() if profile.kind == "phone"}
HERE = Remembered("192.168.100.101", 1883, "Zk3v-9QxT_1a")


def plan(name: str, **more: object) -> Plan:
    return Plan(PHONES[name], push_topic(PHONES[name]), HERE)._replace(**more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PHONES)
def test_every_phone_is_told_where_to_type_all_that_it_needs(name: str) -> None:
    text = app_text(plan(name))
    told = " ".join(value for _, value in text.rows)
    assert text.app == PHONES[name].name
    assert text.first
    for needed in (HERE.address, "1883", "phone", HERE.password, push_topic(PHONES[name])):
        assert needed in told
    assert any("not encrypted" in words for words in text.after)


def test_sensor_logger_and_phyphox_are_told_in_their_own_words() -> None:
    assert dict(app_text(plan("sensor-logger-ios")).rows) == {
        "protocol": "TCP, TLS off",
        "host": "192.168.100.101",
        "port": "1883",
        "user": "phone",
        "password": "Zk3v-9QxT_1a",
        "topic": "sensor-logger",
    }
    assert dict(app_text(plan("phyphox")).rows) == {
        "address": '"192.168.100.101:1883"',
        "username": '"phone"',
        "password": '"Zk3v-9QxT_1a"',
        "sendTopic": '"tidehold/phyphox"',
    }


@pytest.mark.parametrize("name", PHONES)
def test_the_code_holds_the_same_and_fits_into_a_small_window(name: str) -> None:
    made = plan(name)
    modules = app_text(made).code
    code = segno.make(url_of(made), error="l", micro=False).matrix
    inner = tuple(row[QUIET:-QUIET] for row in modules[QUIET:-QUIET])
    assert inner == tuple(tuple(map(bool, row)) for row in code)
    wide, high = size_of(modules)
    assert wide + LEAST_COLUMNS <= 80
    assert high + OTHER_ROWS <= 24


def test_a_code_is_never_a_micro_one_which_few_can_read() -> None:
    assert len(qr_modules("1")) == 21 + 2 * QUIET


def test_a_broker_of_ones_own_is_named_without_its_password() -> None:
    broker = Broker("broker.example", 8883, "me", "secret")
    text = app_text(plan("sensor-logger-android", external=broker))
    assert dict(text.rows)["broker"] == "broker.example, port 8883"
    assert text.code == ()
    assert "secret" not in str(text)


def test_an_app_that_is_not_known_is_told_in_general_words() -> None:
    known = PHONES["sensor-logger-ios"]
    channel = msgspec.structs.replace(known.channel[0], codec="packed")
    text = app_text(plan("sensor-logger-ios", profile=msgspec.structs.replace(known, channel=(channel,))))
    assert text.first.startswith("In the app")
    assert dict(text.rows)["host"] == HERE.address
