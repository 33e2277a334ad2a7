"""Pictures of every state of the dashboard. Renew them with `--snapshot-update` and look at each that changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from tests.tui import statuses
from tests.tui.dashboards import Clock, Live, Replay, see, still
from tidehold.records import DueHold, HostNs, Status
from tidehold.tui.app import Outcome

Compare = Callable[..., bool]

T = 605.2
WELL = statuses.status(T)
RADIO = {"reason": "supervision time-out (0x08)", "advice": "come closer, or use another Bluetooth adapter"}
MOVING = "moving: 35 mg above 1 Hz"
STATES: dict[str, Status] = {
    "nothing-yet": statuses.nothing(),
    "running-well": WELL,
    "unknown": statuses.unknown(
        WELL,
        heart__hr_bpm="collecting: 3 of 5 heartbeats",
        heart__rmssd_ms="only 4 clean successive differences of 20",
        breathing__rate_bpm="chest acceleration and heartbeats disagree: 6.1 and 11.8 breaths a minute",
        phone__angle_deg="gravity measures 0.10 g: the profile does not fit this phone",
        phone__hold_s="gravity measures 0.10 g: the profile does not fit this phone",
        align__residual_ms="the phone has no steady clock yet",
    ),
    "hold-over": statuses.snapped(
        statuses.unknown(WELL, phone__hold_s="moving"), holds=(statuses.held(),), due=DueHold(HostNs(0), 50.0)
    ),
    "breath-held": statuses.unknown(
        statuses.estimated(WELL, breathing__held_s=7.2), breathing__phase_rad="breath held"
    ),
    "rr-alone": statuses.unknown(
        statuses.without(statuses.status(T, with_phone=False), "ecg", "acc"),
        breathing__inhale_s="not available from RR",
        breathing__held_s="not visible from RR",
        pacing__score="paced for 12 s of 30 s",
        pacing__cue_error_s="no breaths seen: their timing needs chest motion",
    ),
    "moving": statuses.unknown(
        WELL,
        breathing__rate_bpm="confidence 0.12 is below 0.25",
        breathing__motion_evidence=MOVING,
        breathing__rr_evidence="RSA too weak (4 ms)",
        breathing__phase_rad=MOVING,
        breathing__held_s=MOVING,
        breathing__inhale_s="3 of 5 clear breaths in the last minute",
        heart__rsa_ms="confidence 0.12 is below 0.25",
        pacing__score=f"breathing phase known for 12 s of the last minute: {MOVING}",
    ),
    "pacer-off": statuses.snapped(WELL, pacing=None),
    "strap-lost": statuses.aged(statuses.linked(WELL, "strap", "down", **RADIO), "strap", 4.6),
    "phone-stalled": statuses.aged(
        statuses.linked(WELL, "phone", "stalled", stream="push", silent_s="5.2", reason="no messages for 5.2 s"),
        "phone",
        5.2,
    ),
    "strap-refused": statuses.linked(
        statuses.nothing(8.25),
        "strap",
        "refused",
        reason="[red]Polar H10[/] takes no link",
        advice="another app or watch may hold the strap's only link: close it",
    ),
    "finished": statuses.recorded(WELL, state="finished"),
    "replay-paused": statuses.replayed(T, speed=0.0),
}
SIZES = {"small": (80, 24), "rich": (160, 48)}


async def keep_still(pilot: Pilot[Outcome]) -> None:
    await pilot.pause()
    pilot.app.draw()  # type: ignore[attr-defined]
    await pilot.pause()


@pytest.mark.parametrize("name", STATES)
@pytest.mark.long
def test_state(name: str, snap_compare: Compare) -> None:
    controls = Replay() if STATES[name].recording.state == "replay" else Live()
    app = still([STATES[name]], controls=controls)
    assert snap_compare(app, terminal_size=(100, 30), run_before=keep_still)


def test_recorder_that_says_nothing_any_more(snap_compare: Compare) -> None:
    clock = Clock()

    async def wait(pilot: Pilot[Outcome]) -> None:
        await pilot.pause()
        clock.now_s += 4.2
        await keep_still(pilot)

    assert snap_compare(still([WELL], clock=clock), terminal_size=(100, 30), run_before=wait)


@pytest.mark.parametrize("key", ["s", "n", "p", "question_mark", "2", "3"])
@pytest.mark.long
def test_key(key: str, snap_compare: Compare) -> None:
    async def press(pilot: Pilot[Outcome]) -> None:
        await pilot.pause()
        await pilot.press(key)
        await keep_still(pilot)

    assert snap_compare(still([WELL]), terminal_size=(100, 30), run_before=press)


@pytest.mark.parametrize("size", SIZES)
def test_session_screen(size: str, snap_compare: Compare) -> None:
    assert snap_compare(still([WELL]), terminal_size=SIZES[size], run_before=keep_still)


def test_small_screen_with_an_alarm(snap_compare: Compare) -> None:
    assert snap_compare(still([STATES["breath-held"]]), terminal_size=SIZES["small"], run_before=keep_still)


def test_light(snap_compare: Compare) -> None:
    async def press(pilot: Pilot[Outcome]) -> None:
        await pilot.pause()
        await pilot.press("t")
        await keep_still(pilot)

    assert snap_compare(still([WELL]), terminal_size=(100, 30), run_before=press)


def test_without_colour_everything_is_still_told(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = still([STATES["strap-lost"]])
    assert snap_compare(app, terminal_size=(100, 30), run_before=keep_still)


def test_terminal_that_is_too_small(snap_compare: Compare) -> None:
    assert snap_compare(still([WELL]), terminal_size=(50, 12), run_before=keep_still)


GUIDED = statuses.guided_states(T)
OVER_ALL = {"question": "or n", "stopped": "closes this text"}
"""What is to be seen once a text over the whole screen takes keys."""
GUIDED_SIZES = ((80, 24), (100, 30), (160, 48))
GUIDED_PICTURES = [
    pytest.param(
        name,
        size,
        id=f"{name}-{size[0]}x{size[1]}",
        marks=pytest.mark.long if size != GUIDED_SIZES[0] else (),
    )
    for name in GUIDED
    for size in GUIDED_SIZES
]
"""Each state where space is least; in the other sizes, which lay all states out alike, among the longer checks."""


@pytest.mark.parametrize(("name", "size"), GUIDED_PICTURES)
def test_guided(name: str, size: tuple[int, int], snap_compare: Compare) -> None:
    async def wait(pilot: Pilot[Outcome]) -> None:
        await keep_still(pilot)
        if name in OVER_ALL:
            await see(pilot, OVER_ALL[name])

    assert snap_compare(still([GUIDED[name]]), terminal_size=size, run_before=wait)


def test_guided_without_colour(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(still([GUIDED["hold"]]), terminal_size=(100, 30), run_before=keep_still)


def test_guided_replay_shows_its_stop(snap_compare: Compare) -> None:
    stopped = statuses.recorded(GUIDED["stopped"], state="replay", length_s=1380.0)

    async def close(pilot: Pilot[Outcome]) -> None:
        await keep_still(pilot)
        await see(pilot, OVER_ALL["stopped"])
        await pilot.press("enter")
        await keep_still(pilot)

    assert snap_compare(still([stopped], controls=Replay()), terminal_size=(100, 30), run_before=close)
