"""Lines of a text: all bytes of them, and numbered as an editor does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tidehold.imports.lines import lines_of, payload_of
from tidehold.wire.json_parts import MAX_MESSAGE


def test_lines_keep_their_numbers_and_bytes() -> None:
    raw = b"\xef\xbb\xbf812\r\n\n  \n#x\r830"
    lines = list(lines_of(raw))
    assert [(line.number, line.raw) for line in lines] == [(1, b"812\r\n"), (4, b"#x\r"), (5, b"830")]
    assert all(raw[line.start : line.end] == line.raw for line in lines)


@given(st.binary(max_size=200))
def test_nothing_but_blanks_is_lost(raw: bytes) -> None:
    lines = list(lines_of(raw))
    blanks = b"\0 \t\r\n\v\f\xef\xbb\xbf"
    assert b"".join(line.raw for line in lines).translate(None, blanks) == raw.translate(None, blanks)


def test_a_part_that_is_too_long_is_replaced_by_what_it_was() -> None:
    assert payload_of(b"1" * MAX_MESSAGE) == b"1" * MAX_MESSAGE
    assert payload_of(b"1" * (MAX_MESSAGE + 1)) == b'{"refused":"longer than 262144 bytes","bytes":262145}'
