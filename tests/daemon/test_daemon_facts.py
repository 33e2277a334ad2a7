import re

from tidehold import __version__
from tidehold.daemon.facts import machine, new_header, software
from tidehold.records import UnixNs
from tidehold.sources.profiles import builtin_profiles


def test_software_names_everything_that_can_change_a_byte() -> None:
    found = software()
    assert found["tidehold"] == __version__
    assert {"python", "numpy", "msgspec", "zstandard", "bleak"} <= set(found)
    assert all(re.match(r"\d+\.\d+", version) for version in found.values())


def test_machine_names_neither_person_nor_computer() -> None:
    assert set(machine()) == {"system", "machine", "implementation", "libc", "simd"}


def test_a_header_embeds_profiles_without_their_examples() -> None:
    header = new_header(UnixNs(1_767_225_600_000_000_000), builtin_profiles(), {"strap": {"name": "any"}})
    assert set(header.profiles) == set(builtin_profiles())
    assert not any(profile.example for profile in header.profiles.values())
    assert header.sources == {"strap": {"name": "any"}}
    assert abs(header.utc_offset_s) <= 14 * 3600


def test_two_sessions_have_two_names() -> None:
    assert new_header(UnixNs(0), {}).session != new_header(UnixNs(0), {}).session
