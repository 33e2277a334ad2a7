import re

from tidehold import __version__
from tidehold.coach.routine_toml import lay_out
from tidehold.daemon.facts import machine, new_header, software
from tidehold.records import UnixNs
from tidehold.session.header import decode_header, encode_header
from tidehold.sources.profiles import builtin_profiles
from tidehold.sources.routines import find_routine


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


def test_a_header_holds_the_routine_as_it_is_followed() -> None:
    routine = lay_out(find_routine("calm-6"), "ramp")
    header = new_header(UnixNs(0), {}, routine=routine, ask_first=False)
    assert (header.routine, header.ask_first) == (routine, False)
    assert (new_header(UnixNs(0), {}).routine, new_header(UnixNs(0), {}).ask_first) == (None, True)
    assert decode_header(encode_header(header)) == header


def test_two_sessions_have_two_names() -> None:
    assert new_header(UnixNs(0), {}).session != new_header(UnixNs(0), {}).session
