"""The log: what happened is in it, and nothing of the body and no secret, whoever says it."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.daemon.hubs import snapshot
from tidehold.daemon import logs
from tidehold.daemon.logs import LogShow, blot, log_path, logging_to
from tidehold.records import Cue, Estimate, Gap, HostNs, LinkView, Output, Rejected, Sample, Snapshot
from tidehold.units import NS

PASSWORD = "correct horse 7"  # noqa: S105 - nobody's
PAYLOAD = bytes.fromhex("00e6f1a7c3d20800")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state/log/recorder.log"


@pytest.fixture
def log(path: Path) -> Iterator[LogShow]:
    with logging_to(path, [PASSWORD, ""]) as show:
        assert show.trouble == ""
        yield show


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def linked(**detail: str) -> Snapshot:
    link = LinkView("stalled", HostNs(3 * NS), detail)
    return msgspec.structs.replace(snapshot(), links={"strap": link})


def test_the_log_is_in_the_state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert log_path() == tmp_path / "tidehold/log/recorder.log"


def test_a_session_is_told_from_start_to_end(log: LogShow, path: Path) -> None:
    log.started("cafe0123", Path("a.mcap.part"), {"strap": {"name": "Polar H10 12345678"}})
    for _ in range(3):  # the same link, told once
        log.hear(linked(stream="ecg", silent_s="5.0", address="A0:9E:1A:12:34:56", name="Polar H10 12345678"))
    log.hear(Gap(HostNs(9 * NS), "strap/ecg", HostNs(7 * NS), HostNs(8 * NS), 130, "missing frames"))
    log.hear(Cue(HostNs(NS), "link-lost", "the strap with a heart rate of 61 is lost"))
    log.ended("asked to")
    told = [{key: line[key] for key in line if key not in ("at", "level", "from", "pid")} for line in lines(path)]
    assert told == [
        {"what": "start", "session": "cafe0123", "path": "a.mcap.part", "sources": ["strap"]},
        {"what": "link", "t_s": 3.0, "source": "strap", "state": "stalled", "stream": "ecg", "silent_s": "5.0"},
        {"what": "gap", "t_s": 9.0, "stream": "strap/ecg", "start_s": 7.0, "end_s": 8.0, "lost": 130,
         "why": "missing frames"},
        {"what": "cue", "t_s": 1.0, "kind": "link-lost"},
        {"what": "end", "reason": "asked to"},
    ]  # fmt: skip
    assert all(line["at"].endswith("+00:00") and line["level"] == "info" for line in lines(path))


def test_no_figure_of_the_body_is_logged(log: LogShow, path: Path) -> None:
    now = snapshot()
    outputs: list[Output] = [
        *(Sample(now.t, name, trace.times, trace.values) for name, trace in now.traces.items()),
        *now.estimates.values(),
        Estimate(now.t, "heart/rmssd_ms", 43.21, 0.5, "from 43.21 ms"),
        Rejected(now.t, "strap", "hr", "heart rate 261 out of range"),
        now,
    ]
    for out in outputs:
        log.hear(out)
    assert [line["what"] for line in lines(path)] == ["link"]


def test_a_failure_is_told_with_where_it_came_from_and_without_what_it_quotes(log: LogShow, path: Path) -> None:
    values = [0.12, 9.81, -0.3]

    def decode(payload: bytes) -> None:
        try:
            raise ValueError(f"cannot read {payload!r} with password {PASSWORD}")
        except ValueError as cause:
            raise ExceptionGroup("two", [RuntimeError(f"acc was {values}"), OSError(5, "i/o")]) from cause

    with pytest.raises(ExceptionGroup) as caught:
        decode(PAYLOAD)
    log.failed(caught.value)
    (line,) = lines(path)
    trace = "\n".join(line["trace"])
    assert line["level"] == "error"
    assert "ValueError: cannot read <bytes> with password ***" in trace
    assert "RuntimeError: acc was <values>" in trace
    assert "OSError: [Errno 5] i/o" in trace
    assert "in decode" in trace
    assert trace.index("ValueError:") < trace.index("ExceptionGroup: two")
    for secret in (PASSWORD, "9.81", "a7", repr(PAYLOAD)[3:-2]):
        assert secret not in trace


def test_an_endless_chain_of_causes_ends(log: LogShow, path: Path) -> None:
    error: BaseException = ValueError(0)
    for number in range(1, 50):
        outer = ValueError(number)
        outer.__cause__ = error
        error = outer
    log.failed(error)
    assert len(lines(path)[0]["trace"]) == logs.CHAIN_LIMIT


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        (f"got {PAYLOAD!r}", "got <bytes>"),
        (f"got {bytearray(PAYLOAD)!r}!", "got <bytes>!"),
        ("got " + repr(b'it\'s "so" \\'), "got <bytes>"),
        (f"value {PAYLOAD.hex()} of 8 bytes", "value <hex> of 8 bytes"),
        (f"value {PAYLOAD.hex(' ')}", "value <hex>"),
        (f"value {PAYLOAD.hex(':')}", "value <hex>"),
        ("from A0:9E:1A:12:34:56", "from <hex>"),
        ('{"payload":[{"name":"acc","values":{"x":0.1,"z":9.8}}]}', "<values>"),
        ("rr=[812, 830] (x=1)", "rr=<values> <values>"),
        ("hr 61.5 bpm, z -9.81e-2", "hr # bpm, z #"),
        ("login with password=tea&two user=me", "login with password=*** user=me"),
        ("Passphrase: tea", "Passphrase: ***"),
        (f"sent {PASSWORD}.", "sent ***."),
        ("connection lost: code 7, port 1883", "connection lost: code 7, port 1883"),
        ("ATT error 0x0e", "ATT error 0x0e"),
        (f"queue is {list(range(5000))}", "queue is <values>"),
        ("got [1, 2, 3, ...", "got <values>"),
        ("a" * 9000, "a" * logs.TEXT_LIMIT + "..."),
    ],
)
def test_what_may_be_a_secret_or_a_payload_is_blotted_out(said: str, logged: str) -> None:
    assert blot(said, [PASSWORD]) == logged


@given(st.binary(min_size=4, max_size=60))
def test_no_payload_is_read_back_from_any_of_its_usual_forms(payload: bytes) -> None:
    for said in (repr(payload), payload.hex(), payload.hex(" "), str(list(payload)), repr(bytearray(payload))):
        assert blot(f"got {said} from the strap") in (
            "got <bytes> from the strap",
            "got <hex> from the strap",
            "got <values> from the strap",
            # letters only: no number in it, and so no value
            f"got {said} from the strap" if said.isalpha() else "",
        )


def test_libraries_are_heard_from_a_warning_on_and_blotted(log: LogShow, path: Path) -> None:
    for name in ("bumble.host", "bleak.backends", "amqtt.broker", "aiomqtt", "asyncio", "else"):
        logging.getLogger(name).info("nothing %s", PAYLOAD)
        logging.getLogger(name).warning("odd %s and %s", PAYLOAD, 9.81)
    assert [(line["from"], line["what"]) for line in lines(path)] == [
        (name, "odd <bytes> and #")
        for name in ("bumble.host", "bleak.backends", "amqtt.broker", "aiomqtt", "asyncio", "else")
    ]


def test_a_library_that_will_not_stop_is_cut_short_and_counted(
    log: LogShow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_700_000_000.0]
    monkeypatch.setattr("time.time", lambda: clock[0])
    monkeypatch.setattr(
        "time.time_ns", lambda: round(clock[0] * 1e9)
    )  # what records are stamped with from Python 3.13 on
    for number in range(100):
        logging.getLogger("bumble.att").warning("again %d", number)
    logging.getLogger("bleak").warning("once")
    clock[0] += logs.BURST_S
    logging.getLogger("bumble.gatt").warning("later")
    told = lines(path)
    assert [line["what"] for line in told] == [*(f"again {n}" for n in range(logs.BURST)), "once", "later"]
    assert told[-1]["like_it"] == 90
    assert all("like_it" not in line for line in told[:-1])
    for _ in range(50):
        logging.getLogger("tidehold.daemon.hub").warning("ours")
    assert len(lines(path)) == len(told) + 50


def test_a_library_that_mixes_up_its_own_words_is_no_trouble(log: LogShow, path: Path) -> None:
    (handler,) = [each for each in logging.getLogger().handlers if isinstance(each, logs._Files)]
    handler.handle(logging.LogRecord("bumble", logging.WARNING, "att.py", 1, "%d of %d", ("x",), None))
    assert lines(path)[0]["what"] == "%d of %d (not rendered: TypeError)"


def test_a_fields_secret_is_hidden_too(log: LogShow, path: Path) -> None:
    log.ended(f"phone: the broker refuses {PASSWORD}")
    assert lines(path)[0]["reason"] == "phone: the broker refuses ***"


def test_logging_is_as_before_when_it_is_over(path: Path) -> None:
    root, silenced = logging.getLogger(), logging.getLogger("amqtt")
    silenced.setLevel(logging.CRITICAL + 1)
    handlers, level = list(root.handlers), logging.getLogger("bumble").level
    try:
        with logging_to(path):
            silenced.error("hush")
            assert logging.getLogger("bumble").level == logging.WARNING
        assert silenced.level == logging.CRITICAL + 1
    finally:
        silenced.setLevel(logging.NOTSET)
    assert root.handlers == handlers
    assert logging.getLogger("bumble").level == level
    assert path.read_text() == ""


def test_files_are_rotated_and_for_their_owner_only(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "FILE_BYTES", 2000)
    path.parent.mkdir(parents=True)
    path.touch()
    path.chmod(0o644)
    with logging_to(path) as log:
        for number in range(100):
            log.ended(f"number {number}")
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["recorder.log", "recorder.log.1", "recorder.log.2"]
    assert all(file.stat().st_size <= 2000 and file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert lines(path)[-1]["reason"] == "number 99"
    assert all(line["what"] == "end" for file in files for line in lines(file))


def test_a_log_that_cannot_be_kept_is_said_and_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with logging_to(tmp_path / "file/recorder.log") as log:
        log.ended("asked to")
        assert log.trouble.startswith(f"no log is kept at {tmp_path}/file/recorder.log: ")


def test_a_full_disk_is_no_trouble(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.parent.mkdir(parents=True)
    with logging_to(path) as log:
        (handler,) = [each for each in logging.getLogger().handlers if isinstance(each, logs._Files)]
        assert handler.stream is not None
        handler.stream.close()
        handler.stream = open("/dev/full", "w")  # noqa: PTH123, SIM115 - the handler closes it
        log.ended("asked to")
        with pytest.raises(OSError, match="No space left"):
            handler.stream.flush()
    assert capsys.readouterr() == ("", "")


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(parents=True)
    (tmp_path / "precious").write_text("precious")
    path.symlink_to(tmp_path / "precious")
    with logging_to(path) as log:
        log.ended("asked to")
        assert log.trouble
    assert (tmp_path / "precious").read_text() == "precious"
