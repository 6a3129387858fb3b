"""Who may see the page: names with hashed passwords, from a file of the operator's.

A line of it is ``name:hash``, as ``python -m vmr password NAME`` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import anyio
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from vmr.errors import VmrError

FAILURES = parse("30/10 minutes")  # of one name, from anywhere; vmr.page.rates counts by address
AT_ONCE = 2  # every check takes 64 MB and a tenth of a second
LONGEST = 1024


class Logins:
    """Checks passwords: a name that there is none of takes as long as one that there is."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = dict(hashes)
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash("")
        self._failures = FixedWindowRateLimiter(MemoryStorage())
        self._turn = anyio.CapacityLimiter(AT_ONCE)

    @classmethod
    def read(cls, path: Path) -> Logins:
        """The logins of a file. Raises VmrError."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise VmrError("app.auth_file", path=path) from error
        hashes = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            name, _, stored = line.strip().partition(":")
            if not name or not re.match(r"\$argon2id?\$", stored):
                raise VmrError("app.auth_line", path=path, line=number)
            hashes[name] = stored
        if not hashes:
            raise VmrError("app.auth_file", path=path)
        return cls(hashes)

    async def check(self, name: str, password: str) -> bool:
        """Whether the password is that of the name; False for a while after many wrong ones."""
        stored = self._hashes.get(name)
        key = name if stored else ""
        if len(password) > LONGEST or not self._failures.test(FAILURES, key):
            return False
        is_right = await anyio.to_thread.run_sync(
            self._verify, stored or self._nobody, password, limiter=self._turn
        )
        if not (is_right and stored):
            self._failures.hit(FAILURES, key)
        return is_right and stored is not None

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False
