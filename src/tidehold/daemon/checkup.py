"""What may stand in the way of a session, and what to do about it.

Checks of the machine look at it; checks of the sensors look at the last snapshot of a short trial.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Final, Literal, NamedTuple

from tidehold.records import LinkState, LinkView, Snapshot, UnixNs
from tidehold.units import NS

State = Literal["ok", "warning", "failed", "not tried"]

BYTES_PER_HOUR: Final = 60_000_000
"""Of a session with ECG, acceleration and a phone; measured, rounded up."""
LEAST_HOURS: Final = 2.0
SMALLEST_TERMINAL: Final = (80, 24)
RELEASED: Final = UnixNs(1_763_000_000 * NS)
"""November 2025: a wall clock before that was never set."""
SLOW_SYNC_S: Final = 0.5
LOW_BATTERY: Final = 20.0
GRAVITY_G: Final = (0.9, 1.1)
NO_CONTACT: Final = 1.0


class Check(NamedTuple):
    """One thing that was looked at: what was found, and what to do about it if it is not well."""

    name: str
    state: State
    found: str
    advice: str = ""


def check_software() -> Iterator[Check]:
    """Python, and the parts that not every machine has."""
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] <= (3, 13)
    advice = "" if fits else "use Python 3.11, 3.12 or 3.13"
    yield Check("python", "ok" if fits else "failed", f"{version} on {sys.platform}", advice)
    for name, part, extra in (
        ("amqtt", "the broker for a phone", "broker"),
        ("bumble", "the simulators", "sim"),
    ):
        try:
            yield Check(part, "ok", f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            yield Check(part, "warning", "not installed", f"pip install 'tidehold[{extra}]', if you want it")


def check_clock(wall_ns: Callable[[], int]) -> Iterator[Check]:
    """The wall clock dates a session; the steady clock times it."""
    now = wall_ns()
    if now < RELEASED:
        found = time.strftime("%Y-%m-%d", time.gmtime(now / NS))
        yield Check(
            "clock", "failed", f"the computer believes it is {found}", "set date and time: sessions are dated by it"
        )
        return
    steady = "counts through suspend" if hasattr(time, "CLOCK_BOOTTIME") else "stands still in suspend on some systems"
    yield Check("clock", "ok", f"set; the session clock {steady}")


def check_disk(folder: Path) -> Iterator[Check]:
    """Room and rights where sessions go, and how long the disk takes to promise something."""
    nearest = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        free = shutil.disk_usage(nearest).free
        with tempfile.NamedTemporaryFile(dir=nearest) as file:
            file.write(bytes(4096))
            file.flush()
            before = time.perf_counter()
            os.fsync(file.fileno())
            sync_s = time.perf_counter() - before
    except OSError as error:
        yield Check(
            "disk",
            "failed",
            f"{nearest}: {error.strerror}",
            "choose another folder: --out, or sessions = in tidehold.toml",
        )
        return
    hours = free / BYTES_PER_HOUR
    found = f"{free / 1e9:.1f} GB free at {nearest}, about {hours:.0f} h; a write is safe after {1e3 * sync_s:.0f} ms"
    if hours < LEAST_HOURS:
        yield Check("disk", "failed", found, "make room, or choose another folder")
    elif sync_s > SLOW_SYNC_S:
        yield Check("disk", "warning", found, "the disk is slow: a power cut may take more than a second")
    else:
        yield Check("disk", "ok", found)


def check_terminal(size: os.terminal_size, *, is_terminal: bool, encoding: str) -> Iterator[Check]:
    """Whether the dashboard can be drawn here."""
    found = f"{size.columns}x{size.lines}, {encoding}"
    if not is_terminal:
        yield Check("terminal", "warning", "none", "the dashboard needs one; without it use --headless")
    elif encoding.lower().replace("-", "") != "utf8":
        yield Check("terminal", "warning", found, "curves need UTF-8: set LANG to one that ends in .UTF-8")
    elif (size.columns, size.lines) < SMALLEST_TERMINAL or size.lines < SMALLEST_TERMINAL[1]:
        yield Check("terminal", "warning", found, "make the window at least 80 columns wide and 24 lines high")
    else:
        yield Check("terminal", "ok", found)


def check_sensors(snapshot: Snapshot | None, wanted: tuple[str, ...], trouble: str) -> Iterator[Check]:
    """What a trial of a few seconds came to.

    Args:
        snapshot: The trial's last one; None if it never began.
        wanted: Sources that were tried.
        trouble: Why the trial ended early; "" if it did not.
    """
    if trouble:
        yield Check("sensors", "failed", trouble)
    for source in wanted:
        link = snapshot.links.get(source) if snapshot else None
        yield _link(source, link)
        if snapshot is not None and link is not None and link.state == "armed":
            yield from _streams(source, snapshot)


def _link(source: str, link: LinkView | None) -> Check:
    if link is None:
        return Check(source, "not tried", "nothing was heard of it")
    detail = link.detail
    said = "; ".join(detail[key] for key in ("name", "address", "profile", "reason", "missing") if detail.get(key))
    state = _STATES.get(link.state, "failed")
    advice = detail.get("advice", "")
    if not advice and state != "ok":
        advice = _ADVICE.get((source, link.state), "wait a little and try again")
    return Check(source, state, f"{link.state}; {said}" if said else link.state, advice)


_STATES: Final[dict[LinkState, State]] = {"armed": "ok", "stalled": "warning", "up": "warning"}
_ADVICE: Final = {
    (
        "phone",
        "up",
    ): "the broker is there, the phone is not: start recording in its app, and check address and password there",
    ("phone2", "up"): "the second phone is not there: start recording in its app, and check topic, user and password",
    ("phone", "searching"): "the broker does not answer: is it running, and is its address right?",
    ("strap", "searching"): "wear the strap, with wet electrodes: most advertise only then",
    ("imu", "searching"): "switch the sensor on and bring it near",
}


def _streams(source: str, snapshot: Snapshot) -> Iterator[Check]:
    """Rates, battery, contact and units of what streams."""
    last = {name.rpartition("/")[2]: view for name, view in snapshot.streams.items() if name.startswith(f"{source}/")}
    rates = [f"{kind} {view.rate_hz:.0f} Hz" for kind, view in last.items() if view.rate_hz]
    yield Check(f"{source} streams", "ok" if last else "warning", ", ".join(rates or last) or "none yet")
    if (battery := last.get("battery")) and battery.last:
        low = battery.last[-1] < LOW_BATTERY
        yield Check(
            f"{source} battery",
            "warning" if low else "ok",
            f"{battery.last[-1]:.0f} %",
            "change or charge it" if low else "",
        )
    if (contact := last.get("contact")) and contact.last and contact.last[-1] == NO_CONTACT:
        yield Check("contact", "warning", "no skin contact", "wet the electrodes and tighten the strap")
    gravity = snapshot.estimates.get(f"{source}/gravity_g")
    if gravity is not None:
        yield _units(source, gravity.value, gravity.why)


def _units(source: str, gravity_g: float | None, why: str) -> Check:
    if gravity_g is None:
        return Check(f"{source} units", "not tried", why, "lay it down and keep it still")
    low, high = GRAVITY_G
    right = low <= gravity_g <= high
    return Check(
        f"{source} units",
        "ok" if right else "failed",
        f"lying still, gravity measures {gravity_g:.2f} g",
        "" if right else why or "another profile fits the app's settings: docs/phone.md",
    )
