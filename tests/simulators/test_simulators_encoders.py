"""The strap's bytes against the specification's examples, bumble's encoder and our decoders."""

import struct

import numpy as np
import pytest
from bumble.profiles.heart_rate_service import HeartRateService

from tidehold.wire.heart_rate import Contact, decode_heart_rate
from tidehold.wire.pmd import Measurement, decode_frame
from tidehold.wire.pmd_control import Setting, decode_features, decode_settings
from tidehold_simulators.encoders import (
    OFFERS,
    acc_samples,
    ecg_samples,
    heart_rate_measurement,
    pmd_features,
    pmd_head,
    pmd_settings,
)


@pytest.mark.parametrize(
    ("hex_bytes", "hr_bpm", "rr_ticks", "contact"),
    [
        ("163c50034d03", 60, (848, 845), True),
        ("14484003", 72, (832,), False),
        ("112c014003", 300, (832,), None),
        ("104372038a03", 67, (882, 906), None),
        ("0040", 64, (), None),
        ("0600", 0, (), True),
        ("0400", 0, (), False),
    ],
)
def test_heart_rate_measurement_in_the_words_of_real_straps(
    hex_bytes: str, hr_bpm: int, rr_ticks: tuple[int, ...], contact: bool | None
) -> None:
    assert heart_rate_measurement(hr_bpm, rr_ticks, contact=contact).hex() == hex_bytes


def test_heart_rate_measurement_against_bumble_and_our_decoder() -> None:
    dice = np.random.default_rng(5)
    contacts = {None: Contact.NOT_SUPPORTED, False: Contact.LOST, True: Contact.DETECTED}
    for _ in range(500):
        hr = int(dice.integers(0, 400))
        ticks = tuple(dice.integers(0, 0x10000, int(dice.integers(0, 8))).tolist())
        contact = (None, False, True)[int(dice.integers(3))]
        ours = heart_rate_measurement(hr, ticks, contact=contact)
        theirs = HeartRateService.HeartRateMeasurement(
            heart_rate=hr, sensor_contact_detected=contact, rr_intervals=[tick / 1024 for tick in ticks] or None
        )
        assert ours == bytes(theirs)
        decoded = decode_heart_rate(ours)
        assert (decoded.rate, decoded.rr_ticks or (), decoded.contact) == (hr, ticks, contacts[contact])


def test_settings_as_a_real_h10_gives_them() -> None:
    assert pmd_settings(OFFERS["acc"]).hex() == "0004190032006400c800010110000203020004000800"
    assert pmd_settings(OFFERS["ecg"]).hex() == "0001820001010e00"
    settings = decode_settings(pmd_settings(OFFERS["acc"]))
    assert settings[Setting.RATE_HZ] == (25, 50, 100, 200)


def test_features_have_a_bit_for_each_stream() -> None:
    assert pmd_features(["ecg", "acc"]).hex() == "0f05" + "00" * 15
    assert decode_features(pmd_features(["acc"])).measurements == (Measurement.ACC,)


def test_ecg_frame_in_the_words_of_polar() -> None:
    uv = np.array([104, 88, 70, 61, 50, 38, 22, 4])
    frame = pmd_head("ecg", struct.unpack("<Q", bytes.fromhex("EA1CACCC99435208"))[0], 0) + ecg_samples(uv)
    expected = "00 EA1CACCC99435208 00 680000 580000 460000 3D0000 320000 260000 160000 040000"
    assert frame == bytes.fromhex(expected)


def test_acc_frame_in_the_words_of_polar() -> None:
    g = np.array([[-0.009, -0.001, 0.999], [-0.008, -0.002, 0.997]])
    frame = pmd_head("acc", 2_000_000_000, 1) + acc_samples(g)
    assert frame == bytes.fromhex("02 0094357700000000 01 F7FFFFFFE703 F8FFFEFFE503")


def test_samples_are_clipped_to_the_range_of_the_strap() -> None:
    uv = np.array([-1e6, -20000.4, -1.4, 0.0, 1.6, 1e6])
    ecg = decode_frame(pmd_head("ecg", 1, 0) + ecg_samples(uv))
    assert ecg.counts.tolist() == [-20000, -20000, -1, 0, 2, 20000]
    acc = decode_frame(pmd_head("acc", 1, 1) + acc_samples(np.array([[-50.0, 0.0004, 50.0]])))
    assert acc.counts.tolist() == [[-8000, 0, 8000]]
