"""Frames of Polar Measurement Data: wire-formats 4.2, every vector."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.records import DeviceNs
from tidehold.wire.pmd import FORMS, PmdFrame, decode_frame, encode_frame, unit_gain

OWN = 800_000_000_000_000_000
Rows = list[int] | list[list[int]]

VECTORS: dict[str, tuple[str, int, Rows]] = {
    "ECG 0, SDK EcgDataTest": ("00 0094357700000000 00 0280FF 028000", 2_000_000_000, [-32766, 32770]),
    "ACC 1, SDK AccDataTest": (
        "02 0094357700000000 01 F7FFFFFFE703 F8FFFEFFE503",
        2_000_000_000,
        [[-9, -1, 999], [-8, -2, 997]],
    ),
    "ACC 0x81, SDK AccDataTest": (
        "02 6500000000000000 81 F1FF1400F003 06 01 7B0F08",
        101,
        [[-15, 20, 1008], [-20, 17, 1008]],
    ),
    "ECG 0, Polar PDF": (
        "00 EA1CACCC99435208 00 680000 580000 460000 3D0000 320000 260000 160000 040000",
        599_616_028_236_586_218,
        [104, 88, 70, 61, 50, 38, 22, 4],
    ),
    "ACC 1, Polar PDF": ("02 EA54A2428B455208 01 45FFE4FFB503", 599_618_164_814_402_794, [[-187, -28, 949]]),
    "ACC 1, start of a frame of a real H10": (
        "02 287b25b6ec475208 01 42fc92002101 54fc7d002501",
        599_620_782_387_460_904,
        [[-958, 146, 289], [-940, 125, 293]],
    ),
    "ACC 0x81, widths 6 and 10, own": (
        "0215cdabf3c22b1a0b81f4ffd40374ff0603030fecc70702010a02c804c8c0cdffcd0f",
        OWN + 123_456_789,
        [
            [-12, 980, -140],
            [-9, 976, -140],
            [-14, 983, -109],
            [-46, 983, -108],
            [154, 472, -96],
            [-47, 983, -109],
        ],
    ),
    "ACC 0x81, width 1, own": (
        "02020050ecc22b1a0b8101000200030001022a",
        OWN + 2,
        [[1, 2, 3], [1, 1, 3], [0, 1, 2]],
    ),
    "ACC 0x81, width 0, own": ("02030050ecc22b1a0b8164009cffe8030003", OWN + 3, [[100, -100, 1000]] * 4),
    "ECG 0, ends of 24 bits, own": (
        "00010050ecc22b1a0b00ffffff000000010000e0b1ff204e00000080ffff7f",
        OWN + 1,
        [-1, 0, 1, -20000, 20000, -8388608, 8388607],
    ),
    "ACC 1, ends of 16 bits, own": (
        "02010050ecc22b1a0b01ffff000001000080ff7fe803",
        OWN + 1,
        [[-1, 0, 1], [-32768, 32767, 1000]],
    ),
    "ACC 0, ends of 8 bits, own": ("02010050ecc22b1a0b00ff0001807f40", OWN + 1, [[-1, 0, 1], [-128, 127, 64]]),
}
BLOCKS = {"ACC 0x81, widths 6 and 10, own": 3, "ACC 0x81, width 1, own": 2, "ACC 0x81, width 0, own": 3}

vectors = pytest.mark.parametrize(("payload", "device", "rows"), VECTORS.values(), ids=VECTORS)


@vectors
def test_vector_decodes(payload: str, device: int, rows: Rows) -> None:
    raw = bytes.fromhex(payload)
    frame = decode_frame(raw)
    assert (frame.measurement, frame.device, frame.frame_type) == (raw[0], device, raw[9])
    assert frame.counts.tolist() == rows
    assert frame.counts.dtype == np.int32


@pytest.mark.parametrize("name", [name for name in VECTORS if "0x81" not in name])
def test_plain_vector_is_what_we_encode(name: str) -> None:
    raw = bytes.fromhex(VECTORS[name][0])
    assert encode_frame(decode_frame(raw)) == raw


@pytest.mark.parametrize(("name", "per_block"), BLOCKS.items())
def test_compressed_vector_of_even_blocks_is_what_we_encode(name: str, per_block: int) -> None:
    raw = bytes.fromhex(VECTORS[name][0])
    assert encode_frame(decode_frame(raw), per_block) == raw


@vectors
def test_cut_at_every_byte_is_refused_or_has_fewer_samples(payload: str, device: int, rows: Rows) -> None:
    raw = bytes.fromhex(payload)
    lengths = set()
    for cut in range(len(raw)):
        try:
            frame = decode_frame(raw[:cut])
        except WireError:
            continue
        assert frame.device == device
        assert frame.counts.tolist() == rows[: len(frame.counts)]
        lengths.add(len(frame.counts))
    assert len(rows) not in lengths
    assert 0 not in lengths


@vectors
def test_a_trailing_byte_is_refused_or_is_a_sample(payload: str, device: int, rows: Rows) -> None:
    raw = bytes.fromhex(payload)
    for extra in (b"\0", b"\0\0", b"\xff", b"\xff\xff"):
        with pytest.raises(WireError):
            decode_frame(raw + extra)


@pytest.mark.parametrize("flags", [0x40, 0x80, 0xC0])
def test_upper_bits_of_the_type_are_flags(flags: int) -> None:
    raw = bytearray.fromhex(VECTORS["ACC 1, Polar PDF"][0])
    raw[0] |= flags
    assert decode_frame(bytes(raw)).measurement == 2


def test_a_frame_is_as_long_as_a_real_one() -> None:
    ecg = encode_frame(PmdFrame(0, 0, DeviceNs(1), np.zeros(73, np.int32)))
    acc = encode_frame(PmdFrame(2, 1, DeviceNs(1), np.zeros((36, 3), np.int32)))
    assert (len(ecg), len(acc)) == (229, 226)


def test_time_counts_from_2000() -> None:
    device = decode_frame(bytes.fromhex(VECTORS["ACC 1, Polar PDF"][0])).device
    moment = dt.datetime(2000, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=device // 1000)
    assert moment.isoformat(timespec="milliseconds") == "2019-01-01T00:36:04.814+00:00"
    assert (dt.datetime(2000, 1, 1, tzinfo=dt.UTC).timestamp(), device // 10**9) == (946_684_800, 599_618_164)


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("", "0 bytes, the header alone has 10"),
        ("000100000000000000", "9 bytes, the header alone has 10"),
        ("00010000000000000000", "0 bytes are no whole samples of 3"),
        ("0201000000000000000100", "1 bytes are no whole samples of 6"),
        ("0201000000000000000200000000000000", "7 bytes are no whole samples of 9"),
        ("00ffffffffffffffff00000000", "time past"),
        ("00000000000000008000000000", "time past"),
        ("07010000000000000000000000", "measurement type 7 is not decoded"),
        ("3f010000000000000000000000", "measurement type 63 is not decoded"),
        ("00010000000000000001000000", "frame type 0x01 of measurement type 0 is not decoded"),
        ("02010000000000000003000000", "frame type 0x03 of measurement type 2 is not decoded"),
        ("02010000000000000082000000", "frame type 0x82 of measurement type 2 is not decoded"),
    ],
)
def test_what_breaks_the_format_is_refused(payload: str, why: str) -> None:
    with pytest.raises(WireError, match=why):
        decode_frame(bytes.fromhex(payload))


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (PmdFrame(1, 0, DeviceNs(1), np.zeros(1, np.int32)), "measurement type 1"),
        (PmdFrame(2, 3, DeviceNs(1), np.zeros((1, 3), np.int32)), "frame type 0x03"),
        (PmdFrame(0, 0, DeviceNs(-1), np.zeros(1, np.int32)), "time outside"),
        (PmdFrame(0, 0, DeviceNs(1 << 63), np.zeros(1, np.int32)), "time outside"),
        (PmdFrame(0, 0, DeviceNs(1), np.zeros(0, np.int32)), r"shape \(0,\)"),
        (PmdFrame(0, 0, DeviceNs(1), np.zeros((1, 1), np.int32)), r"shape \(1, 1\)"),
        (PmdFrame(2, 1, DeviceNs(1), np.zeros(3, np.int32)), r"shape \(3,\)"),
        (PmdFrame(2, 0x81, DeviceNs(1), np.zeros((2, 2), np.int32)), r"shape \(2, 2\)"),
        (PmdFrame(0, 0, DeviceNs(1), np.array([1 << 23], np.int32)), "outside 24 bits"),
        (PmdFrame(2, 0, DeviceNs(1), np.array([[0, 0, -129]], np.int32)), "outside 8 bits"),
    ],
)
def test_what_does_not_fit_is_not_encoded(frame: PmdFrame, why: str) -> None:
    with pytest.raises(WireError, match=why):
        encode_frame(frame)


def frame_of(frame_type: int) -> PmdFrame:
    return PmdFrame(2, frame_type, DeviceNs(1), np.zeros((1, 3), np.int32))


def test_only_compressed_counts_are_worth_the_factor() -> None:
    assert [unit_gain(frame_of(kind), 0.5) for kind in (0, 1, 2)] == [1.0, 1.0, 1.0]
    assert unit_gain(frame_of(0x81), None) == 1.0
    assert unit_gain(frame_of(0x81), 0.5) == 0.5
    assert unit_gain(frame_of(0x80), 0.000244) == 0.244
    with pytest.raises(WireError, match="type 0x80 before the factor"):
        unit_gain(frame_of(0x80), None)


@st.composite
def frames(draw: st.DrawFn) -> PmdFrame:
    (measurement, frame_type), form = draw(st.sampled_from(sorted(FORMS.items())))
    limit = 1 << 8 * form.octets - 1
    value = st.integers(-limit, limit - 1)
    sample = value if form.columns == 1 else st.lists(value, min_size=form.columns, max_size=form.columns)
    counts = np.array(draw(st.lists(sample, min_size=1, max_size=40)), np.int32)
    return PmdFrame(measurement, frame_type, DeviceNs(draw(st.integers(0, (1 << 63) - 1))), counts)


@given(frames())
def test_what_is_encoded_decodes_to_itself(frame: PmdFrame) -> None:
    again = decode_frame(encode_frame(frame))
    assert (again.measurement, again.frame_type, again.device) == (frame.measurement, frame.frame_type, frame.device)
    assert again.counts.tolist() == frame.counts.tolist()


@given(st.sampled_from([*FORMS, (1, 0), (0, 0x80)]), st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(kind: tuple[int, int], rest: bytes) -> None:
    measurement, frame_type = kind
    payload = bytes((measurement,)) + rest[:8] + bytes((frame_type,)) + rest[8:]
    try:
        frame = decode_frame(payload)
    except WireError:
        return
    assert decode_frame(encode_frame(frame)).counts.tolist() == frame.counts.tolist()
