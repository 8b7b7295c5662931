"""Whose account the facts are checked at: the stand-in's, or a real one in test mode.

With ``CHARGEHAND_STRIPE_TEST_KEY`` (a secret key that begins with ``sk_test_`` or ``rk_test_``) the same tests speak to
Stripe itself. What cannot be provoked there (time, faults, the other bank) is skipped with its reason.
"""

import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
import stripe

from tests.sandbox.stripe.bench import Bench, HandClock

VARIABLE = "CHARGEHAND_STRIPE_TEST_KEY"
TEST_KEYS = ("sk_test_", "rk_test_")


@dataclass
class Account(Bench):
    """A bench that knows whether it is the real thing."""

    real: bool = False

    def only_here(self, reason: str) -> None:
        """Skip the test at the real account, for ``reason``."""
        if self.real:
            pytest.skip(f"cannot be provoked at Stripe: {reason}")


def real_key() -> str | None:
    """Return the key of a real test account, if one is given; a live key fails loudly instead of moving money."""
    key = os.environ.get(VARIABLE)
    assert key is None or key.startswith(TEST_KEYS), f"{VARIABLE} must be a key of a test account"
    return key


@contextlib.asynccontextmanager
async def real_account(key: str) -> AsyncIterator[Account]:
    """Connect the SDK to Stripe itself."""
    transport = stripe.HTTPXClient(timeout=30)
    sdk = stripe.StripeClient(key, http_client=transport)
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}) as http:
        yield Account(sdk, http, HandClock(), real=True)
    await transport.close_async()  # type: ignore[no-untyped-call] # the SDK left this method untyped
