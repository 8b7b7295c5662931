"""One call of ours as it is kept in the record of exchanges: where it went, without what stands below an endpoint.

Below an endpoint a URL names objects (a token's uid, a session), and its query may hold anything: neither is shown.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from api.domain.errors import Upstream
from api.domain.roaming.exchange import Direction, Exchange
from api.domain.roaming.partner import Endpoint

_LONGEST_PATH = 200
_COMMANDS = frozenset({"START_SESSION", "STOP_SESSION", "RESERVE_NOW", "CANCEL_RESERVATION", "UNLOCK_CONNECTOR"})


@dataclass
class Recording:
    """What is noted while a call runs."""

    method: str
    url: httpx.URL
    partner_id: str | None
    endpoints: tuple[Endpoint, ...]
    headers: Mapping[str, str]
    request: bytes | None
    http_status: int | None = None
    ocpi_status: int | None = None
    problem: str | None = None
    response: bytes | None = None
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    _began: int = field(default_factory=time.monotonic_ns)

    def failed(self, error: Upstream) -> None:
        """Note what went wrong."""
        status = error.facts.get("ocpi_status")
        self.ocpi_status = status if isinstance(status, int) else None
        self.problem = None if self.ocpi_status or (self.http_status or 0) >= 400 else error.code

    def exchange(self) -> Exchange:
        """Return the record; a call that was broken off by us has no answer."""
        module, path = shown_path(self.url, self.endpoints)
        succeeded = self.problem is None and self.ocpi_status is None and self.http_status is not None
        return Exchange(
            partner_id=self.partner_id,
            at=self.began_at,
            direction=Direction.OUTBOUND,
            method=self.method,
            path=path,
            module=module,
            http_status=self.http_status,
            ocpi_status=1000 if succeeded and (self.http_status or 0) < 400 else self.ocpi_status,
            duration_ms=(time.monotonic_ns() - self._began) // 1_000_000,
            request_id=self.headers.get("X-Request-ID"),
            correlation_id=self.headers.get("X-Correlation-ID"),
            problem=self.problem,
            request=self.request,
            response=self.response,
        )


def shown_path(url: httpx.URL, endpoints: tuple[Endpoint, ...]) -> tuple[str | None, str]:
    """Return the module a URL belongs to, if it is below one of the endpoints, and its path as far as it may be shown.

    Versions and the like, which are below none, show their whole path.
    """
    best: tuple[str, str] | None = None
    for endpoint in endpoints:
        try:
            root = httpx.URL(endpoint.url).path.rstrip("/")
        except httpx.InvalidURL:
            continue
        if (url.path == root or url.path.startswith(f"{root}/")) and (best is None or len(root) > len(best[1])):
            best = (endpoint.module, root)
    if best is None:
        return None, url.path[:_LONGEST_PATH]
    module, root = best
    below = url.path[len(root) :].strip("/")
    shown = below if module == "commands" and below in _COMMANDS else "..." if below else ""
    return module, f"{root}/{shown}".rstrip("/")[:_LONGEST_PATH]
