import msgspec
import pytest

from tidehold.errors import LogError
from tidehold.records import UnixNs
from tidehold.session.header import FORMAT, Header, decode_header, encode_header, worn_of
from tidehold.sources.profiles import builtin_profiles

HEADER = Header(session="abc", started=UnixNs(1_767_225_600_000_000_000), profiles=builtin_profiles())


def test_a_header_comes_back_as_it_was() -> None:
    assert decode_header(encode_header(HEADER)) == HEADER


def test_the_same_header_gives_the_same_bytes() -> None:
    other = msgspec.structs.replace(HEADER, profiles=dict(reversed(HEADER.profiles.items())))
    assert encode_header(other) == encode_header(HEADER)


def test_where_the_sensors_of_a_session_are_worn() -> None:
    sources = {"strap": {"name": "x"}, "phone": {"placement": "shin"}}
    assert worn_of(sources) == {"strap": "", "phone": "shin"}
    header = msgspec.structs.replace(HEADER, sources=sources)
    assert [header.worn(source) for source in ("strap", "phone", "imu")] == ["", "shin", ""]


def test_keys_of_a_later_writer_are_ignored() -> None:
    tree = msgspec.json.decode(encode_header(HEADER)) | {"mood": "calm"}
    assert decode_header(msgspec.json.encode(tree)) == HEADER


def test_a_newer_format_is_refused_with_what_to_do() -> None:
    newer = msgspec.structs.replace(HEADER, format=FORMAT + 1)
    with pytest.raises(LogError, match=rf"format {FORMAT + 1} is newer .* update Tidehold"):
        decode_header(encode_header(newer))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[1]", b"\xff", b'{"format": 1, "session": 7}'])
def test_what_is_no_header_is_refused(raw: bytes) -> None:
    with pytest.raises(LogError, match="header is not readable"):
        decode_header(raw)


def test_a_header_of_format_1_is_still_read() -> None:
    profile = {
        "id": "old",
        "name": "Old",
        "kind": "strap",
        "source": "ble",
        "match": {"name_prefix": "Old", "services": []},
        "channel": [{"id": "hr", "uuid": "2a37", "service": "180d", "mode": "notify", "codec": "heart-rate"}],
        "stream": [{"id": "rr", "channel": "hr", "unit": "s"}],
    }
    raw = msgspec.json.encode({"format": 1, "session": "s", "started": 5, "profiles": {"old": profile}})
    header = decode_header(raw)
    assert header.format == 1
    assert header.config == {}
    assert header.profiles["old"].channel[0].topic == ""
