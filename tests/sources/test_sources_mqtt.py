"""The phone over MQTT: a real Mosquitto, killed and started again, and everything a broker may refuse."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.sources.mosquitto import PASSWORD, USER, Mosquitto, free_port, make_certificate, trust
from tests.sources.publisher import PROFILE, SWIFT, TOPIC, Listening, Publisher, client, message
from tidehold.errors import ProfileError, SourceError
from tidehold.records import Frame
from tidehold.sources.broker import Account, EmbeddedBroker
from tidehold.sources.clock import SessionClock
from tidehold.sources.mqtt import MqttPhone
from tidehold.sources.mqtt_options import USUAL, Broker
from tidehold.sources.profiles import builtin_profiles

versions = pytest.mark.parametrize("mqtt5", [False, True], ids=["3.1.1", "5"])


def at(mosquitto: Mosquitto, **options: Any) -> Broker:
    return Broker("127.0.0.1", mosquitto.port, USER, PASSWORD, **options)


@versions
async def test_from_searching_to_armed_and_to_the_end(tmp_path: Path, mqtt5: bool) -> None:
    async with Mosquitto(tmp_path) as mosquitto:
        async with Listening(at(mosquitto, mqtt5=mqtt5)) as listening:
            await listening.kept.until_state("up", seconds=20)
            async with client(at(mosquitto)) as phone:
                for number in range(100):
                    await phone.publish(TOPIC, message(number), qos=1)
            await listening.until_good(100)
        searching, up, armed, down = listening.kept.links
        place = f"127.0.0.1:{mosquitto.port}"
        assert searching.detail == {"broker": place, "topic": TOPIC, "attempt": "1"}
        assert up.detail == {"profile": PROFILE.id, "broker": place, "topic": TOPIC, "attempt": "1"}
        assert armed.detail == {"profile": PROFILE.id, "streams": "acc gyr gravity battery"}
        assert down.detail["reason"] == "closed here"
        assert listening.payloads == [message(number) for number in range(100)]
        times = [item.t for item in listening.kept.inputs]
        assert times == sorted(times)
        assert {frame.source for frame in listening.kept.frames("push")} == {"phone"}


@versions
async def test_killed_and_started_again_nothing_is_lost(tmp_path: Path, mqtt5: bool) -> None:
    async with Mosquitto(tmp_path) as mosquitto:
        async with Listening(at(mosquitto, mqtt5=mqtt5)) as listening:
            await listening.kept.until_state("up", seconds=20)
            async with Publisher(at(mosquitto)) as phone:
                await listening.until_good(5)
                await asyncio.sleep(1.5)  # Mosquitto writes down what it must remember once a second
                await mosquitto.kill()
                # What the broker had acknowledged and not passed on died with it: one message at most.
                doubtful = range(phone.sent - 1, phone.sent + 1)
                down = await listening.kept.until_state("down", seconds=20)
                assert down.detail["reason"] == "the connection was lost"
                refused = await listening.kept.until_state("refused", seconds=20)
                assert refused.detail["reason"] == f"nobody listens at 127.0.0.1:{mosquitto.port}"
                await mosquitto.start()
                await listening.kept.until_state("armed", 2, seconds=20)
                await listening.until_good(phone.sent + 5)
            await listening.kept.until(lambda: message(phone.sent - 1) in listening.good, 20)
        first_seen = sorted(set(listening.good), key=listening.good.index)
        wanted = [message(number) for number in range(phone.sent)]
        missing = [number for number in range(phone.sent) if wanted[number] not in first_seen]
        assert len(missing) <= 1
        assert set(missing) <= set(doubtful)
        assert first_seen == [each for each in wanted if each in first_seen]


@versions
async def test_what_was_published_while_we_were_away_comes_afterwards(tmp_path: Path, mqtt5: bool) -> None:
    async with Mosquitto(tmp_path) as mosquitto, Listening(at(mosquitto, mqtt5=mqtt5)) as listening:
        await listening.kept.until_state("up", seconds=20)
        await mosquitto.stop()  # which writes the subscription down
        await listening.kept.until_state("down", seconds=20)
        listening.task.cancel()
        await asyncio.wait({listening.task})
        await mosquitto.start()
        async with client(at(mosquitto)) as phone:
            for number in range(50):
                await phone.publish(TOPIC, message(number), qos=1)
        listening.task = asyncio.create_task(listening.source.run(listening.kept.put))
        await listening.until_good(50)
        assert listening.good == [message(number) for number in range(50)]
        first = next(n for n, item in enumerate(listening.kept.inputs) if isinstance(item, Frame))
        assert [link.state for link in listening.kept.inputs[first - 2 : first]] == ["up", "armed"]  # type: ignore[union-attr]


@versions
async def test_at_the_end_the_broker_forgets_us(tmp_path: Path, mqtt5: bool) -> None:
    async with Mosquitto(tmp_path) as mosquitto:
        async with Listening(at(mosquitto, mqtt5=mqtt5)) as listening:
            await listening.kept.until_state("up", seconds=20)
        async with client(at(mosquitto)) as phone:
            await phone.publish(TOPIC, message(0), qos=1)
        listening.kept.inputs.clear()
        async with listening, client(at(mosquitto)) as phone:
            await listening.kept.until_state("up", seconds=20)
            await phone.publish(TOPIC, message(1), qos=1)
            await listening.until_good(1)
            assert listening.payloads == [message(1)]


async def test_retained_messages_are_not_taken_but_counted(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as mosquitto, client(at(mosquitto)) as phone:
        await phone.publish(TOPIC, message(99), qos=1, retain=True)
        async with Listening(at(mosquitto)) as listening:
            await listening.kept.until(lambda: any(link.detail.get("retained") for link in listening.kept.links), 20)
            assert listening.kept.links[-1].state == "up"
            assert listening.kept.links[-1].detail["retained"] == "1"
            await phone.publish(TOPIC, message(1), qos=1)
            await listening.until_good(1)
            assert listening.payloads == [message(1)]


async def test_silence_is_said_once_and_its_end_too(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as mosquitto, client(at(mosquitto)) as phone:
        listening = Listening(at(mosquitto))
        channel = listening.source._channel
        listening.source._channel = type(channel)(
            channel.id, channel.mode, channel.codec, topic=channel.topic, stalls_after_s=0.3
        )
        async with listening:
            await listening.kept.until_state("up", seconds=20)
            await phone.publish(TOPIC, message(0), qos=1)
            stalled = await listening.kept.until_state("stalled", seconds=20)
            assert stalled.detail["stream"] == "push"
            assert 0.3 <= float(stalled.detail["silent_s"]) < 5
            await asyncio.sleep(0.3)
            await phone.publish(TOPIC, message(1), qos=1)
            await listening.kept.until_state("armed", 2, seconds=20)
            assert listening.kept.states == ["searching", "up", "armed", "stalled", "armed"]


async def test_another_topic(tmp_path: Path) -> None:
    async with (
        Mosquitto(tmp_path) as mosquitto,
        client(at(mosquitto)) as phone,
        Listening(at(mosquitto), topic="my/phone") as listening,
    ):
        await listening.kept.until_state("up", seconds=20)
        await phone.publish(TOPIC, message(0), qos=1)
        await phone.publish("my/phone", message(1), qos=1)
        await listening.until_good(1)
        assert listening.payloads == [message(1)]


async def test_payloads_go_through_the_sieve(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as mosquitto, client(at(mosquitto)) as phone, Listening(at(mosquitto)) as listening:
        await listening.kept.until_state("up", seconds=20)
        for payload in (b"", b"\xff\x00 not JSON", b"x" * 300_000, b"[" * 200_000):
            await phone.publish(TOPIC, payload, qos=1)
        await listening.kept.until(lambda: len(listening.payloads) == 4, 20)
        assert all(b"refused" in payload and len(payload) < 200 for payload in listening.payloads)


async def refusal(broker: Broker) -> dict[str, str]:
    async with Listening(broker) as listening:
        refused = await listening.kept.until_state("refused", seconds=20)
        await listening.kept.until_state("refused", 2, seconds=20)
    assert listening.kept.links[2].detail["attempt"] == "2"
    return {key: refused.detail[key] for key in ("reason", "advice")}


async def test_nobody_listens() -> None:
    port = free_port()
    assert await refusal(Broker("127.0.0.1", port)) == {
        "reason": f"nobody listens at 127.0.0.1:{port}",
        "advice": "start the broker, or check host and port",
    }


async def test_a_name_without_address() -> None:
    assert await refusal(Broker("no-such-broker.invalid", 1883)) == {
        "reason": "no address is known for no-such-broker.invalid",
        "advice": "check the broker's name, and the network",
    }


@versions
async def test_a_wrong_password_at_first_ends_it(tmp_path: Path, mqtt5: bool) -> None:
    async with Mosquitto(tmp_path) as mosquitto:
        broker = Broker("127.0.0.1", mosquitto.port, USER, "wrong", mqtt5=mqtt5)
        with pytest.raises(SourceError, match="does not let this user in; give the user name and the password"):
            async with Listening(broker) as listening:
                await asyncio.wait({listening.task}, timeout=20)
        assert listening.kept.states == ["searching"]
        assert "wrong" not in repr(broker)


async def test_a_wrong_password_later_is_waited_out(tmp_path: Path) -> None:
    async with Mosquitto(tmp_path) as mosquitto, Listening(at(mosquitto)) as listening:
        await listening.kept.until_state("up", seconds=20)
        listening.source._broker = Broker("127.0.0.1", mosquitto.port, USER, "changed")  # of the next try
        await mosquitto.kill()
        await listening.kept.until_state("down", seconds=20)
        await mosquitto.start()
        await listening.kept.until(lambda: "in" in listening.kept.links[-1].detail.get("reason", "").split(), 20)
        listening.source._broker = at(mosquitto)
        await listening.kept.until_state("up", 2, seconds=20)


@versions
async def test_tls(tmp_path: Path, mqtt5: bool) -> None:
    certificate = make_certificate(tmp_path)
    async with Mosquitto(tmp_path, certificate) as mosquitto:
        broker = at(mosquitto, tls=trust(certificate), mqtt5=mqtt5)
        async with Listening(broker) as listening, Publisher(broker) as phone:
            await listening.kept.until_state("armed", seconds=20)
            await listening.until_good(3)
            assert phone.losses == 0
        other = make_certificate(tmp_path, "other")
        said = await refusal(at(mosquitto, tls=trust(other)))
        assert said["reason"].startswith(f"the certificate of 127.0.0.1:{mosquitto.port} is not trusted (")
        assert said["advice"] == "name the file of the CA that signed it, and the broker by the name in its certificate"


async def test_tls_where_there_is_none(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    async with Mosquitto(tmp_path) as mosquitto:
        said = await refusal(at(mosquitto, tls=trust(certificate)))
        assert said["advice"] in (
            "check the port: with TLS it is mostly 8883",
            "check host, port and network",
        )


async def test_a_topic_that_may_not_be_read() -> None:
    account = Account("phone", "its own", publish=(TOPIC,))
    async with EmbeddedBroker(SessionClock(), accounts=(account,)) as broker:
        assert await refusal(Broker("127.0.0.1", broker.port, account.name, account.password, is_embedded=True)) == {
            "reason": f"the broker does not let us read {TOPIC}",
            "advice": "let this user read the topic in the broker's access list, or choose another topic",
        }


class Mute:
    """A server that takes connections and says nothing, as a context."""

    async def __aenter__(self) -> int:
        self._writers: list[asyncio.StreamWriter] = []
        self._server = await asyncio.start_server(lambda _, writer: self._writers.append(writer), "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)


async def test_no_answer(tmp_path: Path) -> None:
    async with Mute() as port:
        async with Listening(Broker("127.0.0.1", port), type(SWIFT)(connect=0.3, backoff=0.05)) as listening:
            refused = await listening.kept.until_state("refused", seconds=20)
        assert refused.detail["reason"] == f"no answer from 127.0.0.1:{port} within 0.3 s"
        assert "without TLS" in refused.detail["advice"]


async def test_cancelled_while_it_waits_for_an_answer_it_ends_in_time() -> None:
    loop = asyncio.get_running_loop()
    async with Mute() as port:
        async with Listening(Broker("127.0.0.1", port), USUAL) as listening:
            await listening.kept.until_state("searching", seconds=20)
            await asyncio.sleep(0.3)
            began = loop.time()
        assert loop.time() - began < 2.5


async def test_cancelled_while_the_network_swallows_everything_it_ends_in_time() -> None:
    """A listener whose queue is full answers no SYN: the thread that connects cannot be stopped."""
    loop = asyncio.get_running_loop()
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        callers = [socket.socket() for _ in range(3)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(full.getsockname())
        timing = type(USUAL)(connect=1.5, leave=0.5)
        async with Listening(Broker(*full.getsockname()), timing) as listening:
            await listening.kept.until_state("searching", seconds=20)
            await asyncio.sleep(0.2)
            began = loop.time()
        assert loop.time() - began < 1.2
        for caller in callers:
            caller.close()
        await asyncio.sleep(1.5)  # for the thread, which would keep its socket


async def test_backoff_doubles_up_to_its_limit() -> None:
    source = MqttPhone("phone", SessionClock(), PROFILE, Broker("127.0.0.1", 1))
    assert [source._pause(failures) for failures in range(8)] == [0, 1, 2, 4, 8, 16, 30, 30]
    assert source._pause(10_000) == 30


def test_a_profile_without_a_topic_is_an_error() -> None:
    with pytest.raises(ProfileError, match="polar-h10 has no channel with a topic"):
        MqttPhone("phone", SessionClock(), builtin_profiles()["polar-h10"], Broker("127.0.0.1", 1))


def test_each_recorder_has_a_client_id_of_its_own() -> None:
    ids = {MqttPhone("phone", SessionClock(), PROFILE, Broker("127.0.0.1", 1))._identifier for _ in range(20)}
    assert len(ids) == 20
    assert all(len(each) <= 23 for each in ids), "the longest that every broker of 3.1.1 takes"
