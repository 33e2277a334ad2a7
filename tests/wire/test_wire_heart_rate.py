"""Heart Rate Measurement: wire-formats 4.1, every vector; names say the section of the Heart Rate Service 1.0."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.wire.heart_rate import Contact, HeartRate, decode_heart_rate, encode_heart_rate

NS, LOST, YES = Contact.NOT_SUPPORTED, Contact.LOST, Contact.DETECTED

VECTORS = {
    # polar-ble-sdk, BleHrClientTest
    "3.1.1.2 rate, 8 bit, 255": ("00ff", HeartRate(255)),
    "3.1.1.2 rate, 8 bit, 127": ("007f", HeartRate(127)),
    "3.1.1.2 rate, 16 bit, 32896": ("018080", HeartRate(32896)),
    "3.1.1.2 rate, 16 bit, 32639": ("017f7f", HeartRate(32639)),
    "3.1.1.1 contact, both bits": ("0600", HeartRate(0, YES)),
    "3.1.1.1 contact, supported only": ("0400", HeartRate(0, LOST)),
    "3.1.1.1 contact, detected only": ("0200", HeartRate(0, NS)),
    "3.1.1.1 contact, no bit": ("0000", HeartRate(0, NS)),
    "3.1.1.3 energy, saturated": ("090000ffff", HeartRate(0, energy_kj=65535)),
    "3.1.1.3 energy": ("08007f80", HeartRate(0, energy_kj=32895)),
    "3.1.1.4 RR, longest": ("1000ffff", HeartRate(0, rr_ticks=(65535,))),
    "3.1.1.4 RR, two, wide rate": ("110000ffff7f80", HeartRate(0, rr_ticks=(65535, 32895))),
    "3.1.1.4 RR, zero": ("1100000000", HeartRate(0, rr_ticks=(0,))),
    # al-bashkir, hr_test.go
    "3.1.1.4 RR, two with contact": ("163c50034d03", HeartRate(60, YES, rr_ticks=(848, 845))),
    "3.1.1.4 RR, contact lost": ("14484003", HeartRate(72, LOST, rr_ticks=(832,))),
    "3.1.1.2 rate, 16 bit, 300": ("112c014003", HeartRate(300, rr_ticks=(832,))),
    "3.1.1.3 energy before RR": ("18480a004003", HeartRate(72, energy_kj=10, rr_ticks=(832,))),
    # real straps: Auuki #192, node-bluetooth-hci-socket #36
    "real strap, two RR": ("104372038a03", HeartRate(67, rr_ticks=(882, 906))),
    "real strap, one RR": ("10449203", HeartRate(68, rr_ticks=(914,))),
    "real strap, long RR": ("103c8c04", HeartRate(60, rr_ticks=(1164,))),
    "real strap, no RR": ("0040", HeartRate(64)),
    "real strap, contact, two RR": ("16468a034403", HeartRate(70, YES, rr_ticks=(906, 836))),
    "real strap, contact, one RR": ("16468b03", HeartRate(70, YES, rr_ticks=(907,))),
    # bluetooth-sig-python
    "3.1.1.3 energy with contact": ("0e4b8000", HeartRate(75, YES, energy_kj=128)),
    "3.1.1.4 RR, 2 s and 4 s": ("105a00080010", HeartRate(90, rr_ticks=(2048, 4096))),
    # our own
    "all fields, 8 bit": ("1e3e2c013804e903", HeartRate(62, YES, 300, (1080, 1001))),
    "all fields, 16 bit": ("1f2c010a00ffff0002", HeartRate(300, YES, 10, (65535, 512))),
    "3.1.1.4 RR, empty list": ("1648", HeartRate(72, YES, rr_ticks=())),
}
MILLISECONDS = {
    "1000ffff": [63999.023],
    "110000ffff7f80": [63999.023, 32124.023],
    "163c50034d03": [828.125, 825.195],
    "104372038a03": [861.328, 884.766],
    "10449203": [892.578],
    "103c8c04": [1136.719],
    "16468a034403": [884.766, 816.406],
    "1e3e2c013804e903": [1054.688, 977.539],
    "105a00080010": [2000.0, 4000.0],
}
UNNECESSARILY_WIDE = ("090000ffff", "110000ffff7f80", "1100000000")
CONTACT_BIT_ALONE = ("0200",)

vectors = pytest.mark.parametrize(("payload", "measurement"), VECTORS.values(), ids=VECTORS)


@vectors
def test_vector_decodes(payload: str, measurement: HeartRate) -> None:
    assert decode_heart_rate(bytes.fromhex(payload)) == measurement


@vectors
def test_vector_is_what_we_encode(payload: str, measurement: HeartRate) -> None:
    raw = encode_heart_rate(measurement)
    if payload in UNNECESSARILY_WIDE + CONTACT_BIT_ALONE:
        assert decode_heart_rate(raw) == measurement
        assert len(raw) == len(payload) // 2 - (payload in UNNECESSARILY_WIDE)
    else:
        assert raw.hex() == payload


@pytest.mark.parametrize(("payload", "milliseconds"), MILLISECONDS.items())
def test_3_1_1_4_rr_counts_1024ths_of_a_second(payload: str, milliseconds: list[float]) -> None:
    ticks = decode_heart_rate(bytes.fromhex(payload)).rr_ticks or ()
    assert [round(tick / 1.024, 3) for tick in ticks] == milliseconds


@pytest.mark.parametrize("payload", ["", "16", "0148", "08480a", "104840"])
def test_malformed_is_refused(payload: str) -> None:
    with pytest.raises(WireError, match=r"^heart rate: "):
        decode_heart_rate(bytes.fromhex(payload))


@vectors
def test_cut_at_every_byte_is_refused_or_has_fewer_rr(payload: str, measurement: HeartRate) -> None:
    raw = bytes.fromhex(payload)
    whole = measurement.rr_ticks or ()
    head = len(raw) - 2 * len(whole)
    for cut in range(len(raw)):
        if cut < head or (cut - head) % 2:
            with pytest.raises(WireError):
                decode_heart_rate(raw[:cut])
        else:
            shorter = decode_heart_rate(raw[:cut])
            assert shorter.rr_ticks == whole[: (cut - head) // 2]
            assert (shorter.rate, shorter.contact, shorter.energy_kj) == (
                measurement.rate,
                measurement.contact,
                measurement.energy_kj,
            )


@vectors
def test_trailing_bytes_are_refused_or_are_rr(payload: str, measurement: HeartRate) -> None:
    raw = bytes.fromhex(payload)
    with pytest.raises(WireError):
        decode_heart_rate(raw + b"\x40")
    if measurement.rr_ticks is None:
        with pytest.raises(WireError, match="2 bytes too many"):
            decode_heart_rate(raw + b"\x40\x03")
    else:
        assert decode_heart_rate(raw + b"\x40\x03").rr_ticks == (*measurement.rr_ticks, 832)


@pytest.mark.parametrize("reserved", [0x20, 0x40, 0x80, 0xE0])
def test_3_1_1_1_reserved_flags_are_ignored(reserved: int) -> None:
    assert decode_heart_rate(bytes((0x16 | reserved, 60, 0x50, 3))) == HeartRate(60, YES, rr_ticks=(848,))


@pytest.mark.parametrize(("rate", "energy", "most"), [(60, None, 9), (300, None, 8), (60, 1, 8), (300, 1, 7)])
def test_3_1_1_4_as_many_rr_as_a_notification_of_20_bytes_carries(rate: int, energy: int | None, most: int) -> None:
    full = HeartRate(rate, YES, energy, tuple(range(800, 800 + most)))
    assert decode_heart_rate(encode_heart_rate(full)) == full
    with pytest.raises(WireError, match="a notification carries 20"):
        encode_heart_rate(HeartRate(rate, YES, energy, (*(full.rr_ticks or ()), 900)))


@pytest.mark.parametrize(
    "measurement",
    [
        HeartRate(-1),
        HeartRate(65536),
        HeartRate(60, energy_kj=65536),
        HeartRate(60, energy_kj=-1),
        HeartRate(60, rr_ticks=(65536,)),
        HeartRate(60, rr_ticks=(-1,)),
    ],
)
def test_a_figure_that_does_not_fit_is_not_encoded(measurement: HeartRate) -> None:
    with pytest.raises(WireError, match=r"outside 0\.\.65535"):
        encode_heart_rate(measurement)


uint16 = st.integers(0, 0xFFFF)
measurements = st.builds(
    HeartRate,
    rate=uint16,
    contact=st.sampled_from(Contact),
    energy_kj=st.none() | uint16,
    rr_ticks=st.none() | st.lists(uint16, max_size=7).map(tuple),
)


@given(measurements)
def test_what_is_encoded_decodes_to_itself(measurement: HeartRate) -> None:
    assert decode_heart_rate(encode_heart_rate(measurement)) == measurement


@given(st.binary(max_size=20))
def test_any_bytes_are_decoded_or_refused(payload: bytes) -> None:
    try:
        measurement = decode_heart_rate(payload)
    except WireError:
        return
    again = encode_heart_rate(measurement)
    assert decode_heart_rate(again) == measurement
    assert len(again) <= len(payload)


def test_bumble_encodes_and_decodes_the_same() -> None:
    from bumble.profiles.heart_rate_service import HeartRateService  # noqa: PLC0415 - takes half a second

    contacts = {NS: None, LOST: False, YES: True}
    dice = random.Random(0x2A37)
    for _ in range(10_000):
        energy = dice.choice((None, dice.randrange(65536)))
        wide = dice.random() < 0.5
        most = 9 - wide - (energy is not None)
        ours = HeartRate(
            rate=dice.randrange(256, 65536) if wide else dice.randrange(256),
            contact=dice.choice(tuple(Contact)),
            energy_kj=energy,
            rr_ticks=dice.choice((None, tuple(dice.randrange(65536) for _ in range(dice.randint(0, most))))),
        )
        theirs = HeartRateService.HeartRateMeasurement(
            ours.rate,
            contacts[ours.contact],
            ours.energy_kj,
            None if ours.rr_ticks is None else [tick / 1024 for tick in ours.rr_ticks],
        )
        raw = bytes(theirs)
        assert decode_heart_rate(raw) == ours
        assert encode_heart_rate(ours) == raw
