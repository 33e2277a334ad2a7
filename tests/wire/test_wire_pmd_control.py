"""Control point of Polar Measurement Data: wire-formats 4.2, every exchange."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.errors import WireError
from tidehold.wire.pmd_control import (
    SETTING_CODES,
    STATUS,
    Command,
    Features,
    Op,
    Response,
    Setting,
    Settings,
    Stopped,
    decode_command,
    decode_control,
    decode_features,
    decode_response,
    decode_settings,
    decode_stopped,
    encode_command,
    encode_features,
    encode_response,
    encode_settings,
    encode_stopped,
    start_factor,
)

COMMANDS = {
    "settings of ACC": ("0102", Command(Op.SETTINGS, 2)),
    "settings of ECG": ("0100", Command(Op.SETTINGS, 0)),
    "start ACC, 200 Hz, 16 bit, 8 g": (
        "02020001C8000101100002010800",
        Command(Op.START, 2, {Setting.RATE_HZ: (200,), Setting.RESOLUTION_BITS: (16,), Setting.RANGE: (8,)}),
    ),
    "start ECG, 130 Hz, 14 bit": (
        "02000001820001010E00",
        Command(Op.START, 0, {Setting.RATE_HZ: (130,), Setting.RESOLUTION_BITS: (14,)}),
    ),
    "stop ACC": ("0302", Command(Op.STOP, 2)),
    "stop ECG": ("0300", Command(Op.STOP, 0)),
}
ACC_OFFER: Settings = {
    Setting.RATE_HZ: (25, 50, 100, 200),
    Setting.RESOLUTION_BITS: (16,),
    Setting.RANGE: (2, 4, 8),
}
ACC_OFFER_HEX = "0004190032006400c800010110000203020004000800"
RESPONSES = {
    "settings of ACC, real H10": (
        "f001020000" + ACC_OFFER_HEX,
        Response(1, 2, parameters=bytes.fromhex(ACC_OFFER_HEX)),
        "settings acc: ok",
    ),
    "settings of ECG": (
        "F001000000" + "00018200" + "01010E00",
        Response(1, 0, parameters=bytes.fromhex("0001820001010E00")),
        "settings ecg: ok",
    ),
    "start ACC, real H10": ("f00202000001", Response(2, 2, parameters=b"\1"), "start acc: ok"),
    "start ECG": ("F00200000000", Response(2, 0, parameters=b"\0"), "start ecg: ok"),
    "stop ACC, real H10": ("f003020000", Response(3, 2), "stop acc: ok"),
    "stop ECG": ("F003000000", Response(3, 0), "stop ecg: ok"),
    "settings with a tail, SDK": ("F001020000FFFFFF", Response(1, 2, parameters=b"\xff" * 3), "settings acc: ok"),
    "resolution refused, SDK": ("F001060700", Response(1, 6, 7), "settings mag: wrong resolution"),
    "more to come": ("F001020001", Response(1, 2, more=True), "settings acc: ok"),
}
STATUSES = {
    0: "ok",
    1: "unknown command",
    2: "unknown measurement type",
    3: "not supported",
    4: "wrong length",
    5: "wrong parameter",
    6: "already in that state",
    7: "wrong resolution",
    8: "wrong sample rate",
    9: "wrong range",
    10: "MTU too small",
    11: "wrong number of channels",
    12: "not possible in this state",
    13: "not possible on the charger",
    14: "disk full",
}


@pytest.mark.parametrize(("payload", "command"), COMMANDS.values(), ids=COMMANDS)
def test_command_both_ways(payload: str, command: Command) -> None:
    raw = bytes.fromhex(payload)
    assert encode_command(command) == raw
    assert decode_command(raw) == command


@pytest.mark.parametrize(("payload", "command"), COMMANDS.values(), ids=COMMANDS)
def test_command_cut_or_with_a_trailing_byte_is_refused_or_has_fewer_settings(payload: str, command: Command) -> None:
    raw = bytes.fromhex(payload)
    for cut in range(len(raw)):
        try:
            shorter = decode_command(raw[:cut])
        except WireError:
            continue
        kept = list(command.settings)[: len(shorter.settings)]
        assert shorter == Command(command.op, command.measurement, {key: command.settings[key] for key in kept})
        assert len(kept) < len(command.settings)
    for extra in (b"\0", b"\xff"):
        with pytest.raises(WireError):
            decode_command(raw + extra)


@pytest.mark.parametrize("payload", ["0002", "0402", "ff02", "02", "010200"])
def test_what_is_no_command_is_refused(payload: str) -> None:
    with pytest.raises(WireError, match=r"^PMD command: "):
        decode_command(bytes.fromhex(payload))


@pytest.mark.parametrize(("payload", "response", "text"), RESPONSES.values(), ids=RESPONSES)
def test_response_both_ways(payload: str, response: Response, text: str) -> None:
    raw = bytes.fromhex(payload)
    assert decode_response(raw) == response
    assert decode_control(raw) == response
    assert encode_response(response) == raw
    assert response.text == text


@pytest.mark.parametrize(("payload", "response", "text"), RESPONSES.values(), ids=RESPONSES)
def test_response_cut_at_every_byte_is_refused_or_says_less(payload: str, response: Response, text: str) -> None:
    raw = bytes.fromhex(payload)
    shortest = 5 if response.status == 0 else 4
    for cut in range(len(raw)):
        if cut < shortest:
            with pytest.raises(WireError):
                decode_response(raw[:cut])
        else:
            said = decode_response(raw[:cut])
            assert said.text == text
            assert response.parameters.startswith(said.parameters)


@pytest.mark.parametrize(("status", "text"), STATUSES.items())
def test_every_status_has_its_text_and_only_two_are_success(status: int, text: str) -> None:
    response = decode_response(bytes((0xF0, 2, 2, status, 0)))
    assert response.text == f"start acc: {text}"
    assert response.ok == (status in (0, 6))
    assert list(STATUS) == list(STATUSES)


def test_what_is_unknown_is_named_by_its_number() -> None:
    assert Response(9, 33, 77).text == "command 9 type 33: status 77"
    assert not Response(9, 33, 77).ok


def test_settings_are_counted_not_measured() -> None:
    raw = bytes.fromhex(ACC_OFFER_HEX)
    assert decode_settings(raw) == ACC_OFFER
    assert encode_settings(ACC_OFFER) == raw


@pytest.mark.parametrize(
    ("setting", "value", "payload"),
    [
        (Setting.RATE_HZ, 200, "0001c800"),
        (Setting.RESOLUTION_BITS, 16, "01011000"),
        (Setting.RANGE, 65535, "0201ffff"),
        (Setting.RANGE_MILLI, 0x12345678, "030178563412"),
        (Setting.CHANNELS, 3, "040103"),
        (Setting.FACTOR, 0.25, "05010000803e"),
        (Setting.SECURITY, bytes(range(16)), "0601000102030405060708090a0b0c0d0e0f"),
    ],
)
def test_width_of_every_setting(setting: Setting, value: float | bytes, payload: str) -> None:
    raw = bytes.fromhex(payload)
    assert decode_settings(raw) == {setting: (value,)}
    assert encode_settings({setting: (value,)}) == raw
    for cut in range(1, len(raw)):
        with pytest.raises(WireError, match="cut short"):
            decode_settings(raw[:cut])


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ("FFFFFF", "id 255 is unknown"),
        ("0701", "id 7 is unknown"),
        ("0001c8000001c800", "id 0 is unknown or comes twice"),
        ("0501" + struct.pack("<f", float("nan")).hex(), "no finite number"),
        ("0501" + struct.pack("<f", float("inf")).hex(), "no finite number"),
    ],
)
def test_settings_that_break_their_format_are_refused(payload: str, why: str) -> None:
    with pytest.raises(WireError, match=why):
        decode_settings(bytes.fromhex(payload))


@pytest.mark.parametrize(
    "settings",
    [
        {7: (1,)},
        {Setting.RATE_HZ: (65536,)},
        {Setting.RATE_HZ: (-1,)},
        {Setting.RATE_HZ: (1.5,)},
        {Setting.CHANNELS: (1,) * 256},
        {Setting.SECURITY: (b"short",)},
        {Setting.SECURITY: (bytes(17),)},
        {Setting.FACTOR: (1e300,)},
        {Setting.FACTOR: (float("nan"),)},
    ],
)
def test_settings_that_do_not_fit_are_not_encoded(settings: Settings) -> None:
    with pytest.raises(WireError, match=r"^PMD settings: "):
        encode_settings(settings)


@pytest.mark.parametrize(
    ("payload", "factor"),
    [
        ("f00202000005010000803e", 0.25),
        ("f002020000" + "0500", None),
        ("f00202000001", None),
        ("f002020000", None),
        ("f00102000005010000803e", None),  # not the answer to a start
    ],
)
def test_factor_of_a_start(payload: str, factor: float | None) -> None:
    assert start_factor(decode_response(bytes.fromhex(payload))) == factor


def test_a_damaged_factor_is_refused() -> None:
    with pytest.raises(WireError, match="cut short"):
        start_factor(decode_response(bytes.fromhex("f0020200000501000080")))


H10_FEATURES = "0f05" + "00" * 15


def test_features_of_a_real_h10() -> None:
    features = decode_features(bytes.fromhex(H10_FEATURES))
    assert features == Features((0, 2))
    assert features.text == "offers ecg, acc"
    assert decode_control(bytes.fromhex(H10_FEATURES)) == features
    assert encode_features(features).hex() == H10_FEATURES
    assert encode_features(Features((2, 0, 2))).hex() == H10_FEATURES


@pytest.mark.parametrize("cut", range(2, 17))
def test_features_are_a_mask_of_any_length(cut: int) -> None:
    assert decode_features(bytes.fromhex(H10_FEATURES)[:cut]) == Features((0, 2))


@pytest.mark.parametrize(
    ("payload", "why"), [("", "no list"), ("0f", "no list"), ("f005", "no list"), ("0f" + "00" * 8 + "01", "past 63")]
)
def test_what_is_no_list_of_features_is_refused(payload: str, why: str) -> None:
    with pytest.raises(WireError, match=why):
        decode_features(bytes.fromhex(payload))


def test_no_features_is_said() -> None:
    assert decode_features(b"\x0f\0").text == "offers nothing"
    assert decode_features(bytes.fromhex("0f" + "00" * 7 + "80")) == Features((63,))


@pytest.mark.parametrize(
    ("payload", "stopped", "text"),
    [
        ("0102", Stopped((2,)), "the device stopped acc"),
        ("010200", Stopped((2, 0)), "the device stopped acc, ecg"),
        ("01", Stopped(()), "the device stopped a measurement"),
        ("0107", Stopped((7,)), "the device stopped skin temperature"),
    ],
)
def test_online_measurement_stopped(payload: str, stopped: Stopped, text: str) -> None:
    raw = bytes.fromhex(payload)
    assert decode_control(raw) == stopped
    assert encode_stopped(stopped) == raw
    assert stopped.text == text


@pytest.mark.parametrize(("payload", "found"), [("", "nothing"), ("0200", "02"), ("ff", "ff")])
def test_a_control_point_says_nothing_else(payload: str, found: str) -> None:
    with pytest.raises(WireError, match=f"begins with {found}"):
        decode_control(bytes.fromhex(payload))
    with pytest.raises(WireError, match="no announcement"):
        decode_stopped(bytes.fromhex(payload))


def test_numbers_that_do_not_fit_are_not_encoded() -> None:
    for measurement in (-1, 64):
        with pytest.raises(WireError):
            encode_command(Command(Op.STOP, measurement))
        with pytest.raises(WireError):
            encode_response(Response(1, measurement))
        with pytest.raises(WireError):
            encode_stopped(Stopped((measurement,)))
        with pytest.raises(WireError):
            encode_features(Features((measurement,)))
    for response in (Response(256, 0), Response(-1, 0), Response(1, 0, 256), Response(1, 0, -1)):
        with pytest.raises(WireError, match="does not fit"):
            encode_response(response)


VALUES: dict[str, st.SearchStrategy[int | float | bytes]] = {
    "B": st.integers(0, 0xFF),
    "H": st.integers(0, 0xFFFF),
    "I": st.integers(0, 0xFFFFFFFF),
    "f": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "16s": st.binary(min_size=16, max_size=16),
}
settings_strategy = st.fixed_dictionaries(
    {}, optional={setting: st.lists(VALUES[code], max_size=5).map(tuple) for setting, code in SETTING_CODES.items()}
)
measurement_types = st.integers(0, 63)


@given(settings_strategy, measurement_types)
def test_commands_and_settings_decode_to_themselves(settings: Settings, measurement: int) -> None:
    assert decode_settings(encode_settings(settings)) == settings
    command = Command(Op.START, measurement, settings)
    assert decode_command(encode_command(command)) == command


@given(
    st.builds(Response, st.integers(0, 255), measurement_types, st.integers(0, 255), st.booleans(), st.binary())
    | st.builds(Stopped, st.lists(measurement_types).map(tuple))
    | st.builds(Features, st.lists(measurement_types, unique=True).map(sorted).map(tuple))
)
def test_what_the_device_says_decodes_to_itself(said: Features | Response | Stopped) -> None:
    if isinstance(said, Response):
        raw = encode_response(said)
    elif isinstance(said, Stopped):
        raw = encode_stopped(said)
    else:
        raw = encode_features(said)
    assert decode_control(raw) == said


@given(st.sampled_from([b"", b"\xf0", b"\x0f", b"\x01", b"\x02\x02"]), st.binary(max_size=40))
def test_any_bytes_are_decoded_or_refused(head: bytes, rest: bytes) -> None:
    for decode in (decode_control, decode_command, decode_settings, decode_features, decode_response, decode_stopped):
        try:
            said = decode(head + rest)
        except WireError:
            continue
        if isinstance(said, Response):
            try:
                start_factor(said)
            except WireError:
                continue
