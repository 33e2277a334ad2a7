from tidehold.sources.profiles import builtin_profiles
from tidehold.units import UNITS


def test_every_stream_of_every_profile_has_a_unit_of_the_table() -> None:
    assert {stream.unit for profile in builtin_profiles().values() for stream in profile.stream} <= set(UNITS)
