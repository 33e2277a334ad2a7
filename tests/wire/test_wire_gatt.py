"""Battery, Body Sensor Location, Device Information: whole, cut, too long, and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.wire.gatt import (
    BODY_LOCATIONS,
    SystemId,
    decode_battery,
    decode_body_location,
    decode_system_id,
    decode_text,
    encode_battery,
    encode_body_location,
    encode_system_id,
    encode_text,
)


@pytest.mark.parametrize("percent", range(101))
def test_2a19_battery_level(percent: int) -> None:
    assert decode_battery(bytes((percent,))) == percent
    assert encode_battery(percent) == bytes((percent,))


@pytest.mark.parametrize("payload", ["", "65", "ff", "3232"])
def test_2a19_empty_reserved_or_long_is_refused(payload: str) -> None:
    with pytest.raises(WireError, match=r"^battery: "):
        decode_battery(bytes.fromhex(payload))


@pytest.mark.parametrize("percent", [-1, 101])
def test_2a19_is_not_encoded_outside_0_to_100(percent: int) -> None:
    with pytest.raises(WireError):
        encode_battery(percent)


@pytest.mark.parametrize(
    ("value", "location"), enumerate(["other", "chest", "wrist", "finger", "hand", "ear lobe", "foot"])
)
def test_2a38_body_sensor_location(value: int, location: str) -> None:
    assert decode_body_location(bytes((value,))) == location
    assert encode_body_location(location) == bytes((value,))


@pytest.mark.parametrize("payload", ["", "07", "ff", "0100"])
def test_2a38_empty_reserved_or_long_is_refused(payload: str) -> None:
    with pytest.raises(WireError, match=r"^body location: "):
        decode_body_location(bytes.fromhex(payload))


def test_2a38_an_unknown_place_is_not_encoded() -> None:
    with pytest.raises(WireError, match="none of other, chest"):
        encode_body_location("knee")
    assert "knee" not in BODY_LOCATIONS


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"Polar Electro Oy", "Polar Electro Oy"),
        (b"Polar Electro Oy\0", "Polar Electro Oy"),
        (b"H10\0\0\0\xff", "H10"),
        ("Größe µ".encode(), "Größe µ"),
        (b"", ""),
    ],
)
def test_180a_strings_end_at_the_first_nul(payload: bytes, text: str) -> None:
    assert decode_text(payload) == text
    assert decode_text(encode_text(text)) == text


@pytest.mark.parametrize(
    ("payload", "why"), [(b"\xff\xfe", "UTF-8"), (b"\x1b[2J", "printable"), (b"3.1\n", "printable")]
)
def test_180a_what_is_no_text_is_refused(payload: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        decode_text(payload)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "\ud800"])
def test_180a_what_is_no_text_is_not_encoded(text: str) -> None:
    with pytest.raises(WireError, match="not printable"):
        encode_text(text)


def test_2a23_system_id_is_little_endian_device_first() -> None:
    system_id = SystemId(organisation=0x123456, device=0xFFFE9ABCDE)
    raw = bytes.fromhex("debc9afeff563412")  # 0x123456FFFE9ABCDE, the example of the characteristic's definition
    assert decode_system_id(raw) == system_id
    assert encode_system_id(system_id) == raw
    assert str(system_id) == "123456-FFFE9ABCDE"


@pytest.mark.parametrize("length", [*range(8), 9, 16])
def test_2a23_other_lengths_are_refused(length: int) -> None:
    with pytest.raises(WireError, match=f"system id: {length} bytes instead of 8"):
        decode_system_id(bytes(length))


@pytest.mark.parametrize(("organisation", "device"), [(1 << 24, 0), (0, 1 << 40), (-1, 0), (0, -1)])
def test_2a23_numbers_that_do_not_fit_are_not_encoded(organisation: int, device: int) -> None:
    with pytest.raises(WireError, match="does not fit"):
        encode_system_id(SystemId(organisation, device))


@given(st.binary(max_size=24))
def test_any_bytes_are_decoded_or_refused(payload: bytes) -> None:
    try:
        text = decode_text(payload)
    except WireError:
        text = ""
    assert decode_text(encode_text(text)) == text
    for decode, encode in ((decode_battery, encode_battery), (decode_body_location, encode_body_location)):
        try:
            value = decode(payload)
        except WireError:
            continue
        assert encode(value) == payload  # type: ignore[arg-type]


@given(st.binary(min_size=8, max_size=8))
def test_any_eight_bytes_are_a_system_id(payload: bytes) -> None:
    assert encode_system_id(decode_system_id(payload)) == payload
