"""Sessions in one zip file, with checksums that `sha256sum --check` knows, and a page that says what they are."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tidehold.errors import ConfigError
from tidehold.log.disk import named
from tidehold.log.reader import read_session
from tidehold.share.anonymise import STILL

SUMS: Final = "SHA256SUMS"
ABOUT: Final = "README.txt"
_SAME_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""Of every member: when a file was made says more than it needs to, and so the same sessions give the same bundle."""


class Bundled(msgspec.Struct, frozen=True):
    """One file of a bundle."""

    name: str
    size: int
    sha256: str


def write_bundle(path: Path, files: Sequence[Path], *, anonymised: bool) -> list[Bundled]:
    """Write session files and their checksums into a zip file at `path`, which must not be there.

    Args:
        path: Of the zip file.
        files: Finished sessions; each is checked first.
        anonymised: Said in the page.

    Raises:
        LogError: A session is damaged, or the bundle cannot be written.
        ConfigError: Two files have the same name.
    """
    names = [file.name for file in files]
    if double := next((name for name in names if names.count(name) > 1), None):
        raise ConfigError(f"{double} is there twice: a bundle has every session once")
    bundled = []
    with named("write", path), zipfile.ZipFile(path, "x") as bundle:
        for file in files:
            read_session(file)
            data = file.read_bytes()
            bundled.append(Bundled(file.name, len(data), hashlib.sha256(data).hexdigest()))
            _put(bundle, file.name, data, zipfile.ZIP_STORED)  # it is compressed already
        _put(bundle, SUMS, "".join(f"{each.sha256}  {each.name}\n" for each in bundled).encode())
        _put(bundle, ABOUT, _page(bundled, anonymised=anonymised).encode())
    return bundled


def _put(bundle: zipfile.ZipFile, name: str, data: bytes, how: int = zipfile.ZIP_DEFLATED) -> None:
    member = zipfile.ZipInfo(name, _SAME_TIME)
    member.external_attr = 0o600 << 16
    bundle.writestr(member, data, how)


def _page(bundled: Sequence[Bundled], *, anonymised: bool) -> str:
    still = STILL if anonymised else "These sessions are as they were recorded: with device names, times and notes."
    return (
        "Sessions recorded with Tidehold: heartbeats, breathing, movement. Not a medical device.\n\n"
        f"{still}\n\n"
        f"{len(bundled)} session(s). Check the bytes:  sha256sum --check {SUMS}\n"
        "Check that the numbers follow from the recording:  tidehold check FILE\n"
        "A report:  tidehold report FILE\n"
        "Format: one MCAP file per session, see docs/session-format.md of Tidehold.\n"
    )
