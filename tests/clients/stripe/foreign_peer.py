"""Serve ``localstripe``, another project's stand-in for Stripe, on loopback.

``python -m tests.clients.stripe.foreign_peer PORT``. It speaks an older API, so the parameters of the present one that
it refuses for PaymentIntents are taken off; nothing else is changed, and nothing is written to disk.
"""

import sys
from typing import Any

from aiohttp import web
from localstripe import server
from localstripe.resources import store

TAKEN_OFF = (
    "use_stripe_sdk",
    "description",
    "allowed_payment_method_types",
    "payment_method_options",
    "cancellation_reason",
)

_read = server.get_post_data


async def _without_the_present(request: web.Request, **options: Any) -> Any:
    """Return the parameters without those that came after the peer was written."""
    data = await _read(request, **options)
    if isinstance(data, dict) and request.path.startswith("/v1/payment_intents"):
        return {name: value for name, value in data.items() if name not in TAKEN_OFF}
    return data


def main() -> None:
    """Serve until told to stop."""
    server.get_post_data = _without_the_present
    type(store).dump_to_disk = lambda _: None
    web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)


if __name__ == "__main__":
    main()
