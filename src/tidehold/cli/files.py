"""`replay`, `check`, `verify`, `recover`, `sessions`: what is done with session files."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from pathlib import Path
from typing import Any, Final

import msgspec

from tidehold.cli.output import give, say, table
from tidehold.cli.settings import Settings
from tidehold.daemon.facts import machine, software
from tidehold.daemon.summary import Summary
from tidehold.errors import LogError, TideholdError
from tidehold.log.catalog import Listed
from tidehold.log.catalog import sessions as list_sessions
from tidehold.log.check import check as check_file
from tidehold.log.reader import read_session
from tidehold.log.recover import Recovery, recover_all
from tidehold.log.recover import recover as recover_file
from tidehold.log.verify import verify as verify_file
from tidehold.records import Cue, Gap, HostNs, Output, Snapshot, UnixNs
from tidehold.session.fold import Session
from tidehold.sources.clock import SessionClock
from tidehold.units import NS

DAMAGED: Final = LogError.exit_code


def replay(arguments: argparse.Namespace) -> int:
    """`tidehold replay`: the fold again, at a speed of one's choice; a line each second, or one object at the end."""
    if arguments.watch:
        from tidehold.cli.watching import replay_and_watch  # noqa: PLC0415 - textual is heavy

        return replay_and_watch(arguments)
    session = read_session(arguments.file)
    fold = Session(session.header)
    summary = Summary()
    second = -1
    pace = None if arguments.fast else _Pace(arguments.speed)
    for item in session.inputs():
        if pace is not None:
            pace.wait(item.t)
        for out in fold.feed(item):
            summary.hear(out)
            if not arguments.json:
                second = _tell(out, summary, second)
    if arguments.json:
        give(summary.result(arguments.file))
    return 0


def _tell(out: Output, summary: Summary, second: int) -> int:
    """Print what happens: gaps and cues at once, the state once a second; gives the second last printed."""
    if isinstance(out, Gap):
        print(f"{out.t / NS:7.1f} s  gap in {out.stream} of {(out.end - out.start) / NS:.2f} s: {out.why}")
    elif isinstance(out, Cue):
        print(f"{out.t / NS:7.1f} s  {out.kind}: {out.text}")
    elif isinstance(out, Snapshot) and out.t // NS > second:
        print(summary.line(), flush=True)
        return out.t // NS
    return second


class _Pace:
    """Holds back inputs until their time has come, `speed` times as fast as it was."""

    def __init__(self, speed: float) -> None:
        self._clock = SessionClock()
        self._speed = speed

    def wait(self, t: HostNs) -> None:
        left_s = t / NS / self._speed - self._clock.now() / NS
        if left_s > 0:
            time.sleep(left_s)


def check(arguments: argparse.Namespace) -> int:
    """`tidehold check`: exit 0 if the replay says what the live run said, 1 if not."""
    result = check_file(arguments.file, software=software(), platform=machine())
    if arguments.json:
        tree = msgspec.to_builtins(result)
        give({"session": tree.pop("path"), "holds": tree.pop("same"), **tree})
        return 0 if result.same else 1
    if result.same:
        how = "to the byte" if result.exact else f"within {result.tolerance:g} (other software or machine)"
        print(f"{result.path}: {result.outputs} outputs of {result.inputs} inputs are the same {how}")
    else:
        print(f"{result.path}: {result.why}")
        for each in result.differences:
            print(f"  after input {each.input}: {each.field}: live {each.live!r}, replay {each.again!r}")
    for field, largest in result.largest.items():
        print(f"  largest difference in {field}: {largest:.3g}")
    return 0 if result.same else 1


def verify(arguments: argparse.Namespace) -> int:
    """`tidehold verify`: exit 0 sound, 3 damaged or unfinished, 1 not to be read at all."""
    try:
        verdict = verify_file(arguments.file)
    except LogError as error:
        raise TideholdError(str(error)) from None
    if arguments.json:
        tree = msgspec.to_builtins(verdict)
        give({"session": tree.pop("path"), **tree})
    else:
        print(f"{verdict.path}: {verdict.state}, {verdict.inputs} inputs")
        for lost in verdict.findings:
            print(f"  bytes {lost.start} to {lost.end}: {lost.what}")
        for hole in verdict.missing:
            print(f"  inputs {hole.first} to {hole.last} are missing")
        if verdict.advice:
            say(verdict.advice)
    return 0 if verdict.sound else DAMAGED


def recover(arguments: argparse.Namespace) -> int:
    """`tidehold recover`: a sound file from what is intact; the original stays as it is."""
    now = UnixNs(time.time_ns())
    failed: list[tuple[Path, LogError]] = []
    if arguments.path.is_dir():
        done, failed = recover_all(arguments.path, now)
    else:
        done = [recover_file(arguments.path, now)]
    if arguments.json:
        give(
            {
                "recovered": [msgspec.to_builtins(each) for each in done],
                "failed": [{"path": str(path), "why": str(error)} for path, error in failed],
            }
        )
    else:
        for each in done:
            print(_recovery_line(each))
        if not done and not failed:
            say(f"nothing to recover in {arguments.path}")
    for _, error in failed:
        say(f"tidehold: {error}")
    return DAMAGED if failed else 0


def _recovery_line(done: Recovery) -> str:
    if done.note is None:
        return f"{done.path}: sound already, {done.inputs} inputs"
    holes = sum(hole.last - hole.first + 1 for hole in done.note.missing)
    missing = f"{holes} inputs missing" if holes else "none missing"
    return f"{done.path}: {done.inputs} inputs saved, {missing}; the original is kept as {done.kept}"


def sessions(arguments: argparse.Namespace) -> int:
    """`tidehold sessions`: finished, interrupted, recovered, being recorded, damaged."""
    folder = arguments.folder or Settings.of(arguments).sessions
    known = list_sessions(folder) if folder.exists() or arguments.folder else []
    if arguments.json:
        give({"folder": str(folder), "sessions": [_listed(each) for each in known]})
        return 0
    if not known:
        say(f"no sessions in {folder}")
        return 0
    rows = [("started", "length", "state", "streams", "file")]
    for each in known:
        started = "?" if each.started is None else _local(each.started).strftime("%Y-%m-%d %H:%M:%S")
        length = "?" if each.length_s is None else str(dt.timedelta(seconds=round(each.length_s)))
        streams = " ".join(sorted(name.rpartition("/")[2] for name in each.streams)) or "-"
        rows.append((started, length, each.state, streams, each.path))
    table(rows)
    if any(each.state == "interrupted" for each in known):
        say(f"`tidehold recover {folder}` completes the interrupted ones")
    return 0


def _listed(each: Listed) -> dict[str, Any]:
    tree: dict[str, Any] = msgspec.to_builtins(each)
    started = None if each.started is None else _local(each.started).isoformat()
    return {**tree, "started": started}


def _local(t: UnixNs) -> dt.datetime:
    return dt.datetime.fromtimestamp(t / NS, dt.UTC).astimezone()
