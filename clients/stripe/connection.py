"""``StripeConnection``: one SDK client for every port over Stripe, with its deadlines and the errors of a failed call.

Answers to https://docs.stripe.com/api at API version ``STRIPE_VERSION``. What is asked is in the file of each port,
what a failure means in ``errors.py``. Nothing is stored here.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

import httpx
import stripe

from api.domain.errors import AppError
from api.ports.payments import OutcomeUnknown
from clients.stripe.errors import refused_or_unknown
from clients.stripe.transport import StripeTransport
from clients.stripe.webhooks import TOLERANCE

STRIPE_VERSION = "2026-10-28.endive"
"""The API version every request asks for; moving it is a change with its own tests, not a side effect of an upgrade."""

NETWORK_RETRIES = 2

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeConfig:
    """How to reach Stripe, and as whom. ``environment`` is written into metadata to tell staging from production."""

    api_key: str = field(repr=False)
    webhook_secrets: Sequence[str] = field(repr=False)
    environment: str
    api_base: str | None = None
    """Where Stripe answers when not at its own address: a stand-in, for example."""
    timeout: httpx.Timeout = field(default_factory=lambda: httpx.Timeout(20, connect=3))
    """Limits of one request; the SDK sends up to ``NETWORK_RETRIES`` more."""
    tap_deadline_seconds: float = 8.0
    """Limit of placing a hold with all its retries: a driver is waiting at the charger."""
    deadline_seconds: float = 45.0
    """Limit of every other call with all its retries: a job is waiting."""
    event_tolerance: timedelta = TOLERANCE
    """How far an event's time may lie from ours; a sandbox whose clock runs fast needs more than real life does."""

    @property
    def livemode(self) -> bool:
        """Say whether the key moves real money."""
        return self.api_key.startswith(("sk_live_", "rk_live_"))


class StripeConnection:
    """One client a process and event loop, shared by all ports over Stripe; closed with ``aclose``."""

    def __init__(self, config: StripeConfig) -> None:
        """Build the client; nothing is sent."""
        # Latency figures of our requests are nobody else's business; the SDK knows this switch only as a global.
        stripe.enable_telemetry = False
        self.config = config
        self._http = StripeTransport(timeout=config.timeout)
        self.v1 = stripe.StripeClient(
            config.api_key,
            stripe_version=STRIPE_VERSION,
            base_addresses={"api": config.api_base} if config.api_base else None,
            http_client=self._http,
            max_network_retries=NETWORK_RETRIES,
        ).v1

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK left this method without types

    async def ask(
        self,
        call: Awaitable[T],
        *,
        deadline_seconds: float | None = None,
        translate: Callable[[stripe.StripeError], AppError] = refused_or_unknown,
    ) -> T:
        """Await a call within its deadline, its failure translated into an error of the ports."""
        try:
            async with asyncio.timeout(deadline_seconds or self.config.deadline_seconds):
                return await call
        except stripe.StripeError as error:
            raise translate(error) from error
        except TimeoutError as error:
            raise OutcomeUnknown("processor_outcome_unknown", http_status=None, replayed=False) from error


def request_id_of(answer: stripe.StripeObject) -> str | None:
    """Return Stripe's id of the request that ``answer`` came back for."""
    response = answer.last_response
    return None if response is None else response.request_id
