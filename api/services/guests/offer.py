"""The offer on a guest's page: a quote for the connector, kept with the visit until it is accepted or runs out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from api.domain.charging.lifecycle import keeps_hold
from api.domain.errors import AppError
from api.models.charging import Quote
from api.ports import Ports
from api.services.charging.quote import quote_charge
from api.services.charging.quote_place import NotStartable
from api.services.charging.stored_state import state_of
from api.services.guests.visits import Visit
from api.services.roaming.find import UnknownConnector

_ENOUGH = timedelta(minutes=3)
"""How long an offer must still stand to be shown: a guest needs time to find the card."""


@dataclass(frozen=True, slots=True)
class GuestOffer:
    """What the page offers: a quote, or why there is none. ``stands_until``: nothing more is reserved until then."""

    quote: Quote | None
    refusal: AppError | None = None
    stands_until: datetime | None = None


async def offer_for(*, db: AsyncSession, ports: Ports, now: datetime, visit: Visit) -> GuestOffer:
    """Return the offer of a visit whose row is locked: the one that stands, or a fresh one."""
    kept = None if visit.row.quote_id is None else await db.get(Quote, visit.row.quote_id)
    if kept is not None and kept.accepted_at is None and kept.expires_at > now + _ENOUGH:
        return GuestOffer(kept, stands_until=standing_until(kept, visit, now))
    try:
        quote = await quote_charge(
            db=db,
            ports=ports,
            now=now,
            driver=visit.guest,
            connector_public_id=visit.row.connector_public_id,
            visual_id=None,
        )
    except (NotStartable, UnknownConnector) as refusal:
        return GuestOffer(None, refusal)
    await db.flush()
    visit.row.quote_id, visit.row.updated_at = quote.id, now
    db.add(visit.row)
    return GuestOffer(quote, stands_until=standing_until(quote, visit, now))


def standing_until(quote: Quote, visit: Visit, now: datetime) -> datetime | None:
    """Return until when the hold of the start that just failed secures this offer; None: a card must be entered."""
    reused = quote.price["hold"].get("reuses_hold")
    if reused is None or visit.charge is None or not keeps_hold(state_of(visit.charge)):
        return None
    until = datetime.fromisoformat(reused["until"])
    return until if until > now else None
