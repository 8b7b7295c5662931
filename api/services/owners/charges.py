"""Charges of one's own chargers: for operators' agents, and for owners. Whose they are is not told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from api.models.afterwards import CreditRow
from api.models.charging import ChargingSession
from api.services.charging.approvals import note_action
from api.services.owners.scope import Own, own_charge
from api.services.owners.technical import Story, technical_story

PAGE = 50


@dataclass(frozen=True, slots=True)
class OwnCharge:
    """One charge with its story, and what was given back of its bill."""

    charge: ChargingSession
    story: Story
    credits: Sequence[CreditRow]


async def own_charges(
    *, db: AsyncSession, own: Own, evse: str = "", before: datetime | None = None
) -> tuple[list[ChargingSession], datetime | None]:
    """Return charges of a scope, the newest first, and where the next page begins; ``evse`` is part of an EVSE's id."""
    query = select(ChargingSession).where(own.charges)
    if evse:
        query = query.where(col(ChargingSession.place)["evse_id"].as_string().icontains(evse, autoescape=True))
    if before is not None:
        query = query.where(ChargingSession.created_at < before)
    newest_first = query.order_by(col(ChargingSession.created_at).desc(), col(ChargingSession.id))
    found = list(await db.exec(newest_first.limit(PAGE + 1)))
    return found[:PAGE], found[PAGE - 1].created_at if len(found) > PAGE else None


async def read_own_charge(*, db: AsyncSession, own: Own, now: datetime, charging_session_id: str, by: str) -> OwnCharge:
    """Return a charge of a scope with its story; who read it is in the log. Raises UnknownCharge."""
    charge = await own_charge(db=db, own=own, charging_session_id=charging_session_id)
    story = await technical_story(db=db, charge=charge)
    query = select(CreditRow).where(CreditRow.charging_session_id == charge.id)
    given_back = (await db.exec(query.order_by(col(CreditRow.requested_at)))).all()
    await note_action(
        db=db,
        now=now,
        by=by,
        action="technical_story_read",
        subject_id=charge.id,
        charging_session_id=charge.id,
        reason="",
    )
    return OwnCharge(charge, story, given_back)
