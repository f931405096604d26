"""How often one address may knock; addresses are remembered for a minute, in memory alone."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

__all__ = ["Pace", "neighbourhood"]

MOST_ADDRESSES = 10_000
MINUTE = 60.0


class Pace:
    """A bucket of `per_minute` tokens for each address, filled evenly.

    Addresses that have not knocked for longest are forgotten first, so memory has a bound.
    """

    def __init__(self, per_minute: int, most: int = MOST_ADDRESSES) -> None:
        self.per_minute = per_minute
        self._most = most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def allows(self, address: str, now: float) -> bool:
        """Take a token, if there is one; `now` is in seconds of a clock that never goes back."""
        left, then = self._left.pop(address, (float(self.per_minute), now))
        left = min(float(self.per_minute), left + (now - then) * self.per_minute / MINUTE)
        allowed = left >= 1.0
        self._left[address] = (left - allowed, now)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return allowed


def neighbourhood(host: str) -> str:
    """An address as limits know it: IPv4 whole, of IPv6 the network that one subscriber gets."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 4:
        return host
    return str(ipaddress.ip_network((address, 64), strict=False))
