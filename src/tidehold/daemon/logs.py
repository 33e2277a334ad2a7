"""What the recorder did, for the day after: JSON lines in rotated files, without a secret or a figure of the body.

Our own lines have named fields, each of them listed here. What libraries and exceptions say is
free text that may quote a payload: all that could be one is blotted out of it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import logging.handlers
import os
import re
import traceback
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, Final

from tidehold.daemon.place import state_folder
from tidehold.records import Cue, Gap, LinkView, Output, Snapshot
from tidehold.units import NS

FILE_BYTES: Final = 1_000_000
FILES: Final = 3
LINKS_TELL: Final = ("profile", "streams", "missing", "stream", "silent_s", "reason", "advice", "uptime_s", "mtu")
"""Details of a link that are kept: not its address and name, which belong to a person."""
LIBRARIES: Final = ("aiomqtt", "amqtt", "bleak", "bumble", "dbus_fast", "transitions", "vqf")
BURST: Final = 10
"""Lines of one library within..."""
BURST_S: Final = 60.0
TEXT_LIMIT: Final = 500
CHAIN_LIMIT: Final = 8
"""Exceptions behind an exception."""

_BLOTS: Final = (
    (re.compile(r"""\b(?:bytearray\(|bytes\()?b(?:'(?:[^'\\]|\\.)*'?|"(?:[^"\\]|\\.)*"?)\)?"""), "<bytes>"),
    (re.compile(r"(?i)(pass\w*|secret|token|credential\w*|authorization)(\W{1,4})[^\s,;}]+"), r"\1\2***"),
    (
        re.compile(r"(?!\[Errno \d+\])[\[({][^\[\](){}]*(?:\d|<values>)[^\[\](){}]*(?:[\])}]|\Z)"),
        "<values>",
    ),  # from the innermost brackets outward
    (re.compile(r"(?i)\b(?:[0-9a-f]{2}[\s:-]){3,}[0-9a-f]{2}\b"), "<hex>"),  # addresses too
    (re.compile(r"(?i)\b(?:0x)?(?=[0-9a-f]*\d)[0-9a-f]{6,}\b"), "<hex>"),
    (re.compile(r"[-+]?(?:\d+\.\d+|\.\d+|\d+\.)(?:e[-+]?\d+)?", re.IGNORECASE), "#"),
)
_own: Final = logging.getLogger("tidehold")


def log_path() -> Path:
    """The newest of the log's files."""
    return state_folder() / "log" / "recorder.log"


def blot(text: str, secrets: Iterable[str] = ()) -> str:
    """A free text without anything that may be a secret, a payload or a measured value."""
    for secret in secrets:
        text = text.replace(secret, "***")
    text = text[: 2 * TEXT_LIMIT]
    for pattern, instead in _BLOTS:
        before = ""
        while before != text:
            before, text = text, pattern.sub(instead, text)
            if instead != "<values>":
                break
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + "..."


@contextlib.contextmanager
def logging_to(path: Path, secrets: Iterable[str] = ()) -> Iterator[LogShow]:
    """Log to `path` while this lasts; a log that cannot be written is no trouble for the recording.

    Args:
        path: The newest file; older ones get a number.
        secrets: Texts that must not appear, as the phone's password.
    """
    hidden = tuple(sorted(filter(None, secrets), key=len, reverse=True))
    handler: logging.Handler
    trouble = ""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = _Files(path)
    except OSError as error:
        trouble = f"no log is kept at {path}: {error.strerror or error}"
        handler = logging.NullHandler()
    handler.setFormatter(_JsonLine(hidden))
    handler.addFilter(_Sparing())
    root = logging.getLogger()
    levels = {name: logging.getLogger(name).level for name in ("tidehold", *LIBRARIES)}
    for name in LIBRARIES:
        # one that was silenced for good stays so
        logging.getLogger(name).setLevel(max(levels[name], logging.WARNING))
    _own.setLevel(logging.INFO)
    root.addHandler(handler)
    try:
        yield LogShow(trouble)
    finally:
        root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        with contextlib.suppress(OSError):  # what a full disk did not take
            handler.close()


class LogShow:
    """Logs what a session's outputs say of the recording; their values are none of its business.

    Attributes:
        trouble: Why no log is kept, for the person; empty if one is.
    """

    def __init__(self, trouble: str = "") -> None:
        self.trouble: Final = trouble
        self._links: dict[str, LinkView] = {}

    def started(self, session: str, path: Path, asked: dict[str, dict[str, str]]) -> None:
        """The session begins."""
        _note("start", session=session, path=str(path), sources=sorted(asked), pid=os.getpid())

    def ended(self, reason: str) -> None:
        """The session is over and its file finished."""
        _note("end", reason=reason)

    def failed(self, error: BaseException) -> None:
        """The session ended by an error."""
        _own.error("failed", exc_info=error)

    def hear(self, out: Output) -> None:
        """Take one output."""
        match out:
            case Gap():
                span = {"start_s": round(out.start / NS, 3), "end_s": round(out.end / NS, 3)}
                _note("gap", t=out.t, stream=out.stream, **span, lost=out.lost, why=out.why)
            case Cue():
                _note("cue", t=out.t, kind=out.kind)
            case Snapshot():
                self._hear_links(out)
            case _:
                pass

    def _hear_links(self, now: Snapshot) -> None:
        for source, link in now.links.items():
            if link != self._links.get(source):
                self._links[source] = link
                detail = {key: link.detail[key] for key in LINKS_TELL if key in link.detail}
                _note("link", t=link.since, source=source, state=link.state, **detail)


def _note(what: str, t: int | None = None, **fields: object) -> None:
    seconds = {} if t is None else {"t_s": round(t / NS, 3)}
    _own.info(what, extra={"fields": seconds | fields})


class _JsonLine(logging.Formatter):
    """One JSON object a line, free text blotted."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = getattr(record, "fields", {}) if record.name == "tidehold" else {}
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "what": blot(_rendered(record), self._secrets),
            **{key: self._hide(value) for key, value in fields.items()},
        }
        if more := getattr(record, "like_it", 0):
            line["like_it"] = more
        if record.exc_info and record.exc_info[1] is not None:
            line["trace"] = _trace(record.exc_info[1], self._secrets)
        return json.dumps(line, ensure_ascii=False, default=str)

    def _hide(self, value: object) -> object:
        """Our own fields need no blotting, but a secret may be in a path or a reason."""
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, "***")
        return value


def _rendered(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001 - a library's mistake, or an object that cannot be said in words
        return f"{record.msg} (not rendered: {type(error).__name__})"


def _trace(error: BaseException, secrets: tuple[str, ...]) -> list[str]:
    """Where it came from, the deepest cause first; code as it is, words blotted."""
    chain: list[BaseException] = []
    waiting = [error]
    while waiting and len(chain) < CHAIN_LIMIT:
        one = waiting.pop(0)
        chain.append(one)
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        behind = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if behind is not None and behind not in chain:
            waiting.append(behind)
    lines: list[str] = []
    for one in reversed(chain):
        lines += [line.rstrip() for line in traceback.format_tb(one.__traceback__)]
        lines.append(f"{type(one).__name__}: {blot(str(one), secrets)}")
    return lines


class _Sparing(logging.Filter):
    """Libraries speak when something goes wrong for them, and at most so often."""

    def __init__(self) -> None:
        super().__init__()
        self._since: dict[str, float] = {}
        self._count: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        name = record.name.partition(".")[0]
        if name == "tidehold":
            return True
        if record.levelno < logging.WARNING:
            return False
        if not 0 <= record.created - self._since.get(name, -BURST_S) < BURST_S:
            record.like_it = max(0, self._count.get(name, 0) - BURST)
            self._since[name], self._count[name] = record.created, 0
        self._count[name] += 1
        return self._count[name] <= BURST


class _Files(logging.handlers.RotatingFileHandler):
    """Rotated files for their owner only, which never raise and never write to the terminal."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=FILE_BYTES, backupCount=FILES - 1, encoding="utf-8")

    def _open(self) -> TextIOWrapper:
        fd = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        os.fchmod(fd, 0o600)  # it may be an old file with another mode
        return open(fd, "a", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123 - a descriptor, kept

    def handleError(self, _: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk: the recording says so itself, where it matters."""
