"""Whether a notice still matters when its turn to be sent comes: nobody is asked to unplug who did."""

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.orders import Message
from api.domain.charging.state import RUNNING, STOPPING, ChargingStatus
from api.models.charging import ChargingSession
from api.models.notice import NoticeRow

BATTERY_REACHED, PRICE_STEP, HOLD_NEARLY_USED = "battery_reached", "price_step", "hold_nearly_used"
PAYMENT_DUE = "payment_due"
_WHILE: dict[str, frozenset[ChargingStatus]] = {
    Message.CONFIRM_WITH_BANK: frozenset({ChargingStatus.AWAITING_DRIVER}),
    Message.CHARGE_STARTED: RUNNING,
    Message.UNPLUG: frozenset({ChargingStatus.IDLE}) | STOPPING,
    BATTERY_REACHED: RUNNING,
    PRICE_STEP: frozenset({ChargingStatus.CHARGING}),
    HOLD_NEARLY_USED: frozenset({ChargingStatus.CHARGING, ChargingStatus.IDLE}),
}


async def still_matters(*, db: AsyncSession, notice: NoticeRow) -> bool:
    """Say whether what a notice tells is still so."""
    if notice.charging_session_id is None:
        return True
    charge = await db.get(ChargingSession, notice.charging_session_id, populate_existing=True)
    if charge is None:
        return True
    if notice.message == PAYMENT_DUE:
        return bool((charge.state.get("receivable") or {}).get("minor"))
    statuses = _WHILE.get(notice.message)
    return statuses is None or charge.status in statuses
