"""Opening a session: nothing is returned before everything was checked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from mcap.reader import NonSeekingReader

from tests.log.sessions import complaint, header, inputs, spans, write
from tidehold.errors import LogError
from tidehold.log.layout import PREAMBLE
from tidehold.log.packer import Packer
from tidehold.log.reader import read_inputs, read_session
from tidehold.log.writer import SessionWriter
from tidehold.records import HostNs, Mark, Tick, encode
from tidehold.routine import Finding


def flipped(path: Path, at: int, folder: Path) -> Path:
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    other = folder / path.name
    other.write_bytes(data)
    return other


def test_inputs_come_back_in_the_order_of_arrival_not_of_time(tmp_path: Path) -> None:
    items = [Tick(HostNs(t)) for t in (5, 3, 9, 1)]
    with SessionWriter.create(tmp_path, header()) as log:
        for item in items:
            log.append(item)
        log.finish()
    assert list(read_inputs(log.path)) == items


def test_a_session_may_be_read_again(finished: Path) -> None:
    file = read_session(finished)
    assert list(file.inputs()) == list(file.inputs()) == inputs(10)
    assert (file.finished, file.recovered, file.inputs_count) == (True, None, len(inputs(10)))


AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tidehold.log.scan import Scan

scan = Scan(Path(sys.argv[1]).read_bytes())
with ThreadPoolExecutor(4) as threads:
    print(*set(threads.map(lambda _: len([*scan]), range(600))))
"""
"""In a process of its own: a library that is used by two threads at once may take it down."""


def test_a_session_may_be_read_by_several_threads_at_once(finished: Path) -> None:
    ran = subprocess.run([sys.executable, "-c", AT_ONCE, str(finished)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [str(len(spans(finished)))]


def test_landmarks_are_marks_and_where_findings_begin(tmp_path: Path) -> None:
    begun = Finding(HostNs(5), "breath-held", "1", "", HostNs(1), None, "held")
    with SessionWriter.create(tmp_path, header()) as log:
        for item in (Tick(HostNs(1)), Mark(HostNs(2), "note", "left"), Tick(HostNs(5))):
            log.append(item)
        log.put(begun)
        log.append(Tick(HostNs(9)))
        log.put(msgspec.structs.replace(begun, t=HostNs(9), until=HostNs(8)))
        log.finish()
    assert list(read_session(log.path).landmarks()) == [2, 5]


def test_the_bytes_are_let_alone(finished: Path) -> None:
    before = finished.read_bytes(), finished.stat().st_mtime_ns
    list(read_inputs(finished))
    assert (finished.read_bytes(), finished.stat().st_mtime_ns) == before


def test_damage_is_said_with_its_bytes_before_any_value(finished: Path, tmp_path: Path) -> None:
    span = spans(finished)[7]
    damaged = flipped(finished, span.start + 70, tmp_path)
    said = complaint(lambda: read_inputs(damaged)) or ""
    assert said.startswith(f"{damaged} is damaged: bytes {span.start} to {span.end}: a chunk's content does not match")
    assert said.endswith(f"`tidehold recover {damaged}` saves all that is intact")


def test_an_interrupted_session_is_refused_with_advice(part: Path) -> None:
    with pytest.raises(LogError, match=r"has no end: it was interrupted, .* `tidehold recover .*part` completes it"):
        read_session(part)


def test_an_interrupted_session_is_read_to_its_last_whole_chunk_on_demand(part: Path, tmp_path: Path) -> None:
    span = spans(part)[-1]
    torn = tmp_path / "torn.mcap.part"
    torn.write_bytes(part.read_bytes()[: span.end - 9])
    file = read_session(torn, unfinished=True)
    assert not file.finished
    assert list(file.inputs()) == inputs(10)[: span.numbers[0] - 1]


def test_damage_ahead_of_a_missing_end_is_refused_even_so(part: Path, tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"is damaged: bytes .* \(and 1 more\)"):
        read_session(flipped(part, spans(part)[4].start + 70, tmp_path), unfinished=True)


def test_a_finished_session_is_read_as_such_on_demand_too(finished: Path) -> None:
    assert read_session(finished, unfinished=True).finished


def test_a_session_without_any_header_is_refused_with_advice(tmp_path: Path) -> None:
    headless = tmp_path / "x.mcap.part"
    packer = Packer(header())
    packer.add("/in/tick", 1, 5, encode(Tick(HostNs(5))))
    packer._key = ()
    headless.write_bytes(PREAMBLE + packer.chunk(len(PREAMBLE)))
    with pytest.raises(LogError, match="has lost its header; `tidehold recover"):
        read_session(headless, unfinished=True)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89MCAP0\r\n"], ids=["empty", "foreign", "cut"])
def test_what_is_no_session_is_an_error_of_its_own(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.mcap").write_bytes(content)
    with pytest.raises(LogError, match="there is nothing to recover") as caught:
        read_session(tmp_path / "x.mcap", unfinished=True)
    assert caught.value.exit_code == 3


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(LogError, match=r"cannot read .*none.mcap: No such file"):
        read_session(tmp_path / "none.mcap")


@pytest.mark.parametrize("minutes", [10, pytest.param(60, marks=pytest.mark.long)])
def test_a_long_session_comes_back_whole_and_the_mcap_package_agrees(minutes: int, tmp_path: Path) -> None:
    items = inputs(60 * minutes)
    path = write(tmp_path, items)
    assert sum(1 for _ in read_inputs(path)) == len(items)
    with path.open("rb") as file:
        reader = NonSeekingReader(file, validate_crcs=True)
        topics = [channel.topic for _, channel, _ in reader.iter_messages(log_time_order=False)]
    assert sum(topic.startswith("/in/") for topic in topics) == len(items)
