"""The SDK's httpx transport, mended where it does not fit the httpx we use. Nothing of Stripe's API is known here.

stripe 16.1 hands its encoded form body to httpx as ``data``, which httpx 0.28 takes only with a DeprecationWarning (and
with a warning filter set to ``error``, not at all): each write would look like a lost connection.
"""

from collections.abc import Mapping
from typing import Any

import stripe


class StripeTransport(stripe.HTTPXClient):
    """``stripe.HTTPXClient`` that sends the body as ``content``, byte for byte the same."""

    # Private in the SDK, which is pinned exactly; the tests fail on a warning should it move.
    def _get_request_args_kwargs(self, method: str, url: str, headers: Mapping[str, str], post_data: Any) -> list[Any]:
        positional, named = super()._get_request_args_kwargs(method, url, headers, post_data)
        named["content"] = named.pop("data") or None
        return [positional, named]
