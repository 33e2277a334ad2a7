import pytest

from tidehold.errors import ConfigError, LogError, ProfileError, SourceError, TideholdError, WireError


@pytest.mark.parametrize(
    ("error", "code"),
    [(TideholdError, 1), (WireError, 1), (ConfigError, 2), (ProfileError, 2), (LogError, 3), (SourceError, 4)],
)
def test_exit_codes_are_those_of_docs_exit_codes(error: type[TideholdError], code: int) -> None:
    assert error.exit_code == code
    assert issubclass(error, TideholdError)
