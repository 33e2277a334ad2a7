"""Facts about this machine and its software that a session's header keeps."""

from __future__ import annotations

import datetime as dt
import platform
import secrets
import sys
from importlib import metadata
from typing import Any, Final, cast

import msgspec
import numpy as np

from tidehold import __version__
from tidehold.records import UnixNs
from tidehold.routine import Routine
from tidehold.session.header import Header
from tidehold.units import NS
from tidehold.wire.profile import Profile

_LIBRARIES: Final = ("aiomqtt", "bleak", "msgspec", "numpy", "vqf", "zstandard")


def software() -> dict[str, str]:
    """Versions of all that can change a figure or a byte."""
    return {
        "tidehold": __version__,
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in _LIBRARIES},
    }


def machine() -> dict[str, str]:
    """What the figures were made on; nothing that names the person or the computer."""
    built = cast("dict[str, Any]", np.show_config(mode="dicts"))
    return {
        "system": platform.system(),
        "machine": platform.machine(),
        "implementation": sys.implementation.name,
        "libc": " ".join(platform.libc_ver()).strip(),
        # numpy picks its loops by what the processor can do, and they differ in the last bit
        "simd": " ".join(built["SIMD Extensions"].get("found", [])),
    }


def new_header(  # noqa: PLR0913 - all that a header is made of
    started: UnixNs,
    profiles: dict[str, Profile],
    sources: dict[str, dict[str, str]] | None = None,
    config: dict[str, Any] | None = None,
    *,
    routine: Routine | None = None,
    ask_first: bool = True,
) -> Header:
    """The header of a session that begins at `started`; see `Header` for the rest."""
    local = dt.datetime.fromtimestamp(started / NS, dt.UTC).astimezone()
    offset = local.utcoffset() or dt.timedelta(0)
    return Header(
        session=secrets.token_hex(4),
        started=started,
        utc_offset_s=round(offset.total_seconds()),
        software=software(),
        platform=machine(),
        profiles={name: msgspec.structs.replace(profile, example=()) for name, profile in profiles.items()},
        sources=sources or {},
        config=config or {},
        routine=routine,
        ask_first=ask_first,
    )
