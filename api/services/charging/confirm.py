"""The driver says that they answered their bank: we look at once instead of waiting for the webhook.

The app's word starts nothing: only what the processor shows counts (payments.md 1.4). Resumable at any time: the secret
and the next step are shown with the charge for as long as the bank waits, whatever became of the app in between.
"""

import asyncio
import contextlib

from api.domain.charging.state import HoldStatus
from api.ports import Ports
from api.services.charging.look import look_at_hold
from api.services.charging.queries import charge_of_driver, hold_of_charge
from api.services.work import Work

PATIENCE_SECONDS = 8.0
"""How long a driver at the charger waits for an answer; later the webhook or the sweep tells."""

_WAITING = frozenset({HoldStatus.NEEDS_ACTION, HoldStatus.UNKNOWN, HoldStatus.PENDING})


async def confirm_hold(*, work: Work, ports: Ports, driver_id: str, charging_session_id: str) -> None:
    """Look at a hold that waits for its driver, and go on with the charge if it stands. Raises UnknownCharge."""
    async with work() as db:
        charge = await charge_of_driver(db=db, driver_id=driver_id, charging_session_id=charging_session_id)
        hold = await hold_of_charge(db=db, charging_session_id=charge.id)
    if hold is None or hold.status not in _WAITING or hold.payment_intent_id is None:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await look_at_hold(work=work, ports=ports, payment_intent_id=hold.payment_intent_id, source="app")
