"""What a guest's page shows at one moment: the offer, or the charge as far as it has come, and the receipt."""

from dataclasses import dataclass
from enum import StrEnum

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.state import ChargingStatus
from api.models.finance import Receipt
from api.ports import Ports
from api.services.charging.queries import hold_of_charge
from api.services.charging.view import ChargeView, charge_view
from api.services.finance.receipts import NoReceiptYet, receipt_of_charge
from api.services.guests.offer import GuestOffer, offer_for
from api.services.guests.posts import GuestPost, UnknownPost, post_of_evse
from api.services.guests.visits import Visit, speak, visit_of_token
from api.services.work import Work


class Phase(StrEnum):
    """Which page it is."""

    OFFER = "offer"
    SECURING = "securing"
    BANK = "bank"
    STARTING = "starting"
    CHARGING = "charging"
    STOPPING = "stopping"
    UNPLUG = "unplug"
    ENDED = "ended"
    SETTLED = "settled"


_S = ChargingStatus
PHASE_OF = {
    _S.AWAITING_HOLD: Phase.SECURING,
    _S.AWAITING_DRIVER: Phase.BANK,
    _S.STARTING: Phase.STARTING,
    _S.START_ACCEPTED: Phase.STARTING,
    _S.START_UNKNOWN: Phase.STARTING,
    _S.CHARGING: Phase.CHARGING,
    _S.STOP_REQUESTED: Phase.STOPPING,
    _S.STOP_ACCEPTED: Phase.STOPPING,
    _S.IDLE: Phase.UNPLUG,
    _S.ENDED: Phase.ENDED,
    _S.SETTLING: Phase.ENDED,
    _S.NEEDS_FINANCE: Phase.ENDED,
    _S.SETTLED: Phase.SETTLED,
    _S.START_FAILED: Phase.OFFER,
    _S.DECLINED: Phase.OFFER,
    _S.ABANDONED: Phase.OFFER,
}
"""A start that came to nothing leads back to the offer, which then says what became of it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A guest's page before it is put into words."""

    visit: Visit
    phase: Phase
    post: GuestPost | None
    charge: ChargeView | None
    offer: GuestOffer | None
    receipt: Receipt | None

    @property
    def secret(self) -> str | None:
        """Return what the processor's script needs to ask the bank, while it waits for the guest."""
        return None if self.charge is None else self.charge.hold.get("client_secret")


async def show_visit(*, work: Work, ports: Ports, token: str, language: str | None = None) -> Shown:
    """Return what the page of a visit shows, with a fresh offer where one is due; raises UnknownVisit."""
    now = ports.clock.now()
    async with work() as db:
        visit = await visit_of_token(db=db, policy=ports.policy, token=token, lock=True)
        if language is not None:
            await speak(db=db, now=now, visit=visit, language=language)
        charge, receipt = None, None
        if visit.charge is not None:
            hold = await hold_of_charge(db=db, charging_session_id=visit.charge.id)
            charge = charge_view(visit.charge, hold, now)
            receipt = await _receipt(db, visit)
        phase = Phase.OFFER if charge is None else PHASE_OF[ChargingStatus(charge.status)]
        offer = await offer_for(db=db, ports=ports, now=now, visit=visit) if phase is Phase.OFFER else None
        try:
            post = await post_of_evse(db=db, evse_key=visit.row.evse_key)
        except UnknownPost:
            post = None
    return Shown(visit, phase, post, charge, offer, receipt)


async def _receipt(db: AsyncSession, visit: Visit) -> Receipt | None:
    """Return the receipt of the charge, once there is one."""
    assert visit.charge is not None  # noqa: S101 - the caller looked
    try:
        return await receipt_of_charge(db=db, driver_id=visit.guest.id, charging_session_id=visit.charge.id)
    except NoReceiptYet:
        return None
