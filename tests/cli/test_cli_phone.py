"""Whether and where to listen for a phone, and what the person is told."""

from __future__ import annotations

import argparse
import io
import ssl
from pathlib import Path
from typing import get_args, get_type_hints

import msgspec
import pytest

from tests.cli.running import Run
from tidehold.cli import phone as module
from tidehold.cli.parser import PLACEMENTS, parse
from tidehold.cli.phone import Plan, ask_on_terminal, phone_profile, plan_phone, push_topic, qr_code, secrets_of, tell
from tidehold.cli.settings import Settings
from tidehold.daemon.config import PhoneConfig, Remembered, SecondPhoneConfig, recall_phone, remembered_phone_path
from tidehold.errors import ConfigError
from tidehold.session.joint import ORDER
from tidehold.sources.mqtt_options import Broker

PROFILE = "sensor-logger-android"


@pytest.fixture(autouse=True)
def network(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "lan_address", lambda: "192.0.2.7")


class Asked:
    """A person who answers, and how often they were asked."""

    def __init__(self, answer: bool) -> None:
        self.questions: list[str] = []
        self._answer = answer

    def __call__(self, question: str) -> bool:
        self.questions.append(question)
        return self._answer


def plan(*words: str, answer: bool = True, config: str = "", home: Path | None = None) -> tuple[Plan | None, Asked]:
    arguments: argparse.Namespace = parse(["record", *words])
    if home is not None:
        arguments.config = home / "mine.toml"
        arguments.config.write_text(config)
    asked = Asked(answer)
    return plan_phone(arguments, Settings.of(arguments), asked), asked


def test_without_a_phone_nobody_is_asked() -> None:
    made, asked = plan()
    assert made is None
    assert asked.questions == []


def test_the_first_time_the_person_is_asked_and_later_it_is_remembered() -> None:
    made, asked = plan("--phone", PROFILE)
    assert made is not None
    assert len(asked.questions) == 1
    assert "192.0.2.7" in asked.questions[0]
    assert made.embedded.address == "192.0.2.7"
    assert made.embedded.port == 1883
    assert len(made.embedded.password) >= 12
    assert recall_phone() == made.embedded
    again, asked_again = plan("--phone", PROFILE)
    assert again == made
    assert asked_again.questions == []


def test_a_no_is_a_no() -> None:
    with pytest.raises(ConfigError, match="not listening for the phone"):
        plan("--phone", PROFILE, answer=False)
    assert recall_phone() is None


def test_another_network_is_another_question_and_the_password_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = plan("--phone", PROFILE)
    monkeypatch.setattr(module, "lan_address", lambda: "192.0.2.99")
    second, asked = plan("--phone", PROFILE)
    assert first is not None
    assert second is not None
    assert len(asked.questions) == 1
    assert second.embedded.address == "192.0.2.99"
    assert second.embedded.password == first.embedded.password


def test_where_the_phone_is_worn_is_kept_with_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = plan("--phone", PROFILE, "--listen", "127.0.0.1")
    assert made is not None
    assert "placement" not in made.asked
    monkeypatch.setenv("TIDEHOLD_PHONE_PLACEMENT", "shin")
    for words, placement in (((), "shin"), (("--placement", "belly"), "belly")):
        made, _ = plan("--phone", PROFILE, "--broker", "broker.example", *words)
        assert made is not None
        assert made.asked["placement"] == placement


def test_who_says_where_to_listen_is_not_asked() -> None:
    made, asked = plan("--phone", PROFILE, "--listen", "127.0.0.1:2883")
    assert made is not None
    assert (made.embedded.address, made.embedded.port) == ("127.0.0.1", 2883)
    assert asked.questions == []


def test_a_new_password_can_be_had() -> None:
    first, _ = plan("--phone", PROFILE)
    second, _ = plan("--phone", PROFILE, "--new-password")
    assert first is not None
    assert second is not None
    assert first.embedded.password != second.embedded.password


def test_without_a_network_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "lan_address", lambda: None)
    with pytest.raises(ConfigError, match="this computer is on none"):
        plan("--phone", PROFILE)


def test_an_unknown_profile_lists_those_of_phones_only() -> None:
    with pytest.raises(ConfigError, match=r"expected which app the phone runs, found 'polar-h10'") as caught:
        plan("--phone", "polar-h10")
    assert PROFILE in str(caught.value)
    assert "generic-heart-rate" not in str(caught.value)
    with pytest.raises(ConfigError, match="found 'nothing'"):
        plan("--phone")


def test_an_external_broker_comes_from_a_flag(home: Path) -> None:
    made, asked = plan("--phone", PROFILE, "--broker", "broker.example:1884")
    assert made is not None
    assert made.external == Broker("broker.example", 1884)
    assert asked.questions == []
    assert made.asked == {"profile": PROFILE, "topic": "sensor-logger", "broker": "broker.example:1884"}
    assert list(made.profiles) == [PROFILE]


def test_an_external_broker_comes_from_the_configuration(home: Path) -> None:
    (home / "word").write_text("open sesame\r\nmore\n")
    text = f"""[phone]
profile = "phyphox"
broker = "external"
host = "broker.example"
topic = "mine/phone"
username = "me"
password_file = "{home}/word"
tls = true
mqtt5 = true
"""
    made, _ = plan(config=text, home=home)
    assert made is not None
    assert made.topic == "mine/phone"
    broker = made.external
    assert broker is not None
    assert (broker.host, broker.port, broker.username, broker.password) == ("broker.example", 8883, "me", "open sesame")
    assert isinstance(broker.tls, ssl.SSLContext)
    assert broker.mqtt5
    assert "open sesame" not in repr(made)
    assert "open sesame" not in str(made.asked)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("", r"phone\.host: expected the broker's name or address"),
        ('host = "b"\npassword_file = "absent"', r"phone\.password_file: expected a readable file"),
        ('host = "b"\ntls_ca = "absent.pem"', r"phone\.tls_ca: expected certificates \(PEM\) in absent\.pem"),
    ],
)
def test_what_is_wrong_about_an_external_broker_is_named(lines: str, complaint: str, home: Path) -> None:
    with pytest.raises(ConfigError, match=complaint):
        plan(config=f'[phone]\nprofile = "{PROFILE}"\nbroker = "external"\n{lines}\n', home=home)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "yes"), [("y\n", True), ("YES\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_a_question_is_answered_on_the_terminal(answer: str, yes: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr", Terminal())
    assert ask_on_terminal("Is that all right?") is yes


def test_where_nobody_can_be_asked_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    with pytest.raises(ConfigError, match=r"--listen ADDRESS \(this computer is 192\.0\.2\.7\)"):
        ask_on_terminal("?")


def embedded() -> Plan:
    arguments = parse(["record"])
    profile = phone_profile(Settings.of(arguments), PROFILE)
    return Plan(profile, push_topic(profile), Remembered("192.0.2.7", 1883, "correct horse"))


def test_on_a_terminal_everything_that_the_app_needs_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    assert tell(embedded())
    text = shown.getvalue()
    for part in ("192.0.2.7, port 1883", "sensor-logger", "correct horse", "not encrypted", "▄"):
        assert part in text


def test_elsewhere_the_password_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    tell(embedded())
    text = capsys.readouterr().err
    assert "correct horse" not in text
    assert str(remembered_phone_path()) in text
    assert not tell(embedded()._replace(external=Broker("x", 1)))
    assert not tell(None)
    assert capsys.readouterr().err == ""


def test_a_qr_code_is_a_square_of_blocks() -> None:
    lines = qr_code("mqtt://phone:x@192.0.2.7:1883/sensor-logger").splitlines()
    assert len(lines) > 10
    assert set("".join(lines)) & set("█▀▄")


def test_nothing_to_record_is_an_error(tidehold: Run) -> None:
    ran = tidehold("record", "--strap", "none", "--headless")
    assert ran.code == 2
    assert "nothing to record" in ran.err


TWO = ("--phone", PROFILE, "--placement", "thigh", "--second-phone", "phyphox", "--second-placement", "shin")


def test_a_second_phone_has_a_topic_and_a_password_of_its_own() -> None:
    made, asked = plan(*TWO)
    assert made is not None
    assert made.second is not None
    assert [(each.name, each.topic, each.placement) for each in made.both] == [
        ("phone", "sensor-logger", "thigh"),
        ("phone2", "tidehold/phyphox-2", "shin"),
    ]
    assert len(asked.questions) == 1
    assert len(set(secrets_of(made))) == 2
    assert set(made.profiles) == {PROFILE, "phyphox"}
    assert made.second.asked == {
        "profile": "phyphox",
        "topic": "tidehold/phyphox-2",
        "broker": "embedded",
        "placement": "shin",
    }
    again, _ = plan(*TWO)
    assert again == made
    alone, _ = plan("--phone", PROFILE, "--placement", "thigh")
    assert alone == made._replace(second=None)
    anew, _ = plan(*TWO, "--new-password")
    assert anew is not None
    assert not set(secrets_of(anew)) & set(secrets_of(made))


def test_a_second_phone_is_configured(home: Path) -> None:
    config = f'''
[phone]
profile = "{PROFILE}"
placement = "breastbone"
[second_phone]
profile = "{PROFILE}"
topic = "mine"
placement = "thigh"
'''
    made, _ = plan(config=config, home=home)
    assert made is not None
    assert [(each.name, each.topic, each.placement) for each in made.both] == [
        ("phone", "sensor-logger", "breastbone"),
        ("phone2", "mine", "thigh"),
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--second-phone", PROFILE), "--second-phone: expected --phone beside it, found no first phone"),
        (
            ("--phone", PROFILE, "--second-phone", "fax"),
            "expected which app the phone runs, found 'fax'",
        ),
        (("--phone", PROFILE, "--second-phone", PROFILE), "found nowhere and nowhere"),
        ((*TWO[:4], "--second-phone", PROFILE, "--second-placement", "thigh"), "found thigh and thigh"),
    ],
)
def test_a_second_phone_that_tells_of_no_joint_is_refused(words: tuple[str, ...], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        plan(*words)


def test_two_phones_on_one_topic_are_refused(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"second_phone\.topic: expected another one than the first phone's"):
        plan(*TWO, config='[second_phone]\ntopic = "sensor-logger"\n', home=home)


def test_what_to_set_in_both_apps_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    made, _ = plan(*TWO)
    assert tell(made)
    said = capsys.readouterr().err
    first, _, second = said.partition("Set the app of the phone on the shin to send to this computer:")
    assert "Set the app of the phone on the thigh to send to this computer:" in first
    assert "  topic     sensor-logger\n  user      phone\n" in first
    assert "  topic     tidehold/phyphox-2\n  user      phone2\n" in second
    assert said.count("Plain MQTT is not encrypted") == 1


def test_at_a_broker_of_ones_own_both_topics_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    made, _ = plan(*TWO, "--broker", "broker.example")
    assert tell(made)
    assert capsys.readouterr().err == (
        "Set the app of the phone on the thigh to publish to sensor-logger\n"
        "Set the app of the phone on the shin to publish to tidehold/phyphox-2\n"
    )


@pytest.mark.parametrize("kind", [PhoneConfig, SecondPhoneConfig])
def test_a_flag_knows_the_places_that_the_configuration_knows(kind: type[msgspec.Struct]) -> None:
    assert get_args(get_type_hints(kind)["placement"]) == ("", *PLACEMENTS)
    assert set(PLACEMENTS) == {place for row in ORDER for place in row}
