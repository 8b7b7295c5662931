"""Posting to an app's back end: one signed body to one address, and whether it was taken."""

from collections.abc import Mapping
from typing import Protocol

from api.domain.errors import Invalid, Upstream


class WebhookUrlRefused(Invalid):
    """We do not call such an address. Facts: ``host``, ``message``."""


class WebhookNotTaken(Upstream):
    """Nobody answered, or not with 2xx. Facts: ``answer``, ``retry_after_s`` where the other side said so."""


class WebhookPosts(Protocol):
    """Posts webhooks."""

    def check(self, url: str) -> None:
        """Raise WebhookUrlRefused unless the address is one that we call."""
        ...

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Post; it was taken when this returns. Raises WebhookNotTaken."""
        ...
