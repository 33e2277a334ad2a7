"""The page that describes the format: its reader runs, and it names what is in the files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcap.stream_reader import CRCValidationError

from tests.log.sessions import header, inputs, spans
from tidehold.log.inputs import pack_input
from tidehold.log.layout import RAW
from tidehold.log.notes import InputRange, Lost, Recovered
from tidehold.log.reader import read_session
from tidehold.log.recover import DONE_SUFFIX
from tidehold.session.header import FORMAT, Header

PAGE = (Path(__file__).parents[2] / "docs" / "session-format.md").read_text()
(CODE,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

Read = Callable[[Path], tuple[dict[str, Any], list[tuple[int, int, str, bytes]]]]


@pytest.fixture
def read() -> Read:
    names: dict[str, Any] = {}
    exec(compile(CODE, "session-format.md", "exec"), names)  # noqa: S102 - our own page
    found: Read = names["read"]
    return found


def test_the_reader_of_the_page_has_fifteen_lines() -> None:
    assert len([line for line in CODE.splitlines() if line.strip()]) <= 15


def test_the_reader_of_the_page_reads_a_session(read: Read, finished: Path) -> None:
    found, messages = read(finished)
    assert (found["session"], found["started"], found["format"]) == ("test-1", header().started, FORMAT)
    assert messages == [(number, item.t, *pack_input(item)) for number, item in enumerate(inputs(10), 1)]


def test_the_reader_of_the_page_refuses_a_flipped_bit(read: Read, finished: Path, tmp_path: Path) -> None:
    data = bytearray(finished.read_bytes())
    data[spans(finished)[3].start + 30] ^= 1  # in the CRC of a chunk
    (tmp_path / "x.mcap").write_bytes(data)
    with pytest.raises(CRCValidationError):
        read(tmp_path / "x.mcap")


def test_the_page_is_of_this_format_and_names_every_field() -> None:
    assert f"# The session file, format {FORMAT}\n" in PAGE
    kinds = (Header, Recovered, Lost, InputRange)
    assert [name for kind in kinds for name in kind.__struct_fields__ if f"`{name}`" not in PAGE] == []
    assert f"`{RAW}`" in PAGE
    assert f"`.mcap.part{DONE_SUFFIX}`" in PAGE


def test_the_page_names_every_topic_of_a_session(finished: Path) -> None:
    topics = {message.topic for message in read_session(finished).messages()}
    frames = {topic for topic in topics if topic.startswith("/in/") and topic.count("/") > 2}
    samples = {topic for topic in topics if topic.startswith("/out/") and topic.count("/") > 2}
    assert frames
    assert samples
    assert [topic for topic in topics - frames - samples if f"`{topic}`" not in PAGE] == []
    assert all(topic.rpartition("/")[2] in PAGE for topic in samples)
