"""How much one visitor may send: logins to try, bytes to upload. Visitors are told by address."""

from __future__ import annotations

import ipaddress
import shutil

from limits import RateLimitItemPerHour, parse_many
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from vmr.page.transient import TransientFolder

MIB = 2**20
LOGINS = parse_many("10/minute;60/hour")
UPLOADED = RateLimitItemPerHour(4096)  # MiB
LEAST_FREE = 2**30  # bytes of the disk that uploads must leave
MOST_STORED = 16 * 2**30  # bytes that all visitors together may have on the disk


class Rates:
    """Counts what comes from each address; statuses other than 0 are refusals."""

    def __init__(self, folder: TransientFolder | None = None) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._folder = folder
        self._coming = 0

    def login(self, address: str) -> int:
        """429 for an address that tries passwords."""
        visitor = visitor_of(address)
        return 0 if all(self._limiter.hit(limit, visitor) for limit in LOGINS) else 429

    def begin_upload(self, address: str, length: int) -> int:
        """507 where the disk has no room, 429 for too much from one address; else it is counted
        until ``end_upload``."""
        if self._folder is not None:
            free = shutil.disk_usage(self._folder.uploads).free
            stored = self._folder.size_bytes() + self._coming
            # an upload lies on the disk, and perhaps a copy of it
            if free - 2 * (self._coming + length) < LEAST_FREE or stored + length > MOST_STORED:
                return 507
        cost = max(-(-length // MIB), 1)
        if not self._limiter.hit(UPLOADED, visitor_of(address), cost=cost):
            return 429
        self._coming += length
        return 0

    def end_upload(self, length: int) -> None:
        """The upload is on the disk, or will not be."""
        self._coming -= length
        if self._folder is not None:
            self._folder.add(length)


def is_this_machine(address: str) -> bool:
    """Whether the address is none of another machine: a visitor here, or a proxy for many."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True


def visitor_of(address: str) -> str:
    """The address, for IPv6 the network that one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        return str(ipaddress.ip_network(f"{parsed}/64", strict=False))
    return str(parsed)
