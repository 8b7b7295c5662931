"""What a stand-in is started with. No behavior lives here."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from stripe._api_version import _ApiVersion

API_VERSION: str = _ApiVersion.CURRENT
"""The one API version this stand-in speaks: the version the installed SDK pins."""

DAY_SECONDS = 86_400


@dataclass(frozen=True, kw_only=True)
class StandInConfig:
    """Settings of one stand-in; every duration is in virtual seconds unless its name says otherwise."""

    api_key: str = "sk_test_sandbox"
    """The only secret key accepted."""
    clock: Callable[[], float] = time.time
    """Returns the virtual time as Unix seconds."""
    webhook_url: str | None = None
    """First webhook endpoint, subscribed to every event; more can be created over the API."""
    webhook_secret: str = "whsec_sandbox"
    fee_basis_points: int = 150
    """Processing fee in hundredths of a percent of a captured amount."""
    fee_fixed_minor: int = 25
    """Fixed part of the fee, in minor units of the charge's currency."""
    dispute_fee_minor: int = 2_000
    available_days: int = 7
    """Whole days until captured money counts as available; what is taken from us counts at once."""
    payout_at_seconds: int = 6 * 3_600
    """Time of day, after midnight UTC, at which available money is paid out."""
    payout_days: int = 1
    """Whole days until a payout arrives at the bank."""
    reconciliation_seconds: int = 600
    """When, after a payout was made, its balance transactions are complete."""
    hold_seconds: int = 7 * DAY_SECONDS
    """Life of a customer-initiated online hold."""
    merchant_initiated_visa_seconds: int = 4 * DAY_SECONDS + 18 * 3_600
    """Life of an off-session Visa hold."""
    refund_settle_seconds: float = 60
    """When a pending refund ends, or a refund that will fail is reported as failed."""
    search_lag_seconds: float = 60
    """The search index runs behind; Stripe says not to search for what was just written."""
    idempotency_seconds: int = DAY_SECONDS
    """How long an answer is kept for its idempotency key."""
    sweep_interval_real_seconds: float = 0.05
    """Pause of the background task that expires holds and delivers webhooks."""
    webhook_attempts: int = 5
    webhook_backoff_real_seconds: float = 0.2
    """Pause before the second delivery attempt; doubles with each further one."""
