"""The header of a session: all that a replay needs besides the inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from tidehold.errors import LogError
from tidehold.records import UnixNs
from tidehold.routine import Routine
from tidehold.wire.profile import Profile

FORMAT: Final = 3
"""Version of the session file, raised when an older reader would misread a newer file."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """Makes a session reproducible: what it was, and with what it was analysed.

    `profiles` are all that may match a device of this session, by id; `sources`
    says how each source was asked for; `config` is what the person had set, without
    names, folders and secrets; `params` overrides figures of the estimators by name.
    """

    format: int = FORMAT
    session: str
    started: UnixNs
    utc_offset_s: int = 0
    software: dict[str, str] = {}
    platform: dict[str, str] = {}
    profiles: dict[str, Profile] = {}
    sources: dict[str, dict[str, str]] = {}
    config: dict[str, Any] = {}
    params: dict[str, float] = {}
    routine: Routine | None = None
    """What the person is led through, laid out as it is followed."""
    ask_first: bool = True
    """Whether the routine's questions come before its first step."""
    anonymised: bool = False
    """Whether names, numbers and dates that could tell whose it is were replaced; see `share.anonymise`."""

    def worn(self, source: str) -> str:
        """Where a source is worn; "" where nobody said."""
        return worn_of(self.sources).get(source, "")


def worn_of(sources: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Where each source of a session is worn, from how it was asked for; "" where nobody said."""
    return {source: asked.get("placement", "") for source, asked in sources.items()}


_encoder = msgspec.json.Encoder(order="deterministic")


def encode_header(header: Header) -> bytes:
    """The header as JSON (UTF-8), the same bytes for the same header."""
    return _encoder.encode(header)


def decode_header(raw: bytes) -> Header:
    """The header that `encode_header` wrote.

    Unknown keys are ignored, so that an older reader reads what it knows.

    Raises:
        LogError: Not a header, or one of a newer format.
    """
    try:
        version = msgspec.json.decode(raw, type=_Version).format
        if version > FORMAT:
            raise LogError(
                f"session format {version} is newer than this Tidehold reads ({FORMAT}); update Tidehold to read it"
            )
        return msgspec.json.decode(raw, type=Header)
    except msgspec.MsgspecError as error:
        raise LogError(f"the session header is not readable: {error}") from error


class _Version(msgspec.Struct):
    format: int
