"""Asking one of our own addresses from outside, as a driver's phone would."""

from typing import Protocol

from api.domain.errors import Upstream


class NotReached(Upstream):
    """Nobody answered, or not in time. Fact: ``answer``."""


class Reach(Protocol):
    """Reaches an address that the operator set; never one that anybody else named."""

    async def ask(self, url: str) -> int:
        """Return the status of the answer to a GET; raises NotReached."""
        ...
