"""The guard on URLs (``clients/url_guard.py``) as partners meet it: its refusals are a partner's bad answer.

Does not live here: the calls themselves (``transport.py``).
"""

import httpx

from api.ports.roaming import PartnerAnsweredBadly
from clients import url_guard
from clients.ocpi.respelled import LOCATION
from clients.url_guard import GuardedBackend, IpAddress, Resolve, is_public, resolve

__all__ = [
    "GuardedBackend",
    "GuardedTransport",
    "IpAddress",
    "Resolve",
    "UrlGuard",
    "UrlRefused",
    "is_public",
    "resolve",
]


class UrlRefused(PartnerAnsweredBadly):
    """A partner gave us a URL that we do not call. Facts: ``host``, ``message``."""


class UrlGuard(url_guard.UrlGuard):
    """What we agree to call of what partners name."""

    def refused(self, host: str, message: str) -> UrlRefused:
        """Return the refusal, as a partner's bad answer."""
        return UrlRefused("partner_url_refused", host=host, message=message, http_status=None, ocpi_status=None)


class GuardedTransport(url_guard.GuardedTransport):
    """The guarded transport, as OCPI's redirects need it."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; where a redirect would lead is set aside, since httpx reads it even if it does not follow."""
        response = await super().handle_async_request(request)
        if 300 <= response.status_code <= 399:
            response.extensions[LOCATION] = response.headers.pop("location", None)
        return response
