"""A phone in a session: real processes, a real broker, the file, and the replay."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pytest

from tests.sources.mosquitto import PASSWORD, USER, Mosquitto, make_certificate
from tests.system.running import Start, Tidehold, replays_the_same, stop, wait_for
from tidehold.log.reader import SessionFile, read_session
from tidehold.records import Estimate, Frame, Link, Sample, Values
from tidehold.session.fold import Session
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS, STANDARD_GRAVITY
from tidehold_simulators import limbs
from tidehold_simulators.body import SeededBody
from tidehold_simulators.microbit_process import MicrobitProcess
from tidehold_simulators.phone_encoders import Sensor
from tidehold_simulators.phone_model import Phone
from tidehold_simulators.process import PhoneProcess
from tidehold_simulators.program import boot_ns
from tidehold_simulators.scenario import App, load_scenario
from tidehold_simulators.virtual import virtual_header, virtual_inputs

PROFILE = "sensor-logger-standardised"
AHEAD_NS = NS
"""More than a simulated phone's clock is ahead."""
RAISED = """
name = "raised"
about = "Still, then raised to 40 degrees and held."
[[body.pose]]
seconds = {still_s}
angle_deg = 0
sway_deg = 0.05
[[body.pose]]
seconds = 600
angle_deg = 40
move_s = {raising_s}
sway_deg = 0.05
"""
RAISING_S = 1.5
STILL_S = (5, 15, 40)
"""A slow machine needs longer until phone and micro:bit have both been heard to be still."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


class Tilts(NamedTuple):
    """Pairs of the tilt of phone and micro:bit, and where they were recorded."""

    resting: list[tuple[float, float]]
    raised: list[tuple[float, float]]
    path: Path


def secret(environment: dict[str, str]) -> str:
    agreed = json.loads((Path(environment["XDG_STATE_HOME"]) / "tidehold/phone.json").read_text())
    password: str = agreed["password"]
    return password


class Recorder:
    """`record --phone` from a broker of its own, on loopback."""

    def __init__(self, start: Start, environment: dict[str, str], out: Path, *words: object) -> None:
        self.broker = f"127.0.0.1:{free_port()}"
        self._out = out
        phone = ("--phone", PROFILE, "--listen", self.broker)
        self.process = start("record", "--headless", "--json", *phone, "--out", out, *words)
        host, _, port = self.broker.partition(":")

        def listens() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex((host, int(port))) == 0

        wait_for(listens, self.process)
        self.login = {"user": "phone", "password": secret(environment)}

    def bytes_written(self) -> int:
        return sum(path.stat().st_size for path in self._out.glob("*.part"))

    def grows(self, by: int = 20_000) -> None:
        before = self.bytes_written()
        wait_for(lambda: self.bytes_written() > before + by, self.process)

    def refusals(self) -> set[str]:
        """Why the broker refused something."""
        files = [read_session(path, unfinished=True) for path in self._out.glob("*.part")]
        links = [item for file in files for item in file.inputs() if isinstance(item, Link)]
        return {link.detail["reason"] for link in links if link.source == "broker" and link.state == "refused"}

    def resumes(self, within_s: float = 30) -> None:
        """Wait until the phone fell silent, came back, and has sent all that it kept.

        Whoever stops before that leaves a gap at the end, and it is said: those samples were under way.
        """

        def resumed() -> bool:
            return any(_has_resumed(read_session(path, unfinished=True)) for path in self._out.glob("*.part"))

        wait_for(resumed, self.process, within_s)

    def end(self) -> dict[str, Any]:
        out, err = stop(self.process)
        assert self.process.returncode == 0, err
        assert self.login["password"] not in err
        said: dict[str, Any] = json.loads(out)
        return said


def _has_resumed(session: SessionFile) -> bool:
    """Whether the newest message after a silence was measured after it: the phone sends in order."""
    newest: Frame | None = None
    links: list[Link] = []
    for item in session.inputs():
        if isinstance(item, Frame):
            newest = item
        elif isinstance(item, Link) and item.source == "phone":
            links.append(item)
    if newest is None or [link.state for link in links[-2:]] != ["stalled", "armed"]:
        return False
    measured_unix_ns: int = max(entry["time"] for entry in json.loads(newest.payload)["payload"])
    return measured_unix_ns - session.header.started > links[-1].t + AHEAD_NS


def test_a_phone_is_recorded_and_only_what_its_profile_names_is_kept(
    tmp_path: Path, start: Start, tidehold: Tidehold, environment: dict[str, str]
) -> None:
    recorder = Recorder(start, environment, tmp_path, "--strap", "none")
    with PhoneProcess("calm-6", recorder.broker, **recorder.login):
        recorder.grows(70_000)
    said = recorder.end()
    assert said["phone"]["rate_hz"] == pytest.approx(100, abs=2)
    assert said["phone"]["dropped"] == 0
    assert said["phone"]["profile"] == PROFILE
    assert said["gaps"] == []
    assert {"location", "microphone", "orientation"} <= {
        reason.removeprefix("phone/push: ").partition(":")[0] for reason in said["rejected"]
    }
    session = read_session(Path(said["session"]))
    raw = b"".join(item.payload for item in session.inputs() if isinstance(item, Frame))
    assert b'"gyroscope"' in raw
    for private in (b"latitude", b"dBFS", b"qx"):
        assert private not in raw
    header = json.dumps(session.header.sources)
    assert "embedded" in header
    assert recorder.login["password"] not in header
    replays_the_same(session.path)


def test_a_phone_that_dies_and_comes_back_is_in_the_same_session(
    tmp_path: Path, start: Start, tidehold: Tidehold, environment: dict[str, str]
) -> None:
    recorder = Recorder(start, environment, tmp_path, "--strap", "none")
    with PhoneProcess("calm-6", recorder.broker, **recorder.login) as phone:
        recorder.grows()
        born = phone.born_ns
        phone.kill()
    with PhoneProcess("calm-6", recorder.broker, "--born", str(born), **recorder.login):
        recorder.grows()
    said = recorder.end()
    assert {gap["stream"] for gap in said["gaps"]} >= {"phone/acc", "phone/gyr"}
    replays_the_same(said["session"])


@pytest.mark.long
def test_what_a_phone_measured_while_it_was_offline_comes_afterwards_and_leaves_no_gap(
    tmp_path: Path, start: Start, tidehold: Tidehold, environment: dict[str, str]
) -> None:
    recorder = Recorder(start, environment, tmp_path, "--strap", "none")
    with PhoneProcess("calm-6", recorder.broker, **recorder.login) as phone:
        recorder.grows()
        phone.offline(6)
        recorder.resumes()
    said = recorder.end()
    assert [gap for gap in said["gaps"] if gap["stream"] in {"phone/acc", "phone/gyr"}] == []
    sensor = [cue["kind"] for cue in said["cues"] if cue["kind"].startswith("sensor-")]
    assert sensor[:2] == ["sensor-lost", "sensor-back"]
    replays_the_same(said["session"])


@pytest.mark.long
async def test_a_broker_of_ones_own_with_tls_and_mqtt_5_is_killed_and_the_session_goes_on(
    tmp_path: Path, start: Start, tidehold: Tidehold
) -> None:
    certificate = make_certificate(tmp_path)
    async with Mosquitto(tmp_path, certificate) as broker:
        (tmp_path / "word").write_text(PASSWORD)
        config = tmp_path / "mine.toml"
        config.write_text(
            f"""[phone]
profile = "{PROFILE}"
broker = "external"
host = "localhost"
port = {broker.port}
username = "{USER}"
password_file = "{tmp_path}/word"
tls_ca = "{certificate}"
mqtt5 = true
"""
        )
        out = tmp_path / "out"
        process = start("record", "--headless", "--json", "--strap", "none", "--config", config, "--out", out)

        def size() -> int:
            return sum(path.stat().st_size for path in out.glob("*.part"))

        async def grows() -> None:
            before = size()
            await asyncio.to_thread(wait_for, lambda: size() > before + 30_000, process)

        words = ("--tls-ca", str(certificate), "--mqtt5")
        phone = await asyncio.to_thread(
            PhoneProcess, "calm-6", f"localhost:{broker.port}", *words, user=USER, password=PASSWORD
        )
        with phone:
            await grows()
            await broker.kill()
            await broker.start()
            await grows()
        said_text, err = await asyncio.to_thread(stop, process)
    assert process.returncode == 0, err
    said = json.loads(said_text)
    items = list(read_session(Path(said["session"])).inputs())
    states = [item.state for item in items if isinstance(item, Link)]
    assert states.count("up") == 2
    assert "down" in states
    numbers = {json.loads(item.payload)["messageId"] for item in items if isinstance(item, Frame)}
    # What was not delivered was sent again; what the broker had acknowledged and not passed on died with it.
    assert len(numbers) >= max(numbers) - min(numbers)
    assert PASSWORD not in err
    replays_the_same(said["session"])


@pytest.mark.long
def test_a_phone_that_was_offline_for_a_minute_sends_all_of_it(
    tmp_path: Path, start: Start, tidehold: Tidehold, environment: dict[str, str]
) -> None:
    recorder = Recorder(start, environment, tmp_path, "--strap", "none")
    with PhoneProcess("calm-6", recorder.broker, **recorder.login) as phone:
        recorder.grows()
        phone.offline(60)
        recorder.resumes(within_s=100)
    said = recorder.end()
    assert [gap for gap in said["gaps"] if gap["stream"] in {"phone/acc", "phone/gyr"}] == []
    assert said["streams"]["phone/acc"]["samples"] > 6_200
    replays_the_same(said["session"])


@pytest.mark.long
def test_a_wrong_profile_is_noticed_and_named(
    tmp_path: Path, start: Start, tidehold: Tidehold, environment: dict[str, str]
) -> None:
    recorder = Recorder(start, environment, tmp_path, "--strap", "none")
    with PhoneProcess("wrong-profile", recorder.broker, **recorder.login):
        recorder.grows(70_000)
    hold = recorder.end()["hold"]
    assert hold["tilt_deg"] is None
    assert "gravity measures 0.10 g" in hold["why"]
    assert "sensor-logger-ios" in hold["why"]


def tilts_of_both(folder: Path, still_s: float, start: Start, environment: dict[str, str]) -> Tilts:
    """What phone and micro:bit say of the same leg at the same time: at rest, and when it has been raised for 3 s."""
    folder.mkdir()
    scenario = folder / "raised.toml"
    scenario.write_text(RAISED.format(still_s=still_s, raising_s=RAISING_S))
    with MicrobitProcess(scenario, placement="shin") as microbit:
        radio = ("--strap", "none", "--imu", "any", "--radio", microbit.radio)
        recorder = Recorder(start, environment, folder / "out", *radio)
        raised_ns = microbit.born_ns + round((limbs.STILL_S + still_s + RAISING_S) * NS)
        with PhoneProcess(scenario, recorder.broker, "--born", str(microbit.born_ns), **recorder.login):
            recorder.grows()
            wait_for(lambda: boot_ns() > raised_ns + 6 * NS, recorder.process, within_s=60)
            recorder.grows()
        said = recorder.end()
    session = read_session(Path(said["session"]))
    fold = Session(session.header)
    tilts: dict[str, list[float | None]] = {"phone/tilt_deg": [], "imu/tilt_deg": []}
    for item in session.inputs():
        for each in fold.feed(item):
            if isinstance(each, Estimate) and each.name in tilts:
                tilts[each.name].append(each.value)
    both = [
        (phone, imu)
        for phone, imu in zip(tilts["phone/tilt_deg"], tilts["imu/tilt_deg"], strict=False)
        if phone is not None and imu is not None
    ]
    return Tilts(both[:1], [pair for pair in both if pair[0] > 30][3:], session.path)


@pytest.mark.long
def test_a_phone_over_mqtt_and_a_microbit_over_bluetooth_see_the_same_tilt(
    tmp_path: Path, start: Start, tidehold: Tidehold, environment: dict[str, str]
) -> None:
    tries = (tilts_of_both(tmp_path / str(still_s), still_s, start, environment) for still_s in STILL_S)
    # On a slow machine a device may come when the leg is up already, and call that its zero: then anew, with more time.
    tilts = next((tilts for tilts in tries if len(tilts.raised) >= 2 and max(tilts.resting[0]) < 30), None)
    assert tilts is not None
    assert tilts.resting == [pytest.approx((0, 0), abs=1)]
    assert np.abs(np.subtract(*np.transpose(tilts.raised))).max() < 0.5
    replays_the_same(tilts.path)


def test_streams_of_a_phone_are_samples_on_the_session_clock(tmp_path: Path, tidehold: Tidehold) -> None:
    ran = tidehold("simulate", "session", "--scenario", "phone-android", "--phone", "--seconds", 20, "--out", tmp_path)
    assert ran.code == 0, ran.err
    session = read_session(next(tmp_path.glob("*.mcap")))
    fold = Session(session.header)
    for item in session.inputs():
        for each in fold.feed(item):
            if isinstance(each, Sample) and each.stream == "phone/acc":
                assert (np.diff(each.times) > 0).all()
                assert each.times[-1] <= item.t + 0.05 * NS  # the clock's error of the first seconds
    replays_the_same(session.path)


@pytest.mark.parametrize(
    ("app", "factors"),
    [
        ("sensor-logger-ios", {"acc": -STANDARD_GRAVITY, "gyr": 1.0, "gravity": -1.0}),
        ("sensor-logger-android", {"acc": 1.0, "gyr": 1.0, "gravity": 1.0}),
        ("phyphox", {"acc": 1.0, "gyr": 1.0}),
    ],
)
def test_what_is_ingested_is_what_the_app_itself_would_export_sample_for_sample(
    app: App, factors: dict[Sensor, float]
) -> None:
    seconds = 40
    scenario = load_scenario("phone-batches-late")
    is_numbered = app != "phyphox"  # without numbers, what overtakes cannot be told from what is lost
    spec = msgspec.structs.replace(
        scenario.phone,
        app=app,
        duplicate_share=0.05,
        resend_share=0.1,
        reorder_share=0.1 if is_numbered else 0.0,
        batch_s=0.3,
    )
    scenario = msgspec.structs.replace(scenario, phone=spec)
    header = virtual_header(scenario, builtin_profiles(), phone=True)
    fold = Session(header)
    ingested: dict[str, list[Values]] = {sensor: [] for sensor in factors}
    for item in virtual_inputs(scenario, seconds, phone=True):
        for out in fold.feed(item):
            if isinstance(out, Sample) and out.stream.removeprefix("phone/") in factors:
                ingested[out.stream.removeprefix("phone/")].append(out.values)
    body = SeededBody(scenario.body, scenario.seed)
    exported = Phone(scenario, body, started_unix_ns=header.started).exported(seconds)
    for sensor, factor in factors.items():
        ours, theirs = np.concatenate(ingested[sensor]), exported[sensor].values * factor
        assert len(theirs) > 3_000
        # what has arrived but waits for its turn when the session stops is let go, so nothing is missing at the end
        np.testing.assert_allclose(ours, theirs[: len(ours)], rtol=1e-12)
        assert len(theirs) - len(ours) <= 40  # still on their way through the network


LEG = """
name = "leg"
about = "Still, raised straight and let down again, then bent."
[phone]
placement = "thigh"
rate_hz = 50.0
[[body.pose]]
seconds = {still_s}
sway_deg = 0.05
[[body.pose]]
seconds = 3
angle_deg = 45
move_s = 1
sway_deg = 0.05
[[body.pose]]
seconds = 3
move_s = 1
sway_deg = 0.05
[[body.pose]]
seconds = 600
angle_deg = {bent_deg}
move_s = 1
sway_deg = 0.05
"""
TWO_PHONES = ("--placement", "thigh", "--second-phone", PROFILE, "--second-placement", "shin")
SECOND_TOPIC = "sensor-logger-2"


def knee_angles(
    folder: Path, still_s: float, start: Start, environment: dict[str, str], tidehold: Tidehold
) -> list[float]:
    """What two phones say of a knee that is bent by 50 degrees after the straight leg was raised."""
    folder.mkdir()
    for placement, bent_deg in (("thigh", 20), ("shin", -30)):
        text = LEG.format(still_s=still_s, bent_deg=bent_deg)
        (folder / f"{placement}.toml").write_text(text)
    recorder = Recorder(start, environment, folder / "out", "--strap", "none", *TWO_PHONES)
    agreed = json.loads((Path(environment["XDG_STATE_HOME"]) / "tidehold/phone.json").read_text())
    login = {"user": "phone2", "password": agreed["second_password"]}
    with PhoneProcess(folder / "thigh.toml", recorder.broker, **recorder.login) as thigh:
        words = ("--born", str(thigh.born_ns), "--topic", SECOND_TOPIC, "--placement", "shin")
        with PhoneProcess(folder / "shin.toml", recorder.broker, *words, **login) as shin:
            assert (thigh.ready["placement"], shin.ready["placement"]) == ("thigh", "shin")
            bent_ns = thigh.born_ns + round((limbs.STILL_S + still_s + 7) * NS)
            wait_for(lambda: boot_ns() > bent_ns + 4 * NS, recorder.process, within_s=90)
            recorder.grows()
    said = recorder.end()
    assert login["password"] not in json.dumps(said)
    session = read_session(Path(said["session"]))
    assert {name: source["topic"] for name, source in session.header.sources.items()} == {
        "phone": "sensor-logger",
        "phone2": SECOND_TOPIC,
    }
    replays_the_same(session.path)
    fold = Session(session.header)
    outputs = [out for item in session.inputs() for out in fold.feed(item)]
    heard = {out.stream for out in outputs if isinstance(out, Sample)}
    assert heard >= {"phone/acc", "phone/gyr", "phone2/acc", "phone2/gyr"}
    angles = [out for out in outputs if isinstance(out, Estimate) and out.name == "joint/angle_deg"]
    return [out.value for out in angles if out.value is not None]


@pytest.mark.long
def test_two_phones_over_the_embedded_broker_tell_the_angle_of_the_knee(
    tmp_path: Path, start: Start, tidehold: Tidehold, environment: dict[str, str]
) -> None:
    # On a slow machine a phone may come when the leg moves already: then anew, with more time.
    tries = (knee_angles(tmp_path / str(still_s), still_s, start, environment, tidehold) for still_s in (6, 15, 40))
    angles = next((angles for angles in tries if len(angles) >= 2), [])
    assert len(angles) >= 2
    assert angles[-1] == pytest.approx(-50, abs=2)


@pytest.mark.long
def test_a_phone_may_not_send_in_the_others_name(tmp_path: Path, start: Start, environment: dict[str, str]) -> None:
    recorder = Recorder(start, environment, tmp_path, "--strap", "none", *TWO_PHONES)
    with PhoneProcess("calm-6", recorder.broker, "--topic", SECOND_TOPIC, **recorder.login):
        wait_for(lambda: "foreign topic" in recorder.refusals(), recorder.process)
    assert recorder.end()["inputs"].get("phone2") is None
