"""Whose fault an error is, and the exit code that tells a script.

Four kinds of trouble are expected; each has a class here. Nonsense from a
device is not among them: it is an output (`records.Rejected`), never raised
past the fold. Anything else that escapes is a bug in Tidehold.
"""

from __future__ import annotations


class TideholdError(Exception):
    """Base of every expected error; `exit_code` is what the command returns."""

    exit_code = 1


class WireError(TideholdError, ValueError):
    """Bytes that break their format. Raised by codecs, turned into `Rejected` by the fold."""


class ConfigError(TideholdError):
    """The person's configuration or command is wrong; said before anything starts."""

    exit_code = 2


class ProfileError(ConfigError):
    """A device profile is wrong; the text names file, key, expected and found."""


class LogError(TideholdError):
    """A session file cannot be read or written; the text says whether `recover` helps."""

    exit_code = 3


class SourceError(TideholdError):
    """A sensor or its radio cannot be used; the text says what to do."""

    exit_code = 4
