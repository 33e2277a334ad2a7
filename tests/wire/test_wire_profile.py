"""The structs of a profile: what they hold, and that they survive the header of a session."""

from __future__ import annotations

import msgspec
import pytest

from tidehold.sources.profiles import builtin_profiles
from tidehold.wire.profile import Channel, Example, Match, Profile, full_uuid


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("180d", "0000180d-0000-1000-8000-00805f9b34fb"),
        ("2A37", "00002a37-0000-1000-8000-00805f9b34fb"),
        ("FB005C80-02E7-F387-1CAD-8ACD2D8DF0C8", "fb005c80-02e7-f387-1cad-8acd2d8df0c8"),
    ],
)
def test_uuids_are_held_in_full(given: str, full: str) -> None:
    assert full_uuid(given) == full
    assert full_uuid(full) == full
    channel = Channel("hr", "notify", "heart-rate", given, given)
    assert (channel.uuid, channel.service) == (full, full)
    assert Match(services=(given,)).services == (full,)


@pytest.mark.parametrize("profile", builtin_profiles().values(), ids=lambda profile: profile.id)
def test_a_profile_survives_json(profile: Profile) -> None:
    raw = msgspec.json.encode(profile)
    assert msgspec.json.decode(raw, type=Profile) == profile
    told = msgspec.json.encode(msgspec.structs.replace(profile, example=()))  # those of a phone may hold any JSON
    assert b"null" not in told.replace(b":null", b"")


def test_unknown_keys_are_refused() -> None:
    raw = msgspec.json.encode(builtin_profiles()["polar-h9"]).replace(b'"kind"', b'"kin"', 1)
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(raw, type=Profile)


def test_an_example_is_hexadecimal_or_text() -> None:
    assert Example("hr", "00fF").encoded() == b"\x00\xff"
    assert Example("hr", "").encoded() == b""
    assert Example("push", json='{"é":1}').encoded() == b'{"\xc3\xa9":1}'
