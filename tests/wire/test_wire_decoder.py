"""Payloads to readings in SI units: units, plausible ranges, and that no bytes ever raise."""

from __future__ import annotations

import struct
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.records import DeviceNs
from tidehold.sources.profiles import builtin_profiles
from tidehold.wire.decoder import CODECS, MAX_LENGTH, PMD_STREAMS, Decoded, Decoder
from tidehold.wire.heart_rate import HeartRate, encode_heart_rate
from tidehold.wire.json_parts import MAX_MESSAGE
from tidehold.wire.pmd import FORMS, PmdFrame, encode_frame
from tidehold.wire.profile import Channel, Codec, Match, Profile, Stream

PROFILES = builtin_profiles()
H10 = PROFILES["polar-h10"]


def decode(channel: str, payload: str) -> Decoded:
    return Decoder(H10).decode(channel, bytes.fromhex(payload))


def values(decoded: Decoded) -> dict[str, list[float]]:
    return {reading.stream: reading.values.tolist() for reading in decoded.readings}


def test_every_codec_has_its_grammar_and_every_frame_its_stream() -> None:
    assert list(CODECS) == list(get_args(Codec))
    assert {measurement for measurement, _ in FORMS} == set(PMD_STREAMS)
    assert {stream for stream, _ in PMD_STREAMS.values()} == set(CODECS["pmd"].carries or ())


def test_heart_rate_becomes_four_streams_oldest_rr_first() -> None:
    decoded = decode("hr", "1e3e2c013804e903")
    assert list(values(decoded).items()) == [
        ("hr", [62.0]),
        ("contact", [2.0]),
        ("energy", [300_000.0]),
        ("rr", [1080 / 1024, 1001 / 1024]),
    ]
    assert decoded.refused == ()
    assert all(reading.values.dtype == np.float64 and reading.device is None for reading in decoded.readings)


@pytest.mark.parametrize(("payload", "contact"), [("003c", 0.0), ("023c", 0.0), ("043c", 1.0), ("063c", 2.0)])
def test_contact_has_three_states(payload: str, contact: float) -> None:
    assert values(decode("hr", payload))["contact"] == [contact]


def test_a_rate_of_0_is_no_rate_and_nothing_to_refuse() -> None:
    assert values(decode("hr", "0400")) == {"contact": [1.0]}
    assert decode("hr", "0400").refused == ()


def test_ecg_is_in_volts_with_the_time_of_its_last_sample() -> None:
    (reading,) = decode("pmd", "00010050ecc22b1a0b00ffffff000000010000e0b1ff204e00").readings
    assert reading.stream == "ecg"
    assert reading.values.tolist() == pytest.approx([-1e-6, 0.0, 1e-6, -0.02, 0.02])
    assert reading.device == 800_000_000_000_000_001


def test_acceleration_is_in_metres_per_second_squared() -> None:
    (reading,) = decode("pmd", "02EA54A2428B455208 01 45FFE4FFB503").readings
    assert reading.values.shape == (1, 3)
    assert reading.values[0].tolist() == pytest.approx([-0.187 * 9.80665, -0.028 * 9.80665, 0.949 * 9.80665])


def test_battery_is_in_percent() -> None:
    assert values(decode("battery", "57")) == {"battery": [87.0]}


@pytest.mark.parametrize(
    ("channel", "payload", "refused", "left"),
    [
        ("hr", "0613", "hr: outside 20..300", ["contact"]),
        ("hr", "072d01", "hr: outside 20..300", ["contact"]),
        ("hr", "163ccc00", "rr: outside 0.2..4", ["hr", "contact"]),
        ("hr", "163c0110", "rr: outside 0.2..4", ["hr", "contact"]),
        ("hr", "163c00040110", "rr: outside 0.2..4", ["hr", "contact"]),
        ("pmd", "00010050ecc22b1a0b00214e00", "ecg: outside -0.02..0.02", []),
        ("pmd", "00010050ecc22b1a0b00dfb1ff", "ecg: outside -0.02..0.02", []),
        ("pmd", "00010050ecc22b1a0b00000080ffff7f", "ecg: outside -0.02..0.02", []),
        ("pmd", "02010050ecc22b1a0b01 0000 0000 813e", "acc: outside -156.906..156.906", []),
        ("pmd", "02010050ecc22b1a0b01 0000 7fc1 0000", "acc: outside -156.906..156.906", []),
    ],
)
def test_an_implausible_value_refuses_its_stream_alone(
    channel: str, payload: str, refused: str, left: list[str]
) -> None:
    decoded = decode(channel, payload)
    assert decoded.refused == (refused,)
    assert list(values(decoded)) == left


@pytest.mark.parametrize(
    ("channel", "payload", "stream"),
    [
        ("hr", "0614", "hr"),
        ("hr", "072c01", "hr"),
        ("hr", "163ccd00", "rr"),
        ("hr", "163c0010", "rr"),
        ("pmd", "00010050ecc22b1a0b00204e00e0b1ff", "ecg"),
        ("pmd", "02010050ecc22b1a0b01 0000 80c1 803e", "acc"),
    ],
)
def test_the_ends_of_a_range_are_plausible(channel: str, payload: str, stream: str) -> None:
    decoded = decode(channel, payload)
    assert decoded.refused == ()
    assert stream in values(decoded)


@pytest.mark.parametrize(
    ("channel", "payload", "why"),
    [
        ("hr", "", "heart rate: empty"),
        ("pmd", "07010050ecc22b1a0b00000000", "PMD frame: measurement type 7 is not decoded"),
        ("pmd-control", "", "PMD control point: begins with nothing"),
        ("serial", "ff", "text: not UTF-8"),
        ("battery", "65", "battery: more than 100 %"),
        ("body-location", "0101", "body location: 2 bytes instead of 1"),
        ("nowhere", "00", "no such channel in the profile"),
        ("pmd", "00" * (MAX_LENGTH + 1), "longer than 512 bytes"),
    ],
)
def test_what_a_codec_refuses_is_said_once(channel: str, payload: str, why: str) -> None:
    decoded = decode(channel, payload)
    assert (decoded.readings, decoded.refused, decoded.text) == ((), (why,), "")


def test_the_longest_attribute_is_decoded() -> None:
    payload = encode_frame(PmdFrame(0, 0, DeviceNs(1), np.zeros((MAX_LENGTH - 10) // 3, np.int32)))
    assert Decoder(H10).decode("pmd", payload).refused == ()


@pytest.mark.parametrize(
    ("channel", "payload", "text"),
    [
        ("model", "48313000", "H10"),
        ("body-location", "01", "chest"),
        ("pmd-control", "0f0500", "offers ecg, acc"),
        ("pmd-control", "f0020206", "start acc: already in that state"),
        ("pmd-control", "0100", "the device stopped ecg"),
    ],
)
def test_what_has_no_samples_is_said_in_words(channel: str, payload: str, text: str) -> None:
    decoded = decode(channel, payload)
    assert (decoded.readings, decoded.refused, decoded.text) == ((), (), text)


def profile(*channels: Channel, stream: tuple[Stream, ...] = ()) -> Profile:
    return Profile("test", "Test", "strap", "ble", Match("Test"), channels, stream)


def channel_of(codec: Codec, channel: str) -> Channel:
    return Channel(channel, "notify", codec, "2a37", "180d")


def test_a_system_id_is_said_in_words() -> None:
    decoder = Decoder(profile(channel_of("system-id", "id")))
    assert decoder.decode("id", bytes.fromhex("debc9afeff563412")).text == "123456-FFFE9ABCDE"


def test_streams_that_the_profile_does_not_list_are_left_out() -> None:
    decoder = Decoder(profile(channel_of("heart-rate", "hr"), stream=(Stream("rr", "hr", "s"),)))
    decoded = decoder.decode("hr", encode_heart_rate(HeartRate(60, energy_kj=1, rr_ticks=(65535,))))
    assert values(decoded) == {"rr": [65535 / 1024]}  # no range: all is plausible
    assert decoded.refused == ()


START = "f002020000"


def factor(value: float) -> str:
    return START + "0501" + struct.pack("<f", value).hex()


COUNTS = encode_frame(PmdFrame(2, 0x80, DeviceNs(1), np.array([[4096, 0, -4096]], np.int32))).hex()
MILLI_G = encode_frame(PmdFrame(2, 0x81, DeviceNs(1), np.array([[1000, 0, -1000]], np.int32))).hex()


@pytest.mark.parametrize(
    ("control", "frame", "in_g"),
    [
        ([], MILLI_G, 1.0),
        ([START], MILLI_G, 1.0),
        ([factor(1.0)], MILLI_G, 1.0),
        ([factor(0.5)], MILLI_G, 0.5),
        ([factor(2**-12)], COUNTS, 1.0),
        ([factor(2**-12), "f002020600"], COUNTS, 1.0),  # already running: as it was started
        ([factor(2**-12), "f002000000"], COUNTS, 1.0),  # another measurement
        ([factor(2**-12), "f003020000"], COUNTS, 1.0),
        ([factor(2**-11), factor(2**-12)], COUNTS, 1.0),
        ([factor(2**-12), START], COUNTS, None),
        ([], COUNTS, None),
    ],
)
def test_compressed_counts_are_worth_what_the_device_said(control: list[str], frame: str, in_g: float | None) -> None:
    decoder = Decoder(H10)
    for payload in control:
        assert decoder.decode("pmd-control", bytes.fromhex(payload)).refused == ()
    decoded = decoder.decode("pmd", bytes.fromhex(frame))
    if in_g is None:
        assert decoded.refused == ("PMD frame: type 0x80 before the factor of its counts was named",)
    else:
        assert decoded.readings[0].values[0].tolist() == pytest.approx([9.80665 * in_g, 0.0, -9.80665 * in_g])


def test_a_damaged_factor_is_refused() -> None:
    decoded = decode("pmd-control", START + "0501000080")
    assert decoded.refused == ("PMD settings: cut short",)


EXAMPLES = [
    pytest.param(each, example.channel, example.encoded(), id=f"{each.id}-{i}")
    for each in PROFILES.values()
    for i, example in enumerate(each.example)
]


@pytest.mark.parametrize(("each", "channel", "payload"), EXAMPLES)
def test_an_example_cut_or_extended_never_raises(each: Profile, channel: str, payload: bytes) -> None:
    decoder = Decoder(each)
    cuts = [payload[:cut] for cut in range(len(payload))]
    for damaged in (*cuts, payload + b"\0", payload + b"\xff\xff", payload + payload, payload * 100):
        check(decoder.decode(channel, damaged), each)


@given(st.sampled_from([*(channel.id for channel in H10.channel), "nowhere"]), st.binary(max_size=80))
def test_any_bytes_are_decoded_or_refused(channel: str, payload: bytes) -> None:
    check(Decoder(H10).decode(channel, payload))


@given(st.sampled_from(sorted(FORMS)), st.binary(max_size=80))
def test_any_samples_are_decoded_or_refused(kind: tuple[int, int], samples: bytes) -> None:
    payload = bytes((kind[0], *(1).to_bytes(8, "little"), kind[1])) + samples
    decoded = Decoder(H10).decode("pmd", payload)
    check(decoded)
    assert len(decoded.readings) + len(decoded.refused) == 1


def check(decoded: Decoded, each: Profile = H10) -> None:
    """Readings are whole: not empty, finite, within the range that the profile states."""
    ranges = {stream.id: stream.range for stream in each.stream}
    for reading in decoded.readings:
        limits = ranges[reading.stream]
        assert len(reading.values)
        assert np.isfinite(reading.values).all()
        assert limits is None or (limits[0] <= reading.values.min() and reading.values.max() <= limits[1])
    assert all(decoded.refused)


MICRO_BIT = Decoder(PROFILES["micro-bit-imu"])
PHONE = Decoder(PROFILES["sensor-logger-android"])


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 0, -1024), (0.0, 0.0, 1.0)),  # flat, its lights up
        ((1024, 0, 0), (-1.0, 0.0, 0.0)),  # on its right side: its left is up
        ((0, -1024, 0), (0.0, 1.0, 0.0)),  # upright, the logo up
    ],
)
def test_the_micro_bit_says_where_up_is_as_a_phone_does(
    counts: tuple[int, int, int], expected: tuple[float, float, float]
) -> None:
    (reading,) = MICRO_BIT.decode("accelerometer", struct.pack("<hhh", *counts)).readings
    assert (reading.stream, reading.device, reading.times) == ("acc", None, None)
    np.testing.assert_allclose(reading.values, [[9.80665 * part for part in expected]], atol=1e-12)


@pytest.mark.parametrize("payload", [b"", b"\x14\x00"])
def test_a_setting_carries_nothing(payload: bytes) -> None:
    assert MICRO_BIT.decode("period", payload).refused == ("setting: carries nothing",)


def test_samples_with_their_own_times_are_skipped_one_by_one() -> None:
    entries = ",".join(
        f'{{"name":"gyroscope","time":{time},"values":{{"x":{x},"y":0,"z":0}}}}'
        for time, x in ((10, 70), (30, 70.5), (20, -70), (40, -71))
    )
    decoded = PHONE.decode("push", f'{{"messageId":1,"sessionId":"s","payload":[{entries}]}}'.encode())
    (reading,) = decoded.readings
    assert reading.times is not None
    assert (reading.values[:, 0].tolist(), reading.times.tolist(), reading.device) == ([70.0, -70.0], [10, 20], 20)
    assert (decoded.skipped, decoded.refused) == ({"gyr: outside -70..70": 2}, ())
    assert decoded.message == ("s", 1)


def test_a_message_may_be_longer_than_an_attribute() -> None:
    entries = ",".join(['{"name":"gyroscope","time":1,"values":{"x":1,"y":2,"z":3}}'] * 2000)
    payload = f'{{"messageId":1,"sessionId":"s","payload":[{entries}]}}'.encode()
    assert MAX_LENGTH < len(payload) <= MAX_MESSAGE
    assert len(PHONE.decode("push", payload).readings[0].values) == 2000
    assert PHONE.decode("push", payload.ljust(MAX_MESSAGE)).refused == ()
    assert PHONE.decode("push", payload.ljust(MAX_MESSAGE + 1)).refused == (f"longer than {MAX_MESSAGE} bytes",)
