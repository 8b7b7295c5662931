"""One GET to an address of our own, bounded in time, answers unread."""

import httpx

from api.ports.reach import NotReached

_LONGEST = 200


class HttpReach:
    """Implements ``ports.reach.Reach``."""

    def __init__(self, *, timeout_seconds: float = 5.0) -> None:
        """Wait so long at most; each ask makes its own connection, as a stranger's would."""
        self._timeout = timeout_seconds

    async def ask(self, url: str) -> int:
        """Return the status of the answer."""
        try:
            async with (
                httpx.AsyncClient(timeout=self._timeout, trust_env=False) as client,
                client.stream("GET", url) as answer,
            ):
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            words = f"{type(error).__name__} {error}".strip()[:_LONGEST]
            raise NotReached("not_reached", answer=words) from error
