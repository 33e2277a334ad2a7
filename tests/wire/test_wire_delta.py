"""Delta compression of PMD frames, against a witness that writes bits as text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.wire.delta import MAX_SAMPLES, decode_deltas, encode_deltas


def witness(payload: bytes, columns: int, octets: int) -> list[list[int]]:
    """The same format read naively: every block as a string of 0 and 1, first bit first."""
    size = columns * octets
    samples = [[int.from_bytes(payload[i * octets : (i + 1) * octets], "little", signed=True) for i in range(columns)]]
    rest = list(payload[size:])
    while rest:
        width, count = rest.pop(0), rest.pop(0)
        n_bytes = -(-width * count * columns // 8)
        bits = "".join(format(byte, "08b")[::-1] for byte in rest[:n_bytes])
        del rest[:n_bytes]
        for _ in range(count):
            sample = []
            for column in range(columns):
                digits, bits = bits[:width][::-1], bits[width:]
                delta = int(digits, 2) - (1 << width) * (digits[0] == "1") if digits else 0
                sample.append(samples[-1][column] + delta)
            samples.append(sample)
    return samples


def array(rows: list[list[int]]) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    return np.array(rows, np.int32)


@st.composite
def recordings(draw: st.DrawFn) -> tuple[list[list[int]], int]:
    octets = draw(st.integers(1, 3))
    limit = 1 << 8 * octets - 1
    value = st.integers(-limit, limit - 1) | st.integers(-3, 3)
    columns = draw(st.integers(1, 4))
    return draw(st.lists(st.lists(value, min_size=columns, max_size=columns), min_size=1, max_size=40)), octets


@given(recordings(), st.integers(1, 255))
def test_what_is_encoded_decodes_to_itself_here_and_by_the_witness(
    recording: tuple[list[list[int]], int], per_block: int
) -> None:
    samples, octets = recording
    payload = encode_deltas(array(samples), octets, per_block)
    columns = len(samples[0])
    assert witness(payload, columns, octets) == samples
    assert decode_deltas(payload, columns, octets).tolist() == samples


@st.composite
def payloads(draw: st.DrawFn) -> tuple[bytes, int]:
    columns = draw(st.integers(1, 4))
    payload = draw(st.binary(min_size=2 * columns, max_size=2 * columns))
    for _ in range(draw(st.integers(0, 4))):
        width, count = draw(st.integers(0, 12)), draw(st.integers(1, 20))
        size = -(-width * count * columns // 8)
        payload += bytes((width, count)) + draw(st.binary(min_size=size, max_size=size))
    return payload, columns


@given(payloads())
def test_any_blocks_decode_as_the_witness_says_or_leave_16_bits(made: tuple[bytes, int]) -> None:
    payload, columns = made
    expected = witness(payload, columns, 2)
    fits = all(-32768 <= value <= 32767 for sample in expected for value in sample)
    try:
        decoded = decode_deltas(payload, columns, 2).tolist()
    except WireError:
        assert not fits
    else:
        assert decoded == expected


@pytest.mark.parametrize(
    ("width", "deltas"),
    [(0, [0, 0]), (1, [0, -1]), (2, [1, -2]), (8, [127, -128]), (9, [128, -129]), (16, [32767, -32768])],
)
def test_a_block_is_as_narrow_as_its_widest_delta(width: int, deltas: list[int]) -> None:
    payload = encode_deltas(array([[0], [deltas[0]], [deltas[0] + deltas[1]]]), 2)
    assert payload[2:4] == bytes((width, 2))
    assert decode_deltas(payload, 1, 2).tolist() == [[0], [deltas[0]], [sum(deltas)]]


def test_the_widest_step_of_16_bits_takes_17() -> None:
    payload = encode_deltas(array([[-32768], [32767], [-32768]]), 2)
    assert payload[2] == 17
    assert decode_deltas(payload, 1, 2).tolist() == [[-32768], [32767], [-32768]]


def test_a_width_of_32_bits_is_read() -> None:
    payload = b"\0\0" + b"\x20\x02" + (1000).to_bytes(4, "little") + (-1001).to_bytes(4, "little", signed=True)
    assert decode_deltas(payload, 1, 2).tolist() == [[0], [1000], [-1]]


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("", "reference sample of 0 bytes instead of 6"),
        ("0000000000", "reference sample of 5 bytes instead of 6"),
        ("00000000000006", "block without a count"),
        ("0000000000000600", "impossible block of 0 samples with 6 bits"),
        ("0000000000002101" + "00" * 13, "impossible block of 1 samples with 33 bits"),
        ("0000000000000801ffff", "block cut short"),
        ("0000000000000801ffffff00", "block without a count"),
        ("ff7f00000000" + "0201" + "01", "a value outside 16 bits"),
        ("008000000000" + "0101" + "01", "a value outside 16 bits"),
    ],
)
def test_what_breaks_the_format_is_refused(payload: str, why: str) -> None:
    with pytest.raises(WireError, match=why):
        decode_deltas(bytes.fromhex(payload), 3, 2)


def test_no_frame_unfolds_without_end() -> None:
    blocks = (MAX_SAMPLES - 1) // 255
    fits = bytes(6) + b"\x00\xff" * blocks + bytes((0, (MAX_SAMPLES - 1) % 255))
    assert len(decode_deltas(fits, 3, 2)) == MAX_SAMPLES
    with pytest.raises(WireError, match="impossible block of 1 samples with 0 bits"):
        decode_deltas(fits + b"\x00\x01", 3, 2)


@pytest.mark.parametrize(
    ("samples", "per_block", "why"),
    [
        (np.empty((0, 3), np.int32), 16, "0 samples"),
        (np.zeros((MAX_SAMPLES + 1, 1), np.int32), 16, f"{MAX_SAMPLES + 1} samples"),
        (np.zeros((2, 1), np.int32), 0, "blocks of 0"),
        (np.zeros((2, 1), np.int32), 256, "blocks of 256"),
        (np.full((2, 1), 32768, np.int32), 16, "outside 16 bits"),
        (np.full((2, 1), -32769, np.int32), 16, "outside 16 bits"),
    ],
)
def test_what_does_not_fit_is_not_encoded(
    samples: np.ndarray[tuple[int, ...], np.dtype[np.int32]], per_block: int, why: str
) -> None:
    with pytest.raises(WireError, match=why):
        encode_deltas(samples, 2, per_block)


@given(st.binary(max_size=60), st.integers(1, 4), st.integers(1, 3))
def test_any_bytes_are_decoded_or_refused(payload: bytes, columns: int, octets: int) -> None:
    try:
        samples = decode_deltas(payload, columns, octets)
    except WireError:
        return
    assert samples.shape[1] == columns
    assert decode_deltas(encode_deltas(samples, octets), columns, octets).tolist() == samples.tolist()
