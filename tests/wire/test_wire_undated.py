"""Slices with other dates: numbers stay, times move, words go."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidehold.sources.profiles import file_profiles
from tidehold.wire.decoder import Decoder
from tidehold.wire.json_parts import NOT_JSON, refusal
from tidehold.wire.undated import undated

DAY_NS = 86_400_000_000_000
PROFILES = file_profiles()
EXAMPLES = [(profile, example) for profile in PROFILES.values() for example in profile.example if not example.skipped]


@pytest.mark.parametrize(("payload", "moved"), [
    (b"1746684800000000001,0.5,-9.8,2,1e-3\r\n", b"1746598400000000001,0.5,-9.8,2,1e-3\r\n"),
    (b"1675889367255,894,34096\n", b"1675802967255,894,34096\n"),
    (b"1675889367.25; 894", b"1675802967; 894"),
    (b"2025-03-11 09:57:38 +0000, 655, 1326\n", b"?, 655, 1326\n"),
    (b"time,Seconds_Elapsed,z,y,x\n", b"time,Seconds_Elapsed,z,y,x\n"),
    (b"timestamp, rr, since_start \n\nJane Roe,1,2\n", b"timestamp, rr, since_start \n\n?,1,2\n"),
    (b"831.0546875\n", b"831.0546875\n"),
    (b"5000000000", b"4999913600"),
    (b"1000000001", b"999913601"),
])  # fmt: skip
def test_lines(payload: bytes, moved: bytes) -> None:
    assert undated(payload, DAY_NS) == moved


def test_records() -> None:
    payload = (
        b'{"sensor":"Gyroscope","time":"1746684800000000001","x":"0.1","note":"Jane"},\n'
        b'{"time":1746684800000000001,"values":{"x":1,"y":2},"device":"Jane"}'
    )
    one, two = msgspec.json.decode(b"[" + undated(payload, DAY_NS) + b"]")
    assert one == {"time": "1746598400000000001", "x": "0.1"}
    assert two == {"time": "1746598400000000001", "x": "1", "y": "2"}
    stand_in = refusal(b"Jane", NOT_JSON)
    assert undated(stand_in, DAY_NS) == stand_in
    assert undated(b'{"Jane', DAY_NS) == refusal(b'{"Jane', NOT_JSON)
    assert undated(b'{"\xff":1}', DAY_NS) == refusal(b'{"\xff":1}', NOT_JSON)


@pytest.mark.parametrize(("profile", "example"), EXAMPLES)
def test_it_decodes_to_the_same_earlier(profile: object, example: object) -> None:
    channel, payload = example.channel, example.encoded()  # type: ignore[attr-defined]
    before = Decoder(profile).decode(channel, payload)  # type: ignore[arg-type]
    after = Decoder(profile).decode(channel, undated(payload, DAY_NS))  # type: ignore[arg-type]
    assert after.refused == before.refused
    assert [(each.stream, each.values.tolist()) for each in after.readings] == [
        (each.stream, each.values.tolist()) for each in before.readings
    ]
    for one, other in zip(before.readings, after.readings, strict=True):
        if one.times is not None:
            assert other.times is not None
            assert (one.times - other.times).tolist() == [DAY_NS] * len(one.times)


WORD = st.text("abcdefghijklmnopqrstuvwxyzéß .-:/", min_size=4, max_size=12).filter(lambda word: word.strip().isalpha())


@given(WORD, st.integers(0, 3), st.sampled_from([b",", b";", b"\n", b"\t"]))
def test_no_word_stays(word: str, at: int, separator: bytes) -> None:
    fields = [b"1", b"2", b"3"]
    fields.insert(at, f"Q{word}".encode())
    assert undated(separator.join(fields), 0).count(b"?") == 1
    assert word.strip().encode() not in undated(separator.join(fields), 0)


@given(st.binary(max_size=100), st.integers(0, 10**18))
def test_no_bytes_crash_it(payload: bytes, moved_ns: int) -> None:
    assert isinstance(undated(payload, moved_ns), bytes)
    assert isinstance(undated(b"{" + payload, moved_ns), bytes)
