"""Virtual time: hours of a strap and a phone in seconds, as the inputs that a live session would have queued."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count, takewhile
from typing import Final

import msgspec

from tidehold.coach.pacing import VERB
from tidehold.records import Frame, HostNs, Input, Link, LinkState, Mark, Stop, Tick, UnixNs
from tidehold.routine import Routine
from tidehold.session.header import Header
from tidehold.sources.profiles import builtin_profiles
from tidehold.units import NS
from tidehold.wire.profile import Profile
from tidehold_simulators.body import Body, SeededBody
from tidehold_simulators.encoders import OFFERS
from tidehold_simulators.faults import delay
from tidehold_simulators.scenario import Fault, FaultKind, PhoneSpec, Scenario, routine_of
from tidehold_simulators.strap_model import Strap
from tidehold_simulators.virtual_phone import SOURCE as PHONE
from tidehold_simulators.virtual_phone import phone_inputs

SOURCE: Final = "strap"
MTU: Final = 247
TICK_HZ: Final = 4
STARTED: Final = UnixNs(1_767_225_600 * NS)
"""2026-01-01T00:00:00Z."""

_BLOCK_S: Final = 30.0
"""How far the strap advances at once: long enough for numpy, short enough for memory."""
_ADVERTISING_S: Final = 0.1
_CONNECTING_S: Final = 0.12
_READING_S: Final = 0.01
_ARMING_S: Final = 0.2
"""From being up to all streams on; times as measured with bleak over a virtual radio."""
_ALWAYS_ON: Final = ("hr", "contact", "energy", "rr", "battery")
"""Streams of the `simulated` profile that need no start."""
_LOSS: Final[dict[FaultKind, tuple[float, str]]] = {
    "link-drop": (0.0, "the strap closed the link (0x13)"),
    "restart": (0.0, "the strap closed the link (0x15)"),
    "supervision-timeout": (4.0, "supervision time-out (0x08)"),
}
"""How long a loss goes unnoticed, s, and the reason that the link then gives."""


def virtual_inputs(  # noqa: PLR0913  # each of them can be told apart
    scenario: Scenario,
    seconds: float,
    *,
    body: Body | None = None,
    acc_hz: int = 200,
    jitter_s: float = 0.07,
    phone: bool | PhoneSpec = False,
    profiles: Mapping[str, Profile] | None = None,
) -> Iterator[Input]:
    """What a session of `seconds` with the scenario's strap would queue, in order of time.

    The link is found, comes up and is armed; frames arrive up to `jitter_s` after
    the strap sent them; link faults take the link down, and what the strap measures
    meanwhile is lost; ticks come at 4 Hz; the last input is a `Stop`. A phone's
    messages come when they reach the broker, sifted as a live session would. The
    body's pacer is turned on by a mark, and the person's keys are marks.

    Args:
        scenario: Strap, phone, faults and seed.
        seconds: Length of the session.
        body: Who wears the strap; None: the scenario's seeded body.
        acc_hz: Nominal rate of the acceleration, one of those on offer.
        jitter_s: Longest delay of a strap's frame.
        phone: Whether the scenario's phone is listened to; or another one.
        profiles: For the phone's profile, by id; None: those that come with Tidehold.

    Raises:
        ValueError: The strap does not offer `acc_hz`.
    """
    body = body or SeededBody(scenario.body, scenario.seed)
    end = _ns(seconds)
    ticks: Iterator[Input] = (Tick(HostNs(k * NS // TICK_HZ)) for k in count(1))
    strap = _strap_inputs(Strap(scenario, body), scenario, seconds, acc_hz)
    both = heapq.merge(strap, ticks, _marks(scenario), key=_when)
    session = chain(_before(end, both), [Stop(end, "the scenario is over")])
    late = delay(session, up_to_s=jitter_s, seed=scenario.seed)
    if phone is False:
        return late
    worn = with_phone(scenario, phone)
    profile = (builtin_profiles() if profiles is None else profiles)[worn.phone.profile]
    pushed = phone_inputs(worn, body, profile, seconds, started=STARTED)
    return heapq.merge(late, _before(end, pushed), key=_when)


def with_phone(scenario: Scenario, phone: bool | PhoneSpec) -> Scenario:  # noqa: FBT001  # True: the scenario's own
    """The scenario with another phone, if one is given."""
    return msgspec.structs.replace(scenario, phone=phone) if isinstance(phone, PhoneSpec) else scenario


def virtual_header(
    scenario: Scenario,
    profiles: Mapping[str, Profile],
    *,
    phone: bool | PhoneSpec = False,
    routine: Routine | None = None,
) -> Header:
    """The header of a session in virtual time: the same for the same scenario, on a day of its own.

    Args:
        scenario: Strap, phone and routine.
        profiles: Of the devices.
        phone: Whether the scenario's phone is listened to; or another one.
        routine: What the person is led through, if not the scenario's.
    """
    led = scenario.routine
    source = {"kind": "virtual", "scenario": scenario.name, "seed": str(scenario.seed)}
    sources = {SOURCE: source}
    if phone is not False:
        worn = with_phone(scenario, phone).phone
        sources[PHONE] = source | {"profile": worn.profile}
        if routine is not None or led is not None:
            sources[PHONE] |= {"placement": worn.placement}
    return Header(
        session=f"virtual-{scenario.name}",
        started=STARTED,
        profiles=dict(profiles),
        sources=sources,
        routine=routine_of(scenario) if routine is None else routine,
        ask_first=led is None or led.asked_first,
    )


def _marks(scenario: Scenario) -> list[Input]:
    """What the person does with the keys."""
    pacer = scenario.body.pacer
    marks: list[Input] = [Mark(_ns(press.at_s), press.verb, press.arg) for press in scenario.press]
    if pacer:
        marks.append(Mark(_ns(pacer.since_s), VERB, pacer.pattern))
    return sorted(marks, key=_when)


def _strap_inputs(strap: Strap, scenario: Scenario, seconds: float, acc_hz: int) -> Iterator[Input]:
    """Links and frames, connection after connection, each at the time it was sent; past `seconds` only links."""
    t_s = 0.0
    while True:
        yield _link(t_s, "searching")
        found_s = _found(strap, t_s)
        lost_s, fault = _next_loss(scenario, found_s, seconds)
        yield from _before(_ns(lost_s), _connection(strap, found_s, acc_hz))
        yield from _frames(strap, lost_s)
        strap.hr_on = False
        for stream in strap.running:
            strap.stop(stream)
        unnoticed_s, reason = _LOSS[fault.kind]
        t_s = lost_s + unnoticed_s
        up_s = found_s + _CONNECTING_S
        if lost_s <= up_s:
            yield _link(t_s, "refused", reason=reason)
        else:
            yield _link(t_s, "down", reason=reason, uptime_s=f"{t_s - up_s:.1f}")


def _connection(strap: Strap, found_s: float, acc_hz: int) -> Iterator[Input]:
    """From having found the strap to having armed it."""
    yield _link(found_s, "connecting", address=strap.spec.address, name=strap.spec.name)
    up_s = found_s + _CONNECTING_S
    yield _link(up_s, "up", profile="simulated", address=strap.spec.address, name=strap.spec.name, mtu=str(MTU))
    reads = {"battery": bytes([strap.battery_percent])}
    reads |= {channel: text.encode() for channel, text in strap.information.items()}
    for k, (channel, payload) in enumerate(reads.items(), start=1):
        yield Frame(_ns(up_s + k * _READING_S), SOURCE, channel, payload)
    armed_s = up_s + _ARMING_S
    strap.advance(armed_s)
    strap.hr_on = True
    rates_hz = {stream: acc_hz if stream == "acc" else strap.settings(stream).rates_hz[0] for stream in strap.streams}
    for stream, rate_hz in rates_hz.items():
        strap.start(stream, rate_hz)
    detail = {
        "streams": " ".join((*_ALWAYS_ON, *rates_hz)),
        "rates_hz": "; ".join(f"{stream}: {rate_hz}" for stream, rate_hz in rates_hz.items()),
        "missing": "; ".join(
            f"{stream}: the device does not measure it" for stream in OFFERS if stream not in rates_hz
        ),
    }
    yield _link(armed_s, "armed", **{key: text for key, text in detail.items() if text})


def _frames(strap: Strap, lost_s: float) -> Iterator[Input]:
    """What the strap sends until the link is lost."""
    while strap.t_s < lost_s:
        for emission in strap.advance(min(strap.t_s + _BLOCK_S, lost_s)):
            yield Frame(_ns(emission.t_s), SOURCE, emission.channel, emission.payload)


def _found(strap: Strap, t_s: float) -> float:
    """When the strap's advertising is heard by one who searches from `t_s` on, s."""
    found_s = t_s + _ADVERTISING_S
    while fault := strap.link_down(found_s):
        found_s = (fault.onset(found_s) or 0.0) + fault.for_s + _ADVERTISING_S
    return found_s


def _next_loss(scenario: Scenario, found_s: float, seconds: float) -> tuple[float, Fault]:
    """When and by what the link that begins at `found_s` is lost: at the latest by the session's end."""
    losses = (
        (start, fault)
        for fault in scenario.fault
        if fault.kind in _LOSS
        for start, _ in fault.windows(seconds)
        if start > found_s
    )
    end = (max(seconds, found_s), Fault(kind="link-drop", at_s=seconds, for_s=1.0))
    return min(losses, key=lambda loss: loss[0], default=end)


def _before(end: HostNs, items: Iterable[Input]) -> Iterator[Input]:
    return takewhile(lambda item: item.t < end, items)


def _when(item: Input) -> HostNs:
    return item.t


def _ns(t_s: float) -> HostNs:
    return HostNs(round(t_s * NS))


def _link(t_s: float, state: LinkState, **detail: str) -> Link:
    return Link(_ns(t_s), SOURCE, state, detail)
