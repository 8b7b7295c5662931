"""Connection pools, one for each host of a partner: of the hosts called lately, since partners choose how many.

Does not live here: what is sent over them (``transport.py``).
"""

import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx

MOST_KEPT = 100
"""Pools of more hosts are closed when nobody uses them; the one used longest ago first."""
Origin = tuple[str, str, int | None]


@dataclass
class _Pool:
    """The client of one host and how many calls use it."""

    client: httpx.AsyncClient
    users: int = 0


@dataclass
class Hosts:
    """The pools; ``make`` makes the client of a host that was not called lately."""

    make: Callable[[], httpx.AsyncClient]
    _pools: OrderedDict[Origin, _Pool] = field(default_factory=OrderedDict)

    @contextlib.asynccontextmanager
    async def client(self, url: httpx.URL) -> AsyncIterator[httpx.AsyncClient]:
        """Yield the client of a URL's host; it stays open as long as it is used."""
        origin = (url.scheme, url.host, url.port)
        pool = self._pools.setdefault(origin, self._pools.get(origin) or _Pool(self.make()))
        self._pools.move_to_end(origin)
        pool.users += 1
        try:
            yield pool.client
        finally:
            pool.users -= 1
            await self._close_what_is_too_much()

    async def aclose(self) -> None:
        """Close every connection."""
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            await pool.client.aclose()

    async def _close_what_is_too_much(self) -> None:
        idle = [origin for origin, pool in self._pools.items() if not pool.users]
        closing = [self._pools.pop(origin) for origin in idle[: max(0, len(self._pools) - MOST_KEPT)]]
        for pool in closing:
            await pool.client.aclose()
