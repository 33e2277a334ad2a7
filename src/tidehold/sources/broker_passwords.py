"""Passwords of the broker: made, kept as hashes, and checked without holding up the loop."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final, Self

from tidehold.sources.broker_options import Account

_COST: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
"""Of scrypt: 16 MiB and about 50 ms for each guess."""


def new_password() -> str:
    """A random password of 72 bits, short enough to be typed on a phone."""
    return secrets.token_urlsafe(9)


def _hashed(password: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(password, salt=salt, **_COST)


class Passwords:
    """The hashes of all accounts. One check at a time: many at once would take all cores and memory."""

    def __init__(self, hashes: dict[str, tuple[bytes, bytes]]) -> None:
        self._hashes = hashes
        self._nobody = (secrets.token_bytes(16), secrets.token_bytes(32))
        self._one = asyncio.Lock()

    @classmethod
    async def of(cls, accounts: Sequence[Account]) -> Self:
        """Hash the accounts' passwords, in a thread."""
        hashes = {}
        for account in accounts:
            salt = secrets.token_bytes(16)
            hashes[account.name] = (salt, await asyncio.to_thread(_hashed, account.password.encode(), salt))
        return cls(hashes)

    async def is_right(self, name: str, password: bytes) -> bool:
        """Whether an account has this password; takes as long for one that does not exist."""
        salt, wanted = self._hashes.get(name, self._nobody)
        async with self._one:
            found = await asyncio.to_thread(_hashed, password, salt)
        return hmac.compare_digest(found, wanted) and name in self._hashes
