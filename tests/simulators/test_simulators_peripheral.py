"""The strap on the air: what it serves, to whom, and what becomes of streams when links come and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bleak import BleakClient
from bleak.exc import BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_16

from tidehold_simulators.peripheral import Presence
from tidehold_simulators.scenario import Fault, FaultKind, StrapSpec

if TYPE_CHECKING:
    from tests.simulators.conftest import Air, FaultyStrap, Heard, Links

HEART_RATE = normalize_uuid_16(0x2A37)
BATTERY = normalize_uuid_16(0x2A19)
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
NAME, ADDRESS = "Tidehold Sim 0001", "F0:54:48:00:00:01"
START_ECG = bytes.fromhex("02000001820001010e00")
STOP_ECG = bytes.fromhex("0300")


async def armed(client: BleakClient, answers: Heard, frames: Heard, command: bytes = START_ECG) -> str:
    """Indications, then notifications, then start; gives the answer."""
    await client.start_notify(CONTROL, answers)
    await client.start_notify(DATA, frames)
    await client.write_gatt_char(CONTROL, command, response=True)
    return (await answers.next()).hex()


async def test_serves_what_a_strap_serves(air: Air) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    served = {service.uuid: [each.uuid for each in service.characteristics] for service in client.services}
    short = {
        normalize_uuid_16(service): [normalize_uuid_16(each) for each in characteristics]
        for service, characteristics in {
            0x180D: (0x2A37, 0x2A38),
            0x180F: (0x2A19,),
            0x180A: (0x2A29, 0x2A24, 0x2A25, 0x2A26, 0x2A27, 0x2A28),
        }.items()
    }
    assert {uuid: served[uuid] for uuid in short} == short
    assert served["fb005c80-02e7-f387-1cad-8acd2d8df0c8"] == [CONTROL, DATA]
    said = [(await client.read_gatt_char(uuid)).decode() for uuid in served[normalize_uuid_16(0x180A)]]
    assert said == ["Tidehold", "Sim", "0001", "1.0.0", "0", "1.0.0"]
    assert await client.read_gatt_char(normalize_uuid_16(0x2A38)) == b"\x01"
    assert await client.read_gatt_char(BATTERY) == b"\x57"


async def test_a_strap_without_streams_has_no_pmd(air: Air, model: FaultyStrap) -> None:
    model.spec = StrapSpec(pmd=False)
    await air.strap(model=model)
    client = await air.connect(await air.radio())
    assert client.services.get_characteristic(CONTROL) is None
    assert client.services.get_characteristic(HEART_RATE) is not None


async def test_a_command_is_refused_until_its_answer_can_be_indicated(air: Air) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    with pytest.raises(BleakGATTProtocolError) as caught:
        await client.write_gatt_char(CONTROL, START_ECG, response=True)
    assert caught.value.code == 0xFD


async def test_streams_in_the_order_that_a_strap_wants(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    answers, frames = hear(), hear()
    assert await armed(client, answers, frames) == "f00200000000"
    assert len(await frames.next()) == 229
    await client.write_gatt_char(CONTROL, START_ECG, response=True)
    assert (await answers.next()).hex() == "f002000600"
    await client.write_gatt_char(CONTROL, STOP_ECG, response=True)
    assert (await answers.next()).hex() == "f003000000"


async def test_a_small_mtu_is_refused(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    client = await air.connect(await air.radio(), mtu=23)
    assert await armed(client, hear(), hear()) == "f002000a00"


async def test_a_stream_left_running_is_found_running_and_asked_for_again(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    radio = await air.radio()
    first = await air.connect(radio)
    await armed(first, hear(), hear())
    await first.disconnect()

    second = await air.connect(radio)
    beats, answers, frames = hear(), hear(), hear()
    await second.start_notify(HEART_RATE, beats)
    await beats.next()
    await second.start_notify(CONTROL, answers)
    await second.write_gatt_char(CONTROL, START_ECG, response=True)
    assert (await answers.next()).hex() == "f002000600"
    await second.start_notify(DATA, frames)
    assert len(await frames.next()) == 229


async def test_a_frame_that_does_not_fit_is_not_sent_in_part(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    radio = await air.radio()
    first = await air.connect(radio)
    await armed(first, hear(), hear())
    await first.disconnect()

    second = await air.connect(radio, mtu=23)
    beats, frames = hear(), hear()
    await second.start_notify(DATA, frames)
    await second.start_notify(HEART_RATE, beats)
    for _ in range(4):  # four seconds of its life: seven frames
        await beats.next()
    assert not frames.so_far()


async def test_battery_is_told_to_who_asks_and_once(air: Air, hear: type[Heard]) -> None:
    await air.strap()
    client = await air.connect(await air.radio())
    levels, beats = hear(), hear()
    await client.start_notify(BATTERY, levels)
    await client.start_notify(HEART_RATE, beats)
    assert await levels.next() == b"\x57"
    await beats.next()
    assert not levels.so_far()


async def test_one_link_at_a_time(air: Air) -> None:
    await air.strap()
    radio, other = await air.radio(), await air.radio()
    client = await air.connect(radio)
    assert await air.sought(other, 0.2) is None
    await client.disconnect()
    await air.connect(other)


async def test_two_links_if_dual(air: Air, hear: type[Heard]) -> None:
    await air.strap(Presence(NAME, ADDRESS, dual=True))
    radios = [await air.radio() for _ in range(3)]
    beats = []
    for radio in radios[:2]:
        client = await air.connect(radio)
        beats.append(hear())
        await client.start_notify(HEART_RATE, beats[-1])
    assert await beats[0].next()
    assert await beats[1].next()
    assert await air.sought(radios[2], 0.2) is None


async def test_held_by_another_app_it_is_seen_but_refuses(air: Air) -> None:
    await air.strap(Presence(NAME, ADDRESS, held=True))
    radio = await air.radio()
    for _ in range(2):
        with pytest.raises(BleakError, match="0x3E"):
            await air.connect(radio)


async def test_silent_while_it_has_vanished(air: Air, links: Links) -> None:
    strap, _ = await air.strap()
    radio = await air.radio()
    await air.connect(radio, links)
    strap.vanish(0.8)
    assert await links.next() == "Connection Timeout (0x08)"
    assert await air.sought(radio, 0.2) is None
    await air.connect(radio)


async def test_vanishes_and_drops_without_a_link_too(air: Air) -> None:
    strap, _ = await air.strap()
    radio = await air.radio()
    strap.vanish(0.0)
    strap.drop()
    await air.connect(radio)


FAULTS: list[tuple[FaultKind, str, str]] = [
    ("link-drop", "Remote User Terminated Connection (0x13)", "f002000600"),
    ("supervision-timeout", "Connection Timeout (0x08)", "f002000600"),
    ("restart", "Remote Device Terminated Connection due to Power Off (0x15)", "f00200000000"),
]


@pytest.mark.parametrize(("kind", "reason", "answer"), FAULTS)
async def test_faults_of_the_scenario(
    air: Air, model: FaultyStrap, links: Links, hear: type[Heard], kind: FaultKind, reason: str, answer: str
) -> None:
    """A stream survives a lost link, but not a restart; there is nobody to be found while the fault lasts."""
    await air.strap(model=model)
    radio = await air.radio()
    client = await air.connect(radio, links)
    await armed(client, hear(), hear())
    model.fault = Fault(kind=kind, at_s=0.0, for_s=1.0)
    assert await links.next() == reason
    assert await air.sought(radio, 0.15) is None
    model.fault = None
    client = await air.connect(radio)
    assert await armed(client, hear(), hear()) == answer


async def test_what_was_sent_is_what_was_heard(air: Air, links: Links, hear: type[Heard]) -> None:
    sent: list[tuple[str, bytes]] = []
    strap, _ = await air.strap(on_sent=lambda channel, value: sent.append((channel, value)))
    client = await air.connect(await air.radio(), links)
    heard = {"hr": hear(), "pmd": hear(), "battery": hear()}
    await client.start_notify(BATTERY, heard["battery"])
    await client.start_notify(HEART_RATE, heard["hr"])
    await armed(client, hear(), heard["pmd"])
    await air.until(lambda: len(sent) > 30)
    strap.drop()
    await links.next()
    for channel, values in heard.items():
        assert values.so_far() == [value for name, value in sent if name == channel]
    assert {len(value) for name, value in sent if name == "pmd"} == {229}


async def test_nobody_listening_nothing_is_sent(air: Air, hear: type[Heard]) -> None:
    sent: list[str] = []
    await air.strap(on_sent=lambda channel, _: sent.append(channel))
    client = await air.connect(await air.radio())
    levels = hear()
    await client.start_notify(BATTERY, levels)
    await levels.next()
    assert sent == ["battery"]
