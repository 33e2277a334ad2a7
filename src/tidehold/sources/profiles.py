"""Device profiles from files: those that come with Tidehold, and a person's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import tidehold
from tidehold.errors import ProfileError
from tidehold.wire.profile import Match, Profile, full_uuid
from tidehold.wire.profile_toml import parse_profile

_PACKAGE: Final = Path(tidehold.__file__).parent
_FOLDERS: Final = (_PACKAGE / "device_profiles", _PACKAGE.parents[1] / "device_profiles")
"""In an installed wheel; in a checkout, where the package is not a copy."""


def builtin_profiles() -> dict[str, Profile]:
    """The profiles that come with Tidehold, by id.

    Raises:
        ProfileError: One is wrong, or the installation lacks them.
    """
    return load_folder(next(filter(Path.is_dir, _FOLDERS), _FOLDERS[0]))


def file_profiles() -> dict[str, Profile]:
    """The profiles of files that other programs export, by id; no device can be one of them.

    Raises:
        ProfileError: One is wrong, or the installation lacks them.
    """
    return load_folder(next(filter(Path.is_dir, _FOLDERS), _FOLDERS[0]) / "files")


def load_folder(folder: Path) -> dict[str, Profile]:
    """The profiles in the `*.toml` files of a folder, by id, in order of the files' names.

    Raises:
        ProfileError: The folder or a file cannot be read, or a profile is wrong.
    """
    if not folder.is_dir():
        raise ProfileError(f"{folder}: expected a folder of device profiles, found none")
    profiles = [load_profile(file) for file in sorted(folder.glob("*.toml"))]
    return {profile.id: profile for profile in profiles}


def load_profile(file: Path) -> Profile:
    """The profile in a TOML file.

    Raises:
        ProfileError: The file cannot be read, the profile is wrong, or its id is
            not the file's name (which keeps ids unique in a folder).
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ProfileError(f"{file}: expected UTF-8, found {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise ProfileError(f"{file}: expected a readable file, found: {error.strerror}") from None
    profile = parse_profile(text, str(file))
    if profile.id != file.stem:
        raise ProfileError(f"{file}: id: expected the file's name {file.stem!r}, found {profile.id!r}")
    return profile


def match_profile(profiles: Mapping[str, Profile], name: str | None, services: Iterable[str]) -> Profile | None:
    """The profile that knows most about a device seen in a Bluetooth scan, or None.

    Args:
        profiles: To choose from, by id; one of another source matches nothing, however little it asks.
        name: What the device calls itself.
        services: UUIDs that it advertises, 16-bit or 128-bit.

    Returns:
        Of the profiles that match, the one with the longest name prefix, then the
        most services; of equals, the first.
    """
    advertised = set(map(full_uuid, services))
    heard = (profile for profile in profiles.values() if profile.source == "ble")
    fitting = (profile for profile in heard if _matches(profile.match, name or "", advertised))
    return max(fitting, key=lambda profile: (len(profile.match.name_prefix), len(profile.match.services)), default=None)


def _matches(match: Match, name: str, advertised: set[str]) -> bool:
    return name.startswith(match.name_prefix) and advertised.issuperset(match.services)
