"""The embedded broker: what it does for those who belong there, and that nobody else disturbs them."""

from __future__ import annotations

import asyncio
import builtins
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from tests.sources import attacks
from tests.sources.fakes import Kept, ended
from tests.sources.publisher import TOPIC, Listening, Publisher, client, message
from tests.sources.stalls import Heartbeat
from tidehold.errors import ConfigError, SourceError
from tidehold.sources.broker import Account, EmbeddedBroker, Limits, new_password
from tidehold.sources.clock import SessionClock
from tidehold.sources.mqtt_options import Broker
from tidehold.units import NS

PHONE = Account("phone", "phone's own", publish=(TOPIC,))
RECORDER = Account("recorder", "recorder's own", subscribe=(TOPIC,))
GUEST = Account(attacks.USER, attacks.PASSWORD, publish=(TOPIC,))
QUICK = Limits(connect_s=0.5, packet_s=0.5, tell_s=0.2)


def at(broker: EmbeddedBroker, account: Account) -> Broker:
    return Broker("127.0.0.1", broker.port, account.name, account.password, is_embedded=True)


def make(limits: Limits = QUICK, port: int = 0) -> EmbeddedBroker:
    return EmbeddedBroker(SessionClock(), port=port, accounts=(PHONE, RECORDER, GUEST), limits=limits)


@asynccontextmanager
async def house(limits: Limits = QUICK) -> AsyncIterator[tuple[EmbeddedBroker, Listening, Publisher]]:
    """The broker with a good phone and the recorder, both at work; in the end, nothing of the phone is missing."""
    async with make(limits) as broker, Listening(at(broker, RECORDER)) as listening:
        async with Publisher(at(broker, PHONE)) as phone:
            await listening.until_good(3)
            yield broker, listening, phone
        await listening.until_good(phone.sent)
        assert listening.good == [message(number) for number in range(phone.sent)]
        assert phone.losses == 0
        assert listening.kept.states.count("up") == 1
        assert "down" not in listening.kept.states


async def attack(name: str, broker: EmbeddedBroker, *words: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, attacks.__file__, name, str(broker.port), *words, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        _, said = await process.communicate()
    assert process.returncode == 0, said.decode()


REASONS = {
    "huge_connect": "packet too large",
    "huge_publish": "packet too large",
    "wrong_password": "wrong password",
    "unknown_user": "unknown user",
    "anonymous": "no password",
    "foreign_topic": "foreign topic",
    "wildcard": "subscription not allowed",
    "take_over": "",
    "mqtt_5": "MQTT 5",
    "http": "not MQTT",
    "tls": "TLS",
    "garbage": "not MQTT",
    "silent": "no CONNECT in time",
    "slow_loris": "no CONNECT in time",
    "many": "too many connections",
    "flood": "",
    "bombs": "",
    "nul_topic": "malformed packet",
    "bad_utf8": "malformed packet",
    "five_byte_length": "malformed packet",
    "deaf_and_dumb": "",
}


FIRST = ("unknown_user", "foreign_topic", "take_over", "huge_publish", "garbage", "slow_loris")
"""Attacks of each kind; the others are among the longer checks."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in FIRST else pytest.mark.long) for name in attacks.ATTACKS],
)
async def test_under_attack_nothing_is_lost_and_the_loop_goes_on(name: str) -> None:
    async with house() as (broker, listening, phone):
        async with Heartbeat() as heartbeat:
            await attack(name, broker, listening.source._identifier)
            before = phone.sent
            await listening.until_good(before + 3)
        print(f"stall {name}: {1000 * heartbeat.worst_s:.1f} ms in {heartbeat.beats} beats; refused {broker.refused}")
        reason = REASONS[name]
        assert broker.refused[reason] >= 1 if reason else not broker.refused
        assert heartbeat.worst_s < 0.25
        if name == "wrong_password":  # twenty: all are counted, and the fast ones not even checked
            assert broker.refused[reason] + broker.refused["too many connections per second"] == 20
        if name == "bombs":
            await listening.kept.until(lambda: len([p for p in listening.payloads if b"refused" in p]) == 4, 20)
            assert all(len(payload) < 200 for payload in listening.payloads if b"refused" in payload)
        async with client(at(broker, GUEST)) as newcomer:
            await newcomer.publish(TOPIC, message(0, "newcomer"), qos=1)
        await listening.kept.until(lambda: any(b"newcomer" in payload for payload in listening.payloads), 20)


async def test_a_flood_is_held_back_at_its_socket() -> None:
    limits = replace(QUICK, messages_per_s=100, message_burst=10)
    async with house(limits) as (broker, listening, _):
        await attack("flood", broker)
        taken = len(listening.payloads) - len(listening.good)
        assert 50 < taken < 100 * 2 * attacks.SECONDS + 100


@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_messages_arrive_byte_for_byte_and_in_order(qos: int) -> None:
    async with make(replace(QUICK, message_burst=1000)) as broker, Listening(at(broker, RECORDER)) as listening:
        await listening.kept.until_state("up", seconds=20)
        async with client(at(broker, PHONE)) as phone:
            for number in range(200):
                await phone.publish(TOPIC, message(number), qos=qos)
        await listening.until_good(200)
        assert listening.good == [message(number) for number in range(200)]


async def test_nothing_is_retained_for_anybody() -> None:
    async with make(replace(QUICK, listen_s=0)) as broker:
        async with client(at(broker, PHONE)) as phone:
            await phone.publish(TOPIC, message(0), qos=1, retain=True)
        async with Listening(at(broker, RECORDER)) as listening:
            await listening.kept.until_state("up", seconds=20)
            async with client(at(broker, PHONE)) as phone:
                await phone.publish(TOPIC, message(1), qos=1, retain=True)
            await listening.until_good(1)
            assert listening.good == [message(1)]
            assert not listening.source._left_out


async def test_messages_wait_for_a_recorder_that_comes_second() -> None:
    async with make() as broker, client(at(broker, PHONE)) as phone:
        publishing = asyncio.create_task(phone.publish(TOPIC, message(0), qos=1))
        await asyncio.wait({publishing}, timeout=0.2)
        assert not publishing.done()
        async with Listening(at(broker, RECORDER)) as listening:
            await listening.until_good(1)
        await publishing


async def test_a_will_is_not_published() -> None:
    will = aiomqtt.Will("anywhere", b"boo", 1, retain=True)
    async with make() as broker, Listening(at(broker, RECORDER)) as listening:
        await listening.kept.until_state("up", seconds=20)
        async with client(at(broker, PHONE), will=replace(will, topic=TOPIC)) as phone:
            phone._client._sock_close()  # as a lost network does
            with pytest.raises(aiomqtt.MqttError):
                await phone.publish(TOPIC, b"", qos=1)
            phone._disconnected.set_result(None)
        async with client(at(broker, PHONE)) as phone:
            await phone.publish(TOPIC, message(1), qos=1)
        await listening.until_good(1)
        assert listening.payloads == [message(1)]


async def test_what_is_sent_while_the_recorder_is_away_waits_for_it_and_the_oldest_gives_way() -> None:
    async with make(replace(QUICK, kept=10)) as broker:
        options: dict[str, Any] = {"identifier": "stable", "clean_session": False}
        async with client(at(broker, RECORDER), **options) as recorder:
            await recorder.subscribe(TOPIC, qos=1)
        async with client(at(broker, PHONE)) as phone:
            for number in range(30):
                await phone.publish(TOPIC, message(number), qos=1)
        async with client(at(broker, RECORDER), **options) as recorder:
            for number in range(20, 30):
                kept = await anext(recorder.messages)
                assert (kept.payload, kept.retain) == (message(number), False)


async def test_too_many_sessions_are_not_kept() -> None:
    async with make(replace(QUICK, sessions=2, new_per_s=100)) as broker:
        for number in range(5):
            async with client(at(broker, RECORDER), identifier=f"{number}", clean_session=False) as recorder:
                await recorder.subscribe(TOPIC, qos=1)
        sessions = broker._engine._broker.sessions
        assert len([each for each, _ in sessions.values() if not each.clean_session]) == 2


async def test_a_client_that_comes_again_takes_its_own_place() -> None:
    async with make() as broker, Listening(at(broker, RECORDER)) as listening:
        await listening.kept.until_state("up", seconds=20)
        async with client(at(broker, PHONE), identifier="one", keepalive=5) as older:
            async with client(at(broker, PHONE), identifier="one") as newer:
                with pytest.raises(aiomqtt.MqttError):
                    await anext(older.messages)
                await newer.publish(TOPIC, message(0), qos=1)
            await listening.until_good(1)


@pytest.mark.parametrize("keep_alive", [0, 1])
async def test_silence_ends_a_connection(keep_alive: int) -> None:
    limits = replace(QUICK, silence_s=60.0 if keep_alive else 0.3)
    async with make(limits) as broker:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        writer.write(attacks.connect(keep_alive=keep_alive))
        assert await reader.readexactly(4) == b"\x20\x02\0\0"
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        assert broker.refused["silent"] == 1
        writer.close()
        await writer.wait_closed()


async def test_a_packet_that_never_ends_ends_the_connection() -> None:
    async with make(replace(QUICK, listen_s=0)) as broker:
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
        writer.write(attacks.connect() + b"\x30\x7f\0")
        assert await reader.readexactly(4) == b"\x20\x02\0\0"
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        assert broker.refused["packet too slow"] == 1
        writer.close()
        await writer.wait_closed()


async def test_a_subscriber_that_does_not_read_is_cut_off_and_the_other_one_served() -> None:
    limits = replace(QUICK, unread_s=0.3, messages_per_s=10_000, message_burst=10_000, bytes_per_s=1e9)
    async with make(limits) as broker, Listening(at(broker, RECORDER)) as listening:
        await listening.kept.until_state("up", seconds=20)
        reader, writer = await asyncio.open_connection("127.0.0.1", broker.port, limit=1024)
        writer.write(attacks.connect(RECORDER.name, RECORDER.password, "deaf"))
        writer.write(attacks.packet(0x82, b"\0\1" + attacks.field(TOPIC.encode()) + b"\1"))
        assert (await reader.readexactly(9))[4] == 0x90
        async with client(at(broker, PHONE)) as phone:
            for _ in range(100):
                await phone.publish(TOPIC, b"[" + b"0" * 200_000 + b"]", qos=1)
            await phone.publish(TOPIC, message(7), qos=1)
            await listening.until_good(1)
            async with asyncio.timeout(10):
                while not broker.refused["does not read"]:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
        writer.transport.abort()


async def test_closed_and_opened_again_it_has_its_port_and_everybody_comes_back() -> None:
    broker = make()
    async with broker:
        port = broker.port
        listening, phone = Listening(at(broker, RECORDER)), Publisher(at(broker, PHONE))
        async with listening:
            async with phone:
                await listening.until_good(3)
                await broker.__aexit__()
                down = await listening.kept.until_state("down", seconds=20)
                assert down.detail["reason"] == "the connection was lost"
                await broker.__aenter__()
                assert broker.port == port
                await listening.kept.until_state("up", 2, seconds=20)
                await listening.until_good(phone.sent + 3)
            await listening.kept.until(lambda: message(phone.sent - 1) in listening.good, 20)
        assert sorted(set(listening.good), key=listening.good.index) == [message(n) for n in range(phone.sent)]


async def test_it_closes_in_time_whatever_its_clients_do() -> None:
    loop = asyncio.get_running_loop()
    async with make(Limits()) as broker:
        lines = [await asyncio.open_connection("127.0.0.1", broker.port) for _ in range(4)]
        for number, (reader, writer) in enumerate(lines[:3]):
            writer.write(attacks.connect(RECORDER.name, RECORDER.password, f"{number}"))
            assert await reader.readexactly(4) == b"\x20\x02\0\0"
        began = loop.time()
    assert loop.time() - began < 2
    for _, writer in lines:
        writer.close()


async def test_it_says_where_it_is_and_what_it_refused_but_not_too_often() -> None:
    kept = Kept()
    async with make() as broker:
        assert broker.name == "broker"
        running = asyncio.create_task(broker.run(kept.put))
        up = await kept.until_state("up", seconds=20)
        assert up.detail == {"address": f"127.0.0.1:{broker.port}"}
        await attack("wrong_password", broker)
        refused = await kept.until_state("refused", seconds=20)
        assert refused.detail["reason"] == "wrong password"
        assert refused.detail["address"] == attacks.FROM
        assert refused.detail["advice"] == "type the password again in the app, as Tidehold shows it"
        await ended(running)
    said = [link for link in kept.links if link.detail.get("reason") == "wrong password"]
    pauses = [later.t - link.t for link, later in pairwise(said)]
    assert len(said) >= 2
    assert min(pauses) >= 0.19 * NS, "once per tell_s"
    assert [int(link.detail["count"]) for link in said] == sorted({int(link.detail["count"]) for link in said})


async def test_a_port_that_is_taken_is_said() -> None:
    async with make() as broker:
        with pytest.raises(SourceError, match=f"cannot listen at 127.0.0.1:{broker.port}.*choose another port"):
            await make(port=broker.port).__aenter__()


async def test_without_amqtt_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *words: Any, **options: Any) -> Any:
        if name == "tidehold.sources.broker_amqtt":
            raise ImportError("No module named 'amqtt'")
        return real(name, *words, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r"pip install 'tidehold\[broker\]'"):
        await make().__aenter__()


async def test_neither_passwords_nor_payloads_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        async with house() as (broker, _listening, _phone):
            await attack("wrong_password", broker)
        assert "phone's own" not in caplog.text
    assert "guess" not in caplog.text
    assert "messageId" not in caplog.text
    assert not [each for each in caplog.records if each.levelno >= logging.WARNING], caplog.text


def test_a_new_password_is_new_and_can_be_typed() -> None:
    passwords = {new_password() for _ in range(100)}
    assert len(passwords) == 100
    assert all(len(each) == 12 and each.isascii() for each in passwords)


def test_no_password_is_shown() -> None:
    assert "own" not in repr(PHONE)
    assert Path(attacks.__file__).exists()
